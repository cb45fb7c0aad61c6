/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/context.h"
#include "base/error.h"

static void
test_defaults (void)
{
  g_autoptr (PmtContext) context = pmt_context_new ();

  g_assert_cmpint (pmt_context_get_threads (context), ==, (int) g_get_num_processors ());
  g_assert_cmpint (pmt_context_get_threads (NULL), ==, (int) g_get_num_processors ());
  g_assert_cmpuint (pmt_context_get_seed (context), ==, 1);
  g_assert_cmpuint (pmt_context_get_seed (NULL), ==, 1);
  g_assert_true (pmt_context_check (NULL, NULL));
  pmt_context_stage (NULL, "nothing", 0, 1);
  pmt_context_progress (NULL, 0.5);
}

static void
test_settings (void)
{
  g_autoptr (PmtContext) context = pmt_context_new ();

  pmt_context_set_threads (context, 3);
  g_assert_cmpint (pmt_context_get_threads (context), ==, 3);
  pmt_context_set_threads (context, -2);
  g_assert_cmpint (pmt_context_get_threads (context), >=, 1);
  pmt_context_set_seed (context, G_MAXUINT64);
  g_assert_cmpuint (pmt_context_get_seed (context), ==, G_MAXUINT64);
}

static void
test_cancellation (void)
{
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  GError                  *error = NULL;

  g_assert_true (pmt_context_check (context, NULL));
  pmt_context_set_cancellable (context, cancellable);
  g_assert_true (pmt_context_check (context, &error));
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (pmt_context_check (context, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (pmt_context_check (context, NULL));
}

typedef struct
{
  const char *stage;
  double      fractions[16], seconds_left;
  int         n;
} Told;

static void
take_down (const char *stage, double fraction, double seconds_left, gpointer data)
{
  Told *told = data;

  told->stage = stage;
  told->fractions[told->n++] = fraction;
  told->seconds_left = seconds_left;
}

static void
test_progress_never_goes_back (void)
{
  g_autoptr (PmtContext) context = pmt_context_new ();
  Told                   told = { 0 };

  pmt_context_set_progress (context, take_down, &told);
  pmt_context_stage (context, "first", 0, 0.4);
  pmt_context_progress (context, 0.5);
  pmt_context_progress (context, 0.25);      /* back: must not show */
  pmt_context_stage (context, "second", 0.4, 1);
  pmt_context_progress (context, 0.5);
  pmt_context_progress (context, 7);         /* beyond: clamped */
  g_assert_cmpint (told.n, ==, 6);
  g_assert_cmpstr (told.stage, ==, "second");
  g_assert_cmpfloat (told.fractions[0], ==, 0);
  g_assert_cmpfloat_with_epsilon (told.fractions[1], 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (told.fractions[2], 0.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (told.fractions[3], 0.4, 1e-12);
  g_assert_cmpfloat_with_epsilon (told.fractions[4], 0.7, 1e-12);
  g_assert_cmpfloat_with_epsilon (told.fractions[5], 1, 1e-12);
  g_assert_cmpfloat (told.seconds_left, <, 0);   /* too early to tell */

  pmt_context_stage (context, "a new job", 0, 1);   /* a context may be used again */
  g_assert_cmpfloat (told.fractions[6], ==, 0);
}

static void
test_time_left (void)
{
  g_autoptr (PmtContext) context = pmt_context_new ();
  Told                   told = { 0 };

  pmt_context_set_progress (context, take_down, &told);
  pmt_context_stage (context, "slow", 0, 1);
  g_usleep (600000);
  pmt_context_progress (context, 0.5);
  g_assert_cmpfloat (told.seconds_left, >, 0.3);   /* half in 0.6 s: as much again; slower where the machine is busy */
  g_assert_cmpfloat (told.seconds_left, <, 30);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context/defaults", test_defaults);
  g_test_add_func ("/context/settings", test_settings);
  g_test_add_func ("/context/cancellation", test_cancellation);
  g_test_add_func ("/context/progress-never-goes-back", test_progress_never_goes_back);
  g_test_add_func ("/context/time-left", test_time_left);
  return g_test_run ();
}
