/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of the verdict, from numbers alone. */
#include <math.h>

#include "judge/verdict-private.h"

/* Nothing to be said against it. */
static PmtCase
good (void)
{
  PmtCase c = { .found = TRUE, .sane = TRUE, .area_ratio = 1.2, .error_median = 0.1, .error_p95 = 0.3, .error_limit = 2,
                .object_limit = 8,
                .second_support = 3, .supported = PMT_MODEL_AUTO };

  c.evidence = (PmtEvidence) { .tiles = 200, .support = 30, .inliers = 0.9, .peak_margin = 8, .nfa = 20, .halves = 0.2,
                               .misfit = 0, .quadrants = 4, .overlap = 0.8, .side = 256, .level_scale = 0.5 };
  return c;
}

/* The verdict, and whether the test `code` (NULL: none) was the only miss. */
static PmtVerdict
judge (PmtCase c, const char *code)
{
  PmtRegistration r = { .model = PMT_MODEL_HOMOGRAPHY };

  _pmt_judge (&c, &r);
  for (guint i = 0; i < r.reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (r.reasons, i);

      if (code != NULL)
        g_assert_cmpint (reason->passed, ==, !g_str_equal (reason->code, code));
      g_assert_cmpint (reason->text != NULL && *reason->text != '\0', ==, TRUE);
      if (!reason->passed)
        g_assert_cmpstr (reason->advice, !=, NULL);
    }
  g_ptr_array_unref (r.reasons);
  return r.verdict;
}

static void
test_good (void)
{
  g_assert_cmpint (judge (good (), ""), ==, PMT_VERDICT_OK);
}

/* One number at a time, a little beyond its bound and far beyond. */
static void
test_each (void)
{
  static const struct { const char *code; gsize offset; double miss, failure; } rows[] = {
    { "support", G_STRUCT_OFFSET (PmtCase, evidence.support), 9.5, 4.9 },
    { "peak", G_STRUCT_OFFSET (PmtCase, evidence.peak_margin), 2.4, 0.9 },
    { "chance", G_STRUCT_OFFSET (PmtCase, evidence.nfa), 5.9, 1.9 },
    { "halves", G_STRUCT_OFFSET (PmtCase, evidence.halves), 1.6, 5.1 },
    { "inliers", G_STRUCT_OFFSET (PmtCase, evidence.inliers), 0.6, 0.11 },
    { "unique", G_STRUCT_OFFSET (PmtCase, second_support), 26, 31 },
    { "geometry", G_STRUCT_OFFSET (PmtCase, area_ratio), NAN, 31 },
    { "returns", G_STRUCT_OFFSET (PmtCase, evidence.returns), 1.1, 6.1 },
    { "bending", G_STRUCT_OFFSET (PmtCase, evidence.misfit), 1.7, 8.1 },
    { "error", G_STRUCT_OFFSET (PmtCase, error_p95), 2.1, 21 },
  };

  for (gsize k = 0; k < G_N_ELEMENTS (rows); k++)
    {
      PmtCase c = good ();
      double *value = &G_STRUCT_MEMBER (double, &c, rows[k].offset);

      if (!isnan (rows[k].miss))
        {
          *value = rows[k].miss;
          g_assert_cmpint (judge (c, g_str_equal (rows[k].code, "support") ? NULL : rows[k].code), ==,
                           PMT_VERDICT_UNCERTAIN);
        }
      *value = rows[k].failure;
      g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
    }
}

static void
test_spread (void)
{
  PmtCase c = good ();

  c.evidence.quadrants = 2;
  g_assert_cmpint (judge (c, "spread"), ==, PMT_VERDICT_UNCERTAIN);
  c.evidence.quadrants = 0;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
}

/* A strong view from the side is believed where all of the frame says so. */
static void
test_perspective (void)
{
  PmtCase c = good ();

  c.area_ratio = 9;
  g_assert_cmpint (judge (c, ""), ==, PMT_VERDICT_OK);
  c.evidence.quadrants = 3;
  g_assert_cmpint (judge (c, "geometry"), ==, PMT_VERDICT_UNCERTAIN);
  c.evidence.quadrants = 4;
  c.evidence.support = 15;
  g_assert_cmpint (judge (c, "geometry"), ==, PMT_VERDICT_UNCERTAIN);
  c = good ();
  c.sane = FALSE;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
}

/* What agrees in a few pixels agrees by chance. */
static void
test_thumbnail (void)
{
  PmtCase c = good ();

  c.evidence.side = 100;
  g_assert_cmpint (judge (c, ""), ==, PMT_VERDICT_OK);
  c.evidence.side = 40;
  g_assert_cmpint (judge (c, "support"), ==, PMT_VERDICT_UNCERTAIN);
  c.evidence.support = 14;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
}

static void
test_many_misses (void)
{
  PmtCase c = good ();

  c.evidence.halves = 2, c.evidence.inliers = 0.5, c.evidence.quadrants = 2, c.evidence.misfit = 2;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_UNCERTAIN);
  c.error_p95 = 3;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
  c = good ();
  c.evidence.peak_margin = 2, c.evidence.nfa = 4, c.second_support = 27;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
}

