#include <string.h>

#include "compute/error.h"
#include "compute/files/parquet-private.h"
#include "compute/words.h"

#define MAX_DEPTH 32
#define MAX_FIXED_BYTES 65536

typedef enum
{
  REQUIRED,
  OPTIONAL,
  REPEATED,
} Repetition;

/* Groups that have a meaning. */
typedef enum
{
  GROUP_PLAIN,
  GROUP_LIST,
  GROUP_MAP,
} GroupKind;

/* One element of the schema, as the file lists them: parents before their children. */
typedef struct
{
  char *name;
  gint64 physical;
  gint64 fixed_bytes;
  gint64 repetition;
  gint64 n_children;
  gint64 scale;
  GroupKind kind;
  LloydParquetMeaning meaning;
  gboolean is_null;
  gboolean is_utc;
  char *crs;
} Element;

typedef struct
{
  GArray *elements;
  GArray *leaves;
  guint next;
} Walker;

/* Where the walk is: what it has come through. */
typedef struct
{
  const char *name;
  guint depth;
  guint definition;
  guint repetition;
  guint element_definition;
  /* What keeps the leaves below from being read. */
  const char *fault;
} Place;

static void
clear_element (gpointer data)
{
  Element *element = data;
  g_free (element->name);
  g_free (element->crs);
}

/* ---- what the values stand for ------------------------------------------------------------- */

/* The annotation of older files. */
static void
apply_converted (Element *self, gint64 type)
{
  static const LloydParquetMeaning meanings[] = {
    [0] = LLOYD_PARQUET_TEXT,         [4] = LLOYD_PARQUET_TEXT,
    [5] = LLOYD_PARQUET_DECIMAL,      [6] = LLOYD_PARQUET_DAYS,
    [7] = LLOYD_PARQUET_TIME,         [8] = LLOYD_PARQUET_TIME,
    [9] = LLOYD_PARQUET_MILLISECONDS, [10] = LLOYD_PARQUET_MICROSECONDS,
    [13] = LLOYD_PARQUET_UNSIGNED,    [14] = LLOYD_PARQUET_UNSIGNED,
    [19] = LLOYD_PARQUET_TEXT,
  };
  if (type == 1 || type == 2)
    self->kind = GROUP_MAP;
  else if (type == 3)
    self->kind = GROUP_LIST;
  else if (type >= 0 && type < (gint64) G_N_ELEMENTS (meanings))
    self->meaning = meanings[type];
  self->is_utc = type == 9 || type == 10;
}

/* TIMESTAMP { 1: is it UTC? 2: { 1: ms, 2: us, 3: ns } }. */
static void
read_timestamp (LloydThriftReader *reader, Element *self)
{
  LloydThriftField field = { 0 }, unit = { 0 };
  while (lloyd_thrift_next (reader, &field))
    if (field.id == 1)
      self->is_utc = lloyd_thrift_read_bool (reader, &field);
    else if (field.id == 2 && lloyd_thrift_enter (reader, &field))
      while (lloyd_thrift_next (reader, &unit))
        {
          self->meaning = unit.id == 1   ? LLOYD_PARQUET_MILLISECONDS
                          : unit.id == 2 ? LLOYD_PARQUET_MICROSECONDS
                                         : LLOYD_PARQUET_NANOSECONDS;
          lloyd_thrift_skip (reader, &unit);
        }
    else
      lloyd_thrift_skip (reader, &field);
}

/* The one field of a struct that is asked for, as a number (a truth value counts as one). */
static gint64
read_number_in (LloydThriftReader *reader, gint16 id)
{
  LloydThriftField field = { 0 };
  gint64 v = 0;
  while (lloyd_thrift_next (reader, &field))
    if (field.id == id && field.type <= LLOYD_THRIFT_FALSE)
      v = lloyd_thrift_read_bool (reader, &field);
    else if (field.id == id)
      v = lloyd_thrift_read_int (reader, &field);
    else
      lloyd_thrift_skip (reader, &field);
  return v;
}

static char *
read_crs_in (LloydThriftReader *reader)
{
  LloydThriftField field = { 0 };
  char *crs = NULL;
  while (lloyd_thrift_next (reader, &field))
    if (field.id == 1 && crs == NULL)
      crs = lloyd_thrift_dup_text (reader, &field);
    else
      lloyd_thrift_skip (reader, &field);
  return crs != NULL ? crs : g_strdup ("OGC:CRS84");
}

