/* Streams, events and copies of the fake runtime. Kernels run at once, but copies come as late as a
 * device may let them come: to it once something of the same stream, or that waits for it, needs
 * them; to the host's pinned memory once the host has waited. Pinned memory must stay as it is
 * until then. */
#include "tests/fake-cuda/fake-private.h"
#include "tests/fake-cuda/fibers.h"

struct FakeStream
{
  int device;
  /* Things asked for, and those that the host has waited for. */
  guint64 n_asked;
  guint64 n_done;
  GArray *copies;
};

struct FakeEvent
{
  int device;
  gboolean has_timing;
  cudaStream_t stream;
  guint64 number;
  double time_us;
};

/* A copy on its way. */
typedef struct
{
  guint64 number;
  gboolean is_upload;
  gboolean is_pinned;
  gboolean is_there;
  gpointer host;
  gpointer dev;
  gpointer bytes;
  size_t n;
} Copy;

static struct FakeStream usual;
static GPtrArray *streams;

static cudaStream_t
stream_of (cudaStream_t stream)
{
  return stream != NULL ? stream : &usual;
}

/* ---- copies -------------------------------------------------------------------------------- */

/* What was asked for up to that number is on the device. */
static void
deliver (cudaStream_t stream, guint64 number)
{
  for (guint i = 0; stream->copies != NULL && i < stream->copies->len; i++)
    {
      Copy *copy = &g_array_index (stream->copies, Copy, i);
      if (!copy->is_upload || copy->is_there || copy->number > number)
        continue;
      memcpy (copy->dev, copy->bytes, copy->n);
      copy->is_there = TRUE;
    }
}

static void
drop (cudaStream_t stream, guint index)
{
  g_free (g_array_index (stream->copies, Copy, index).bytes);
  g_array_remove_index (stream->copies, index);
}

/* The host has waited for what was asked for up to that number. */
static void
finish (cudaStream_t stream, guint64 number)
{
  deliver (stream, number);
  stream->n_done = MAX (stream->n_done, number);
  for (guint i = stream->copies != NULL ? stream->copies->len : 0; i-- > 0;)
    {
      const Copy *copy = &g_array_index (stream->copies, Copy, i);
      if (copy->number > number)
        continue;
      if (!copy->is_upload)
        memcpy (copy->host, copy->bytes, copy->n);
      else if (copy->is_pinned)
        /* Else it was written while the device still read it. */
        g_assert_cmpmem (copy->host, copy->n, copy->bytes, copy->n);
      drop (stream, i);
    }
}

/* Memory that goes is none that a copy comes from or goes to: real freeing waits. */
void
fake_streams_forget (const void *from, size_t bytes)
{
  const guint8 *start = from, *end = start + bytes;
  for (guint i = 0; streams != NULL && i < streams->len; i++)
    {
      cudaStream_t stream = streams->pdata[i];
      for (guint j = stream->copies->len; j-- > 0;)
        {
          const Copy *copy = &g_array_index (stream->copies, Copy, j);
          const guint8 *host = copy->host, *dev = copy->dev;
          if ((host >= start && host < end) || (dev >= start && dev < end))
            drop (stream, j);
        }
    }
}

void
fake_stream_use (cudaStream_t stream)
{
  stream = stream_of (stream);
  if (stream != &usual)
    g_assert_cmpint (stream->device, ==, fake_device ());
  deliver (stream, stream->n_asked++);
}

static void
add_copy (cudaStream_t stream, Copy copy)
{
  if (stream->copies == NULL)
    stream->copies = g_array_new (FALSE, FALSE, sizeof (Copy));
  copy.number = ++stream->n_asked;
  g_array_append_val (stream->copies, copy);
}

static void
upload (cudaStream_t stream, void *to, const void *from, size_t bytes)
{
  Copy copy = { .is_upload = TRUE,
                .is_pinned = fake_memory_at (from, bytes) == FAKE_PINNED,
                .host = (gpointer) from,
                .dev = to,
                .bytes = g_memdup2 (from, bytes),
                .n = bytes };
  /* What lies there on the way is no longer what was and not yet what comes. */
  memset (to, 0xA5, bytes);
  add_copy (stream, copy);
}

/* What the stream itself writes there comes after what it read before. */
static void
check_read (cudaStream_t stream, const guint8 *start, size_t bytes)
{
  for (guint i = 0; stream->copies != NULL && i < stream->copies->len; i++)
    {
      Copy *copy = &g_array_index (stream->copies, Copy, i);
      const guint8 *host = copy->host;
      if (!copy->is_upload || !copy->is_pinned || host >= start + bytes || host + copy->n <= start)
        continue;
      g_assert_cmpmem (copy->host, copy->n, copy->bytes, copy->n);
      copy->is_pinned = FALSE;
    }
}

static void
download (cudaStream_t stream, void *to, const void *from, size_t bytes)
{
  if (fake_memory_at (to, bytes) != FAKE_PINNED)
    {
      memcpy (to, from, bytes);
      return;
    }
  check_read (stream, to, bytes);
  Copy copy = { .host = to, .dev = (gpointer) from, .bytes = g_memdup2 (from, bytes), .n = bytes };
  memset (to, 0xA5, bytes);
  add_copy (stream, copy);
}

