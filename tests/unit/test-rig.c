/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A rig and its drift from pairs, some of which are far off. */
#include <math.h>

#include "sequence/rig.h"

#define N 200

static const PmtSize size = { 640, 480 };

static PmtMatrix3
truth (int frame)
{
  double t = frame / (double) N, angle = 0.02 + 0.004 * t, c = 1.1 * cos (angle), s = 1.1 * sin (angle);

  return (PmtMatrix3) { { { c, -s, 30 + 6 * sin (2 * t) }, { s, c, -20 + 4 * t }, { 0, 0, 1 } } };
}

static double
worst_of (const PmtMatrix3 *frames)
{
  double worst = 0;

  for (int i = 0; i < N; i++)
    for (int corner = 0; corner < 4; corner++)
      {
        PmtPoint   p = { corner & 1 ? size.width : 0, corner & 2 ? size.height : 0 };
        PmtMatrix3 m = truth (i);
        PmtPoint   a = pmt_matrix3_map (&m, p), b = pmt_matrix3_map (&frames[i], p);

        worst = fmax (worst, hypot (a.x - b.x, a.y - b.y));
      }
  return worst;
}

/* Every fifth frame; every `bad`-th of them far off, and as sure of itself as the others. */
static GArray *
pairs_of (int bad, double noise)
{
  GArray           *pairs = g_array_new (FALSE, FALSE, sizeof (PmtRigPair));
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (int i = 2; i < N; i += 5)
    {
      PmtRigPair pair = { .frame = i, .matrix = truth (i), .sigma = 0.1, .sure = TRUE };

      pair.matrix.m[0][2] += noise * g_rand_double_range (rand, -1, 1);
      pair.matrix.m[1][2] += noise * g_rand_double_range (rand, -1, 1);
      if (bad > 0 && (i / 5) % bad == 1)
        pair.matrix.m[0][2] += g_rand_double_range (rand, 5, 60);
      g_array_append_val (pairs, pair);
    }
  return pairs;
}

static void
test_drift (void)
{
  PmtMatrix3         rig;
  g_autofree PmtMatrix3 *frames = g_new0 (PmtMatrix3, N);

  for (int bad = 0; bad <= 4; bad += 4)
    {
      g_autoptr (GArray) pairs = pairs_of (bad, 0.2);
      g_autoptr (GError) error = NULL;

      g_assert_true (pmt_rig_solve (pairs, size, N, 30, &rig, frames, &error));
      g_assert_no_error (error);
      g_assert_cmpfloat (worst_of (frames), <, 0.35);       /* noise of 0.2 px, averaged, and a curve that lines follow */
      for (guint k = 0; k < pairs->len; k++)
        {
          const PmtRigPair *p = &g_array_index (pairs, PmtRigPair, k);
          gboolean          off = bad > 0 && (p->frame / 5) % bad == 1;

          g_assert_true ((p->weight == 0) == off);
          g_assert_true ((p->misfit > 3) == off);
        }
    }
}

/* Two pairs make a rig; one does not. */
static void
test_few (void)
{
  PmtMatrix3            rig;
  g_autofree PmtMatrix3 *frames = g_new0 (PmtMatrix3, N);
  g_autoptr (GArray)    pairs = pairs_of (0, 0);
  g_autoptr (GError)    error = NULL;

  g_array_set_size (pairs, 2);
  g_assert_true (pmt_rig_solve (pairs, size, N, 30, &rig, frames, NULL));
  g_assert_true (pmt_matrix3_is_finite (&frames[N - 1]));
  g_array_set_size (pairs, 1);
  g_assert_false (pmt_rig_solve (pairs, size, N, 30, &rig, frames, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rig/drift", test_drift);
  g_test_add_func ("/rig/few", test_few);
  return g_test_run ();
}
