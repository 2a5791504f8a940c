/* CSV: what is found in a file, and what is said of one that cannot be read. */
#include "compute/files/csv.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "compute/error.h"
#include "tests/support/files.h"

#define BOM "\xEF\xBB\xBF"

typedef struct
{
  const char *name;
  const char *text;
  /* As test_table_dump() has it. */
  const char *expected;
  const char *id_column;
} Case;

static const Case cases[] = {
  /* Header and delimiter. */
  { "header", "a,b\n1,2\n3,4\n", "a# b#\n1 2\n3 4\n", NULL },
  { "no header", "1,2\n3,4\n", "x1# x2#\n1 2\n3 4\n", NULL },
  { "numeric header", "2019,2020\n1,2\n", "x1# x2#\n2019 2020\n1 2\n", NULL },
  { "header with a number", "a,2020\n1,2\n", "x1$ x2#\n'a' 2020\n'1' 2\n", NULL },
  { "years", "2001,2002,2003\n1.5,2,3\n4,5,6\n", "2001# 2002# 2003#\n1.5 2 3\n4 5 6\n", NULL },
  { "years above years", "2001,2002,2003\n1999,2002,2005\n1,2,3\n",
    "x1# x2# x3#\n2001 2002 2003\n1999 2002 2005\n1 2 3\n", NULL },
  { "years behind a name", "id,2001,2002\n0,3,4\n", "id# 2001# 2002#\n0 3 4\n", NULL },
  { "years behind a name of texts", "who;2001;2002;2003\na;1,5;2;3\nb;4;;5\n",
    "who$ 2001# 2002# 2003#\n'a' 1.5 2 3\n'b' 4 ~ 5\n", NULL },
  { "two years behind a text", "Ann,1990,1991\nBob,2,3\nCy,4,5\n",
    "x1$ x2# x3#\n'Ann' 1990 1991\n'Bob' 2 3\n'Cy' 4 5\n", NULL },
  { "numbers that count behind a text", "a,1,2,3,4\nb,5,6,7,8\n",
    "x1$ x2# x3# x4# x5#\n'a' 1 2 3 4\n'b' 5 6 7 8\n", NULL },
  { "a row as others, the first of its kind", "0,1\n0.5,0.25\n0.75,0.5\n",
    "x1# x2#\n0 1\n0.5 0.25\n0.75 0.5\n", NULL },
  { "numbers of columns and rows", ",0,1\n0,0.5,0.25\n1,0.75,0.5\n",
    "x1# 0# 1#\n0 0.5 0.25\n1 0.75 0.5\n", NULL },
  { "numbers in quotes above others", "\"7\",\"5\"\n1,2\n3,4\n", "7# 5#\n1 2\n3 4\n", NULL },
  { "numbers in quotes", "\"7\",\"5\"\n\"1\",\"2\"\n", "x1# x2#\n7 5\n1 2\n", NULL },
  { "names and a number", "a,b,3\n1,2,3\n4,5,6\n", "a# b# 3#\n1 2 3\n4 5 6\n", NULL },
  { "one text above numbers", "unknown,2,7\n1,2,3\n", "x1$ x2# x3#\n'unknown' 2 7\n'1' 2 3\n",
    NULL },
  { "header with gaps", ",b,\n1,2,3\n", "x1# b# x3#\n1 2 3\n", NULL },
  { "nothing but gaps", ",NA\n1,2\n", "x1# x2#\n~ ~\n1 2\n", NULL },
  { "only a header", "a,b\n", "a# b#\n", NULL },
  { "only a header, no line end", "a,b", "a# b#\n", NULL },
  { "same names", "a,a,b,a\n1,2,3,4\n", "a# a.2# b# a.3#\n1 2 3 4\n", NULL },
  { "a name like the given ones", "x2,,a\n1,2,3\n", "x2# x2.2# a#\n1 2 3\n", NULL },
  { "Windows-1252", "gr\xf6\xdf\x65,n\n\x84Z\xfcrich\x93,1\n\"4 \x80 \"\"\xbd\",2\nweiß,3\n",
    "größe$ n#\n'\\342\\200\\236Z\\303\\274rich\\342\\200\\234' 1\n"
    "'4 \\342\\202\\254 \\\"\\302\\275' 2\n'wei\\303\\237' 3\n",
    NULL },
  { "UTF-8 names", "größe,重さ\n1,2\n", "größe# 重さ#\n1 2\n", NULL },
  { "quoted names", "\"a,b\",\"say \"\"c\"\"\"\n1,2\n", "a,b# say \"c\"#\n1 2\n", NULL },
  { "single column", "a\n1\n2\n", "a#\n1\n2\n", NULL },
  { "single column, no header", "1\n2\n", "x1#\n1\n2\n", NULL },
  { "one number", "7", "x1#\n7\n", NULL },
  { "semicolons", "a;b\n1;2\n", "a# b#\n1 2\n", NULL },
  { "tabs", "a\tb\n1\t2\n", "a# b#\n1 2\n", NULL },
  { "bars", "a|b\n1|2\n", "a# b#\n1 2\n", NULL },
  { "commas in semicolons", "a;b\nx,y;2\n,;3\n", "a$ b#\n'x,y' 2\n',' 3\n", NULL },
  { "delimiters in quotes", "a;b\n\"1,2,3,4\";5\n\",,,\";6\n", "a$ b#\n'1,2,3,4' 5\n',,,' 6\n",
    NULL },
  { "tabs within commas", "a,b\nx\ty,1\n", "a$ b#\n'x\\ty' 1\n", NULL },
  /* Quotes. */
  { "quoted numbers", "a,b\n\"1\",\" 2\"\n", "a# b$\n1 ' 2'\n", NULL },
  { "doubled quotes", "a,b\n\"x\"\"y\",1\n\"\"\"\",2\n", "a$ b#\n'x\\\"y' 1\n'\\\"' 2\n", NULL },
  { "delimiter in quotes", "a,b\n\"x,y\",1\n", "a$ b#\n'x,y' 1\n", NULL },
  { "line break in quotes", "a,b\n\"x\ny\",1\n\"\r\n\",2\n", "a$ b#\n'x\\ny' 1\n'\\r\\n' 2\n",
    NULL },
  { "blank line in quotes", "a,b\n\"x\n\n\ny\",1\n", "a$ b#\n'x\\n\\n\\ny' 1\n", NULL },
  { "quotes within a cell", "a,b\n5\" pipe,1\nit\"s \"\"x,2\n",
    "a$ b#\n'5\\\" pipe' 1\n'it\\\"s \\\"\\\"x' 2\n", NULL },
  { "spaces round quotes", "a,b\n \"x\" , 1 \n", "a$ b#\n'x' 1\n", NULL },
  { "spaces in quotes", "a,b\n\" x \",1\n", "a$ b#\n' x ' 1\n", NULL },
  { "spaces round cells", " a , b c \n 1 ,  2\n", "a# b c#\n1 2\n", NULL },
  { "quoted at the end", "a,b\nx,\"y\"", "a$ b$\n'x' 'y'\n", NULL },
  { "empty quotes", "a,b\n\"\",1\nx,2\n", "a$ b#\n'' 1\n'x' 2\n", NULL },
  /* Line ends. */
  { "CRLF", "a,b\r\n1,2\r\n3,4\r\n", "a# b#\n1 2\n3 4\n", NULL },
  { "lone CR", "a,b\r1,2\r3,4\r", "a# b#\n1 2\n3 4\n", NULL },
  { "lone CR, no last", "a,b\r1,2\r3,4", "a# b#\n1 2\n3 4\n", NULL },
  { "no last line end", "a,b\n1,2\n3,4", "a# b#\n1 2\n3 4\n", NULL },
  { "CRLF, no last", "a,b\r\n1,2\r\n3,4", "a# b#\n1 2\n3 4\n", NULL },
  { "CR at the very end", "a,b\n1,2\r", "a# b#\n1 2\n", NULL },
  { "mixed line ends", "a\r1\n2\r\n3\r4\r5\n\r6", "a#\n1\n2\n3\n4\n5\n6\n", NULL },
  { "blank lines", "\n\na,b\n\n1,2\n\n\n3,4\n\n", "a# b#\n1 2\n3 4\n", NULL },
  { "lines of spaces", "a,b\n  \n1,2\n \r\n3,4\n   ", "a# b#\n1 2\n3 4\n", NULL },
  { "lines of spaces, one column", "a\n1\n  \n\" \"\n", "a$\n'1'\n' '\n", NULL },
  { "blank CRLF lines", "\r\na,b\r\n\r\n1,2\r\n\r\n", "a# b#\n1 2\n", NULL },
  { "BOM", BOM "a,b\n1,2\n", "a# b#\n1 2\n", NULL },
  { "BOM, no header", BOM "1,2\n3,4\n", "x1# x2#\n1 2\n3 4\n", NULL },
  { "BOM and quotes", BOM "\"a\",b\n1,2\n", "a# b#\n1 2\n", NULL },
  /* Missing cells and types. */
  { "missing", "a,b\n,1\nNA,2\nN/A,3\nNaN,4\nnull,5\n1,6\n",
    "a# b#\n~ 1\n~ 2\n~ 3\n~ 4\n~ 5\n1 6\n", NULL },
  { "missing in any case", "a\nna\nn/a\nNAN\nNULL\n1\n", "a#\n~\n~\n~\n~\n1\n", NULL },
  { "missing last", "a,b\n1,3\n2,\n", "a# b#\n1 3\n2 ~\n", NULL },
  { "almost missing", "a,b\n1,NAN1\n2,nones\n", "a# b$\n1 'NAN1'\n2 'nones'\n", NULL },
  { "missing in other programs", "a,b,c,d,e,f\n1,2,3,4,5,6\nNone,\\N,-,?,.,#DIV/0!\n",
    "a# b# c# d# e# f#\n1 2 3 4 5 6\n~ ~ ~ ~ ~ ~\n", NULL },
  { "such words in text", "a,b\n-,1\nx,2\n", "a$ b#\n'-' 1\n'x' 2\n", NULL },
  { "missing text", "a,b\nx,1\nNA,2\n", "a$ b#\n'x' 1\n'NA' 2\n", NULL },
  { "empty quotes count as missing", "a,b\n\"\",1\n2,2\n", "a# b#\n~ 1\n2 2\n", NULL },
  { "numbers of all kinds", "a,b\n-1.5e3,+.5\n1E-2,inf\n7.,-Infinity\n",
    "a# b#\n-1500 0.5\n0.01 inf\n7 -inf\n", NULL },
  { "vectors with gaps", "e\n\"[1, null]\"\n\"[NaN,2]\"\n\"\"\n\"[null,null]\"\n\"[-inf, 4]\"\n",
    "e.1# e.2#\n1 ~\n~ 2\n~ ~\n~ ~\n-inf 4\n", NULL },
  /* Commas for points, where something else parts the cells. */
  { "decimal commas", "a;b\n1,5;2\n-0,25;+3,5e2\n", "a# b#\n1.5 2\n-0.25 350\n", NULL },
  { "decimal commas between tabs", "a\tb\n1,5\t2\n\tNA\n", "a# b#\n1.5 2\n~ ~\n", NULL },
  { "decimal commas, no header", "1,5;2,5\n3,5;4,0\n", "x1# x2#\n1.5 2.5\n3.5 4\n", NULL },
  { "decimal commas in quotes", "a;b\n\"1,5\";x\n", "a# b$\n1.5 'x'\n", NULL },
  { "commas in names", "a, cm;b, cm\n1,5;2,5\n", "a, cm# b, cm#\n1.5 2.5\n", NULL },
  { "some columns with commas", "a;b;c\n1,5;2.5;3\n", "a# b# c#\n1.5 2.5 3\n", NULL },
  { "commas and points may be thousands", "a;b\n1,5;1\n1.234;2\n", "a$ b#\n'1,5' 1\n'1.234' 2\n",
    NULL },
  { "thousands between tabs", "a\tb\n1,234\t1\n-12,345\t2\n", "a$ b#\n'1,234' 1\n'-12,345' 2\n",
    NULL },
  { "three decimals between tabs", "a\tb\n1,234\t1\n0,125\t2\n", "a# b#\n1.234 1\n0.125 2\n",
    NULL },
  { "another column tells", "a\tb\n1,234\t1,5\n", "a# b#\n1.234 1.5\n", NULL },
  { "three decimals between semicolons", "a;b\n1,234;1\n", "a# b#\n1.234 1\n", NULL },
  { "thousands between semicolons", "a;b\n1,234;1.5\n", "a$ b#\n'1,234' 1.5\n", NULL },
  { "thousands", "a;b\n1.234,5;1\n1,234,5;2\n", "a$ b#\n'1.234,5' 1\n'1,234,5' 2\n", NULL },
  { "commas part cells", "a,l\n7,1;2\n8,3;4\n", "a# l$\n7 '1;2'\n8 '3;4'\n", NULL },
  { "commas in an id", "a;b\n1,5;2\n", "a$ b#\n'1,5' 2\n", "a" },
  /* What a delimiter at the end of each line leaves. */
  { "delimiter behind the last cell", "a,b,\n1,2,\n3,4,\n", "a# b# x3$\n1 2 ''\n3 4 ''\n", NULL },
  { "no name, but numbers", "a,\n1,2\n", "a# x2#\n1 2\n", NULL },
  { "a name, but no value", "a,b\n1,\n", "a# b$\n1 ''\n", NULL },
  { "the delimiter is said", "sep=;\na;b\n1,5;2\n", "a# b#\n1.5 2\n", NULL },
  { "a strange delimiter is said", "SEP=!\r\na!b\r\n1!2\r\n", "a# b#\n1 2\n", NULL },
  { "a name is no delimiter", "sep=a\n1\n2\n", "sep=a#\n1\n2\n", NULL },
  /* Any number of spaces between numbers. */
  { "spaces", "1 2  3\n 4 5 6 \n", "x1# x2# x3#\n1 2 3\n4 5 6\n", NULL },
  { "spaces, header", "a b\n1.5 NA\n-2e3  0.25\n  \n7 8\n", "a# b#\n1.5 ~\n-2000 0.25\n7 8\n",
    NULL },
  { "spaces, no last line end", "1 2\r\n3 4 ", "x1# x2#\n1 2\n3 4\n", NULL },
  { "spaces, marked header", "# x y\n1 2\n3 4\n", "x# y#\n1 2\n3 4\n", NULL },
  { "words in front", "# made by me, 2024\n#\nx,y\n1,2\n", "x# y#\n1 2\n", NULL },
  { "words in front of values", "# a, b, c\r\n1,2\r\n3,4\r\n", "x1# x2#\n1 2\n3 4\n", NULL },
  { "names behind a mark", "# x,y\n1,2\n3,4\n", "x# y#\n1 2\n3 4\n", NULL },
  { "words and names behind marks", "# all of it\n#x;y\n1,5;2\n", "x# y#\n1.5 2\n", NULL },
  { "words with a comma above names", "# one, two\nx,y\n1,2\n", "x# y#\n1 2\n", NULL },
  { "names behind a mark above texts", "#who,where\na,b\nc,d\n", "who$ where$\n'a' 'b'\n'c' 'd'\n",
    NULL },
  { "a column named #", "#,x\n1,2\n", "## x#\n1 2\n", NULL },
  { "colours", "#ff0000,1\n#00ff00,2\nred,3\n", "x1$ x2#\n'#ff0000' 1\n'#00ff00' 2\n'red' 3\n",
    NULL },
  { "nothing but colours", "#ff0000,1\n#00ff00,2\n", "x1$ x2#\n'#ff0000' 1\n'#00ff00' 2\n", NULL },
  { "words above one column", "# a\nx\n1\n", "x#\n1\n", NULL },
  { "a name behind a mark", "# x\n1\n2\n", "x#\n1\n2\n", NULL },
  { "several marked lines, spaces", "# by me\n# x y\n1 2\n3 4\n", "x# y#\n1 2\n3 4\n", NULL },
  { "words between spaces", "a b\nc d\n1 2\n", "a b$\n'c d'\n'1 2'\n", NULL },
  { "a name of two words", "max speed\n1\n2\n", "max speed#\n1\n2\n", NULL },
  /* Digits that numbers would not give back. */
  { "whole numbers beyond doubles", "a,b\n9007199254740993,1\n-9223372036854775808,2\n+7,3\n",
    "a# b#\n9007199254740993 1\n-9223372036854775808 2\n7 3\n", NULL },
  { "without a sign", "a\n18446744073709551615\n0\n", "a#\n18446744073709551615\n0\n", NULL },
  { "with and without a sign", "a\n18446744073709551615\n-1\n", "a#\n1.8446744073709552e+19\n-1\n",
    NULL },
  { "not all whole", "a\n9007199254740993\n1.5\n", "a#\n9007199254740992\n1.5\n", NULL },
  { "some missing", "a,b\n9007199254740993,1\nNA,2\n,3\n5,4\n",
    "a# b#\n9007199254740993 1\n~ 2\n~ 3\n5 4\n", NULL },
  { "more than 64 bits", "a,b\n18446744073709551616,1\n5,2\n",
    "a$ b#\n'18446744073709551616' 1\n'5' 2\n", NULL },
  { "zeros in front", "zip,v\n00123,1\n98765,2\n", "zip$ v#\n'00123' 1\n'98765' 2\n", NULL },
  { "zeros in front of a point", "a,v\n00.5,1\n02,2\n", "a# v#\n0.5 1\n2 2\n", NULL },
  { "zeros in front of all numbers", "t,a\nx,001\ny,020\n", "t$ a#\n'x' 1\n'y' 20\n", NULL },
  { "words of spreadsheets", "a,b\n1,#N/A\n<NA>,2\n", "a# b#\n1 ~\n~ 2\n", NULL },
  { "hexadecimal is text", "a,b\n0x10,1\n", "a$ b#\n'0x10' 1\n", NULL },
  { "one text makes text", "a,b\n1,1\nx,2\n3,3\n", "a$ b#\n'1' 1\n'x' 2\n'3' 3\n", NULL },
  /* Ids. */
  { "ids stay text", "id,a\n0012345678901234567890,1\n2,2\n",
    "id$ a#\n'0012345678901234567890' 1\n'2' 2\n", "id" },
  { "other ids", "id,a\n1,2\n", "id# a#\n1 2\n", "nobody" },
  { "ids by a given name", "007,1\n008,2\n", "x1$ x2#\n'007' 1\n'008' 2\n", "x1" },
};

