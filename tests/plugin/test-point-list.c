/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "plugin/point-list.h"

#include <math.h>

#include "base/error.h"

static const PmtSize fixed_size = { 640, 480 }, moving_size = { 600, 500 };
static const PmtMatrix3 truth = { { { 1.05, 0.1, 20 }, { -0.1, 1.05, -14 }, { 0, 0, 1 } } };

static guint
add_true (PmtPointList *list, double x, double y)
{
  PmtPoint p = { x, y };

  return pmt_point_list_add (list, p, pmt_matrix3_map (&truth, p), PMT_PAIR_HAND, NAN);
}

/* A grid of 3 × 2 pairs that agree. */
static PmtPointList *
grid_new (void)
{
  PmtPointList *list = pmt_point_list_new (fixed_size, moving_size);

  for (int k = 0; k < 6; k++)
    g_assert_cmpuint (add_true (list, 60 + 200 * (k % 3) + 11 * (k / 3), 80 + 260 * (k / 3)), ==, k + 1);
  return list;
}

static void
test_steps (void)
{
  g_autoptr (PmtPointList) list = pmt_point_list_new (fixed_size, moving_size);
  guint first = add_true (list, 10, 20), second = add_true (list, 300, 200);

  g_assert_false (pmt_point_list_can_redo (list));
  pmt_point_list_switch (list, first, FALSE);
  pmt_point_list_switch (list, first, FALSE);      /* changes nothing: no step */
  pmt_point_list_remove (list, second);
  g_assert_cmpuint (pmt_point_list_get_length (list), ==, 1);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_nonnull (pmt_point_list_find (list, second));
  g_assert_false (pmt_point_list_find (list, first)->enabled);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_true (pmt_point_list_find (list, first)->enabled);
  g_assert_true (pmt_point_list_redo (list));
  g_assert_false (pmt_point_list_find (list, first)->enabled);
  pmt_point_list_move (list, first, TRUE, (PmtPoint) { 1, 2 }, FALSE);      /* another way: the removal cannot be redone */
  g_assert_false (pmt_point_list_can_redo (list));
  g_assert_false (pmt_point_list_redo (list));
  for (int k = 0; k < 4; k++)
    g_assert_true (pmt_point_list_undo (list));
  g_assert_false (pmt_point_list_can_undo (list));
  g_assert_cmpuint (pmt_point_list_get_length (list), ==, 0);
}

/* A row of nudges is one step, that of another end or after an undo another one. */
static void
test_nudges (void)
{
  g_autoptr (PmtPointList) list = pmt_point_list_new (fixed_size, moving_size);
  guint id = add_true (list, 10, 20);

  for (int k = 1; k <= 10; k++)
    pmt_point_list_move (list, id, TRUE, (PmtPoint) { 10 + 0.1 * k, 20 }, TRUE);
  pmt_point_list_move (list, id, FALSE, (PmtPoint) { 5, 5 }, TRUE);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_cmpfloat_with_epsilon (pmt_point_list_find (list, id)->fixed.x, 11, 1e-9);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_cmpfloat (pmt_point_list_find (list, id)->fixed.x, ==, 10);
  g_assert_true (pmt_point_list_redo (list));
  pmt_point_list_move (list, id, TRUE, (PmtPoint) { 90, 20 }, TRUE);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_cmpfloat_with_epsilon (pmt_point_list_find (list, id)->fixed.x, 11, 1e-9);
}

static void
test_groups (void)
{
  g_autoptr (PmtPointList) list = grid_new ();

  pmt_point_list_begin_step (list);
  for (guint id = 1; id <= 6; id++)
    pmt_point_list_snap (list, id, FALSE, (PmtPoint) { id, id }, 0.9);
  pmt_point_list_end_step (list);
  pmt_point_list_remove (list, 3);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_cmpfloat (pmt_point_list_find (list, 6)->moving.x, ==, 6);
  g_assert_true (pmt_point_list_undo (list));
  for (guint id = 1; id <= 6; id++)
    g_assert_cmpint (pmt_point_list_find (list, id)->source, ==, PMT_PAIR_HAND);
  pmt_point_list_begin_step (list);
  pmt_point_list_end_step (list);      /* nothing changed: no step */
  g_assert_true (pmt_point_list_redo (list));
}

