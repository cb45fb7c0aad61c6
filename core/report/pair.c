/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a page shows of a pair. */
#include <math.h>

#include "base/atomic-file.h"
#include "report/html-private.h"
#include "report/subject-private.h"

#define LARGE 1000   /* px, longer side of the pictures on the slider */
#define SMALL 480
#define BRIEF 360

void
_pmt_subject_verdict (GString *page, PmtVerdict verdict)
{
  const char *nick = pmt_verdict_to_nick (verdict);

  _pmt_html_printf (page, "<span class=\"word-%s\">%s</span>", nick, nick);
}

static void
verdict_banner (GString *page, const PmtRegistration *r)
{
  static const char *const sentences[] =
    {
      [PMT_VERDICT_OK] = "Every test was passed.",
      [PMT_VERDICT_UNCERTAIN] = "Some tests were not passed: look at it closely before you use it.",
      [PMT_VERDICT_FAILED] = "The placement cannot be trusted. What is shown as moved is the best guess there is."
    };

  _pmt_html_printf (page, "<div class=\"verdict %s\"><p><strong>Verdict: ", pmt_verdict_to_nick (r->verdict));
  _pmt_subject_verdict (page, r->verdict);
  _pmt_html_printf (page, ".</strong> %s</p>", sentences[r->verdict]);
  for (guint i = 0; i < r->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (r->reasons, i);

      if (!reason->passed)
        _pmt_html_printf (page, "<p>%s %s</p>", reason->text, reason->advice);
    }
  g_string_append (page, "</div>\n");
}

/* -- numbers -- */

static void
fact (GString *page, const char *name, const char *value)
{
  if (value != NULL)
    _pmt_html_printf (page, "<dt>%s</dt><dd>%s</dd>\n", name, value);
}

static char *
score_words (const PmtDdScore *score)
{
  if (score == NULL)
    return g_strdup ("not scored: there is no transform");
  if (!score->scored)
    return g_strdup ("not scored: too few pixels changed");
  return g_strdup_printf ("%.1f %% of the changed pixels came nearer (%" G_GINT64_FORMAT " better, %" G_GINT64_FORMAT " worse)",
                          100 * score->score, score->better, score->worse);
}

/* What came of looking for a bend; NULL where none was looked for. */
static char *
bend_words (const PmtBendTrial *b)
{
  const char       *came = b->taken ? "taken" : "found and left out";
  g_autofree char  *aside = isfinite (b->equivariance) ? g_strdup_printf ("; looked for from a pixel aside, parts are found %.2f px "
                                                                         "elsewhere", b->equivariance) : g_strdup ("");

  if (!b->tried)
    return NULL;
  if (!isfinite (b->held_out))
    return g_strdup ("looked for, and nothing spoke for one");
  return g_strdup_printf ("%s: large parts left out of the fit lie %.2f px off with it, %.2f px without; areas change by %.1f %% from "
                          "place to place (a standard deviation)%s", came, b->held_out, b->held_out_plane, 100 * b->log_area_deviation, aside);
}

