/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of a chain's steps: what is off stays beside the chain and comes back to its place; steps change places only where
 * both are given in the same pixels; how far a step moves things is measured at its own place. */
#include <math.h>

#include "plugin/step-list.h"

static const PmtSize FIXED = { 600, 400 }, MOVING = { 500, 450 };

static PmtTransform *
appended (PmtTransform *chain, PmtMatrix3 matrix, const char *method)
{
  g_autoptr (PmtTransform) before = chain;
  g_autoptr (GError) error = NULL;
  PmtProvenance provenance;
  PmtTransform *longer;

  pmt_provenance_init (&provenance);
  provenance.method = (char *) method;
  longer = pmt_transform_append_matrix (before, &matrix, MOVING, &provenance, &error);
  g_assert_no_error (error);
  return longer;
}

/* a shift, a turn by 0.1, another shift, a scaling by two, a bend */
static PmtTransform *
chain_new (void)
{
  static const PmtPoint d[4] = { { 3, 0 }, { 0, 2 }, { 0, 0 }, { -1, 1 } };
  static const PmtLattice bend = { { 100, 100 }, { 300, 300 }, 2, 2, d };
  g_autoptr (PmtTransform) chain = pmt_transform_new (FIXED, MOVING);
  PmtMatrix3 turn = { { { cos (0.1), -sin (0.1), 3 }, { sin (0.1), cos (0.1), -4 }, { 0, 0, 1 } } };
  PmtTransform *longer = appended (pmt_transform_ref (chain), pmt_matrix3_translation (10, -20), "a");
  PmtTransform *bent;

  longer = appended (longer, turn, "b");
  longer = appended (longer, pmt_matrix3_translation (-7, 5), "c");
  longer = appended (longer, pmt_matrix3_scaling (2, 2), "d");
  bent = pmt_transform_append_lattice (longer, &bend, MOVING, NULL, NULL);
  g_assert_nonnull (bent);
  pmt_transform_unref (longer);
  return bent;
}

static void
assert_same (const PmtTransform *a, const PmtTransform *b)
{
  g_autofree char *one = pmt_transform_to_json (a), *other = pmt_transform_to_json (b);

  g_assert_cmpstr (one, ==, other);
}

/* Whatever is switched off comes back to where it was, also through the two parts that a record keeps. */
static void
test_switching (void)
{
  g_autoptr (PmtTransform) chain = chain_new ();
  int n = pmt_transform_get_length (chain);

  for (int which = 0; which < 1 << n; which++)
    {
      g_autoptr (PmtStepList) list = pmt_step_list_new (chain, NULL), again = NULL;
      g_autoptr (PmtTransform) part = NULL, whole = NULL;
      g_autoptr (GArray) off = NULL;
      int on = n;

      for (int i = 0; i < n; i++)
        if ((which & 1 << i) != 0)
          {
            pmt_step_list_switch (list, i, FALSE);
            on--;
          }
      part = pmt_step_list_get_chain (list);
      off = pmt_step_list_get_off (list);
      g_assert_cmpint (pmt_transform_get_length (part), ==, on);
      g_assert_true ((off == NULL) == (which == 0));
      g_assert_cmpint (pmt_transform_get_fixed_size (part).width, ==, FIXED.width);
      g_assert_cmpint (pmt_transform_get_moving_size (part).height, ==, MOVING.height);
      again = pmt_step_list_new (part, off);
      g_assert_cmpint (pmt_step_list_get_length (again), ==, n);
      for (int i = 0; i < n; i++)
        {
          g_assert_true (pmt_step_list_is_on (again, i) == ((which & 1 << i) == 0));
          pmt_step_list_switch (again, i, TRUE);
        }
      whole = pmt_step_list_get_chain (again);
      assert_same (whole, chain);
    }
}

/* What is off is the identity: without the shifts and the bend the turn and the scaling are left. */
static void
test_off_is_identity (void)
{
  g_autoptr (PmtTransform) chain = chain_new (), left = NULL;
  g_autoptr (PmtStepList) list = pmt_step_list_new (chain, NULL);
  PmtPoint p = { 100, 50 };

  pmt_step_list_switch (list, 0, FALSE);
  pmt_step_list_switch (list, 2, FALSE);
  pmt_step_list_switch (list, 4, FALSE);
  left = pmt_step_list_get_chain (list);
  pmt_transform_map (left, 1, &p, &p);
  g_assert_cmpfloat_with_epsilon (p.x, 2 * (100 * cos (0.1) - 50 * sin (0.1) + 3), 1e-12);
  g_assert_cmpfloat_with_epsilon (p.y, 2 * (100 * sin (0.1) + 50 * cos (0.1) - 4), 1e-12);
}

/* Steps put in front, as a move by hand is, take what is off along. */
static void
test_shift (void)
{
  g_autoptr (PmtTransform) chain = chain_new (), rest = pmt_transform_slice (chain, 2, 3), whole = NULL;
  g_autoptr (PmtTransform) third = pmt_transform_slice (chain, 1, 1), first = pmt_transform_slice (chain, 0, 1);
  g_autoptr (PmtTransform) longer = pmt_transform_compose (first, rest, NULL);
  g_autoptr (GArray) off = pmt_off_steps_new ();
  g_autoptr (PmtStepList) list = NULL;

  pmt_off_steps_add (off, 0, third);      /* the turn, before all of `rest` */
  pmt_off_steps_shift (off, 1);
  list = pmt_step_list_new (longer, off);
  g_assert_false (pmt_step_list_is_on (list, 1));
  pmt_step_list_switch (list, 1, TRUE);
  whole = pmt_step_list_get_chain (list);
  assert_same (whole, chain);
}

