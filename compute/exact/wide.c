#include "compute/exact/wide.h"

#define LIMB_BITS 32
#define LIMB_MASK 0xFFFFFFFFu
#define MAX_WAITING (1u << 30)

void
lloyd_wide_carry (LloydWide *self)
{
  int64_t carry = 0;
  for (int i = 0; i < LLOYD_WIDE_LIMBS - 1; i++)
    {
      int64_t v = self->limb[i] + carry;
      carry = v >> LIMB_BITS;
      self->limb[i] = v & LIMB_MASK;
    }
  self->limb[LLOYD_WIDE_LIMBS - 1] += carry;
  self->n_waiting = 0;
}

static inline void
note_add (LloydWide *self)
{
  if (++self->n_waiting >= MAX_WAITING)
    lloyd_wide_carry (self);
}

/* Adds +-magnitude * 2^(LSB + position). */
static inline void
add_magnitude (LloydWide *self, uint64_t magnitude, int position, bool is_negative)
{
  int i = position / LIMB_BITS, shift = position % LIMB_BITS;
  lloyd_uint128 wide = (lloyd_uint128) magnitude << shift;
  int64_t part[3] = { (int64_t) (wide & LIMB_MASK), (int64_t) (wide >> 32 & LIMB_MASK),
                      (int64_t) (wide >> 64) };

  for (int j = 0; j < 3 && i + j < LLOYD_WIDE_LIMBS; j++)
    self->limb[i + j] += is_negative ? -part[j] : part[j];
}

void
lloyd_wide_add (LloydWide *self, double v)
{
  int first;
  int64_t part[3];
  lloyd_wide_split (v, &first, part);
  for (int i = 0; i < 3; i++)
    self->limb[first + i] += signbit (v) ? -part[i] : part[i];
  note_add (self);
}

void
lloyd_wide_add_scaled (LloydWide *self, lloyd_int128 v, int exponent)
{
  bool is_negative = v < 0;
  lloyd_uint128 magnitude = is_negative ? -(lloyd_uint128) v : (lloyd_uint128) v;
  int position = exponent - LLOYD_WIDE_LSB;
  add_magnitude (self, (uint64_t) magnitude, position, is_negative);
  if (magnitude >> 64)
    add_magnitude (self, (uint64_t) (magnitude >> 64), position + 64, is_negative);
  note_add (self);
  note_add (self);
}

/* self += sign * other. */
static void
combine (LloydWide *self, const LloydWide *other, int sign)
{
  LloydWide carried = *other;
  lloyd_wide_carry (&carried);
  for (int i = 0; i < LLOYD_WIDE_LIMBS; i++)
    self->limb[i] += sign * carried.limb[i];
  note_add (self);
}

void
lloyd_wide_merge (LloydWide *self, const LloydWide *other)
{
  combine (self, other, 1);
}

void
lloyd_wide_subtract (LloydWide *self, const LloydWide *other)
{
  combine (self, other, -1);
}

/* Makes `self` carried and non-negative; says whether it was negative. */
static bool
take_magnitude (LloydWide *self)
{
  lloyd_wide_carry (self);
  if (self->limb[LLOYD_WIDE_LIMBS - 1] >= 0)
    return false;
  for (int i = 0; i < LLOYD_WIDE_LIMBS; i++)
    self->limb[i] = -self->limb[i];
  lloyd_wide_carry (self);
  return true;
}

void
lloyd_wide_add_multiple (LloydWide *self, const LloydWide *other, float factor)
{
  int exponent;
  int32_t m = (int32_t) (frexpf (factor, &exponent) * 0x1p24f);
  exponent -= 24;

  /* By magnitude, so that the limbs above the highest bit are 0 and may be shifted out. */
  LloydWide magnitude = *other;
  if (take_magnitude (&magnitude))
    m = -m;
  for (int i = 0; i < LLOYD_WIDE_LIMBS; i++)
    {
      lloyd_int128 product = (lloyd_int128) magnitude.limb[i] * m;
      int position = i * LIMB_BITS + exponent;
      if (product == 0)
        continue;
      if (position < 0)
        {
          product >>= -position < 127 ? -position : 127;
          position = 0;
        }
      lloyd_wide_add_scaled (self, product, position + LLOYD_WIDE_LSB);
    }
}

static int
highest_limb (const LloydWide *self)
{
  int i = LLOYD_WIDE_LIMBS - 1;
  while (i >= 0 && self->limb[i] == 0)
    i--;
  return i;
}

