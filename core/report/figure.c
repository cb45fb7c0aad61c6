/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "report/html-private.h"

#define WIDTH    360
#define HEIGHT   220
#define LEFT     46      /* px of the drawing, about what is plotted */
#define RIGHT    14
#define TOP      14
#define BOTTOM   34

/* x and y as shares of the plotted area, y upwards. */
static double
across (double share)
{
  return LEFT + share * (WIDTH - LEFT - RIGHT);
}

static double
up (double share)
{
  return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
}

static void
begin (GString *page, int height, const char *label)
{
  _pmt_html_printf (page, "<figure><svg viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"%s\">\n",
                    WIDTH, height, WIDTH, height, label);
}

static void
end (GString *page, const char *caption)
{
  _pmt_html_printf (page, "</svg><figcaption>%s</figcaption></figure>\n", caption);
}

static void
text (GString *page, double x, double y, const char *anchor, const char *words)
{
  _pmt_html_printf (page, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, words);
}

static void
axes (GString *page)
{
  _pmt_html_printf (page, "<path class=\"axis\" fill=\"none\" d=\"M%.1f %.1fV%.1fH%.1f\"/>\n", across (0), up (1), up (0),
                    across (1));
}

/* -- held-out error of each model -- */

static int
tried (const PmtRegistration *r, PmtModel model[PMT_MODELS], double *low, double *high)
{
  int n = 0;

  *low = INFINITY;
  *high = 0;
  for (int m = PMT_MODEL_TRANSLATION; m < PMT_MODELS; m++)
    if (isfinite (r->held_out[m]) && r->held_out[m] > 0)
      {
        model[n++] = (PmtModel) m;
        *low = fmin (*low, r->held_out[m]);
        *high = fmax (*high, r->held_out[m]);
      }
  return n;
}

/* On a logarithmic scale: a model that is wrong is so by orders of magnitude. */
void
_pmt_figure_held_out (GString *page, const PmtRegistration *r)
{
  PmtModel             model[PMT_MODELS];
  double               low, high, span;
  int                  n = tried (r, model, &low, &high);
  g_autoptr (GString)  label = g_string_new ("Error on held-out parts by model:"), path = g_string_new (NULL);

  if (n < 2)
    return;
  span = fmax (log (high / low), log (1.5));
  for (int k = 0; k < n; k++)
    {
      double y = up (0.06 + 0.8 * log (r->held_out[model[k]] / low) / span);

      _pmt_html_printf (label, " %s %.3f px%s", pmt_model_to_nick (model[k]), r->held_out[model[k]], k < n - 1 ? "," : ".");
      _pmt_html_printf (path, "%s%.1f %.1f", k == 0 ? "M" : "L", across ((k + 0.5) / n), y);
    }
  begin (page, HEIGHT, label->str);
  axes (page);
  _pmt_html_printf (page, "<path class=\"line\" d=\"%s\"/>\n", path->str);
  for (int k = 0; k < n; k++)
    {
      double           x = across ((k + 0.5) / n), y = up (0.06 + 0.8 * log (r->held_out[model[k]] / low) / span);
      g_autofree char *value = g_strdup_printf ("%.3f", r->held_out[model[k]]);

      _pmt_html_printf (page, "<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>\n", x, y,
                        model[k] == r->model ? 6 : 3);
      text (page, x, y - 10, "middle", value);
      text (page, x, HEIGHT - 16, "middle", model[k] == PMT_MODEL_TRANSLATION ? "shift" : pmt_model_to_nick (model[k]));
    }
  end (page, "Mean error on parts that were left out of the fit, moving px, logarithmic. The large dot is the model "
             "taken: freer models are worth it only while the curve falls.");
}

/* -- predicted error -- */

static int
compare_floats (const void *a, const void *b)
{
  float x = *(const float *) a, y = *(const float *) b;

  return (x > y) - (x < y);
}

static float *
sorted_errors (const PmtConfidence *map, int *n)
{
  float *error = g_new (float, map->columns * map->rows);

  *n = 0;
  for (int k = 0; k < map->columns * map->rows; k++)
    if (map->cell[k].kind != PMT_CONFIDENCE_OUTSIDE && isfinite (map->cell[k].error))
      error[(*n)++] = map->cell[k].error;
  qsort (error, *n, sizeof *error, compare_floats);
  return error;
}

void
_pmt_figure_errors (GString *page, const PmtRegistration *r)
{
  int                 n = 0;
  g_autofree float   *error = r->confidence != NULL ? sorted_errors (r->confidence, &n) : NULL;
  g_autoptr (GString) label = g_string_new (NULL), path = g_string_new (NULL);
  double              last;

  if (n < 4)
    return;
  last = fmax (fmin (error[n - 1], 3 * error[n * 4 / 5]), 1e-6);     /* a few that are far off would hide the rest */
  _pmt_html_printf (label, "Distribution of the predicted error: half of the places below %.2f px, nine of ten below %.2f "
                    "px, the worst %.2f px.", error[n / 2], error[n * 9 / 10], error[n - 1]);
  _pmt_html_printf (path, "M%.1f %.1f", across (0), up (0));
  for (int k = 0; k < n && error[k] <= last; k++)
    _pmt_html_printf (path, "L%.1f %.1f", across (error[k] / last), up ((k + 1.0) / n));
  begin (page, HEIGHT, label->str);
  axes (page);
  _pmt_html_printf (page, "<path class=\"line\" d=\"%s\"/>\n", path->str);
  for (int k = 0; k <= 4; k++)
    {
      g_autofree char *x = g_strdup_printf ("%.2f", last * k / 4), *y = g_strdup_printf ("%d %%", 25 * k);

      text (page, across (k / 4.0), HEIGHT - 16, k == 4 ? "end" : "middle", x);
      text (page, LEFT - 5, up (k / 4.0) + 4, "end", y);
    }
  end (page, "Share of places whose predicted error (95 times of 100) is below so many moving px.");
}