cudaError_t
cudaMemcpyAsync (
    void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess || bytes == 0)
    return code;
  g_assert_true ((fake_memory_at (to, bytes) == FAKE_DEVICE) == (kind != cudaMemcpyDeviceToHost));
  g_assert_true ((fake_memory_at (from, bytes) == FAKE_DEVICE) == (kind != cudaMemcpyHostToDevice));
  stream = stream_of (stream);
  deliver (stream, stream->n_asked);
  if (kind == cudaMemcpyHostToDevice)
    upload (stream, to, from, bytes);
  else if (kind == cudaMemcpyDeviceToHost)
    download (stream, to, from, bytes);
  else
    memcpy (to, from, bytes);
  return code;
}

cudaError_t
cudaMemsetAsync (void *to, int value, size_t bytes, cudaStream_t stream)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess || bytes == 0)
    return code;
  g_assert_cmpint (fake_memory_at (to, bytes), ==, FAKE_DEVICE);
  stream = stream_of (stream);
  deliver (stream, stream->n_asked);
  memset (to, value, bytes);
  return code;
}

/* ---- streams ------------------------------------------------------------------------------- */

cudaError_t
cudaStreamCreateWithFlags (cudaStream_t *stream, unsigned int flags)
{
  /* Else it would wait for the stream that needs no making. */
  g_assert_cmpuint (flags, ==, cudaStreamNonBlocking);
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  *stream = g_new0 (struct FakeStream, 1);
  (*stream)->device = fake_device ();
  (*stream)->copies = g_array_new (FALSE, FALSE, sizeof (Copy));
  if (streams == NULL)
    streams = g_ptr_array_new ();
  g_ptr_array_add (streams, *stream);
  fake_cuda_count_open (1);
  return cudaSuccess;
}

cudaError_t
cudaStreamSynchronize (cudaStream_t stream)
{
  cudaError_t code = fake_cuda_count_call ();
  stream = stream_of (stream);
  if (code == cudaSuccess)
    finish (stream, stream->n_asked);
  return code;
}

gboolean
fake_stream_is_done (cudaStream_t stream)
{
  stream = stream_of (stream);
  return stream->n_done >= stream->n_asked;
}

cudaError_t
cudaStreamDestroy (cudaStream_t stream)
{
  while (stream->copies->len > 0)
    drop (stream, 0);
  g_array_unref (stream->copies);
  g_ptr_array_remove_fast (streams, stream);
  g_free (stream);
  fake_cuda_count_open (-1);
  return fake_cuda_count_call ();
}

/* ---- events -------------------------------------------------------------------------------- */

static cudaError_t
create_event (cudaEvent_t *event, gboolean has_timing)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  *event = g_new0 (struct FakeEvent, 1);
  (*event)->device = fake_device ();
  (*event)->has_timing = has_timing;
  fake_cuda_count_open (1);
  return cudaSuccess;
}

cudaError_t
cudaEventCreate (cudaEvent_t *event)
{
  return create_event (event, TRUE);
}

cudaError_t
cudaEventCreateWithFlags (cudaEvent_t *event, unsigned int flags)
{
  g_assert_cmpuint (flags, ==, cudaEventDisableTiming);
  return create_event (event, FALSE);
}

cudaError_t
cudaEventSynchronize (cudaEvent_t event)
{
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess && event->stream != NULL)
    finish (event->stream, event->number);
  return code;
}

cudaError_t
cudaStreamWaitEvent (cudaStream_t stream, cudaEvent_t event, unsigned int flags)
{
  g_assert_true (stream != NULL && event != NULL && flags == 0);
  cudaError_t code = fake_cuda_count_call ();
  if (code == cudaSuccess && event->stream != NULL)
    deliver (event->stream, event->number);
  return code;
}

cudaError_t
cudaEventRecord (cudaEvent_t event, cudaStream_t stream)
{
  stream = stream_of (stream);
  g_assert_cmpint (event->device, ==, stream == &usual ? fake_device () : stream->device);
  cudaError_t code = fake_cuda_count_call ();
  if (code != cudaSuccess)
    return code;
  event->stream = stream;
  event->number = ++stream->n_asked;
  event->time_us = (double) g_get_monotonic_time () + fake_clock_us;
  return cudaSuccess;
}

cudaError_t
cudaEventElapsedTime (float *ms, cudaEvent_t start, cudaEvent_t stop)
{
  g_assert_true (start->has_timing && stop->has_timing);
  g_assert_true (start->stream != NULL && start->stream->n_done >= start->number);
  g_assert_true (stop->stream != NULL && stop->stream->n_done >= stop->number);
  *ms = (float) ((stop->time_us - start->time_us) / 1000.0);
  return fake_cuda_count_call ();
}

cudaError_t
cudaEventDestroy (cudaEvent_t event)
{
  g_free (event);
  fake_cuda_count_open (-1);
  return fake_cuda_count_call ();
}
