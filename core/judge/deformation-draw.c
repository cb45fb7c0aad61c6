/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lines and arrows are straight strokes with round ends, found once for the whole area. A pixel's colour depends on how far
 * its centre is from the nearest stroke, and the least of several distances does not depend on their order, so any
 * rectangle gives the same bits. Strokes are kept in groups of neighbours with a box around each, so that a small
 * rectangle does not look at all of them.
 *
 * Colours are made in OKLab (Ottosson 2020), in which equal distances look about equally large: lightness falls by the same
 * amount on either side of the middle, and hue says on which side. */
#include "judge/deformation-private.h"

#include <math.h>

#include "image/light.h"

#define LINE       0.0016   /* of the longer side: a line's width */
#define HALO       0.001    /* … and that of the dark edge on either side of it */
#define LEAST_LINE 1.0      /* px */
#define LEAST_HALO 0.75
#define DOT        2.0      /* line widths: an arrow's dot */
#define HEAD       0.35     /* of the spacing: an arrow's head, at most … */
#define HEAD_SHARE 0.4      /* … this share of the arrow */
#define HEAD_ANGLE 0.45     /* radians, of either half */
#define PIECES     10       /* a spacing: straight pieces of a line */
#define TEAR       40       /* a piece drawn as so many times its length is none */
#define HALVINGS   12       /* to find where a line ends */
#define GROUP      16       /* strokes */

/* Rec. ITU-R BT.709, on the encoded values, as in judge/compare.c. */
#define LUMA_R 0.2126f
#define LUMA_G 0.7152f
#define LUMA_B 0.0722f

static const float line_colour[3] = { 1.0f, 0.93f, 0.45f }, halo_colour[3] = { 0.03f, 0.03f, 0.1f };
static const float halo_alpha = 0.85f;

typedef struct { PmtPoint a, b; double radius; } Stroke;
typedef struct { double x0, y0, x1, y1; } Box;

/* -- strokes -- */

static void
add_stroke (PmtDeformation *d, PmtPoint a, PmtPoint b, double radius)
{
  Stroke stroke = { a, b, radius };
  double reach = radius + d->halo + 1;
  Box    box = { fmin (a.x, b.x) - reach, fmin (a.y, b.y) - reach, fmax (a.x, b.x) + reach, fmax (a.y, b.y) + reach }, *all;

  if (d->strokes->len % GROUP == 0)
    g_array_append_val (d->groups, box);
  g_array_append_val (d->strokes, stroke);
  all = &g_array_index (d->groups, Box, d->groups->len - 1);
  *all = (Box) { fmin (all->x0, box.x0), fmin (all->y0, box.y0), fmax (all->x1, box.x1), fmax (all->y1, box.y1) };
}

static double
line_radius (const PmtDeformation *d)
{
  return fmax (LINE * _pmt_deformation_side (d), LEAST_LINE) / 2;
}

/* Where p is drawn. */
static gboolean
find_drawn (const PmtDeformation *d, PmtPoint p, PmtPoint *drawn)
{
  PmtDeformationPlace place;
  double              x, y;

  if (!pmt_deformation_at (d, p, &place))
    return FALSE;
  x = place.displacement.x * d->figures.exaggeration;
  y = place.displacement.y * d->figures.exaggeration;
  *drawn = (PmtPoint) { p.x + x, p.y + y };
  return hypot (x, y) <= _pmt_deformation_side (d);
}

/* Where the last place between one that is drawn and one that is not is drawn. */
static PmtPoint
find_end (const PmtDeformation *d, PmtPoint inside, PmtPoint outside)
{
  PmtPoint drawn, last = inside;

  find_drawn (d, inside, &last);
  for (int i = 0; i < HALVINGS; i++)
    {
      PmtPoint middle = { (inside.x + outside.x) / 2, (inside.y + outside.y) / 2 };

      if (find_drawn (d, middle, &drawn))
        {
          inside = middle;
          last = drawn;
        }
      else
        outside = middle;
    }
  return last;
}