/* -- the DD score by block -- */

/* From vermilion by grey to bluish green. */
static void
block_colour (double score, int rgb[3])
{
  static const double bad[3] = { 213, 94, 0 }, even[3] = { 200, 200, 200 }, good[3] = { 0, 158, 115 };
  double              t = fabs (2 * score - 1);

  for (int k = 0; k < 3; k++)
    rgb[k] = (int) lround ((1 - t) * even[k] + t * (score > 0.5 ? good[k] : bad[k]));
}

void
_pmt_figure_blocks (GString *page, const PmtDdScore *score)
{
  const double        w = 60, h = 34;
  g_autoptr (GString) label = g_string_new ("DD score by block, row by row, in percent:");

  for (int k = 0; k < PMT_DD_BLOCKS * PMT_DD_BLOCKS; k++)
    if (score->block[k].scored)
      _pmt_html_printf (label, " %.0f", 100 * score->block[k].score);
    else
      g_string_append (label, " none");
  begin (page, 194, label->str);
  for (int k = 0; k < PMT_DD_BLOCKS * PMT_DD_BLOCKS; k++)
    {
      const PmtDdBlock *block = &score->block[k];
      double            x = 28 + k % PMT_DD_BLOCKS * (w + 1), y = 8 + k / PMT_DD_BLOCKS * (h + 1);
      int               rgb[3] = { 128, 128, 128 };

      if (block->scored)
        block_colour (block->score, rgb);
      g_string_append_printf (page, "<g><title>%d better, %d worse</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" "
                              "fill=\"#%02x%02x%02x\" fill-opacity=\"%s\"/>", block->better, block->worse, (int) x, (int) y,
                              (int) w, (int) h, (guint) rgb[0], (guint) rgb[1], (guint) rgb[2], block->scored ? "1" : "0.2");
      if (block->scored)
        _pmt_html_printf (page, "<text class=\"on-colour\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%.0f %%</text>",
                          x + w / 2, y + h / 2 + 4, 100 * block->score);
      else
        _pmt_html_printf (page, "<text class=\"dim\" x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">–</text>", x + w / 2,
                          y + h / 2 + 4);
      g_string_append (page, "</g>\n");
    }
  end (page, "DD score by block: of the pixels that changed, the share that came nearer to the fixed image. Blocks with a dash "
             "changed too little to tell.");
}

/* -- time -- */

void
_pmt_figure_timings (GString *page, const PmtRegistration *r)
{
  g_autoptr (GString) label = g_string_new ("Seconds by stage:");
  double              longest = 1e-9;
  int                 n = (int) r->timings->len, height;

  for (int k = 0; k < n; k++)
    {
      const PmtTiming *t = &g_array_index (r->timings, PmtTiming, k);

      longest = fmax (longest, t->seconds);
      _pmt_html_printf (label, " %s %.2f", t->stage, t->seconds);
    }
  if (n == 0)
    return;
  n = MIN (n, 20);
  height = 12 + 26 * n;
  begin (page, height, label->str);
  for (int k = 0; k < n; k++)
    {
      const PmtTiming *t = &g_array_index (r->timings, PmtTiming, k);
      double           share = fmin (fmax (t->seconds, 0) / longest, 1);
      g_autofree char *value = g_strdup_printf ("%.2f s", t->seconds);

      text (page, 70, 24 + 26 * k, "end", t->stage);
      _pmt_html_printf (page, "<rect class=\"bar\" x=\"78\" y=\"%d\" width=\"%.1f\" height=\"14\"/>\n", 12 + 26 * k,
                        1 + share * (WIDTH - 78 - 70));
      text (page, 84 + share * (WIDTH - 78 - 70), 24 + 26 * k, "start", value);
    }
  end (page, "Time by stage.");
}

/* -- confidence -- */

void
_pmt_figure_confidence (GString *page, const PmtConfidence *map, PmtSize size)
{
  static const char *const words[PMT_CONFIDENCE_KINDS] =
    { "outside", "supported", "between supported places", "extrapolated", "contradicted" };

  g_string_append_printf (page, "<svg viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" aria-hidden=\"true\">\n", map->columns,
                          map->rows);
  for (int k = 0; k < map->columns * map->rows; k++)
    {
      const PmtConfidenceCell *cell = &map->cell[k];
      guint8                   rgb[3];

      pmt_confidence_kind_colour (cell->kind, rgb);
      g_string_append_printf (page, "<rect x=\"%d\" y=\"%d\" width=\"1.02\" height=\"1.02\" fill=\"#%02x%02x%02x\" "
                              "fill-opacity=\"0.42\"><title>%s", k % map->columns, k / map->columns, rgb[0], rgb[1], rgb[2],
                              words[cell->kind]);
      if (cell->kind != PMT_CONFIDENCE_OUTSIDE)
        _pmt_html_printf (page, ", support %.0f %%", 100.0 * cell->support);
      if (isfinite (cell->error))
        _pmt_html_printf (page, ", error below %.2f px", (double) cell->error);
      g_string_append (page, "</title></rect>\n");
    }
  g_string_append (page, "</svg>");
}