static void
read_logical_field (LloydThriftReader *reader, const LloydThriftField *field, Element *self)
{
  switch (field->id)
    {
    case 2:
      self->kind = GROUP_MAP;
      break;
    case 3:
      self->kind = GROUP_LIST;
      break;
    case 8:
      read_timestamp (reader, self);
      return;
    case 10:
      self->meaning =
          read_number_in (reader, 2) != 0 ? LLOYD_PARQUET_AS_IT_IS : LLOYD_PARQUET_UNSIGNED;
      return;
    case 17:
    case 18:
      g_free (self->crs);
      self->crs = read_crs_in (reader);
      self->meaning = LLOYD_PARQUET_GEOMETRY;
      return;
    default:
      break;
    }
  static const LloydParquetMeaning meanings[] = {
    [1] = LLOYD_PARQUET_TEXT,  [4] = LLOYD_PARQUET_TEXT,     [5] = LLOYD_PARQUET_DECIMAL,
    [6] = LLOYD_PARQUET_DAYS,  [7] = LLOYD_PARQUET_TIME,     [12] = LLOYD_PARQUET_TEXT,
    [14] = LLOYD_PARQUET_UUID, [15] = LLOYD_PARQUET_FLOAT16,
  };
  if (field->id > 0 && field->id < (gint16) G_N_ELEMENTS (meanings))
    self->meaning = meanings[field->id];
  /* UNKNOWN: a column of nothing but nulls. */
  self->is_null = field->id == 11;
  lloyd_thrift_skip (reader, field);
}

static void
read_element (LloydThriftReader *reader, Element *self)
{
  LloydThriftField field = { 0 }, logical = { 0 };
  self->physical = -1;
  while (lloyd_thrift_next (reader, &field))
    switch (field.id)
      {
      case 1:
        self->physical = lloyd_thrift_read_int (reader, &field);
        break;
      case 2:
        self->fixed_bytes = lloyd_thrift_read_int (reader, &field);
        break;
      case 3:
        self->repetition = lloyd_thrift_read_int (reader, &field);
        break;
      case 4:
        g_free (self->name);
        self->name = lloyd_thrift_dup_text (reader, &field);
        break;
      case 5:
        self->n_children = lloyd_thrift_read_int (reader, &field);
        break;
      case 6:
        apply_converted (self, lloyd_thrift_read_int (reader, &field));
        break;
      case 7:
        self->scale = lloyd_thrift_read_int (reader, &field);
        break;
      case 10:
        if (lloyd_thrift_enter (reader, &field))
          while (lloyd_thrift_next (reader, &logical))
            read_logical_field (reader, &logical, self);
        break;
      default:
        lloyd_thrift_skip (reader, &field);
      }
  if (self->name == NULL)
    self->name = g_strdup ("");
}

/* ---- the tree ------------------------------------------------------------------------------ */

/* Whether the annotation fits the physical type; what does not is ignored. */
static LloydParquetMeaning
fitting_meaning (const Element *element)
{
  gboolean is_integer =
      element->physical == LLOYD_PARQUET_INT32 || element->physical == LLOYD_PARQUET_INT64;
  gboolean is_fixed = element->physical == LLOYD_PARQUET_FIXED;
  gboolean is_bytes = element->physical == LLOYD_PARQUET_BYTE_ARRAY;
  gboolean fits = TRUE;

  switch (element->meaning)
    {
    case LLOYD_PARQUET_AS_IT_IS:
      break;
    case LLOYD_PARQUET_TEXT:
    case LLOYD_PARQUET_GEOMETRY:
      fits = is_bytes;
      break;
    case LLOYD_PARQUET_DAYS:
      fits = element->physical == LLOYD_PARQUET_INT32;
      break;
    case LLOYD_PARQUET_MILLISECONDS:
    case LLOYD_PARQUET_MICROSECONDS:
    case LLOYD_PARQUET_NANOSECONDS:
      fits = element->physical == LLOYD_PARQUET_INT64;
      break;
    case LLOYD_PARQUET_DECIMAL:
      fits = is_integer || is_bytes || (is_fixed && element->fixed_bytes <= 32);
      break;
    case LLOYD_PARQUET_FLOAT16:
      fits = is_fixed && element->fixed_bytes == 2;
      break;
    case LLOYD_PARQUET_UUID:
      fits = is_fixed && element->fixed_bytes == 16;
      break;
    default:
      fits = is_integer;
    }
  return fits ? element->meaning : LLOYD_PARQUET_AS_IT_IS;
}