static void
test_moving (void)
{
  g_autoptr (PmtTransform) chain = chain_new (), moved = NULL;
  g_autoptr (PmtStepList) list = pmt_step_list_new (chain, NULL);
  PmtPoint p = { 100, 50 };

  g_assert_cmpint (pmt_step_list_find_obstacle (list, 0, -1), ==, PMT_MOVE_NO_NEIGHBOUR);
  g_assert_cmpint (pmt_step_list_find_obstacle (list, 4, 1), ==, PMT_MOVE_NO_NEIGHBOUR);
  g_assert_cmpint (pmt_step_list_find_obstacle (list, 0, 1), ==, PMT_MOVE_POSSIBLE);
  g_assert_cmpint (pmt_step_list_find_obstacle (list, 2, 1), ==, PMT_MOVE_NEIGHBOUR_OTHER);
  g_assert_cmpint (pmt_step_list_find_obstacle (list, 3, -1), ==, PMT_MOVE_OTHER_PIXELS);
  g_assert_cmpint (pmt_step_list_find_obstacle (list, 4, -1), ==, PMT_MOVE_NEIGHBOUR_OTHER);
  /* the turn before the first shift */
  pmt_step_list_move (list, 1, -1);
  moved = pmt_step_list_get_chain (list);
  g_assert_cmpstr (pmt_transform_get_provenance (moved, 0)->method, ==, "b");
  g_assert_cmpstr (pmt_transform_get_provenance (moved, 1)->method, ==, "a");
  {
    g_autoptr (PmtTransform) two = pmt_transform_slice (moved, 0, 2);

    pmt_transform_map (two, 1, &p, &p);
  }
  g_assert_cmpfloat_with_epsilon (p.x, 100 * cos (0.1) - 50 * sin (0.1) + 3 + 10, 1e-12);
  g_assert_cmpfloat_with_epsilon (p.y, 100 * sin (0.1) + 50 * cos (0.1) - 4 - 20, 1e-12);
}

static void
test_keep_and_remove (void)
{
  g_autoptr (PmtTransform) chain = chain_new (), left = NULL;
  g_autoptr (PmtStepList) list = pmt_step_list_new (chain, NULL), copy = pmt_step_list_copy (list);
  gboolean chosen[5] = { FALSE, TRUE, FALSE, FALSE, TRUE };

  pmt_step_list_keep (list, chosen);
  left = pmt_step_list_get_chain (list);
  g_assert_cmpint (pmt_transform_get_length (left), ==, 2);
  g_assert_cmpstr (pmt_transform_get_provenance (left, 0)->method, ==, "b");
  g_assert_cmpstr (pmt_transform_get_kind (left, 1), ==, "lattice");
  g_assert_cmpint (pmt_step_list_get_length (copy), ==, 5);
  while (pmt_step_list_get_length (copy) > 0)
    pmt_step_list_remove (copy, 0);
  {
    g_autoptr (PmtTransform) none = pmt_step_list_get_chain (copy);

    g_assert_cmpint (pmt_transform_get_length (none), ==, 0);
    g_assert_cmpint (pmt_transform_get_moving_size (none).width, ==, MOVING.width);
  }
}

static void
test_measure (void)
{
  g_autoptr (PmtTransform) chain = chain_new (), unsized = pmt_transform_new ((PmtSize) { 0, 0 }, MOVING);
  g_autoptr (PmtTransform) lone = appended (pmt_transform_ref (unsized), pmt_matrix3_translation (1, 1), "a");
  g_autoptr (PmtStepList) list = pmt_step_list_new (chain, NULL), blind = pmt_step_list_new (lone, NULL);
  PmtPoint moved[4];

  pmt_step_list_measure (list, 0, moved);
  for (int i = 0; i < 4; i++)
    g_assert_true (moved[i].x == 10 && moved[i].y == -20);
  /* the scaling doubles: every corner moves by what it is given, which the steps before it made */
  pmt_step_list_switch (list, 1, FALSE);
  pmt_step_list_measure (list, 3, moved);
  g_assert_cmpfloat_with_epsilon (moved[2].x, 600 + 10 - 7, 1e-12);
  g_assert_cmpfloat_with_epsilon (moved[2].y, 400 - 20 + 5, 1e-12);
  pmt_step_list_measure (blind, 0, moved);
  g_assert_true (isnan (moved[0].x) && isnan (moved[3].y));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/step-list/switching", test_switching);
  g_test_add_func ("/step-list/off-is-identity", test_off_is_identity);
  g_test_add_func ("/step-list/shift", test_shift);
  g_test_add_func ("/step-list/moving", test_moving);
  g_test_add_func ("/step-list/keep-and-remove", test_keep_and_remove);
  g_test_add_func ("/step-list/measure", test_measure);
  return g_test_run ();
}
