/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "judge/compare.h"

static const float F[4] = { 0.2f, 0.4f, 0.6f, 1 }, M[4] = { 0.9f, 0.5f, 0.1f, 1 }, NONE[4] = { 0.3f, 0.3f, 0.3f, 0 };

static void
one (PmtCompareMode mode, const PmtCompareOptions *o, int x, int y, const float *f, const float *m, float *out)
{
  pmt_compare_row (mode, o, x, y, 1, (PmtSize) { 100, 50 }, f, m, out);
}

static void
assert_pixel (const float *p, float r, float g, float b, float a)
{
  g_assert_cmpfloat_with_epsilon (p[0], r, 1e-6);
  g_assert_cmpfloat_with_epsilon (p[1], g, 1e-6);
  g_assert_cmpfloat_with_epsilon (p[2], b, 1e-6);
  g_assert_cmpfloat_with_epsilon (p[3], a, 1e-6);
}

static void
test_modes (void)
{
  PmtCompareOptions o;
  float             out[4], luma_f = 0.2126f * 0.2f + 0.7152f * 0.4f + 0.0722f * 0.6f;
  float             luma_m = 0.2126f * 0.9f + 0.7152f * 0.5f + 0.0722f * 0.1f;

  pmt_compare_options_init (&o);
  o.size = 10;
  one (PMT_COMPARE_RED_CYAN, &o, 0, 0, F, M, out);
  assert_pixel (out, luma_f, luma_m, luma_m, 1);
  one (PMT_COMPARE_DIFFERENCE, &o, 0, 0, F, M, out);
  assert_pixel (out, 0.7f, 0.1f, 0.5f, 1);
  o.opacity = 0.25;
  one (PMT_COMPARE_BLEND, &o, 0, 0, F, M, out);
  assert_pixel (out, 0.375f, 0.425f, 0.475f, 1);
  one (PMT_COMPARE_CHECKER, &o, 9, 9, F, M, out);
  assert_pixel (out, F[0], F[1], F[2], 1);
  one (PMT_COMPARE_CHECKER, &o, 10, 9, F, M, out);
  assert_pixel (out, M[0], M[1], M[2], 1);
  one (PMT_COMPARE_CHECKER, &o, -1, 9, F, M, out);
  assert_pixel (out, M[0], M[1], M[2], 1);
  one (PMT_COMPARE_CURTAIN, &o, 49, 0, F, M, out);
  assert_pixel (out, F[0], F[1], F[2], 1);
  one (PMT_COMPARE_CURTAIN, &o, 50, 0, F, M, out);
  assert_pixel (out, M[0], M[1], M[2], 1);
}

static void
test_missing_data (void)
{
  const float       nan_pixel[4] = { NAN, 0, 0, 1 };
  PmtCompareOptions o;
  float             out[4];

  pmt_compare_options_init (&o);
  one (PMT_COMPARE_BLEND, &o, 0, 0, F, NONE, out);
  assert_pixel (out, F[0], F[1], F[2], 1);
  one (PMT_COMPARE_BLEND, &o, 0, 0, nan_pixel, M, out);
  assert_pixel (out, M[0], M[1], M[2], 1);
  one (PMT_COMPARE_DIFFERENCE, &o, 0, 0, F, nan_pixel, out);
  assert_pixel (out, 0, 0, 0, 0);
  for (int mode = 0; mode <= PMT_COMPARE_BLEND; mode++)
    {
      one (mode, &o, 3, 0, NONE, NONE, out);
      assert_pixel (out, 0, 0, 0, 0);
    }
}

static void
test_nicks (void)
{
  PmtCompareMode mode;

  for (int i = 0; i <= PMT_COMPARE_BLEND; i++)
    {
      g_assert_true (pmt_compare_mode_from_nick (pmt_compare_mode_to_nick (i), &mode));
      g_assert_cmpint (mode, ==, i);
    }
  g_assert_false (pmt_compare_mode_from_nick ("panels", &mode));
  g_assert_false (pmt_compare_mode_from_nick (NULL, &mode));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare/modes", test_modes);
  g_test_add_func ("/compare/missing-data", test_missing_data);
  g_test_add_func ("/compare/nicks", test_nicks);
  return g_test_run ();
}