static void
figures (GString *page, const Subject *s)
{
  const PmtRegistration *r = s->registration;
  g_autofree char       *tiles = g_strdup_printf ("%d of %d", r->inliers, r->tiles), *score = score_words (s->score);
  g_autofree char       *overlap = isfinite (r->overlap) ? g_strdup_printf ("%.0f %% of the fixed image", 100 * r->overlap) : NULL;
  g_autofree char       *error = isfinite (r->error_p95)
    ? g_strdup_printf ("about %.2f px; below %.2f px 95 times of 100", r->error_median, r->error_p95) : NULL;
  g_autofree char       *stiffness = isfinite (r->stiffness) ? g_strdup_printf ("%.3g", r->stiffness) : NULL;
  g_autofree char       *bend = bend_words (&r->bend);
  g_autofree char       *sizes = g_strdup_printf ("%d × %d and %d × %d px", s->fixed->Xsize, s->fixed->Ysize,
                                                  s->moving->Xsize, s->moving->Ysize);

  g_string_append (page, "<h2>Figures</h2>\n<dl>\n");
  fact (page, "Images, fixed and moving", sizes);
  fact (page, "Expected error", error);
  fact (page, "Parts that agree", tiles);
  fact (page, "Overlap", overlap);
  fact (page, "DD score", score);
  fact (page, "Model", pmt_model_to_nick (r->model));
  fact (page, "Stiffness of the bend", stiffness);
  fact (page, "Bend", bend);
  fact (page, "Kinds of image", r->modality == PMT_MODALITY_SAME ? "the same: grey values correspond"
                                                                 : "different: only structure corresponds");
  fact (page, "Mirrored", r->mirrored ? "yes: the moving image is turned over" : NULL);
  fact (page, "Found by", r->proposer);
  fact (page, "Preparation", r->preparation);
  g_string_append (page, "</dl>\n");
}

static void
reasons (GString *page, const PmtRegistration *r)
{
  g_string_append (page, "<h2>Why</h2>\n<div class=\"scroll\"><table>\n<caption>The tests, each with its number. Those that "
                   "were passed are listed too.</caption>\n<thead><tr><th scope=\"col\">Test</th><th scope=\"col\">Passed</th>"
                   "<th scope=\"col\" class=\"n\">Value</th><th scope=\"col\" class=\"n\">Bound</th><th scope=\"col\">"
                   "What it says, and what to try</th></tr></thead>\n<tbody>\n");
  for (guint i = 0; i < r->reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (r->reasons, i);
      g_autofree char *value = isfinite (reason->value) ? g_strdup_printf ("%.4g", reason->value) : g_strdup ("–");
      g_autofree char *bound = isfinite (reason->threshold) ? g_strdup_printf ("%.4g", reason->threshold) : g_strdup ("–");

      _pmt_html_printf (page, "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td>%s",
                        reason->code, reason->passed ? "yes" : "no", value, bound, reason->text);
      if (reason->advice != NULL)
        _pmt_html_printf (page, " <em>%s</em>", reason->advice);
      g_string_append (page, "</td></tr>\n");
    }
  g_string_append (page, "</tbody></table></div>\n");
}

/* -- pictures -- */

gboolean
_pmt_subject_figure (GString *page, VipsImage *picture, int side, gboolean alpha, const char *as, const char *alternative,
                     const char *caption, GError **error)
{
  gboolean ok;

  if (picture == NULL)
    return FALSE;
  g_string_append (page, "<figure><img ");
  if (as != NULL)
    _pmt_html_printf (page, "data-as=\"%s\" ", as);
  _pmt_html_printf (page, "alt=\"%s\" src=\"", alternative);
  ok = pmt_picture_append_uri (picture, side, alpha, page, error);
  _pmt_html_printf (page, "\"><figcaption>%s</figcaption></figure>\n", caption);
  return ok;
}

static void
slider (GString *page)
{
  g_string_append (page,
                   "<section class=\"look\" hidden aria-label=\"Compare the two images\">\n<div class=\"stack\"><img alt=\"The "
                   "fixed image\"><img alt=\"The moving image after registration, over the fixed one\"></div>\n"
                   "<div class=\"controls\">\n"
                   "<label><input type=\"radio\" name=\"mode\" value=\"curtain\" checked> Curtain</label>\n"
                   "<label><input type=\"radio\" name=\"mode\" value=\"blend\"> Blend</label>\n"
                   "<label><input type=\"radio\" name=\"mode\" value=\"difference\"> Difference</label>\n"
                   "<input type=\"range\" min=\"0\" max=\"100\" value=\"50\" aria-label=\"Curtain or opacity\">\n"
                   "</div>\n<p class=\"soft\">Fixed on the left of the curtain, moving on the right; drag it along an edge. In "
                   "a blend, what is doubled or blurred is not aligned.</p>\n</section>\n");
}

