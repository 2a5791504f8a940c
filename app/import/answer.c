#include <signal.h>
#include <sys/prctl.h>

#include "app/import/channel.h"

void
import_answer (void)
{
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
