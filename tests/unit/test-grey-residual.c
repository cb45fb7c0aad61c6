/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fast sums against slow, obvious ones. */
#include <math.h>

#include "match/grey-residual-private.h"

#define N      40
#define STRIDE 48

static void
make_rows (GRand *random, float *f, float *m, float *weight)
{
  for (int i = 0; i < 3 * STRIDE; i++)
    f[i] = (float) g_rand_double_range (random, 0, 255);
  for (int i = 0; i < N; i++)
    {
      m[i] = g_rand_double (random) < 0.2 ? NAN : (float) g_rand_double_range (random, 0, 255);
      weight[i] = (float) g_rand_double (random);
    }
}

static void
assert_near (double a, double b)
{
  g_assert_cmpfloat (fabs (a - b), <, 1e-4 * (1 + fabs (b)));
}

static void
test_moments (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);

  for (int round = 0; round < 20; round++)
    {
      float          f[3 * STRIDE], m[N], weight[N];
      const float   *w = round % 2 ? weight : NULL;
      PmtGreyMoments s = { 0 }, t = { 0 };

      make_rows (random, f, m, weight);
      _pmt_grey_moments_add (&s, f + STRIDE, m, w, N, 100, 120);
      g_assert_true (_pmt_grey_moments_finish (&s, 100, 120));
      for (int i = 0; i < N; i++)
        if (!isnan (m[i]))
          {
            double k = w ? w[i] : 1;

            t.n += k, t.f += k * f[STRIDE + i], t.m += k * m[i];
          }
      t.f /= t.n, t.m /= t.n;
      for (int i = 0; i < N; i++)
        if (!isnan (m[i]))
          {
            double k = (w ? w[i] : 1) / t.n, a = f[STRIDE + i] - t.f, b = m[i] - t.m;

            t.ff += k * a * a, t.mm += k * b * b, t.fm += k * a * b;
          }
      assert_near (s.n, t.n), assert_near (s.f, t.f), assert_near (s.m, t.m);
      assert_near (s.ff, t.ff), assert_near (s.mm, t.mm);
      g_assert_cmpfloat (fabs (s.fm - t.fm), <, 0.1);
    }
}

static void
test_normal (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);

  for (int round = 0; round < 20; round++)
    {
      float         f[3 * STRIDE], r[N], weight[N];
      float         limit = round % 2 ? 60 : INFINITY;
      PmtGreyNormal s = { 0 }, t = { 0 };

      make_rows (random, f, r, weight);
      for (int i = 0; i < N; i++)
        r[i] -= 128;
      f[STRIDE + 30] = NAN;           /* takes its neighbours' gradients along */
      _pmt_grey_normal_add (&s, f + STRIDE + 4, STRIDE, r, N, limit, 7.5f, 2.5f);
      for (int i = 0; i < N; i++)
        {
          const float *p = f + STRIDE + 4 + i;
          double       gx = 0.5 * (p[1] - p[-1]), gy = 0.5 * (p[STRIDE] - p[-STRIDE]), w;

          if (isnan (r[i]) || isnan (gx) || isnan (gy))
            continue;
          w = fabs (r[i]) > limit ? limit / fabs (r[i]) : 1;
          t.n += w, t.squares += w * r[i] * r[i];
          t.xx += w * gx * gx, t.xy += w * gx * gy, t.yy += w * gy * gy;
          t.x += w * gx * r[i], t.y += w * gy * r[i];
          t.energy_x += w * (gx * gx + gy * gy) * (7.5 + i), t.energy_y += w * (gx * gx + gy * gy) * 2.5;
        }
      assert_near (s.n, t.n), assert_near (s.squares, t.squares), assert_near (s.xx, t.xx), assert_near (s.yy, t.yy);
      assert_near (s.energy_x, t.energy_x), assert_near (s.energy_y, t.energy_y);
      g_assert_cmpfloat (fabs (s.xy - t.xy) + fabs (s.x - t.x) + fabs (s.y - t.y), <, 1e-5 * (t.xx + t.squares));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/grey-residual/moments", test_moments);
  g_test_add_func ("/grey-residual/normal", test_normal);
  return g_test_run ();
}
