/* What takes longest to read, compiled once where -Db_pch=true says so. Files include what they
 * need all the same. */

#include <adwaita.h>
