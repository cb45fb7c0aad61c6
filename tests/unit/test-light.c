/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "image/light.h"

static void
test_known_values (void)
{
  g_assert_cmpfloat (pmt_srgb_to_linear (0), ==, 0);
  g_assert_cmpfloat (pmt_srgb_to_linear (1), ==, 1);
  g_assert_cmpfloat_with_epsilon (pmt_srgb_to_linear (0.5), 0.21404114048, 1e-10);
  g_assert_cmpfloat_with_epsilon (pmt_srgb_to_linear (-0.5), -0.21404114048, 1e-10);
}

/* Every code of 8 and 16 bits comes back. */
static void
test_codes_come_back (void)
{
  for (int bits = 8; bits <= 16; bits += 8)
    {
      int          n = 1 << bits;
      const float *table = bits == 8 ? pmt_srgb_table_8 () : pmt_srgb_table_16 ();

      for (int i = 0; i < n; i++)
        {
          float value = table[i];

          pmt_srgb_encode (&value, 1);
          g_assert_cmpint ((int) floor (value * (n - 1) + 0.5), ==, i);
        }
    }
}

static void
test_encode_matches_formula (void)
{
  for (int i = -1000; i <= 30000; i++)
    {
      float value = (float) (i / 20000.0);
      float coded = value;

      pmt_srgb_encode (&coded, 1);
      g_assert_cmpfloat_with_epsilon (coded, pmt_srgb_from_linear (value), 1e-6);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/light/known-values", test_known_values);
  g_test_add_func ("/light/codes-come-back", test_codes_come_back);
  g_test_add_func ("/light/encode", test_encode_matches_formula);
  return g_test_run ();
}