static void
test_cases (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      LloydLoadOptions options = { .id_column = cases[i].id_column };
      g_autoptr (LloydTable) table = test_load_bytes (&lloyd_format_csv, cases[i].text,
                                                      strlen (cases[i].text), &options, &error);
      g_assert_no_error (error);
      g_autofree char *dump = test_table_dump (table);
      if (!g_str_equal (dump, cases[i].expected))
        g_error ("%s: got\n%sexpected\n%s", cases[i].name, dump, cases[i].expected);
    }
}

/* Columns that are asked for are numbers, whatever a number would not give back. */
static void
test_asked_for (void)
{
  static const char text[] = "zip,v\n00123,1\n98765,2\n";
  static const char *const named[] = { "zip", NULL };
  const LloydLoadOptions options = { .named = named };
  g_autoptr (LloydTable) table =
      test_load_bytes (&lloyd_format_csv, text, strlen (text), &options, NULL);
  g_autofree char *dump = test_table_dump (table);
  g_assert_cmpstr (dump, ==, "zip# v#\n123 1\n98765 2\n");
}

/* Behind the rows that decide: whole numbers get larger than a double holds, lose their sign, or
 * turn out not to be whole. */
static void
test_late_wholes (void)
{
  static const struct
  {
    const char *early, *late, *expected;
    guint integer_bytes;
  } cases_of_late[] = {
    { "5", "9007199254740993", "9007199254740993", 8 },
    { "5", "18446744073709551615", "18446744073709551615", 8 },
    { "-5", "18446744073709551615", "1.8446744073709552e+19", 0 },
    { "9007199254740993", "0.5", "0.5", 0 },
    { "9007199254740993", "99999999999999999999", "1e+20", 0 },
    { "9007199254740993", "007", "7", 8 },
    { "0.5", "9007199254740993", "9007199254740992", 0 },
    { "NA", "9007199254740993", "9007199254740993", 8 },
  };
  /* One without any value is text unless it is asked for. */
  static const char *const named[] = { "a", NULL };
  const LloydLoadOptions options = { .named = named };
  for (size_t i = 0; i < G_N_ELEMENTS (cases_of_late); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b\n");
      for (int row = 0; row < 1500; row++)
        g_string_append_printf (text, "%s,1\n", cases_of_late[i].early);
      g_string_append_printf (text, "%s,1\n", cases_of_late[i].late);
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, &options, &error);
      g_assert_no_error (error);
      const LloydColumn *column = lloyd_table_find (table, "a");
      g_autofree char *cell = lloyd_column_dup_text (column, 1500);
      g_assert_cmpstr (cell, ==, cases_of_late[i].expected);
      g_assert_cmpuint (column->integer_bytes, ==, cases_of_late[i].integer_bytes);
    }
}