static void
add_leaf (Walker *self, const Element *element, const Place *place)
{
  LloydParquetLeaf leaf = {
    .name = g_strdup (place->name),
    .physical = (LloydParquetPhysical) element->physical,
    .meaning = fitting_meaning (element),
    .fixed_bytes = (guint) element->fixed_bytes,
    .scale = (int) CLAMP (element->scale, -400, 400),
    .is_utc = element->is_utc,
    .crs = g_strdup (element->crs),
    .max_definition = place->definition,
    .max_repetition = place->repetition,
    .element_definition = place->element_definition,
  };
  gboolean is_number = leaf.physical <= LLOYD_PARQUET_DOUBLE ||
                       leaf.meaning == LLOYD_PARQUET_FLOAT16 ||
                       leaf.meaning == LLOYD_PARQUET_DECIMAL;
  const char *fault = place->fault;
  if (fault == NULL && place->repetition == 1 && !is_number)
    fault = N_ ("lists of something else than numbers");
  if (fault != NULL)
    leaf.fault = g_strdup_printf (_ ("column %s: %s are not supported"), leaf.name, _ (fault));
  leaf.is_aside =
      fault != NULL || element->is_null ||
      (leaf.meaning >= LLOYD_PARQUET_DAYS && leaf.meaning <= LLOYD_PARQUET_NANOSECONDS) ||
      leaf.physical == LLOYD_PARQUET_INT96;
  g_array_append_val (self->leaves, leaf);
}

static gboolean
is_sound (const Element *element)
{
  if (element->repetition < REQUIRED || element->repetition > REPEATED)
    return FALSE;
  if (element->n_children > 0)
    return TRUE;
  return element->n_children == 0 && element->physical >= LLOYD_PARQUET_BOOLEAN &&
         element->physical <= LLOYD_PARQUET_FIXED &&
         (element->physical != LLOYD_PARQUET_FIXED ||
          (element->fixed_bytes >= 1 && element->fixed_bytes <= MAX_FIXED_BYTES));
}

/* Takes the next element, and all below it. FALSE where the schema is damaged. */
static gboolean
walk (Walker *self, Place place, GroupKind parent)
{
  if (place.depth > MAX_DEPTH || self->next >= self->elements->len)
    return FALSE;
  const Element *element = &g_array_index (self->elements, Element, self->next++);
  if (!is_sound (element))
    return FALSE;

  /* A list has its name from outside; the group within and the element are not named. */
  gboolean is_inner =
      place.repetition > 0 || (element->repetition == REPEATED && parent != GROUP_PLAIN);
  g_autofree char *name = is_inner ? g_strdup (place.name)
                          : place.name[0] != '\0'
                              ? g_strconcat (place.name, ".", element->name, NULL)
                              : g_strdup (element->name);
  place.name = name;
  place.depth++;
  place.definition += element->repetition != REQUIRED;
  if (element->repetition == REPEATED)
    {
      place.repetition++;
      place.element_definition = place.definition;
      if (place.repetition > 1)
        place.fault = N_ ("lists of lists");
    }
  if (element->n_children <= 0)
    {
      add_leaf (self, element, &place);
      return TRUE;
    }
  if (element->kind == GROUP_MAP)
    place.fault = N_ ("maps");
  else if (place.repetition > 0 && element->n_children > 1 && place.fault == NULL)
    place.fault = N_ ("lists of groups");
  for (gint64 i = 0; i < element->n_children; i++)
    if (!walk (self, place, element->kind))
      return FALSE;
  return TRUE;
}

gboolean
lloyd_parquet_schema_read (const char *path,
                           LloydThriftReader *reader,
                           const LloydThriftField *field,
                           GArray *leaves,
                           GError **error)
{
  g_autoptr (GArray) elements = g_array_new (FALSE, TRUE, sizeof (Element));
  size_t n = lloyd_thrift_read_list (reader, field, LLOYD_THRIFT_STRUCT);

  g_array_set_clear_func (elements, clear_element);
  for (size_t i = 0; i < n && !reader->is_bad; i++)
    {
      Element element = { 0 };
      read_element (reader, &element);
      g_array_append_val (elements, element);
    }
  gboolean is_read = !reader->is_bad && elements->len > 0;
  Walker walker = { elements, leaves, 1 };
  gint64 n_top = is_read ? g_array_index (elements, Element, 0).n_children : 0;
  Place top = { .name = "" };
  for (gint64 i = 0; is_read && i < n_top; i++)
    is_read = walk (&walker, top, GROUP_PLAIN);
  if (is_read && walker.next == elements->len && leaves->len > 0)
    return TRUE;
  g_set_error (error, LLOYD_ERROR, LLOYD_ERROR_FILE, "%s: %s", path,
               is_read && leaves->len == 0 ? _ ("the file has no columns")
                                           : _ ("the schema in the footer is damaged"));
  return FALSE;
}
