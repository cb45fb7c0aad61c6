/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How exact a bend through control points is. At a place the error has the covariance
 *
 *     S = C / i + m²/2 · I,
 *
 * C the covariance of the fitted displacement with the penalty as a prior, which grows where no points are; i the share of the points
 * that err on their own; m what the residuals of the points around have in common, a bend that the lattice did not follow. */
#include "fit/lattice-private.h"

#include <math.h>

#include "base/select-private.h"
#include "fit/error-model-private.h"

#define NEIGHBOURS 8
#define TRUSTED    0.2
#define RADIUS_95  1.73        /* of a two-dimensional normal error, over its RMS */

/* |mean residual| of the trusted points nearest to a place of the fixed image, as in control-points.c: noise averages out, what the
 * bend can't follow does not. */
double
_pmt_lattice_common_residual (const GArray *points, PmtPoint fixed)
{
  double                 nearest[NEIGHBOURS + 1];      /* squares */
  PmtPoint               residual[NEIGHBOURS + 1], sum = { 0, 0 };
  int                    n = 0;

  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *q = &g_array_index (points, PmtControlPoint, i);
      double                 x = q->fixed.x - fixed.x, y = q->fixed.y - fixed.y, d = x * x + y * y;
      int                    k;

      if ((n == NEIGHBOURS && d >= nearest[n - 1]) || !(q->weight > TRUSTED))
        continue;
      n = MIN (n + 1, NEIGHBOURS);
      for (k = n - 1; k > 0 && nearest[k - 1] > d; k--)
        {
          nearest[k] = nearest[k - 1];
          residual[k] = residual[k - 1];
        }
      nearest[k] = d;
      residual[k] = q->residual;
    }
  for (int k = 0; k < n; k++)
    sum = (PmtPoint) { sum.x + residual[k].x / n, sum.y + residual[k].y / n };
  return hypot (sum.x, sum.y);
}

void
_pmt_lattice_covariance (const PmtLatticeFit *fit, PmtPoint p, double independent, double c[3])
{
  const PmtLatticeTrust trust = { independent, independent, 0, NULL };

  _pmt_lattice_system_covariances (NULL, fit->system, &trust, 1, &p, (double (*)[3]) c, NULL);
}

gboolean
_pmt_lattice_error (PmtContext *context, const PmtLatticeFit *fit, GArray *points, const PmtMatrix3 *pose, double independent,
                    double *median, double *p95, GError **error)
{
  int                  n = points->len;
  g_autofree double   *size = g_new (double, n + 1);
  g_autofree PmtPoint *at = g_new (PmtPoint, n + 1);
  double             (*c)[3] = g_malloc ((n + 1) * sizeof *c);
  gboolean             ok;

  for (int i = 0; i < n; i++)
    at[i] = pmt_matrix3_map (pose, g_array_index (points, PmtControlPoint, i).fixed);
  ok = _pmt_lattice_system_covariances (context, fit->system, &(PmtLatticeTrust) { independent, independent, 0, NULL }, n, at, c, error);
  for (int i = 0; ok && i < n; i++)
    {
      double misfit = _pmt_lattice_common_residual (points, g_array_index (points, PmtControlPoint, i).fixed);

      size[i] = sqrt (MAX (c[i][0] + c[i][2], 0) + misfit * misfit);
    }
  g_free (c);
  if (!ok)
    return FALSE;
  *median = _pmt_quantile (size, n, 0.5);
  *p95 = RADIUS_95 * _pmt_quantile (size, n, 0.9);
  return TRUE;
}

gboolean
_pmt_lattice_error_model (PmtContext *context, const PmtLatticeFit *fit, const GArray *points, const PmtMatrix3 *pose,
                          const PmtExtent *box, PmtSize moving, double independent, PmtErrorModel *model, GError **error)
{
  enum { CELLS = PMT_ERROR_PLACES * PMT_ERROR_PLACES };
  g_autofree double *blind = g_new (double, points->len + 1);
  PmtLatticeTrust    trust = { independent, independent, points->len, blind };
  PmtMatrix3         back = pmt_matrix3_identity;
  PmtPoint           at[CELLS];
  double             c[CELLS][3];

  *model = (PmtErrorModel) { .matrix = *pose, .moving = moving, .from = { box->x0, box->y0 }, .to = { box->x1, box->y1 } };
  for (int k = 0; k < CELLS; k++)
    at[k] = _pmt_error_model_place (model, k);
  for (guint i = 0; i < points->len; i++)
    {
      const PmtControlPoint *p = &g_array_index (points, PmtControlPoint, i);

      blind[i] = p->weight * p->blind;
    }
  if (!_pmt_lattice_system_prior (context, fit->system, &trust, error)
      || !_pmt_lattice_system_covariances (context, fit->system, &trust, CELLS, at, c, error))
    return FALSE;
  pmt_matrix3_invert (pose, &back);
  for (int k = 0; k < CELLS; k++)
    {
      double misfit = _pmt_lattice_common_residual (points, pmt_matrix3_map (&back, at[k]));
      double common = 0.5 * misfit * misfit;

      model->bend[k][0] = (float) (c[k][0] + common);
      model->bend[k][1] = (float) c[k][1];
      model->bend[k][2] = (float) (c[k][2] + common);
    }
  model->bent = TRUE;
  return TRUE;
}
