/* Geometries as bytes: points, boxes, types, and bytes that are none. */
#include <math.h>
#include <string.h>

#include "compute/data/wkb.h"

static guint
measure_hex (const char *hex, LloydBox *box)
{
  g_autofree char *bytes = g_malloc (strlen (hex) / 2 + 1);
  size_t n = strlen (hex) / 2;
  for (size_t i = 0; i < n; i++)
    bytes[i] =
        (char) (g_ascii_xdigit_value (hex[2 * i]) << 4 | g_ascii_xdigit_value (hex[2 * i + 1]));
  *box = (LloydBox) LLOYD_BOX_EMPTY;
  return lloyd_wkb_measure (bytes, n, box);
}

static void
test_points (void)
{
  char bytes[LLOYD_WKB_POINT_Z_BYTES];
  double xyz[3], z = -3.5;
  g_assert_cmpuint (lloyd_wkb_write_point (bytes, 1.5, 2.5, NULL), ==, LLOYD_WKB_POINT_BYTES);
  g_assert_true (lloyd_wkb_read_point (bytes, LLOYD_WKB_POINT_BYTES, xyz));
  g_assert_true (xyz[0] == 1.5 && xyz[1] == 2.5 && isnan (xyz[2]));
  g_assert_false (lloyd_wkb_read_point (bytes, LLOYD_WKB_POINT_BYTES - 1, xyz));
  g_assert_cmpuint (lloyd_wkb_write_point (bytes, 1.5, 2.5, &z), ==, LLOYD_WKB_POINT_Z_BYTES);
  g_assert_true (lloyd_wkb_read_point (bytes, sizeof bytes, xyz));
  g_assert_true (xyz[2] == z);
}

/* Bytes as other programs write them: (1 2), (1 2) in big-endian, (1 2 3) extended with a reference
 * number, and ISO. */
static void
test_kinds (void)
{
  static const struct
  {
    const char *hex;
    guint type;
    double box[4];
  } kinds[] = {
    { "0101000000000000000000F03F0000000000000040", 1, { 1, 2, 1, 2 } },
    { "00000000013FF00000000000004000000000000000", 1, { 1, 2, 1, 2 } },
    { "01010000A0E6100000000000000000F03F00000000000000400000000000000840", 9, { 1, 2, 1, 2 } },
    { "01E9030000000000000000F03F00000000000000400000000000000840", 9, { 1, 2, 1, 2 } },
    { "01D1070000000000000000F03F00000000000000400000000000000840", 1, { 1, 2, 1, 2 } },
    { "010200000002000000000000000000F03F000000000000004000000000000008400000000000001040",
      2,
      { 1, 2, 3, 4 } },
    { "0104000000020000000101000000000000000000F03F000000000000004001010000000000000000000840"
      "0000000000001040",
      4,
      { 1, 2, 3, 4 } },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      LloydBox box;
      g_assert_cmpuint (measure_hex (kinds[i].hex, &box), ==, kinds[i].type);
      g_assert_true (box.min[0] == kinds[i].box[0] && box.min[1] == kinds[i].box[1]);
      g_assert_true (box.max[0] == kinds[i].box[2] && box.max[1] == kinds[i].box[3]);
      /* The third coordinate of a measure is no height. */
      g_assert_true ((isinf (box.max[2]) != 0) == (kinds[i].type < 8));
      for (size_t n = 0; n < strlen (kinds[i].hex); n += 2)
        {
          g_autofree char *cut = g_strndup (kinds[i].hex, n);
          g_assert_cmpuint (measure_hex (cut, &box), ==, 0);
          g_assert_true (isinf (box.min[0]));
        }
    }
}

static void
test_empty (void)
{
  LloydBox box;
  g_assert_cmpuint (measure_hex ("0101000000000000000000F87F000000000000F87F", &box), ==, 1);
  g_assert_true (isinf (box.min[0]) && isinf (box.max[1]));
  g_assert_cmpuint (measure_hex ("010700000000000000", &box), ==, 7);
  g_assert_cmpstr (lloyd_wkb_type_name (7), ==, "GeometryCollection");
  g_assert_cmpstr (lloyd_wkb_type_name (9), ==, "Point Z");
  g_assert_null (lloyd_wkb_type_name (0));
}

/* Collections in collections without end, counts beyond the bytes, and noise. */
static void
test_hostile (void)
{
  LloydBox box;
  g_autoptr (GString) deep = g_string_new (NULL);
  for (int i = 0; i < 1000; i++)
    g_string_append (deep, "010700000001000000");
  g_assert_cmpuint (measure_hex (deep->str, &box), ==, 0);
  g_assert_cmpuint (measure_hex ("0102000000FFFFFFFF", &box), ==, 0);
  g_assert_cmpuint (measure_hex ("0103000000FFFFFFFF", &box), ==, 0);
  for (int i = 0; i < 20000; i++)
    {
      guint8 bytes[40];
      for (size_t j = 0; j < sizeof bytes; j++)
        bytes[j] = (guint8) g_test_rand_int_range (0, j < 5 || j % 9 == 5 ? 8 : 256);
      bytes[0] &= 1;
      lloyd_wkb_measure ((const char *) bytes, sizeof bytes, &box);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/data/wkb/points", test_points);
  g_test_add_func ("/data/wkb/kinds", test_kinds);
  g_test_add_func ("/data/wkb/empty", test_empty);
  g_test_add_func ("/data/wkb/hostile", test_hostile);
  return g_test_run ();
}