static void
test_snap (void)
{
  g_autoptr (PmtPointList) list = pmt_point_list_new (fixed_size, moving_size);
  guint id = pmt_point_list_add (list, (PmtPoint) { 10, 20 }, (PmtPoint) { 30, 40 }, PMT_PAIR_HAND, NAN);

  g_assert_false (pmt_point_list_unsnap (list, id));
  pmt_point_list_snap (list, id, FALSE, (PmtPoint) { 32, 41 }, 0.9);
  g_assert_cmpint (pmt_point_list_find (list, id)->source, ==, PMT_PAIR_SNAPPED);
  pmt_point_list_snap (list, id, FALSE, (PmtPoint) { 33, 41 }, 0.8);
  g_assert_true (pmt_point_list_unsnap (list, id));      /* to where the person put it */
  g_assert_cmpfloat (pmt_point_list_find (list, id)->moving.x, ==, 30);
  g_assert_cmpint (pmt_point_list_find (list, id)->source, ==, PMT_PAIR_HAND);
  g_assert_true (pmt_point_list_undo (list) && pmt_point_list_undo (list) && pmt_point_list_undo (list));
  g_assert_cmpfloat (pmt_point_list_find (list, id)->moving.x, ==, 30);
}

static void
test_fit (void)
{
  g_autoptr (PmtPointList) list = grid_new ();
  g_autoptr (PmtPointList) empty = pmt_point_list_new (fixed_size, moving_size);
  g_autoptr (GError) error = NULL;
  const PmtPointFit *fit = pmt_point_list_get_fit (list, &error);

  g_assert_no_error (error);
  g_assert_cmpint (fit->model, ==, PMT_POINT_MODEL_SIMILARITY);
  g_assert_cmpfloat (pmt_point_list_get_error (list, 3).left_out, <, 1e-6);
  g_assert_null (pmt_point_list_get_fit (empty, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_assert_null (pmt_point_list_get_fit (empty, NULL));
}

/* One that is 9 px off comes first, and is told from the others; switched off it is last, with its distance. */
static void
test_suspicion (void)
{
  g_autoptr (PmtPointList) list = grid_new ();
  PmtPointOptions options = { PMT_POINT_MODEL_AFFINE, NAN };
  PmtPoint wrong = pmt_point_list_find (list, 4)->moving;

  add_true (list, 333, 222);
  add_true (list, 111, 256);
  pmt_point_list_set_options (list, &options);
  pmt_point_list_move (list, 4, FALSE, (PmtPoint) { wrong.x + 9, wrong.y }, FALSE);
  {
    g_autoptr (GArray) order = pmt_point_list_suspicion (list);

    g_assert_cmpuint (order->len, ==, 8);
    g_assert_cmpuint (g_array_index (order, guint, 0), ==, 4);
  }
  g_assert_true (pmt_point_list_get_error (list, 4).suspect);
  g_assert_false (pmt_point_list_get_error (list, 3).suspect);
  pmt_point_list_switch (list, 4, FALSE);
  {
    g_autoptr (GArray) order = pmt_point_list_suspicion (list);

    g_assert_cmpuint (g_array_index (order, guint, 7), ==, 4);
  }
  g_assert_cmpfloat_with_epsilon (pmt_point_list_get_error (list, 4).residual, 9, 1e-6);
}

static void
test_text (void)
{
  g_autoptr (PmtPointList) list = grid_new (), other = pmt_point_list_new (fixed_size, moving_size);
  PmtPointOptions options = { PMT_POINT_MODEL_THIN_PLATE, 0.125 };
  g_autofree char *text = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;

  pmt_point_list_set_options (list, &options);
  pmt_point_list_snap (list, 2, FALSE, (PmtPoint) { 1.0 / 3, 1e-3 }, 0.75);
  pmt_point_list_switch (list, 3, FALSE);
  pmt_point_list_remove (list, 1);
  text = pmt_point_list_to_text (list);
  g_assert_true (pmt_point_list_read_text (other, text, &error));
  g_assert_no_error (error);
  again = pmt_point_list_to_text (other);
  g_assert_cmpstr (text, ==, again);
  g_assert_cmpuint (pmt_point_list_get_length (other), ==, 5);
  g_assert_true (pmt_point_list_undo (other));
  g_assert_cmpuint (pmt_point_list_get_length (other), ==, 0);
}

static void
test_plain_text (void)
{
  g_autoptr (PmtPointList) list = pmt_point_list_new (fixed_size, moving_size);

  g_assert_true (pmt_point_list_read_text (list, "x,y,u,v\n# a remark\n1;2;3;4\n\n 5 6\t7 8 \r\n", NULL));
  g_assert_cmpuint (pmt_point_list_get_length (list), ==, 2);
  g_assert_cmpfloat (pmt_point_list_get (list, 1)->moving.y, ==, 8);
  g_assert_true (pmt_point_list_get (list, 1)->enabled);
}

static void
test_bad_text (void)
{
  static const struct { const char *text, *why; } bad[] =
  {
    { "1,2,3\n", "line 1" }, { "1,2,3,4\nx,y,u,v\n", "line 2" }, { "nan,2,3,4\n", "line 1" }, { "1,2,3,inf\n", "line 1" },
    { "1,2,3,4,perhaps\n", "line 1" }, { "1,2,3,4,yes,guessed\n", "line 1" }, { "1,2,3,4,yes,hand,2\n", "line 1" },
    { "1,2,3,4,yes,hand,1,1\n", "line 1" }, { "#model curly\n", "curly" }, { "#smoothing -1\n", "-1" },
    { "#size 1 2 3\n", "four" }, { "#size 640 480 600 501\n", "501" }
  };
  g_autoptr (PmtPointList) list = grid_new ();

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (pmt_point_list_read_text (list, bad[i].text, &error));
      g_assert_true (error != NULL && error->domain == PMT_ERROR);
      g_assert_nonnull (strstr (error->message, bad[i].why));
      g_assert_cmpuint (pmt_point_list_get_length (list), ==, 6);
    }
}

/* Texts that are nearly right: read or refused, never more. */
static void
test_mutations (void)
{
  g_autoptr (PmtPointList) list = grid_new (), other = pmt_point_list_new (fixed_size, moving_size);
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  static const char letters[] = "0123456789.,;-+e#\n ynohandif";

  pmt_point_list_snap (list, 2, FALSE, (PmtPoint) { 5, 6 }, 0.75);
  for (int k = 0; k < 3000; k++)
    {
      g_autofree char *text = pmt_point_list_to_text (list);
      g_autoptr (GError) error = NULL;
      int n = (int) strlen (text);

      for (int change = g_rand_int_range (random, 1, 6); change > 0; change--)
        text[g_rand_int_range (random, 0, n)] = letters[g_rand_int_range (random, 0, (int) strlen (letters))];
      if (pmt_point_list_read_text (other, text, &error))
        pmt_point_list_get_fit (other, NULL);
      else
        g_assert_true (error != NULL && error->domain == PMT_ERROR);
    }
}

static void
test_limits (void)
{
  g_autoptr (PmtPointList) list = pmt_point_list_new (fixed_size, moving_size);
  g_autofree PmtPair *many = g_new0 (PmtPair, PMT_PAIRS_MOST + 1);

  g_assert_false (pmt_point_list_add_many (list, many, PMT_PAIRS_MOST + 1));
  g_assert_true (pmt_point_list_add_many (list, many, PMT_PAIRS_MOST));
  g_assert_cmpuint (add_true (list, 1, 1), ==, 0);
  g_assert_true (pmt_point_list_undo (list));
  g_assert_cmpuint (pmt_point_list_add (list, (PmtPoint) { NAN, 1 }, (PmtPoint) { 1, 1 }, PMT_PAIR_HAND, NAN), ==, 0);
  for (int k = 0; k < 1000; k++)
    add_true (list, k, 1);
  g_assert_cmpuint (pmt_point_list_get_length (list), ==, 1000);
  while (pmt_point_list_undo (list))
    ;
  g_assert_cmpuint (pmt_point_list_get_length (list), >, 0);      /* so far the row goes back */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/point-list/steps", test_steps);
  g_test_add_func ("/point-list/nudges", test_nudges);
  g_test_add_func ("/point-list/groups", test_groups);
  g_test_add_func ("/point-list/snap", test_snap);
  g_test_add_func ("/point-list/fit", test_fit);
  g_test_add_func ("/point-list/suspicion", test_suspicion);
  g_test_add_func ("/point-list/text", test_text);
  g_test_add_func ("/point-list/plain-text", test_plain_text);
  g_test_add_func ("/point-list/bad-text", test_bad_text);
  g_test_add_func ("/point-list/mutations", test_mutations);
  g_test_add_func ("/point-list/limits", test_limits);
  return g_test_run ();
}
