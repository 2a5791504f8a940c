#include "compute/files/device-ceilings.h"

#include "compute/files/ceilings.h"
#include "compute/machine.h"

/* ---- the list ------------------------------------------------------------------------------ */

static void
free_one (gpointer data)
{
  LloydDeviceCeilings *self = data;
  g_free (self->device);
  g_free (self);
}

GPtrArray *
lloyd_device_ceilings_new (void)
{
  return g_ptr_array_new_with_free_func (free_one);
}

static LloydDeviceCeilings *
find_in (const GPtrArray *self, const char *device)
{
  for (guint i = 0; device != NULL && i < self->len; i++)
    if (g_str_equal (((LloydDeviceCeilings *) self->pdata[i])->device, device))
      return self->pdata[i];
  return NULL;
}

const LloydCeilings *
lloyd_device_ceilings_get (const GPtrArray *self, const char *device)
{
  const LloydDeviceCeilings *found = find_in (self, device);
  return found != NULL ? &found->ceilings : NULL;
}

void
lloyd_device_ceilings_put (GPtrArray *self, const char *device, const LloydCeilings *ceilings)
{
  LloydDeviceCeilings *found = find_in (self, device);
  if (found == NULL)
    {
      found = g_new0 (LloydDeviceCeilings, 1);
      found->device = g_strdup (device);
      g_ptr_array_add (self, found);
    }
  found->ceilings =
      (LloydCeilings){ .gops_float = MAX (ceilings->gops_float, found->ceilings.gops_float),
                       .gops = MAX (ceilings->gops, found->ceilings.gops),
                       .gbytes = MAX (ceilings->gbytes, found->ceilings.gbytes) };
}

GPtrArray *
lloyd_device_ceilings_copy (const GPtrArray *self)
{
  GPtrArray *copy = lloyd_device_ceilings_new ();
  for (guint i = 0; i < self->len; i++)
    {
      const LloydDeviceCeilings *one = self->pdata[i];
      lloyd_device_ceilings_put (copy, one->device, &one->ceilings);
    }
  return copy;
}

/* ---- what is kept -------------------------------------------------------------------------- */

static char *
make_group (const char *device, const char *driver)
{
  return g_strdup_printf ("%s, driver %s", device, driver != NULL ? driver : "unknown");
}

gboolean
lloyd_device_ceilings_find (GPtrArray *self,
                            const char *folder,
                            const char *device,
                            const char *driver)
{
  g_autofree char *group = make_group (device, driver);
  LloydCeilings found;
  if (!lloyd_ceilings_find_group (folder, group, &found))
    return FALSE;
  lloyd_device_ceilings_put (self, device, &found);
  return TRUE;
}

void
lloyd_device_ceilings_keep (const GPtrArray *self,
                            const char *folder,
                            const char *device,
                            const char *driver)
{
  g_autofree char *group = make_group (device, driver);
  const LloydCeilings *ceilings = lloyd_device_ceilings_get (self, device);
  if (ceilings != NULL)
    lloyd_ceilings_keep_group (folder, group, ceilings);
}

/* ---- measuring ----------------------------------------------------------------------------- */

gboolean
lloyd_device_ceilings_measure (GPtrArray *self,
                               const char *folder,
                               const LloydBackend *backend,
                               int device,
                               GCancellable *cancellable,
                               GError **error)
{
  g_autofree char *name = NULL;
  LloydCeilings found;
  LloydMachine machine;

  if (backend->find_ceilings == NULL)
    return TRUE;
  if (!backend->probe (device, &name, NULL, error) ||
      !backend->find_ceilings (device, &found, cancellable, error))
    return FALSE;
  lloyd_machine_read (&machine);
  lloyd_device_ceilings_find (self, folder, name, machine.gpu_driver);
  lloyd_device_ceilings_put (self, name, &found);
  lloyd_device_ceilings_keep (self, folder, name, machine.gpu_driver);
  lloyd_machine_clear (&machine);
  return TRUE;
}
