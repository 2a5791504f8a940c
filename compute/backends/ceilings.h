/* What a processor or a GPU can do at most, to compare with what was done. */
#pragma once

typedef struct
{
  /* 10^9 multiplications and additions a second: of float32, and of the narrow numbers that rows
   * are screened with: 8 bits on a processor, float16 on a GPU (0: it has no such products). */
  double gops_float;
  double gops;
  /* 10^9 bytes a second read from memory, a GPU's from its own. */
  double gbytes;
} LloydCeilings;
