/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A cache of FFTW plans. Only fftw_execute* is thread-safe, so planning holds one lock; FFTW's own planner lock is
 * switched on as well, since a host program may plan at the same time. */
#include "base/fft-private.h"

typedef struct { int width, height, direction; } Key;

static GMutex      lock;
static GHashTable *plans;   /* Key → fftwf_plan, under lock, kept for the life of the process */

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;

  return ((guint) key->width * 31u + (guint) key->height) * 31u + (guint) key->direction;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *p = a, *q = b;

  return p->width == q->width && p->height == q->height && p->direction == q->direction;
}

static fftwf_plan
plan_for (int width, int height, int direction, float *data)
{
  Key        key = { width, height, direction };
  fftwf_plan plan;

  g_mutex_lock (&lock);
  if (plans == NULL)
    {
      fftwf_make_planner_thread_safe ();
      plans = g_hash_table_new_full (key_hash, key_equal, g_free, NULL);
    }
  plan = g_hash_table_lookup (plans, &key);
  if (plan == NULL)
    {
      /* FFTW_ESTIMATE leaves the data alone. */
      plan = fftwf_plan_dft_2d (height, width, (fftwf_complex *) data, (fftwf_complex *) data, direction,
                                FFTW_ESTIMATE);
      g_hash_table_insert (plans, g_memdup2 (&key, sizeof key), plan);
    }
  g_mutex_unlock (&lock);
  return plan;
}

void
_pmt_fft_2d (int width, int height, float *data, PmtFftDirection direction)
{
  fftwf_execute_dft (plan_for (width, height, direction, data), (fftwf_complex *) data, (fftwf_complex *) data);
}

int
_pmt_fft_good_size (int size)
{
  static const int primes[] = { 2, 3, 5, 7 };

  for (int n = MAX (size, 1);; n++)
    {
      int rest = n;

      for (gsize k = 0; k < G_N_ELEMENTS (primes); k++)
        while (rest % primes[k] == 0)
          rest /= primes[k];
      if (rest == 1)
        return n;
    }
}
