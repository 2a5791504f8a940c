/* Which tables there are, as lloyd-import says. */
#include "compute/files/import.h"

GPtrArray *
lloyd_import_take_layers (LloydImport *import, LloydImportPayload *payload, GError **error)
{
  g_autoptr (GPtrArray) layers = g_ptr_array_new_with_free_func ((GDestroyNotify) lloyd_layer_free);
  guint32 n = lloyd_import_take_u32 (payload);
  for (guint32 i = 0; i < n && !payload->is_bad; i++)
    {
      LloydLayer *layer = g_new0 (LloydLayer, 1);
      g_ptr_array_add (layers, layer);
      layer->name = lloyd_import_take_text (payload);
      layer->n_rows = lloyd_import_take_u64 (payload);
      layer->geometry = lloyd_import_take_text (payload);
      layer->crs = lloyd_import_take_text (payload);
      if (layer->crs[0] == '\0')
        g_clear_pointer (&layer->crs, g_free);
    }
  if (!payload->is_bad)
    return g_steal_pointer (&layers);
  lloyd_import_fail_rubbish (import, error);
  return NULL;
}

GPtrArray *
lloyd_import_list (const LloydImportTask *task, const char *path, GError **error)
{
  const LloydImportWord words[] = { { "path", path }, { "list", "yes" }, { NULL, NULL } };
  LloydImportKind kind;
  LloydImportPayload payload;
  g_autoptr (LloydImport) import = lloyd_import_start (task, words, error);
  if (import == NULL || !lloyd_import_receive (import, &kind, &payload, error))
    return NULL;
  if (kind == LLOYD_IMPORT_LAYERS)
    return lloyd_import_take_layers (import, &payload, error);
  lloyd_import_fail_rubbish (import, error);
  return NULL;
}
