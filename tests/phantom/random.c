/* SPDX-License-Identifier: GPL-3.0-or-later */
/* splitmix64 (Steele, Lea and Flood 2014): a counter through a mixing function; passes BigCrush, needs one word. */
#include <math.h>

#include "phantom-private.h"

guint64
phantom_hash (guint64 x)
{
  x += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ (x >> 31);
}

guint64
phantom_random_next (PhantomRandom *random)
{
  guint64 value = phantom_hash (random->state);

  random->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return value;
}

double
phantom_random_uniform (PhantomRandom *random, double from, double to)
{
  return from + (to - from) * ((phantom_random_next (random) >> 11) * 0x1p-53);
}

/* Box and Muller's cosine half. */
double
phantom_random_normal (PhantomRandom *random)
{
  double u = phantom_random_uniform (random, 0, 1), v = phantom_random_uniform (random, 0, 1);

  return sqrt (-2 * log (1 - u)) * cos (2 * G_PI * v);
}
