/* lloyd-import: reads and writes what needs large foreign libraries, for the programs that start
 * it. It takes no arguments, so that nothing it is told can be seen from outside. */
#include <stdio.h>
#include <sys/socket.h>

#include "app/import/channel.h"

int
main (void)
{
  int type;
  socklen_t n = sizeof type;
  if (getsockopt (0, SOL_SOCKET, SO_TYPE, &type, &n) != 0)
    {
      fputs ("lloyd-import is started by lloyd and lloyd-cli; it does nothing by itself\n", stderr);
      return 2;
    }
  import_answer ();
}
