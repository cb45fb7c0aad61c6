/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ok, uncertain or failed. Each test is a row: a number, the bound for "ok", the bound beyond which it speaks of
 * failure, and the words for a person. Ok needs every row; one failing row makes the result failed, any other miss
 * makes it uncertain; five misses make it failed, or three of those that doubt the placement itself. A pose that matched
 * details vouch for is never called failed, and never ok for their sake: a scale bar in both pictures matches too. The
 * bounds come from right and wrong poses of 136 real pairs and of phantom paintings; see docs/decisions/verdict.md. */
#include "judge/verdict-private.h"

#include <math.h>

#define VOUCHED 80   /* nats; unrelated images stay under 40 */
#define MISSES  5    /* bounds for "ok" with which a placement counts as failed when it misses so many, … */
#define DOUBTS  3    /* … or so many of those that ask whether the images belong together at all */
#define INLIERS 62   /* %, for "ok" */
#define SURELY  20   /* support from which, with so many inliers and all quarters, strong perspective is believed */
#define PIXELS  128.0   /* √px of the common area, at the coarser image's resolution, below which support counts less */

typedef struct
{
  const char *code;
  double    (*measure) (const PmtCase *c);
  gboolean  (*excused) (const PmtCase *c);   /* NULL, or whether a miss of the bound for ok is none */
  gboolean    doubt;           /* a miss casts doubt on the placement itself, not only on how exact it is */
  double      ok, failed;      /* larger is better when ok > failed, else smaller is better */
  const char *text;            /* one %.*f: the number */
  int         digits;
  const char *advice;
} Test;

/* A small overlap holds fewer independent tiles, and chance does better there: ask for more. So does a thumbnail that would
 * fit on a few pixels of a large picture: there are many such places. */
static double
support (const PmtCase *c)
{
  return c->evidence.support * MIN (1, 0.6 + 1.6 * c->evidence.overlap) * MIN (1, c->evidence.side / PIXELS);
}

static double
peak_margin (const PmtCase *c)
{
  return c->evidence.peak_margin;
}

static double
significance (const PmtCase *c)
{
  return c->evidence.nfa;
}

static double
halves (const PmtCase *c)
{
  return c->evidence.halves;
}

static double
inliers (const PmtCase *c)
{
  return 100 * c->evidence.inliers;
}

static double
uniqueness (const PmtCase *c)
{
  return c->evidence.support - c->second_support;
}

static double
quadrants (const PmtCase *c)
{
  return c->evidence.quadrants;
}

static double
area_ratio (const PmtCase *c)
{
  return c->sane ? c->area_ratio : INFINITY;
}

/* A plane seen at 60° does stretch: believed where all of the frame, and not just a part, says so. */
static gboolean
all_of_frame_agrees (const PmtCase *c)
{
  return c->evidence.quadrants == 4 && inliers (c) >= INLIERS && support (c) >= SURELY;
}

static double
bending (const PmtCase *c)
{
  return c->evidence.misfit;
}

static double
predicted_error (const PmtCase *c)
{
  double pose = sqrt (MAX (c->error_p95 * c->error_p95 - c->object_p95 * c->object_p95, 0));

  return isnan (c->error_p95) ? 100 : 100 * MAX (pose / c->error_limit, c->error_p95 / c->object_limit);
}

/* 0 where one side has nothing to hold on to: the other tests see that. */
static double
returns (const PmtCase *c)
{
  return isnan (c->evidence.returns) ? 0 : c->evidence.returns;
}

static const Test tests[] = {
  { "support", support, NULL, TRUE, 10, 5, "Small parts of both images agree on this placement with a strength of %.*f.", 1,
    "Choose a reference that shows the same details, or restrict the fit to a region that both images share." },
  { "peak", peak_margin, NULL, TRUE, 2.5, 1, "The placement beats every nearby shift by a margin of %.*f.", 1,
    "The images may hold a repeating pattern, such as canvas weave or halftone: place the layer by hand first and "
    "search locally." },
  { "chance", significance, NULL, TRUE, 6, 2, "Agreement like this would come about by chance once in 10^%.*f tries.", 0,
    "Restrict the fit to a region with more structure." },
  { "halves", halves, NULL, FALSE, 1.5, 5, "Two halves of the evidence, taken alone, differ by %.*f overview pixels.", 2,
    "The object may have bent between the pictures, or only part of it is the same: use a softer model or select the "
    "part to align." },
  { "returns", returns, NULL, FALSE, 1, 6, "Matched from one image to the other and back, places return to within %.*f overview pixels.", 2,
    "The images may show different things, or a pattern that repeats: place the layer by hand first and search locally." },
  { "inliers", inliers, NULL, FALSE, INLIERS, 12, "%.*f %% of the image parts have their best match at this placement.", 0,
    "Much of the image does not follow one plane or is different: use a softer model, or select the part to align." },
  { "unique", uniqueness, NULL, TRUE, 6, 0, "It leads the second-best placement by %.*f.", 1,
    "Two placements look alike: place the layer by hand first and search locally." },
  { "spread", quadrants, NULL, FALSE, 3, 0.5, "The evidence lies in %.*f of the four quarters of the common area.", 0,
    "The rest is extrapolated: look at the far corners before you rely on them." },
  { "geometry", area_ratio, all_of_frame_agrees, FALSE, 4, 30, "Parts of the image are stretched against others by a factor of %.*f in area.", 2,
    "Choose a stiffer model, such as similarity." },
  { "bending", bending, NULL, FALSE, 1.6, 8, "Neighbouring image parts agree on matches up to %.*f overview pixels away from this placement.", 1,
    "The object has bent or lies in several depths: use a softer model, or select the part to align." },
  { "error", predicted_error, NULL, FALSE, 100, 1000, "The predicted error reaches %.*f %% of what counts as aligned.", 0,
    "Look at the result closely; a softer model or a smaller region may do better." },
};

