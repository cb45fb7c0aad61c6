/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a bend does not see does not bend it; and a map that says nothing changes nothing. */
#include "bent-scene.h"
#include "briefly.h"

/* What lies in a mask's hole has moved by itself and must not draw the rest along. */
static void
test_masks (void)
{
  static const Bend     bump = { 6, { 0, 0, 0, 0 }, 0, 0, { 300, 220 }, { 9, -6 }, 95 };
  static const Bend     plain = { 6, { 0, 0, 0, 0 }, 0, 0, { 0, 0 }, { 0, 0 }, 0 };
  static const PmtRect  hole = { 200, 120, 200, 200 };
  g_autoptr (PmtSource) mask = bent_map (&hole, 0, 1);
  double                error[3];
  BentScene             s;

  bent_scene_init (&s, &bump, PHANTOM_BAND_VISIBLE, 0, 7);
  for (int k = BRIEFLY ? 1 : 0; k < 3; k++)
    {
      PmtRegisterOptions          options = { .model = PMT_MODEL_SMOOTH, .moving_mask = k == 1 ? mask : NULL,
                                              .fixed_mask = k == 2 ? mask : NULL };
      g_autoptr (PmtRegistration) r = bent_fit (&s, &options, 0);

      error[k] = bent_error (r->transform, &plain, NULL, 0.95);
      g_test_message ("%s: 95 %% of places below %.3f px from where they were without the bump", k == 0 ? "no mask" : k == 1 ? "moving" : "fixed",
                      error[k]);
    }
  for (int k = 1; k < 3; k++)
    {
      g_assert_cmpfloat (error[k], <, 0.5);
      if (!BRIEFLY)
        g_assert_cmpfloat (error[k], <, 0.5 * error[0]);
    }
  bent_scene_clear (&s);
}

/* Nothing painted is nothing said. */
static void
test_rigid_nowhere (void)
{
  static const Bend           b = { 5, { 0, 0, 0, 0 }, 0, 0, { 0, 0 }, { 0, 0 }, 0 };
  g_autoptr (PmtSource)       nothing = bent_map (&b.panel, 1, 0);
  PmtRegisterOptions          options = { .model = PMT_MODEL_SMOOTH };
  g_autoptr (PmtRegistration) without = NULL, with = NULL;
  g_autofree char            *once = NULL, *twice = NULL;
  BentScene                   s;

  bent_scene_init (&s, &b, PHANTOM_BAND_VISIBLE, 0, 3);
  without = bent_fit (&s, &options, 0);
  options.rigid = nothing;
  with = bent_fit (&s, &options, 0);
  once = pmt_transform_to_json (without->transform);
  twice = pmt_transform_to_json (with->transform);
  g_assert_cmpstr (once, ==, twice);
  bent_scene_clear (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bend-masks/masks", test_masks);
  if (!BRIEFLY)
    g_test_add_func ("/bend-masks/rigid-nowhere", test_rigid_nowhere);
  return g_test_run ();
}