static gboolean
difference (GString *page, const Subject *s, VipsImage *other, int side, const char *caption, GError **error)
{
  PmtCompareOptions     options;
  g_autoptr (VipsImage) picture = NULL;

  pmt_compare_options_init (&options);
  picture = pmt_picture_compare (PMT_COMPARE_DIFFERENCE, &options, s->fixed, other, error);
  return _pmt_subject_figure (page, picture, side, FALSE, NULL, caption, caption, error);
}

static gboolean
better_worse (GString *page, const Subject *s, int side, GError **error)
{
  g_autoptr (VipsImage) picture = pmt_picture_dd_draw (s->score, s->grey, error);

  return _pmt_subject_figure (page, picture, side, FALSE, NULL, "Map of pixels that became better or worse",
                              "Better (green) and worse (red) pixels", error);
}

static gboolean
overlay (GString *page, const Subject *s, VipsImage *other, const char *caption, GError **error)
{
  PmtCompareOptions     options;
  g_autoptr (VipsImage) picture = NULL;

  pmt_compare_options_init (&options);
  picture = pmt_picture_compare (PMT_COMPARE_RED_CYAN, &options, s->fixed, other, error);
  return _pmt_subject_figure (page, picture, SMALL, FALSE, NULL, caption, caption, error);
}

static gboolean
panels (GString *page, PmtContext *context, const Subject *s, GError **error)
{
  gboolean ok;

  g_string_append (page, "<h2>Before and after</h2>\n");
  if (s->moved != NULL)
    slider (page);
  g_string_append (page, "<div class=\"panels\">\n");
  ok = _pmt_subject_figure (page, s->fixed, LARGE, FALSE, "fixed", "The fixed image", "Fixed", error)
       && _pmt_subject_figure (page, s->before, SMALL, TRUE, NULL, "The moving image as it lay before", "Moving, before", error);
  if (s->moved != NULL)
    ok = ok && pmt_context_check (context, error)
         && _pmt_subject_figure (page, s->moved, LARGE, TRUE, "moved", "The moving image after registration", "Moving, after",
                                 error)
         && difference (page, s, s->before, SMALL, "Difference before", error) && pmt_context_check (context, error)
         && difference (page, s, s->moved, SMALL, "Difference after", error) && pmt_context_check (context, error)
         && better_worse (page, s, SMALL, error)
         && overlay (page, s, s->before, "Fixed in red, moving in cyan, before", error)
         && overlay (page, s, s->moved, "Fixed in red, moving in cyan, after", error);
  g_string_append (page, "</div>\n");
  if (s->moved == NULL)
    g_string_append (page, "<p>There is no transform, so nothing is shown as moved.</p>\n");
  return ok;
}

/* -- confidence -- */

static void
legend (GString *page, const PmtConfidence *map)
{
  static const char *const words[PMT_CONFIDENCE_KINDS] =
    {
      "not covered by the moving image", "supported: the parts around agree", "little to go by, between supported places",
      "extrapolated: relies on what is far away", "contradicted: the parts around agree on another place"
    };
  int count[PMT_CONFIDENCE_KINDS] = { 0 };

  for (int k = 0; k < map->columns * map->rows; k++)
    count[map->cell[k].kind]++;
  g_string_append (page, "<ul class=\"key\">\n");
  for (int k = 0; k < PMT_CONFIDENCE_KINDS; k++)
    {
      guint8 rgb[3];

      pmt_confidence_kind_colour ((PmtConfidenceKind) k, rgb);
      g_string_append_printf (page, "<li><svg viewBox=\"0 0 1 1\" aria-hidden=\"true\"><rect width=\"1\" height=\"1\" "
                              "fill=\"#%02x%02x%02x\"/></svg>", rgb[0], rgb[1], rgb[2]);
      _pmt_html_printf (page, "%s (%.0f %%)</li>\n", words[k], 100.0 * count[k] / (map->columns * map->rows));
    }
  g_string_append (page, "</ul>\n");
}