/* Matched details keep a result from being called failed, and never make it ok. */
static void
test_details (void)
{
  PmtCase c = good ();

  c.evidence.support = 4;
  c.matches = 100;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_UNCERTAIN);
  c.matches = 60;
  g_assert_cmpint (judge (c, NULL), ==, PMT_VERDICT_FAILED);
}

/* The code of the first reason about a bend, NULL: none; and whether it speaks against the result. */
static const char *
bend_reason (PmtBendTrial bend, gboolean wanted, PmtModel supported, gboolean *against)
{
  static const char *const codes[] = { "bend-refused", "bend-doubtful", "softness", "softness-doubtful", "no-bend", "freedom",
                                       "bend-not-liker", "bend-hardly-liker", "softness-not-liker", "liker" };
  PmtCase                  c = good ();
  PmtRegistration          r = { .model = bend.taken ? PMT_MODEL_SMOOTH : PMT_MODEL_AFFINE, .bend = bend };
  const char              *found = NULL;

  for (int m = 0; m < PMT_MODELS; m++)
    r.held_out[m] = 1;
  c.wanted_bend = wanted;
  c.supported = supported;
  _pmt_judge (&c, &r);
  g_assert_cmpint (r.verdict, ==, PMT_VERDICT_OK);
  for (guint i = 0; i < r.reasons->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (codes); k++)
      {
        const PmtReason *reason = g_ptr_array_index (r.reasons, i);

        if (found == NULL && g_str_equal (reason->code, codes[k]))
          {
            found = codes[k];
            *against = !reason->passed;
            g_assert_cmpint (reason->passed, ==, reason->advice == NULL);
          }
      }
  g_ptr_array_unref (r.reasons);
  return found;
}

/* A bend that was wished for and proves no better than none is named, taken or not; the verdict stays. */
static void
test_bend (void)
{
  static const struct { PmtBendTrial bend; gboolean wanted; PmtModel supported; const char *code; gboolean against; } rows[] = {
    { { FALSE, FALSE, NAN, NAN, 0, NAN, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "freedom", FALSE },        /* none was looked for */
    { { TRUE, FALSE, NAN, NAN, 0, NAN, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "no-bend", FALSE },
    { { TRUE, FALSE, 1, 1.1, 0.1, 0.01, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "bend-refused", FALSE },
    { { TRUE, FALSE, 1, 0.9, 0.1, 0.01, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "bend-doubtful", FALSE },
    { { TRUE, FALSE, 1, 1.1, 0.1, 0.01, NAN, NAN, NAN }, FALSE, PMT_MODEL_AFFINE, "freedom", FALSE },       /* nobody wished for one */
    { { TRUE, TRUE, 1, 1.1, 0.1, 0.01, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "softness", TRUE },
    { { TRUE, TRUE, 1, 0.9, 0.1, 0.01, NAN, NAN, NAN }, TRUE, PMT_MODEL_AFFINE, "softness-doubtful", TRUE },
    { { TRUE, TRUE, 1, 0.3, 0.1, 0.01, NAN, NAN, NAN }, TRUE, PMT_MODEL_SMOOTH, "freedom", FALSE },         /* it proves itself */
    { { TRUE, FALSE, 1, 1.1, 0.1, 0.01, 10, 10.1, NAN }, TRUE, PMT_MODEL_AFFINE, "bend-not-liker", FALSE },   /* all pixels tell */
    { { TRUE, FALSE, 1, 1.1, 0.1, 0.01, 10.1, 10, NAN }, TRUE, PMT_MODEL_AFFINE, "bend-hardly-liker", FALSE },
    { { TRUE, TRUE, 1, 1.1, 0.1, 0.01, 10, 10.1, NAN }, TRUE, PMT_MODEL_AFFINE, "softness-not-liker", TRUE },
    { { TRUE, TRUE, 1, 1.1, 0.1, 0.01, 10.1, 10, NAN }, FALSE, PMT_MODEL_SMOOTH, "liker", FALSE },
    { { TRUE, FALSE, 1, 1.1, 0.1, 0.01, 10, 10.1, NAN }, FALSE, PMT_MODEL_AFFINE, "freedom", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gboolean    against = FALSE;
      const char *code = bend_reason (rows[i].bend, rows[i].wanted, rows[i].supported, &against);

      g_assert_cmpstr (code, ==, rows[i].code);
      g_assert_cmpint (against, ==, rows[i].against);
    }
}

static void
test_nothing (void)
{
  PmtCase c = { .found = FALSE };

  g_assert_cmpint (judge (c, "nothing"), ==, PMT_VERDICT_FAILED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/verdict/good", test_good);
  g_test_add_func ("/verdict/each", test_each);
  g_test_add_func ("/verdict/spread", test_spread);
  g_test_add_func ("/verdict/perspective", test_perspective);
  g_test_add_func ("/verdict/thumbnail", test_thumbnail);
  g_test_add_func ("/verdict/many-misses", test_many_misses);
  g_test_add_func ("/verdict/details", test_details);
  g_test_add_func ("/verdict/bend", test_bend);
  g_test_add_func ("/verdict/nothing", test_nothing);
  return g_test_run ();
}