static void
test_missing_counts (void)
{
  g_autoptr (LloydTable) table =
      test_load_bytes (&lloyd_format_csv, "a,b\n1,NA\nNaN,x\n,y\n2,\n",
                       strlen ("a,b\n1,NA\nNaN,x\n,y\n2,\n"), NULL, NULL);
  g_assert_cmpuint (lloyd_table_find (table, "a")->n_missing, ==, 2);
  g_assert_cmpuint (lloyd_table_find (table, "b")->n_missing, ==, 2);
}

/* ---- what cannot be read ------------------------------------------------------------------- */

static const char *const refusals[][2] = {
  { "a,b\n1,2\n3\n", "test.file: line 3: 1 cells where the first line has 2" },
  { "a,b\n1,2\n3,4,5\n", "test.file: line 3: 3 cells where the first line has 2" },
  { "a,b\n\n1,2\r\n\r\n\r\n3\n", "test.file: line 6: 1 cells where the first line has 2" },
  { "a,b\r1,2\r\r3", "test.file: line 4: 1 cells where the first line has 2" },
  { "a,b\n\"x\ny\",1\n2\n", "test.file: line 4: 1 cells where the first line has 2" },
  { "a,b\r\"x\ry\",1\r2\r", "test.file: line 4: 1 cells where the first line has 2" },
  { "a,b\n1,\"2\n3,4\n", "test.file: line 2: a quote is opened and never closed" },
  { "a,b\n\"x\ny\",1\n2,\"", "test.file: line 4: a quote is opened and never closed" },
  { "\"", "test.file: line 1: a quote is opened and never closed" },
  { "a,b\n\"x\"y,1\n", "test.file: line 2: text behind a closing quote" },
  { "a,b\n\"x\ny\" z,1\n", "test.file: line 3: text behind a closing quote" },
  { "\n\r\n\n", "test.file: the file has no rows" },
  { BOM, "test.file: the file has no rows" },
  { "a,b\n1,2\n1,x\n\"", "test.file: line 4: a quote is opened and never closed" },
};

