#include "app/cli/cli.h"

int
main (int argc, char **argv)
{
  return lloyd_cli_main (argc, argv);
}