int
lloyd_wide_sign (const LloydWide *self)
{
  LloydWide copy = *self;
  bool is_negative = take_magnitude (&copy);
  if (highest_limb (&copy) < 0)
    return 0;
  return is_negative ? -1 : 1;
}

bool
lloyd_wide_equal (const LloydWide *a, const LloydWide *b)
{
  LloydWide difference = *a;
  lloyd_wide_subtract (&difference, b);
  return lloyd_wide_sign (&difference) == 0;
}

double
lloyd_wide_round (const LloydWide *self)
{
  LloydWide copy = *self;
  bool is_negative = take_magnitude (&copy);
  int top = highest_limb (&copy);
  if (top < 0)
    return 0.0;

  /* The top three limbs hold at least 65 significant bits; what lies below only breaks ties. */
  lloyd_uint128 head = 0;
  for (int i = 0; i < 3; i++)
    head = head << LIMB_BITS | (lloyd_uint128) (top - i >= 0 ? copy.limb[top - i] : 0);
  bool has_tail = false;
  for (int i = top - 3; i >= 0; i--)
    has_tail |= copy.limb[i] != 0;

  int extra = 0;
  while (head >> extra >= (lloyd_uint128) 1 << 53)
    extra++;
  uint64_t mantissa = (uint64_t) (head >> extra);
  if (extra > 0)
    {
      lloyd_uint128 rest = head & (((lloyd_uint128) 1 << extra) - 1);
      lloyd_uint128 half = (lloyd_uint128) 1 << (extra - 1);
      if (rest > half || (rest == half && (has_tail || (mantissa & 1))))
        mantissa++;
    }
  double v = ldexp ((double) mantissa, (top - 2) * LIMB_BITS + extra + LLOYD_WIDE_LSB);
  return is_negative ? -v : v;
}

static inline int64_t
bits_of (double v)
{
  int64_t bits;
  memcpy (&bits, &v, sizeof bits);
  return bits;
}

static void
add_one_by_one (LloydWide *self, const double *values, size_t n)
{
  for (size_t i = 0; i < n; i++)
    lloyd_wide_add (self, values[i]);
}

/* At most BLOCK values. Each is cut, without error, into a multiple of 2^e and one of 2^(e-52),
 * where the largest value is below 2^(e+51); both parts sum up in 64-bit integers: 2^51 times BLOCK
 * fits. Adding 1.5 * 2^52 units turns a double into an integer in its low bits (Dekker; Demmel and
 * Hida). */
#define BLOCK 2048

static void
add_block (LloydWide *self, const double *values, size_t n)
{
  double largest = 0.0;
  for (size_t i = 0; i < n; i++)
    largest = fabs (values[i]) > largest ? fabs (values[i]) : largest;
  if (largest == 0.0)
    return;

  int exponent;
  frexp (largest, &exponent);
  exponent -= 51;
  if (exponent < -600)
    {
      add_one_by_one (self, values, n);
      return;
    }

  const double high_magic = ldexp (1.5, exponent + 52), low_magic = ldexp (1.5, exponent);
  uint64_t high = 0, low = 0;
  double lost = 0.0;
  for (size_t i = 0; i < n; i++)
    {
      double cut = values[i] + high_magic, rest = values[i] - (cut - high_magic);
      double low_cut = rest + low_magic;
      high += (uint64_t) (bits_of (cut) - bits_of (high_magic));
      low += (uint64_t) (bits_of (low_cut) - bits_of (low_magic));
      lost += fabs (rest - (low_cut - low_magic));
    }
  if (lost != 0.0)
    {
      add_one_by_one (self, values, n);
      return;
    }
  lloyd_wide_add_scaled (self, (int64_t) high, exponent);
  lloyd_wide_add_scaled (self, (int64_t) low, exponent - 52);
}

void
lloyd_wide_add_all (LloydWide *self, const double *values, size_t n)
{
  for (size_t i = 0; i < n; i += BLOCK)
    add_block (self, values + i, n - i < BLOCK ? n - i : BLOCK);
}

void
lloyd_wide_add_squares (LloydWide *self, const float *values, size_t n)
{
  double squares[BLOCK];
  for (size_t first = 0; first < n; first += BLOCK)
    {
      size_t count = n - first < BLOCK ? n - first : BLOCK;
      /* The square of a float32 is exact in double. */
      for (size_t i = 0; i < count; i++)
        squares[i] = (double) values[first + i] * (double) values[first + i];
      add_block (self, squares, count);
    }
}