/* A column that is no feature because of a few cells is told. */
static void
test_left_out (void)
{
  static const struct
  {
    const char *text;
    const char *said;
  } files[] = {
    { "a,b\n1,2\n3,x\n4,5\n", "column b is text and no feature: \"x\" in line 3 is not a number; "
                              "write it as one, or leave the cell empty" },
    { "a,b,c\n1,\"1,200\",$3.50\n2,\"3,400,500.25\",4 €\n",
      "column b is text and no feature, and so is 1 other: \"1,200\" in line 2 is not a number; "
      "write it as one, or leave the cell empty" },
    { "a,b,c,\n1,,,\n2,,,\n",
      "column b has no value in the first rows and is no feature, and so is 1 other" },
    { "a,b\n1,x\n2,2024-01-02\n", NULL },
    { "a,b\n1,12.05.2024\n2,13.05.2024\n", NULL },
    { "zip,v\n00123,1\n98765,2\n", NULL },
    { "a,b\n1,\n2,3\n", NULL },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;
      LloydLoadOptions options = { 0 };
      g_autoptr (LloydTable) table = test_load_bytes (&lloyd_format_csv, files[i].text,
                                                      strlen (files[i].text), &options, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (lloyd_table_get_note (table, LLOYD_NOTE_LEFT_OUT), ==, files[i].said);
    }
}

static void
test_refusals (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;
      const char *text = refusals[i][0];
      g_assert_null (test_load_bytes (&lloyd_format_csv, text, strlen (text), NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, refusals[i][1]);
    }
}

/* The first 1,000 rows decide; text behind them is an error with its place. */
static void
test_late_text (void)
{
  static const struct
  {
    const char *cell, *message;
  } late[] = {
    { "oops", "test.file: line 1502, column b: \"oops\" is not a number" },
    { "1,5", "test.file: line 1502, column b: \"1,5\" is not a number" },
    { "\xFF\xFE", "test.file: line 1502, column b: \"\xEF\xBF\xBD\xEF\xBF\xBD\" is not a number" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (late); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b\n");
      for (int row = 1; row <= 1500; row++)
        g_string_append_printf (text, "%d,%d\n", row, 2 * row);
      g_string_append_printf (text, "7,\"%s\"\n8,9\n", late[i].cell);
      g_assert_null (test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, late[i].message);
    }
}

/* Row 1,000 is the last that decides. */
static void
test_last_that_decides (void)
{
  for (int at = 1000; at <= 1001; at++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b\n");
      for (int row = 1; row <= 1200; row++)
        g_string_append (text, row == at ? "x,1\n" : "1,1\n");
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      if (at == 1000)
        g_assert_cmpint (lloyd_table_find (table, "a")->type, ==, LLOYD_COLUMN_TEXT);
      else
        test_assert_line (error, LLOYD_ERROR_FILE, "test.file: line 1002, column a: ");
    }
}

/* A bad cell may be as long and as strange as it likes: the message is a short line. */
static void
test_long_bad_cell (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("a\n");
  for (int row = 0; row < 1000; row++)
    g_string_append (text, "1\n");
  g_string_append (text, "\"line\nbreak\t\x01\x1B[31m");
  for (int i = 0; i < 100000; i++)
    g_string_append (text, "\xC3\xA4");
  g_string_append (text, "\"\n");
  g_assert_null (test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error));
  test_assert_line (error, LLOYD_ERROR_FILE, "test.file: line 1002, column a: ");
  for (const char *p = error->message; *p != '\0'; p++)
    g_assert_false (g_ascii_iscntrl (*p));
}

/* ---- sizes --------------------------------------------------------------------------------- */

/* Room is made for every row, however lines end. */
static void
test_many_rows (void)
{
  static const char *const ends[] = { "\n", "\r\n", "\r" };
  for (int mix = 0; mix < 27; mix++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GString) text = g_string_new ("a,b");
      g_string_append (text, ends[mix % 3]);
      for (int row = 0; row < 5000; row++)
        g_string_append_printf (text, "%d,\"t%d\"%s", row, row,
                                row % 997 == 5 ? ends[mix / 9] : ends[mix / 3 % 3]);
      g_autoptr (LloydTable) table =
          test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, 5000);
      for (size_t row = 0; row < 5000; row++)
        {
          g_autofree char *expected = g_strdup_printf ("t%" G_GSIZE_FORMAT, row);
          g_autofree char *found = lloyd_column_dup_text (lloyd_table_find (table, "b"), row);
          g_assert_cmpfloat (lloyd_column_number (lloyd_table_find (table, "a"), row), ==,
                             (double) row);
          g_assert_cmpstr (found, ==, expected);
        }
    }
}

