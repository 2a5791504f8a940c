/* Files of vectors, as benchmarks of nearest neighbours have them: fvecs, bvecs and ivecs write the
 * number of values before each vector; fbin, u8bin and i8bin begin with the numbers of vectors and
 * of values. All little-endian, known by their names alone. */
#pragma once

#include "compute/files/format.h"

extern const LloydFormat lloyd_format_fvecs;
extern const LloydFormat lloyd_format_bvecs;
extern const LloydFormat lloyd_format_ivecs;
extern const LloydFormat lloyd_format_fbin;
extern const LloydFormat lloyd_format_u8bin;
extern const LloydFormat lloyd_format_i8bin;