static void
reason_free (gpointer data)
{
  PmtReason *reason = data;

  g_free (reason->code);
  g_free (reason->text);
  g_free (reason->advice);
  g_free (reason);
}

GPtrArray *
_pmt_reasons_new (void)
{
  return g_ptr_array_new_with_free_func (reason_free);
}

/* The sentence with its number; the formats are the constants above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
number_text (const char *format, int digits, double value)
{
  return g_strdup_printf (format, digits, value);
}

static char *
two_numbers_text (const char *format, double a, double b)
{
  return g_strdup_printf (format, a, b);
}
#pragma GCC diagnostic pop

static void
add_reason (GPtrArray *reasons, const char *code, char *text, const char *advice, double value, double threshold,
            gboolean passed)
{
  PmtReason *reason = g_new0 (PmtReason, 1);

  reason->code = g_strdup (code);
  reason->text = text;
  reason->advice = passed ? NULL : g_strdup (advice);
  reason->value = value;
  reason->threshold = threshold;
  reason->passed = passed;
  g_ptr_array_add (reasons, reason);
}

/* What is said about a bend that was asked for and does not prove itself, by whether it was taken nevertheless and whether
 * it predicts better at all what it was not fitted to. Two %.3f: how far off it puts parts left out of the fit, and the plane. */
static const struct { const char *code, *text; } bends[2][2] = {
  { { "bend-refused", "A bend was found and left out, as it is no better than none: it puts parts left out of the fit "
                      "%.3f px off, the plane %.3f px." },
    { "bend-doubtful", "A bend was found and left out, as it is not clearly better than none: it puts parts left out of "
                       "the fit %.3f px off, the plane %.3f px." } },
  { { "softness", "The softer field does not align better than the stiffer one; the differences it removes may be real. It "
                  "puts parts left out of the fit %.3f px off, the plane %.3f px." },
    { "softness-doubtful", "The softer field does not align clearly better than the stiffer one; the differences it removes "
                           "may be real. It puts parts left out of the fit %.3f px off, the plane %.3f px." } }
};

/* The same of a bend of all pixels at once, whose proof is how like left-out parts are: by whether it was taken. */
static const struct { const char *code, *text, *advice; gboolean passed; } likenesses[2][2] = {
  { { "bend-not-liker", "A bend was found and left out, as it makes parts left out of the fit no more alike than none: %.3f, "
                        "%.3f without (greater is liker).", NULL, TRUE },
    { "bend-hardly-liker", "A bend was found and left out, as it makes parts left out of the fit hardly more alike than none: "
                           "%.3f, %.3f without (greater is liker).", NULL, TRUE } },
  { { "softness-not-liker", "The softer field does not align better than the stiffer one; the differences it removes may be "
                            "real. Parts left out of the fit are %.3f alike with it, %.3f without (greater is liker).",
      "Use the model deformable or auto, unless you know that the object bends like this.", FALSE },
    { "liker", "Parts left out of the fit are more alike with the bend, %.3f, than without, %.3f.", NULL, TRUE } }
};

static void
judge_likeness (const PmtBendTrial *b, PmtRegistration *r)
{
  gboolean liker = b->left_out > b->left_out_plane, taken = b->taken;

  add_reason (r->reasons, likenesses[taken][liker].code,
              two_numbers_text (likenesses[taken][liker].text, b->left_out, b->left_out_plane),
              likenesses[taken][liker].advice, b->left_out, b->left_out_plane, likenesses[taken][liker].passed);
}

