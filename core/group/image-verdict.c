/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What came of one image of a group. It hangs on the reference by the tree of least error; each pair on that way has to be certain
 * by itself, or borne out by a way round that closes. Its predicted error, and what speaks against it, count as with a single
 * registration. */
#include <math.h>

#include "config.h"
#include "group/group-private.h"
#include "judge/verdict-private.h"

#define PLACES 17        /* a side, at which the overlap is looked at */

static gboolean
holds (const PmtGroupLoop *loop, int image)
{
  for (int k = 0; k < loop->length; k++)
    if (loop->image[k] == image)
      return TRUE;
  return FALSE;
}

static gboolean
is_in_closed_loop (const PmtGroup *g, int a, int b, double limit)
{
  for (guint k = 0; k < g->loops->len; k++)
    {
      const PmtGroupLoop *loop = &g_array_index (g->loops, PmtGroupLoop, k);

      if (loop->p95 <= limit && holds (loop, a) && holds (loop, b))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_certain (const PmtGroup *g, int a, int b)
{
  for (guint k = 0; k < g->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

      if (p->used && ((p->fixed == a && p->moving == b) || (p->fixed == b && p->moving == a)))
        return p->registration->verdict == PMT_VERDICT_OK;
    }
  return FALSE;
}

/* TRUE where the way to the reference has no doubtful pair. */
static gboolean
is_sure (const PmtGroup *g, int i, double limit)
{
  for (int step = 0; step < g->n && i != g->reference; step++)
    {
      int parent = g->images[i].parent;

      if (g->images[i].from_mean)
        return TRUE;
      if (parent < 0 || (!is_certain (g, i, parent) && !is_in_closed_loop (g, i, parent, limit)))
        return FALSE;
      i = parent;
    }
  return i == g->reference;
}

/* Pairs of the image that say something and were left out. */
static int
contradicting (const PmtGroup *g, int i)
{
  int n = 0;

  for (guint k = 0; k < g->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

      n += (p->fixed == i || p->moving == i) && !p->used && p->registration->verdict != PMT_VERDICT_FAILED;
    }
  return n;
}

/* Share of the fixed image's places that have one in the moving image. */
static double
overlap (const PmtTransform *transform)
{
  PmtSize from = pmt_transform_get_fixed_size (transform), to = pmt_transform_get_moving_size (transform);
  int     inside = 0;

  for (int k = 0; k < PLACES * PLACES; k++)
    {
      PmtPoint p = { from.width * (k % PLACES + 0.5) / PLACES, from.height * (k / PLACES + 0.5) / PLACES }, q;

      pmt_transform_map (transform, 1, &p, &q);
      inside += q.x >= 0 && q.y >= 0 && q.x <= to.width && q.y <= to.height;
    }
  return inside / (double) (PLACES * PLACES);
}

static PmtModality
modality_of (const PmtGroup *g, int i)
{
  PmtModality found = PMT_MODALITY_SAME;

  for (guint k = 0; k < g->pairs->len; k++)
    {
      const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

      if (p->used && (p->fixed == i || p->moving == i))
        found = MAX (found, p->registration->modality);
    }
  return found;
}

static void
judge_placed (PmtRegistration *r, const PmtGroup *g, int i)
{
  const PmtGroupImage *image = &g->images[i];
  double               limit = _pmt_group_limit (hypot (r->moving_size.width, r->moving_size.height));
  double               share = 100 * r->error_p95 / limit;
  gboolean             sure = is_sure (g, i, limit), exact = !(share > 100);
  int                  against = contradicting (g, i);
  gboolean             borne_out = image->from_mean || against == 0 || against < image->pairs;

  r->verdict = sure && exact && borne_out ? PMT_VERDICT_OK : PMT_VERDICT_UNCERTAIN;
  _pmt_judge_add (r, "rests-on", g_strdup_printf ("It rests on %d pairs of images.", image->pairs),
                  "It hangs on uncertain registrations that no way round bears out: look at it closely.", image->pairs, 1, sure);
  _pmt_judge_add (r, "contradicted", g_strdup_printf ("%d pairs with it contradict the rest and were left out.", against),
                  "Something may have moved between the images: look at it closely.", against, 0, borne_out);
  _pmt_judge_add (r, "group-error", g_strdup_printf ("The predicted error reaches %.0f %% of what counts as aligned.", share),
                  "Look at the result closely; give more pairs to try.", share, 100, exact);
}

PmtRegistration *
_pmt_group_failure (const char *code, char *text, const char *advice)
{
  PmtRegistration *r = g_new0 (PmtRegistration, 1);

  r->transform = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  r->verdict = PMT_VERDICT_FAILED;
  r->reasons = _pmt_reasons_new ();
  r->timings = g_array_new (FALSE, FALSE, sizeof (PmtTiming));
  r->method = g_strdup ("group");
  r->model = PMT_MODEL_TRANSLATION;
  r->modality = PMT_MODALITY_SAME;
  r->stiffness = r->within_pixel = r->error_median = r->error_p90 = r->error_p95 = NAN;
  r->bend.held_out = r->bend.held_out_plane = r->bend.log_area_deviation = r->bend.left_out = r->bend.left_out_plane = NAN;
  r->bend.equivariance = r->terms.median = r->terms.worst = r->terms.rigid_share = r->terms.rigid_strain = NAN;
  for (int m = 0; m < PMT_MODELS; m++)
    r->held_out[m] = NAN;
  _pmt_judge_add (r, code, text, advice, 0, 1, FALSE);
  return r;
}

PmtRegistration *
pmt_group_image_registration (const PmtGroup *g, int i)
{
  const PmtGroupImage *image = &g->images[i];
  PmtRegistration     *r = _pmt_group_failure ("left-out", g_strdup (image->reason), "It may show something else, or nothing.");
  PmtMatrix3           matrix;

  if (image->transform == NULL)
    return r;
  g_ptr_array_set_size (r->reasons, 0);
  pmt_transform_unref (r->transform);
  r->transform = pmt_transform_ref (image->transform);
  r->error_median = image->error_median;
  r->error_p95 = image->error_p95;
  r->fixed_size = pmt_transform_get_fixed_size (r->transform);
  r->moving_size = pmt_transform_get_moving_size (r->transform);
  r->model = pmt_transform_get_matrix (r->transform, &matrix) ? g->model : PMT_MODEL_SMOOTH;
  r->modality = modality_of (g, i);
  r->mirrored = r->model != PMT_MODEL_SMOOTH && pmt_matrix3_determinant (&matrix) < 0;
  r->overlap = overlap (r->transform);
  judge_placed (r, g, i);
  return r;
}