static gboolean
confidence_picture (GString *page, const Subject *s, int side, GError **error)
{
  gboolean ok;

  g_string_append (page, "<div class=\"stack\"><img alt=\"The fixed image under the colours of the confidence map\" src=\"");
  ok = pmt_picture_append_uri (s->fixed, side, FALSE, page, error);
  g_string_append (page, "\">");
  _pmt_figure_confidence (page, s->registration->confidence, (PmtSize) { s->fixed->Xsize, s->fixed->Ysize });
  g_string_append (page, "</div>\n");
  return ok;
}

static gboolean
confidence (GString *page, const Subject *s, GError **error)
{
  gboolean ok;

  if (s->registration->confidence == NULL)
    return TRUE;
  g_string_append (page, "<h2>Where to trust it</h2>\n<p>Point at a place for its support and its predicted error.</p>\n");
  ok = confidence_picture (page, s, 800, error);
  legend (page, s->registration->confidence);
  return ok;
}

static void
charts (GString *page, const Subject *s)
{
  g_string_append (page, "<h2>Curves</h2>\n<div class=\"charts\">\n");
  _pmt_figure_held_out (page, s->registration);
  _pmt_figure_errors (page, s->registration);
  if (s->score != NULL)
    _pmt_figure_blocks (page, s->score);
  _pmt_figure_timings (page, s->registration);
  g_string_append (page, "</div>\n<p class=\"soft\">The DD score compares grey values: between images of different kinds it "
                   "says little.</p>\n");
}

gboolean
_pmt_subject_page (GString *page, PmtContext *context, const Subject *s, GError **error)
{
  _pmt_html_printf (page, "<h1>%s</h1>\n<p class=\"soft\">Fixed: %s. Moving: %s.</p>\n", s->name, s->fixed_name,
                    s->moving_name);
  verdict_banner (page, s->registration);
  if (!panels (page, context, s, error) || !confidence (page, s, error))
    return FALSE;
  figures (page, s);
  charts (page, s);
  reasons (page, s->registration);
  return TRUE;
}

gboolean
_pmt_subject_brief (GString *page, PmtContext *context, const Subject *s, GError **error)
{
  gboolean ok;

  verdict_banner (page, s->registration);
  g_string_append (page, "<div class=\"panels\">\n");
  ok = _pmt_subject_figure (page, s->fixed, BRIEF, FALSE, NULL, "The fixed image", "Fixed", error);
  if (ok && s->moved == NULL)
    ok = _pmt_subject_figure (page, s->moving, BRIEF, FALSE, NULL, "The moving image", "Moving", error);
  else if (ok)
    ok = _pmt_subject_figure (page, s->moved, BRIEF, FALSE, NULL, "The moving image after registration", "Moving, after", error)
         && difference (page, s, s->before, BRIEF, "Difference before", error) && pmt_context_check (context, error)
         && difference (page, s, s->moved, BRIEF, "Difference after", error) && better_worse (page, s, BRIEF, error);
  if (ok && s->registration->confidence != NULL)
    {
      g_string_append (page, "<figure>");
      ok = confidence_picture (page, s, BRIEF, error);
      g_string_append (page, "<figcaption>Where it is supported (green) and where not</figcaption></figure>\n");
    }
  g_string_append (page, "</div>\n");
  return ok;
}

gboolean
pmt_report_write_pair (PmtContext *context, const PmtReportPair *pair, const char *path, GError **error)
{
  g_auto (Subject)    s = { 0 };
  g_autoptr (GString) page = g_string_new (NULL);

  pmt_context_stage (context, "reading", 0, 0.4);
  if (!_pmt_subject_load (&s, context, pair, error))
    return FALSE;
  pmt_context_stage (context, "drawing", 0.4, 1);
  _pmt_html_begin (page, s.name);
  if (!_pmt_subject_page (page, context, &s, error))
    return FALSE;
  _pmt_html_end (page);
  return pmt_atomic_file_write (path, page->str, page->len, error);
}