/* TRUE when that is all there is to say about the freedom of the result. */
static gboolean
judge_bend (const PmtCase *c, PmtRegistration *r)
{
  const PmtBendTrial *b = &r->bend;
  gboolean            better = b->held_out < b->held_out_plane, taken = b->taken;

  if (b->tried && !isnan (b->left_out) && (taken || c->wanted_bend))
    {
      judge_likeness (b, r);
      return taken;
    }
  if (!b->tried || !c->wanted_bend || (taken && c->supported == PMT_MODEL_SMOOTH))
    return FALSE;
  if (isnan (b->held_out))
    add_reason (r->reasons, "no-bend", g_strdup ("A bend was looked for, and nothing was found that speaks for one."), NULL,
                0, 0, TRUE);
  else
    add_reason (r->reasons, bends[taken][better].code,
                two_numbers_text (bends[taken][better].text, b->held_out, b->held_out_plane),
                "Use the model deformable or auto, unless you know that the object bends like this.", b->held_out,
                b->held_out_plane, !taken);
  return taken;
}

/* Freedom that buys nothing on tiles left out of the fit follows noise, parallax, or differences that are data. It is
 * said, and changes no verdict: the person may know better. */
static void
judge_freedom (const PmtCase *c, PmtRegistration *r)
{
  double   value = r->held_out[r->model], stiffer;
  gboolean passed = r->model <= c->supported;
  PmtModel other = passed ? (PmtModel) (r->model - 1) : c->supported;
  char    *text;

  if (c->supported == PMT_MODEL_AUTO || !isfinite (value))
    return;
  stiffer = other == PMT_MODEL_AUTO ? value : r->held_out[other];
  if (!passed)
    text = g_strdup_printf ("The freer model (%s) does not fit held-out tiles better than the stiffer one (%s): %.3f px "
                            "against %.3f px; the differences that it removes may be real.",
                            pmt_model_to_nick (r->model), pmt_model_to_nick (other), value, stiffer);
  else if (other == PMT_MODEL_AUTO || !isfinite (stiffer))
    text = g_strdup_printf ("Tiles held out of the fit of the model (%s) lie %.3f px from where it puts them.",
                            pmt_model_to_nick (r->model), value);
  else
    text = g_strdup_printf ("Tiles held out of the fit lie %.3f px from where the model (%s) puts them, %.3f px with the "
                            "next stiffer one (%s).", value, pmt_model_to_nick (r->model), stiffer,
                            pmt_model_to_nick (other));
  add_reason (r->reasons, "freedom", text,
              "Use the stiffer model, or auto, unless you know that the object needs the freer one.", value, stiffer,
              passed);
}

void
_pmt_judge (const PmtCase *c, PmtRegistration *registration)
{
  int misses = 0, doubts = 0;

  registration->reasons = _pmt_reasons_new ();
  registration->verdict = PMT_VERDICT_OK;
  if (!c->found)
    {
      registration->verdict = PMT_VERDICT_FAILED;
      add_reason (registration->reasons, "nothing", g_strdup ("No placement was found at which the images agree."),
                  "Place the layer by hand first, or check that both images show the same object.", 0, 1, FALSE);
      return;
    }
  for (gsize k = 0; k < G_N_ELEMENTS (tests); k++)
    {
      const Test *t = &tests[k];
      double      value = t->measure (c);
      gboolean    larger = t->ok > t->failed;
      gboolean    failed = !(larger ? value > t->failed : value < t->failed);
      gboolean    passed = (larger ? value >= t->ok : value <= t->ok) || (!failed && t->excused != NULL && t->excused (c));

      add_reason (registration->reasons, t->code, number_text (t->text, t->digits, value), t->advice, value, t->ok,
                  passed);
      misses += !passed;
      doubts += !passed && t->doubt;
      if (failed || misses >= MISSES || doubts >= DOUBTS)
        registration->verdict = PMT_VERDICT_FAILED;
      else if (!passed && registration->verdict == PMT_VERDICT_OK)
        registration->verdict = PMT_VERDICT_UNCERTAIN;
    }
  if (registration->verdict == PMT_VERDICT_FAILED && c->sane && c->matches > VOUCHED)
    {
      registration->verdict = PMT_VERDICT_UNCERTAIN;
      add_reason (registration->reasons, "details",
                  number_text ("Matched details vouch for the placement nevertheless, with %.*f nats.", 0, c->matches), NULL,
                  c->matches, VOUCHED, TRUE);
    }
  if (!judge_bend (c, registration))
    judge_freedom (c, registration);
}

void
_pmt_reasons_add (GPtrArray *reasons, const char *code, char *text, const char *advice, double value, double threshold,
                  gboolean passed)
{
  add_reason (reasons, code, text, advice, value, threshold, passed);
}

void
_pmt_judge_add (PmtRegistration *registration, const char *code, char *text, const char *advice, double value, double threshold,
                gboolean passed)
{
  add_reason (registration->reasons, code, text, advice, value, threshold, passed);
}

void
_pmt_judge_add_mirrored (PmtRegistration *registration, double support)
{
  add_reason (registration->reasons, "mirrored",
              number_text ("Turned over, as if seen from behind, the moving image does fit, with a strength of %.*f.", 1,
                           support),
              "Allow mirrored images, or flip the image left to right, and align again.", support, tests[0].ok, FALSE);
}
