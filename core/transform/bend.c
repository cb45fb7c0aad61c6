/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Maps p ↦ p + d(p). Where their Jacobian determinant is positive everywhere and d bounded they are one to one
 * (Hadamard), |p + d(p) − q|² has no minimum but its zero, and Newton's method with halved steps finds that. */
#include "transform/bend-private.h"

#include <math.h>

#define NEWTON_STEPS 60
#define HALVINGS     30
#define TOLERANCE    1e-9   /* px; Newton converges quadratically, so this is where rounding begins */

double
_pmt_bend_determinant (double slope[2][2])
{
  return (1 + slope[0][0]) * (1 + slope[1][1]) - slope[0][1] * slope[1][0];
}

PmtPoint
_pmt_bend_origin (const PmtStep *step, PmtBend bend, PmtPoint q, PmtPoint start)
{
  double   slope[2][2], best, tolerance = TOLERANCE + 4e-16 * (fabs (q.x) + fabs (q.y));
  PmtPoint p = start, d = bend (step, p, slope), r = { p.x + d.x - q.x, p.y + d.y - q.y };

  best = hypot (r.x, r.y);
  for (int k = 0; k < NEWTON_STEPS && best > tolerance; k++)
    {
      double   j = _pmt_bend_determinant (slope), share = 1, error = INFINITY;
      PmtPoint move = { ((1 + slope[1][1]) * r.x - slope[0][1] * r.y) / j,
                        ((1 + slope[0][0]) * r.y - slope[1][0] * r.x) / j };

      for (int h = 0; h < HALVINGS && !(error < best); h++, share *= 0.5)
        {
          PmtPoint to = { p.x - share * move.x, p.y - share * move.y };

          d = bend (step, to, slope);
          r = (PmtPoint) { to.x + d.x - q.x, to.y + d.y - q.y };
          error = hypot (r.x, r.y);
          if (error < best)
            p = to;
        }
      if (!(error < best))
        break;
      best = error;
    }
  return best <= 1e3 * tolerance ? p : (PmtPoint) { NAN, NAN };
}

PmtPoint
_pmt_bend_back (const PmtStep *step, PmtBend bend, PmtPoint q)
{
  double   slope[2][2];
  PmtPoint d = bend (step, q, slope);

  return _pmt_bend_origin (step, bend, q, (PmtPoint) { q.x - d.x, q.y - d.y });
}

void
_pmt_bend_map (const PmtStep *step, PmtBend bend, gboolean inverse, int n, const PmtPoint *in, PmtPoint *out)
{
  for (int i = 0; i < n; i++)
    {
      double   slope[2][2];
      PmtPoint p = in[i], d;

      if (!isfinite (p.x) || !isfinite (p.y))
        out[i] = (PmtPoint) { NAN, NAN };
      else if (inverse)
        out[i] = _pmt_bend_back (step, bend, p);
      else
        {
          d = bend (step, p, slope);
          out[i] = (PmtPoint) { p.x + d.x, p.y + d.y };
        }
    }
}

void
_pmt_bend_tangent (double slope[2][2], gboolean inverse, double j[2][2])
{
  double whole = inverse ? _pmt_bend_determinant (slope) : 1;
  double a = 1 + slope[0][0], b = slope[0][1], c = slope[1][0], d = 1 + slope[1][1];

  j[0][0] = inverse ? d / whole : a, j[0][1] = inverse ? -b / whole : b;
  j[1][0] = inverse ? -c / whole : c, j[1][1] = inverse ? a / whole : d;
}

gboolean
_pmt_bend_jacobian (const PmtStep *step, PmtBend bend, gboolean inverse, PmtPoint p, double j[2][2])
{
  double slope[2][2];

  if (inverse && isfinite (p.x) && isfinite (p.y))
    p = _pmt_bend_back (step, bend, p);
  if (!isfinite (p.x) || !isfinite (p.y))
    return FALSE;
  bend (step, p, slope);
  _pmt_bend_tangent (slope, inverse, j);
  return TRUE;
}

gboolean
_pmt_bend_reach (PmtPoint least, PmtPoint most, double slope, gboolean inverse, PmtExtent *extent, double *stretch)
{
  PmtPoint low = inverse ? (PmtPoint) { -most.x, -most.y } : least;
  PmtPoint high = inverse ? (PmtPoint) { -least.x, -least.y } : most;

  *extent = (PmtExtent) { extent->x0 + low.x, extent->y0 + low.y, extent->x1 + high.x, extent->y1 + high.y };
  *stretch = inverse ? 1 / (1 - slope) : 1 + slope;
  return !inverse || slope < 1;
}

/* -- JSON -- */

void
_pmt_bend_put_direction (GString *json, const char *indent, gboolean inverse)
{
  g_string_append_printf (json, "%s\"direction\": \"%s\",\n", indent, inverse ? "inverse" : "forward");
}

gboolean
_pmt_bend_read_direction (JsonObject *object, const char *place, gboolean *inverse, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.direction", place);
  const char      *word = _pmt_json_string (object, "direction", place, error);

  if (word == NULL)
    return FALSE;
  *inverse = g_str_equal (word, "inverse");
  return *inverse || g_str_equal (word, "forward")
         || _pmt_json_fail (error, here, "must be “forward” or “inverse”, not “%.100s”", word);
}

void
_pmt_bend_put_pair (GString *json, const char *indent, const char *name, PmtPoint pair)
{
  g_string_append_printf (json, "%s\"%s\": [", indent, name);
  _pmt_json_put_number (json, pair.x);
  g_string_append (json, ", ");
  _pmt_json_put_number (json, pair.y);
  g_string_append (json, "],\n");
}

gboolean
_pmt_bend_read_pair (JsonObject *object, const char *member, const char *place, PmtPoint *pair, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.%s", place, member);
  JsonArray       *numbers = _pmt_json_array (object, member, place, error);

  if (numbers == NULL)
    return FALSE;
  if (json_array_get_length (numbers) != 2)
    return _pmt_json_fail (error, here, "must be 2 numbers");
  return _pmt_json_number_node (json_array_get_element (numbers, 0), here, &pair->x, error)
         && _pmt_json_number_node (json_array_get_element (numbers, 1), here, &pair->y, error);
}