static void
add_line (PmtDeformation *d, PmtPoint from, PmtPoint to)
{
  double   length = hypot (to.x - from.x, to.y - from.y), radius = line_radius (d);
  int      n = MAX ((int) ceil (PIECES * length / (d->options.spacing * _pmt_deformation_side (d))), 1);
  gboolean had = FALSE;
  PmtPoint p = from, before = from;

  for (int i = 0; i <= n; i++)
    {
      PmtPoint next = { from.x + (to.x - from.x) * i / n, from.y + (to.y - from.y) * i / n }, at;
      gboolean has = find_drawn (d, next, &at);

      if (i > 0 && has && !had)
        before = find_end (d, next, p);
      if (i > 0 && had && !has)
        at = find_end (d, p, next);
      if (i > 0 && (had || has) && hypot (at.x - before.x, at.y - before.y) <= TEAR * length / n)
        add_stroke (d, before, at, radius);
      p = next;
      before = at;
      had = has;
    }
}

static void
add_arrow (PmtDeformation *d, PmtPoint p)
{
  double   radius = line_radius (d), spacing = d->options.spacing * _pmt_deformation_side (d), length, angle, head;
  PmtPoint tip;

  if (!find_drawn (d, p, &tip))
    return;
  add_stroke (d, p, p, DOT * radius);
  length = hypot (tip.x - p.x, tip.y - p.y);
  if (length < 2 * DOT * radius)
    return;
  angle = atan2 (tip.y - p.y, tip.x - p.x);
  head = fmin (HEAD_SHARE * length, HEAD * spacing);
  add_stroke (d, p, tip, radius);
  for (int k = -1; k <= 1; k += 2)
    add_stroke (d, tip, (PmtPoint) { tip.x - head * cos (angle + k * HEAD_ANGLE), tip.y - head * sin (angle + k * HEAD_ANGLE) },
                radius);
}

/* The grid's lines across an extent, in its middle: how many, and where the first one is. */
static int
count_lines (double extent, double spacing, double *first)
{
  int n = MAX ((int) floor (extent / spacing), 1);

  *first = (extent - (n - 1) * spacing) / 2;
  return n;
}

static void
add_strokes (PmtDeformation *d)
{
  double spacing = d->options.spacing * _pmt_deformation_side (d), x0, y0;
  double x1 = d->area.x + d->area.width, y1 = d->area.y + d->area.height;
  int    columns = count_lines (d->area.width, spacing, &x0), rows = count_lines (d->area.height, spacing, &y0);

  x0 += d->area.x;
  y0 += d->area.y;
  if (d->options.mode == PMT_DEFORMATION_ARROWS)
    {
      for (int i = 0; i < columns * rows; i++)
        add_arrow (d, (PmtPoint) { x0 + i % columns * spacing, y0 + i / columns * spacing });
      return;
    }
  for (int i = 0; i < columns; i++)
    add_line (d, (PmtPoint) { x0 + i * spacing, d->area.y }, (PmtPoint) { x0 + i * spacing, y1 });
  for (int i = 0; i < rows; i++)
    add_line (d, (PmtPoint) { d->area.x, y0 + i * spacing }, (PmtPoint) { x1, y0 + i * spacing });
}

/* -- colours -- */

