/* Facts of benchmarks in words. Every text is yours. */
#pragma once

#include "compute/files/card.h"
#include "compute/kmeans/bench-suite.h"

/* "10,000 × 2, K = 50", with "batches of 4,096" or "seeding" where that is what is timed. */
char *lloyd_bench_words_shape (const LloydBenchRecord *record);

/* "Gaussian", or the words that load it. */
char *lloyd_bench_words_cloud (const LloydBenchRecord *record);

/* What sets one measurement of a case apart: "Euclidean, cpu, 2 threads". */
char *lloyd_bench_words_way (const LloydBenchRecord *record);

/* "1.2 GB"; "–" for 0. */
char *lloyd_bench_words_bytes (double bytes);

/* "about 3 s", "about 2 min". */
char *lloyd_bench_words_about (double seconds);

/* "94 %"; "–" for NaN. */
char *lloyd_bench_words_share (double share);

/* "0", "3 of 10,000", "–" where nobody looked. */
char *lloyd_bench_words_wrong (const LloydBenchRecord *record);

/* Milliseconds: "0.237 ms", "2.1 s". */
char *lloyd_bench_words_ms (double ms);

/* The remarks of a card, which are English, as far as their words are known; "" where there are
 * none. */
char *lloyd_bench_words_remark (const LloydBenchRecord *record);

/* The card's name, that of its file, without what all files of cards end in. */
char *lloyd_bench_words_card (const LloydCard *card);

/* How far a run is: "Case 2 of 3: repeat 4 of 7". */
char *lloyd_bench_words_progress (const LloydBenchProgress *progress);
