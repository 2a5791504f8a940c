/* lloyd-import: reads and writes what needs large foreign libraries, for the programs that start
 * it. It takes no arguments, so that nothing it is told can be seen from outside. */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
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
  /* Not to work on for nobody. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  const Request *request = channel_open ();
  switch (request->verb)
    {
    case LLOYD_IMPORT_READ_GDAL:
      gdal_read (request);
    case LLOYD_IMPORT_WRITE_GDAL:
      gdal_write (request);
    case LLOYD_IMPORT_DESCRIBE_CRS:
      gdal_describe_crs (request);
    case LLOYD_IMPORT_READ_HDF5:
      hdf5_read (request);
    case LLOYD_IMPORT_READ_POSTGRES:
      postgres_read (request);
    case LLOYD_IMPORT_WRITE_POSTGRES:
      postgres_write (request);
    default:
      channel_fail_rubbish ();
    }
}