static void
from_oklab (double lightness, double chroma, double hue, float rgb[3])
{
  double a = chroma * cos (hue * G_PI / 180), b = chroma * sin (hue * G_PI / 180);
  double l = pow (lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  double m = pow (lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  double s = pow (lightness - 0.0894841775 * a - 1.2914855480 * b, 3);
  double linear[3] = { 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                       -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                       -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s };

  for (int k = 0; k < 3; k++)
    rgb[k] = (float) pmt_srgb_from_linear (CLAMP (linear[k], 0, 1));
}

/* t: 0 shrinks most, 0.5 neutral, 1 grows most. Chroma rises to what sRGB has of either hue at that lightness. */
static void
diverging (double t, float rgb[3])
{
  double side = fabs (2 * t - 1);

  from_oklab (0.95 - 0.45 * side, 0.19 * side, t > 0.5 ? 27 : 258, rgb);
}

/* t: 0 none, 1 most. */
static void
sequential (double t, float rgb[3])
{
  from_oklab (0.97 - 0.67 * t, 0.06 + 0.22 * t * (1 - 0.5 * t), 102 - 150 * t, rgb);
}

static void
fill_colours (PmtDeformation *d)
{
  for (int i = 0; i <= PMT_DEFORMATION_COLOURS; i++)
    {
      double t = (double) i / PMT_DEFORMATION_COLOURS;

      if (d->options.mode == PMT_DEFORMATION_JACOBIAN)
        diverging (t, d->colour[i]);
      else
        sequential (t, d->colour[i]);
    }
}

void
_pmt_deformation_prepare (PmtDeformation *d)
{
  d->strokes = g_array_new (FALSE, FALSE, sizeof (Stroke));
  d->groups = g_array_new (FALSE, FALSE, sizeof (Box));
  d->halo = fmax (HALO * _pmt_deformation_side (d), LEAST_HALO);
  if (d->options.mode == PMT_DEFORMATION_GRID || d->options.mode == PMT_DEFORMATION_ARROWS)
    add_strokes (d);
  else
    fill_colours (d);
}

/* -- drawing -- */

static double
distance_to (const Stroke *s, double x, double y)
{
  double dx = s->b.x - s->a.x, dy = s->b.y - s->a.y, square = dx * dx + dy * dy;
  double t = square > 0 ? ((x - s->a.x) * dx + (y - s->a.y) * dy) / square : 0;

  t = CLAMP (t, 0, 1);
  dx = x - s->a.x - t * dx;
  dy = y - s->a.y - t * dy;
  return sqrt (dx * dx + dy * dy);
}

/* The columns in which row centre y comes within `reach` of the stroke: perhaps more, never fewer. */
static void
find_columns (const Stroke *s, double y, double reach, double *x0, double *x1)
{
  double dx = s->b.x - s->a.x, dy = s->b.y - s->a.y;

  *x0 = fmin (s->a.x, s->b.x) - reach;
  *x1 = fmax (s->a.x, s->b.x) + reach;
  if (fabs (dy) > 1e-3 * fabs (dx))
    {
      double middle = s->a.x + (y - s->a.y) * dx / dy, half = reach * hypot (dx, dy) / fabs (dy) + 1;

      *x0 = fmax (*x0, middle - half);
      *x1 = fmin (*x1, middle + half);
    }
}

/* Lowers the distances, which are kept in the alpha band, where the stroke is nearer: from its edge, px. */
static void
draw_stroke (const PmtDeformation *d, const Stroke *s, const PmtRect *rect, float *rgba, gsize stride)
{
  double reach = s->radius + d->halo + 1, x0, x1;
  int    y0 = (int) fmax (floor (fmin (s->a.y, s->b.y) - reach) - rect->y, 0);
  int    y1 = (int) fmin (ceil (fmax (s->a.y, s->b.y) + reach) - rect->y, rect->height);

  for (int y = y0; y < y1; y++)
    {
      float *row = rgba + y * stride;
      int    end;

      find_columns (s, rect->y + y + 0.5, reach, &x0, &x1);
      end = (int) fmin (ceil (x1) - rect->x, rect->width);
      for (int x = (int) fmax (floor (x0) - rect->x, 0); x < end; x++)
        row[4 * x + 3] = fminf (row[4 * x + 3], (float) (distance_to (s, rect->x + x + 0.5, rect->y + y + 0.5) - s->radius));
    }
}

/* How much of a pixel lies within an edge that its centre is `distance` px outside of: exact for an upright edge. */
static float
coverage (float distance)
{
  return CLAMP (0.5f - distance, 0, 1);
}

static void
colour_stroke (const PmtDeformation *d, float distance, float *pixel)
{
  float line = coverage (distance), halo = halo_alpha * coverage (distance - (float) d->halo) * (1 - line);
  float alpha = line + halo;

  for (int k = 0; k < 3; k++)
    pixel[k] = alpha > 0 ? (line * line_colour[k] + halo * halo_colour[k]) / alpha : 0;
  pixel[3] = alpha * (float) d->options.opacity;
}

static gboolean
touches (const Box *box, const PmtRect *rect)
{
  return box->x0 < rect->x + rect->width && box->x1 > rect->x && box->y0 < rect->y + rect->height && box->y1 > rect->y;
}

static void
draw_strokes (const PmtDeformation *d, const PmtRect *rect, float *rgba, gsize stride)
{
  float far = (float) d->halo + 1;

  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      rgba[y * stride + 4 * x + 3] = far;
  for (guint g = 0; g < d->groups->len; g++)
    if (touches (&g_array_index (d->groups, Box, g), rect))
      for (guint i = g * GROUP; i < MIN ((g + 1) * GROUP, d->strokes->len); i++)
        draw_stroke (d, &g_array_index (d->strokes, Stroke, i), rect, rgba, stride);
  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      {
        float   *pixel = rgba + y * stride + 4 * x;
        gboolean inside = rect->x + x >= d->area.x && rect->x + x < d->area.x + d->area.width
                          && rect->y + y >= d->area.y && rect->y + y < d->area.y + d->area.height;

        colour_stroke (d, inside ? pixel[3] : far, pixel);
      }
}

static void
colour_place (const PmtDeformation *d, PmtPoint p, float *pixel)
{
  PmtDeformationPlace place;
  double              t;
  const float        *rgb;

  pixel[0] = pixel[1] = pixel[2] = pixel[3] = 0;
  if (!pmt_deformation_at (d, p, &place))
    return;
  t = d->options.mode == PMT_DEFORMATION_STRAIN ? place.strain / d->figures.range
                                                : 0.5 + 0.5 * log (place.area) / d->figures.range;
  rgb = d->colour[(int) (CLAMP (t, 0, 1) * PMT_DEFORMATION_COLOURS + 0.5)];
  for (int k = 0; k < 3; k++)
    pixel[k] = rgb[k];
  pixel[3] = (float) d->options.opacity;
}

void
pmt_deformation_draw (const PmtDeformation *d, const PmtRect *rect, float *rgba, gsize stride)
{
  if (d->options.mode == PMT_DEFORMATION_GRID || d->options.mode == PMT_DEFORMATION_ARROWS)
    {
      draw_strokes (d, rect, rgba, stride);
      return;
    }
  for (int y = 0; y < rect->height; y++)
    for (int x = 0; x < rect->width; x++)
      colour_place (d, (PmtPoint) { rect->x + x + 0.5, rect->y + y + 0.5 }, rgba + y * stride + 4 * x);
}

/* What lies under colours that mean something must have none itself. Grey by half the opacity: no jump at 0. */
static void
take_colour (const float *image, float share, float under[3])
{
  float luma = LUMA_R * image[0] + LUMA_G * image[1] + LUMA_B * image[2];

  for (int k = 0; k < 3; k++)
    under[k] = image[k] + (luma - image[k]) * share;
}

/* Porter and Duff 1984: over. */
void
pmt_deformation_lay (const PmtDeformation *d, gsize n, const float *overlay, const float *image, float *out)
{
  gboolean colours = d->options.mode == PMT_DEFORMATION_JACOBIAN || d->options.mode == PMT_DEFORMATION_STRAIN;

  for (gsize i = 0; i < n; i++, overlay += 4, image += 4, out += 4)
    {
      gboolean gone = isnan (image[0] + image[1] + image[2] + image[3]) || !(image[3] > 0);
      float    over = overlay[3], share = gone ? 0 : fminf (image[3], 1) * (1 - over), alpha = over + share, under[3];

      take_colour (image, colours ? fminf (2 * over, 1) : 0, under);
      for (int k = 0; k < 3; k++)
        out[k] = !(over > 0) ? image[k] : gone ? overlay[k] : (over * overlay[k] + share * under[k]) / alpha;
      out[3] = over > 0 ? alpha : image[3];
    }
}
