/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ok, uncertain or failed, for many images at once. Each test is a row: a number, the bound for "ok", the bound beyond which
 * it speaks of failure, and the words for a person. Ok needs every row; one failing row makes the group failed, any other
 * miss uncertain. What is left out is a miss, too: nobody should have to count files to notice. */
#include <math.h>
#include <string.h>

#include "group/group-private.h"
#include "judge/verdict-private.h"

#define LIMIT       0.00125    /* of the diagonal: what counts as aligned, as in register.c … */
#define LIMIT_LEAST 2.0        /* … and px at the least */

typedef struct
{
  const char *code;
  double    (*measure) (const PmtGroupBuild *b);
  double      ok, failed;      /* larger is better when ok > failed, else smaller is better */
  const char *text;            /* one %.*f: the number */
  int         digits;
  const char *advice;
} Test;

double
_pmt_group_limit (double diagonal)
{
  return fmax (LIMIT_LEAST, LIMIT * diagonal);
}

static double
limit (const PmtGroupBuild *b)
{
  PmtSize size = b->graph.node[b->graph.reference].size;

  return _pmt_group_limit (hypot (size.width, size.height));
}

static double
placed (const PmtGroupBuild *b)
{
  return 100.0 * b->group->placed / b->group->n;
}

/* Pairs that say something and were left out. */
static double
contradictions (const PmtGroupBuild *b)
{
  int n = 0;

  for (int l = 0; l < b->graph.n_links; l++)
    n += _pmt_pose_link_speaks (&b->graph.link[l]) && !b->graph.link[l].used;
  return n;
}

/* Images that hang on uncertain pairs alone, none of which a loop bears out. */
static double
doubtful (const PmtGroupBuild *b)
{
  int n = 0;

  for (int i = 0; i < b->n; i++)
    {
      gboolean sure = !b->graph.node[i].placed || i == b->graph.reference || b->group->images[i].from_mean;

      for (int l = 0; l < b->graph.n_links; l++)
        {
          const PmtPoseLink *link = &b->graph.link[l];

          if (link->used && (link->a == i || link->b == i))
            sure |= !link->doubtful || link->closed > 0 || b->options->order == PMT_GROUP_OVERVIEW;   /* like the others */
        }
      n += !sure;
    }
  return n;
}

static double
closure (const PmtGroupBuild *b)
{
  return isnan (b->group->closure_p95) ? 0 : 100 * b->group->closure_p95 / limit (b);
}

static double
error (const PmtGroupBuild *b)
{
  double worst = 0;

  if (b->options->order == PMT_GROUP_TILES)     /* grows with the distance from the reference, and is told; neighbours agree or not */
    return 0;
  for (int i = 0; i < b->n; i++)
    if (isfinite (b->group->images[i].error_p95))
      worst = fmax (worst, b->group->images[i].error_p95);
  return 100 * worst / limit (b);
}

static const Test tests[] = {
  { "placed", placed, 100, 0, "%.*f %% of the images were placed.", 0,
    "Look at those that were left out: they may show something else, or nothing." },
  { "contradictions", contradictions, 0, INFINITY, "%.*f pairs contradict the rest and were left out.", 0,
    "Something may have moved between the pictures, or two images look alike in the wrong place: look at the images "
    "that these pairs belong to." },
  { "doubtful", doubtful, 0, INFINITY, "%.*f images rest on uncertain registrations alone.", 0,
    "Look at these images closely, or give more pairs to try." },
  { "closure", closure, 100, 1000, "Ways round through several pairs miss where they began by up to %.*f %% of what counts "
    "as aligned (95 of 100).", 0,
    "The images may differ by more than the model allows, such as parallax: use a freer model, or a stiffer one where it bends." },
  { "group-error", error, 100, 1000, "The predicted error reaches %.*f %% of what counts as aligned.", 0,
    "Look at the result closely; give more pairs to try." },
};

/* The formats are the constants above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
number_text (const char *format, int digits, double value)
{
  return g_strdup_printf (format, digits, value);
}
#pragma GCC diagnostic pop

void
_pmt_group_judge (const PmtGroupBuild *b)
{
  PmtGroup *g = b->group;

  g->reasons = _pmt_reasons_new ();
  g->verdict = PMT_VERDICT_OK;
  if (g->placed < 2)
    {
      g->verdict = PMT_VERDICT_FAILED;
      _pmt_reasons_add (g->reasons, "no-two", g_strdup ("No two of the images were found to belong together."),
                        "Check that the images show the same object; register two of them by hand first.", g->placed, 2, FALSE);
      return;
    }
  for (gsize k = 0; k < G_N_ELEMENTS (tests); k++)
    {
      const Test *t = &tests[k];
      double      value = t->measure (b);
      gboolean    larger = t->ok > t->failed, passed = larger ? value >= t->ok : value <= t->ok;
      gboolean    failed = !passed && !(larger ? value > t->failed : value < t->failed);

      _pmt_reasons_add (g->reasons, t->code, number_text (t->text, t->digits, value), t->advice, value, t->ok, passed);
      if (failed)
        g->verdict = PMT_VERDICT_FAILED;
      else if (!passed && g->verdict == PMT_VERDICT_OK)
        g->verdict = PMT_VERDICT_UNCERTAIN;
    }
}