static void
test_many_columns (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  for (int row = 0; row < 4; row++)
    for (int column = 0; column < 10000; column++)
      {
        if (row == 0)
          g_string_append_printf (text, "c%d", column);
        else
          g_string_append_printf (text, "%d", row * column);
        g_string_append_c (text, column < 9999 ? ',' : '\n');
      }
  g_autoptr (LloydTable) table =
      test_load_bytes (&lloyd_format_csv, text->str, text->len, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lloyd_table_get_n_rows (table), ==, 3);
  g_assert_cmpuint (lloyd_table_get_n_columns (table), ==, 10000);
  g_assert_cmpfloat (lloyd_column_number (lloyd_table_find (table, "c9999"), 2), ==, 29997.0);
}

static void
test_long_cells (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *filling = g_strnfill (3000000, 'x');
  g_autofree char *zeros = g_strnfill (300000, '0');
  g_autofree char *text = g_strdup_printf ("%s,\"%s\",n\n%s,\"%s\"\"%s\",0.%s15\n", filling,
                                           filling, filling, filling, filling, zeros);
  g_autoptr (LloydTable) table =
      test_load_bytes (&lloyd_format_csv, text, strlen (text), NULL, &error);
  g_assert_no_error (error);
  const LloydColumn *unquoted = lloyd_table_get_column (table, 0);
  const LloydColumn *quoted = lloyd_table_get_column (table, 1);
  g_assert_cmpuint (strlen (unquoted->name), ==, 3000000);
  g_assert_cmpuint (unquoted->offsets[1], ==, 3000000);
  g_assert_cmpuint (quoted->offsets[1], ==, 6000001);
  g_assert_cmpint (quoted->text[3000000], ==, '"');
  g_assert_cmpfloat (lloyd_column_number (lloyd_table_find (table, "n"), 0), ==, 0.0);
}

