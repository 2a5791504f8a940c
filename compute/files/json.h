/* JSON that somebody else has written. */
#pragma once

#include <json-glib/json-glib.h>

/* The object that a text is; NULL where it is not JSON, not an object, or nested deeper than anyone
 * needs. Yours: json_node_unref(). */
JsonNode *lloyd_json_parse_object (const char *text);

/* A member that is an object, an array or a string; NULL where it is not there or something else.
 * Borrowed. */
JsonObject *lloyd_json_object_in (JsonObject *object, const char *name);
JsonArray *lloyd_json_array_in (JsonObject *object, const char *name);
const char *lloyd_json_string_in (JsonObject *object, const char *name);

/* A list of words as text, and back: NULL-terminated; NULL where the text is none. Yours. */
char *lloyd_json_dup_strings (char **strings);
char **lloyd_json_parse_strings (const char *text);

/* The array that a text is, in the object that is given, as its member "list"; NULL where it is
 * none. Yours. */
JsonNode *lloyd_json_parse_list (const char *text);

/* The code of a reference system, "EPSG:25832", from such a code or from PROJJSON that has an id;
 * NULL: it has none. Yours. */
char *lloyd_crs_dup_code (const char *crs);

/* A reference system as a person calls it, from PROJJSON or a code; NULL is one that is not known.
 * Yours. */
char *lloyd_crs_dup_name (const char *crs);
