#include "compute/error.h"

G_DEFINE_QUARK (lloyd_error, lloyd_error)