/* ---- through lloyd_files_load() ------------------------------------------------------------ */

static void
test_files (void)
{
  g_autoptr (TestFolder) folder = test_folder_new ();
  LloydLoadOptions options = { 0 };
  static const struct
  {
    const char *name, *bytes;
    gssize n;
    const char *message;
  } bad[] = {
    { "empty.csv", "", 0, "the file is empty" },
    { "utf16.csv",
      "\xFF\xFE"
      "a\0,\0b\0\n\0",
      10, "is text in UTF-16, which Lloyd does not read: save it as UTF-8" },
    { "short.npy", "\x93NUMPY", 6, "the NPY header is cut short" },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = test_folder_write (folder, bad[i].name, bad[i].bytes, bad[i].n);
      g_autofree char *message = g_strdup_printf ("%s: %s", path, bad[i].message);
      g_assert_null (lloyd_files_load (path, &options, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, message);
    }

  static const char *const absent[] = { "nobody.csv", "" };
  for (size_t i = 0; i < G_N_ELEMENTS (absent); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = test_folder_dup_path (folder, absent[i]);
      g_assert_null (lloyd_files_load (path, &options, NULL, &error));
      test_assert_line (error, LLOYD_ERROR_FILE, path);
    }

  /* The bytes say what it is, not the name. */
  const LloydFormat *format;
  g_autofree char *path = test_folder_write (folder, "points.npy", "a,b\n1,2\n", -1);
  g_autoptr (LloydTable) table = lloyd_files_load (path, &options, &format, NULL);
  g_assert_true (format == &lloyd_format_csv);
  g_assert_cmpstr (lloyd_table_get_path (table), ==, path);
}

static void
stop_at (double fraction, gpointer data)
{
  g_assert_cmpfloat (fraction, >=, 0.0);
  g_assert_cmpfloat (fraction, <=, 1.0);
  if (fraction >= 0.3)
    g_cancellable_cancel (data);
}

static void
test_cancelled (void)
{
  g_autoptr (GString) text = g_string_new ("a\n");
  for (int row = 0; row < 50000; row++)
    g_string_append (text, "1\n");

  for (int is_early = 0; is_early <= 1; is_early++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      LloydLoadOptions options = { .cancellable = cancellable,
                                   .progress = stop_at,
                                   .progress_data = cancellable };
      if (is_early)
        g_cancellable_cancel (cancellable);
      g_assert_null (test_load_bytes (&lloyd_format_csv, text->str, text->len, &options, &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
}

/* Numbers have points, whatever the locale says. */
static void
test_decimal_comma (void)
{
  static const char *const names[] = { "de_DE.UTF-8", "de_DE.utf8",  "fr_FR.UTF-8",
                                       "da_DK.UTF-8", "pt_BR.UTF-8", "ru_RU.UTF-8" };
  size_t i = 0;
  while (i < G_N_ELEMENTS (names) && setlocale (LC_NUMERIC, names[i]) == NULL)
    i++;
  if (i == G_N_ELEMENTS (names))
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }

  g_assert_cmpstr (localeconv ()->decimal_point, ==, ",");
  static const char text[] = "a,b\n1.5,0.12345678901234568\n-2e-3,1.2345678901234567890123\n";
  g_autoptr (TestFolder) folder = test_folder_new ();
  g_autofree char *path = test_folder_write (folder, "in.csv", text, -1);
  g_autofree char *copy = test_folder_dup_path (folder, "out.csv");
  g_autoptr (LloydTable) table = test_load (path);
  g_autofree char *dump = test_table_dump (table);
  g_assert_true (test_save (copy, table, NULL));
  setlocale (LC_NUMERIC, "C");
  g_assert_cmpstr (dump, ==, "a# b#\n1.5 0.12345678901234568\n-0.002 1.2345678901234567\n");
  test_assert_file (copy, "a,b\n1.5,0.12345678901234568\n-0.002,1.2345678901234567\n", -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/files/csv/cases", test_cases);
  g_test_add_func ("/files/csv/asked-for", test_asked_for);
  g_test_add_func ("/files/csv/late-wholes", test_late_wholes);
  g_test_add_func ("/files/csv/missing-counts", test_missing_counts);
  g_test_add_func ("/files/csv/left-out", test_left_out);
  g_test_add_func ("/files/csv/refusals", test_refusals);
  g_test_add_func ("/files/csv/late-text", test_late_text);
  g_test_add_func ("/files/csv/last-that-decides", test_last_that_decides);
  g_test_add_func ("/files/csv/long-bad-cell", test_long_bad_cell);
  g_test_add_func ("/files/csv/many-rows", test_many_rows);
  g_test_add_func ("/files/csv/many-columns", test_many_columns);
  g_test_add_func ("/files/csv/long-cells", test_long_cells);
  g_test_add_func ("/files/csv/files", test_files);
  g_test_add_func ("/files/csv/cancelled", test_cancelled);
  g_test_add_func ("/files/csv/decimal-comma", test_decimal_comma);
  return g_test_run ();
}
