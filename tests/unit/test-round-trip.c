/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forth and back: at the true pose one comes home, away from it and between strangers one does not. */
#include <math.h>

#include "judge/evidence-private.h"
#include "judge/round-trip-private.h"
#include "phantom-pair.h"

static const PmtMatrix3 truth = { { { 0.97, -0.12, 30 }, { 0.12, 0.97, -14 }, { 0, 0, 1 } } };

static double
round_trip (PhantomPair *fixed, PhantomPair *moving, const PmtMatrix3 *pose)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (PmtVolume) volume = _pmt_evidence_volume (NULL, fixed->fixed_pyramid, moving->moving_pyramid, pose, &error);
  double                distance = 0;

  g_assert_no_error (error);
  g_assert_nonnull (volume);
  g_assert_true (_pmt_round_trip (NULL, fixed->fixed_pyramid, moving->moving_pyramid, pose, volume, &distance, &error));
  g_assert_no_error (error);
  return distance;
}

static void
make (PhantomPair *pair, guint64 seed, PhantomBand band)
{
  phantom_pair_init (pair, &(PhantomPairOptions) { .seed = seed, .noise = 1, .painting = 620, .side = 420, .corner = { 90, 100 },
                                                   .moving = band, .private_share = 0.3 }, &truth);
}

static void
test_home (void)
{
  static const PhantomBand bands[] = { PHANTOM_BAND_VISIBLE, PHANTOM_BAND_INFRARED, PHANTOM_BAND_XRAY };

  for (guint k = 0; k < G_N_ELEMENTS (bands); k++)
    {
      PhantomPair pair;
      PmtMatrix3  aside = truth;
      double      distance;

      make (&pair, 4 + k, bands[k]);
      g_assert_cmpfloat (round_trip (&pair, &pair, &truth), <, 0.3);
      aside.m[0][2] += 4;                            /* both ways see it, and agree */
      distance = round_trip (&pair, &pair, &aside);
      g_assert_cmpfloat (distance, <, 0.6);
      phantom_pair_clear (&pair);
    }
}

static void
test_strangers (void)
{
  PhantomPair one, other;
  double      distance;

  make (&one, 4, PHANTOM_BAND_INFRARED);
  make (&other, 9, PHANTOM_BAND_INFRARED);
  distance = round_trip (&one, &other, &truth);
  g_test_message ("strangers: %.2f", distance);
  g_assert_true (isnan (distance) || distance > 1);
  phantom_pair_clear (&one);
  phantom_pair_clear (&other);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/round-trip/home", test_home);
  g_test_add_func ("/round-trip/strangers", test_strangers);
  return g_test_run ();
}
