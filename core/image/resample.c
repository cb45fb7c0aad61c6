/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The resampler: out(p) = Σ k((i + ½ - u)/sᵤ) k((j + ½ - v)/sᵥ) a(i, j) c(i, j) / Σ … a(i, j), (u, v) = T(p).
 *
 * The output is cut into tiles of 64 × 64. For each, all source coordinates are computed, then the box of source pixels
 * under all kernels is read once and made ready, then the pixels are summed row by row: runs of pixels whose kernel is
 * neither widened nor cut by the border or a hole go to a fast loop, every other one goes the general way. Which way a
 * pixel goes depends on the pixel alone. A tile whose box is too large (the map shrinks a lot) is halved until it fits;
 * a single pixel's box that still does not is read in strips.
 *
 * A hole next to a kernel with negative lobes could leave a sum of weights near 0, which the division would blow up;
 * so a pixel with less than a quarter of its weight on data counts as uncovered. */
#include "image/resample.h"

#include "base/clones.h"
#include "base/parallel.h"
#include "image/resample-private.h"

#include <math.h>
#include <string.h>

#define BOX_BYTES    (48 << 20)            /* of source pixels a thread holds; or one row, when that is more */
#define PADDING      16                    /* floats that vector loads may reach beyond the last pixel */
#define MIN_DATA     0.25f                 /* of the kernel's weight, where there is no alpha band */
#define MIN_ALPHA    (0.5f / 65535)        /* half a step of 16-bit alpha */
#define OPAQUE_SLACK 1e-6f                 /* rounding in the sum of weights, cleared from opaque pixels */

static const char *const nicks[] = { "nearest", "linear", "cubic", "lanczos3" };

gboolean
pmt_sampler_from_nick (const char *nick, PmtSampler *sampler)
{
  for (guint i = 0; nick != NULL && i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (nick, nicks[i]))
      {
        *sampler = i;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_sampler_to_nick (PmtSampler sampler)
{
  return nicks[sampler];
}

/* -- a job and its threads' memory -- */

typedef struct
{
  PmtLookup  rows[PMT_TILE];
  float      wx[2 * 3][PMT_TILE], wy[2 * 3][PMT_TILE];
  PmtWide    wide;
  float     *line;                 /* a row of output pixels, and room to spare */
  PmtSupport support;              /* wx, wy as long as the source's sides, and 8 more */
  float     *sum;
  PmtSourceBox     box;
  gsize      box_size;             /* floats that box.pixels holds */
  guint8    *holes;                /* what box.holes points to when there are any */
  gsize      holes_size;
} Scratch;

typedef struct
{
  PmtSource    *source;
  PmtProjection projection;
  PmtSampler    sampler;
  int           radius;            /* of the kernel, unwidened */
  int           bands, alpha;
  float         alpha_max, background;
  gboolean      is_shift;          /* whole pixels: copy */
  int           shift_x, shift_y;

  PmtRect       out;
  float        *dest;
  gsize         stride;
  guint8       *coverage;
  int           tiles_x;
  Scratch     **scratch;           /* by thread, made when first wanted */
} Job;

static void
scratch_free (Scratch *s)
{
  if (s == NULL)
    return;
  pmt_buffer_free (s->line);
  pmt_buffer_free (s->support.wx);
  pmt_buffer_free (s->support.wy);
  pmt_buffer_free (s->sum);
  pmt_buffer_free (s->box.pixels);
  g_free (s->holes);
  pmt_buffer_free (s);
}

static Scratch *
scratch_new (const Job *job, GError **error)
{
  gsize    bands = (gsize) job->bands;
  Scratch *s = pmt_buffer_new_unset (1, sizeof (Scratch), error);

  if (s == NULL)
    return NULL;
  s->line = s->sum = s->support.wx = s->support.wy = s->box.pixels = NULL;
  s->holes = NULL;
  s->box_size = s->holes_size = 0;
  if ((s->line = pmt_buffer_new (PMT_TILE * bands + PADDING, sizeof (float), error)) == NULL
      || (s->sum = pmt_buffer_new (bands + PADDING, sizeof (float), error)) == NULL
      || (s->support.wx = pmt_buffer_new_unset ((gsize) job->projection.width + 8, sizeof (float), error)) == NULL
      || (s->support.wy = pmt_buffer_new_unset ((gsize) job->projection.height + 8, sizeof (float), error)) == NULL)
    {
      scratch_free (s);
      return NULL;
    }
  return s;
}

/* -- reading a box and making it ready -- */

static gboolean
reserve (Scratch *s, gsize floats, GError **error)
{
  if (s->box_size >= floats)
    return TRUE;
  pmt_buffer_free (s->box.pixels);
  s->box_size = 0;
  s->box.pixels = pmt_buffer_new_unset (floats + floats / 4, sizeof (float), error);
  if (s->box.pixels == NULL)
    return FALSE;
  s->box_size = floats + floats / 4;
  return TRUE;
}

/* TRUE when any of n floats is NaN or infinite: all bits of the exponent set. */
PMT_CLONES static gboolean
any_hole (const float *p, gsize n)
{
  guint32 found = 0;

  for (gsize i = 0; i < n; i++)
    {
      guint32 bits;

      memcpy (&bits, p + i, sizeof bits);
      found |= (guint32) ((bits & 0x7f800000u) == 0x7f800000u);
    }
  return found != 0;
}

static void
clear_holes (Scratch *s, gsize n, int bands, gboolean keep_mask)
{
  if (keep_mask && s->holes_size < n)
    {
      g_free (s->holes);
      s->holes = g_malloc (n);
      s->holes_size = n;
    }
  for (gsize i = 0; i < n; i++)
    {
      float   *p = s->box.pixels + i * bands;
      gboolean hole = any_hole (p, bands);

      if (hole)
        memset (p, 0, bands * sizeof (float));
      if (keep_mask)
        s->holes[i] = (guint8) hole;
    }
  if (keep_mask)
    s->box.holes = s->holes;
}

static inline __attribute__ ((always_inline)) void
multiply (float *p, gsize n, const int bands, const int alpha, float alpha_max)
{
  for (gsize i = 0; i < n; i++, p += bands)
    {
      float a = (p[alpha] > 0 ? p[alpha] : 0) / alpha_max;

      for (int b = 0; b < bands; b++)
        p[b] *= a;
      p[alpha] = a;
    }
}

static void
multiply_by_alpha (float *p, gsize n, int bands, int alpha, float alpha_max)
{
  if (bands == 4 && alpha == 3)
    multiply (p, n, 4, 3, alpha_max);
  else if (bands == 2 && alpha == 1)
    multiply (p, n, 2, 1, alpha_max);
  else
    multiply (p, n, bands, alpha, alpha_max);
}

static gboolean
read_box (const Job *job, Scratch *s, PmtRect rect, GError **error)
{
  gsize pixels = (gsize) rect.width * rect.height, n = pixels * job->bands;

  if (!reserve (s, n + PADDING, error)
      || !pmt_source_read (job->source, &rect, s->box.pixels, (gsize) rect.width * job->bands, error))
    return FALSE;
  memset (s->box.pixels + n, 0, PADDING * sizeof (float));
  s->box.rect = rect;
  s->box.bands = job->bands;
  s->box.holes = NULL;
  if (any_hole (s->box.pixels, n))
    clear_holes (s, pixels, job->bands, job->alpha < 0);
  if (job->alpha >= 0 && !job->is_shift && job->sampler != PMT_SAMPLER_NEAREST)
    multiply_by_alpha (s->box.pixels, pixels, job->bands, job->alpha, job->alpha_max);
  return TRUE;
}

/* -- which source pixels -- */

typedef struct { int x0, y0, x1, y1; } Span;   /* inclusive */

/* How far a kernel widened `scale` times reaches from the pixel before its sample point. */
static int
reach (const Job *job, float scale)
{
  if (job->sampler == PMT_SAMPLER_NEAREST)
    return 0;
  return scale > 1 ? _pmt_kernel_round_up (job->radius * scale) + 1 : job->radius;
}

PMT_CLONES static Span
row_span (const PmtLookup *row, int from, int to)
{
  Span span = { G_MAXINT, G_MAXINT, G_MININT, G_MININT };

  for (int i = from; i < to; i++)
    {
      span.x0 = MIN (span.x0, row->covered[i] ? row->iu[i] : G_MAXINT);
      span.y0 = MIN (span.y0, row->covered[i] ? row->iv[i] : G_MAXINT);
      span.x1 = MAX (span.x1, row->covered[i] ? row->iu[i] : G_MININT);
      span.y1 = MAX (span.y1, row->covered[i] ? row->iv[i] : G_MININT);
    }
  return span;
}

/* The largest of floats ≥ 1, compared as integers, which have the same order and go through vectors. */
PMT_CLONES static float
largest (const float *values, int from, int to)
{
  gint32 most = 0;
  float  value;

  for (int i = from; i < to; i++)
    {
      gint32 bits;

      memcpy (&bits, values + i, sizeof bits);
      most = MAX (most, bits);
    }
  memcpy (&value, &most, sizeof value);
  return value;
}

/* Source pixels under the kernels of a block of the tile, clipped to the image; empty when nothing is covered. */
static PmtRect
block_box (const Job *job, const Scratch *s, PmtRect block)
{
  Span  span = { G_MAXINT, G_MAXINT, G_MININT, G_MININT };
  float su = 1, sv = 1;
  int   ru, rv;

  for (int y = block.y; y < block.y + block.height; y++)
    {
      const PmtLookup *row = &s->rows[y];
      Span             r = row_span (row, block.x, block.x + block.width);

      span = (Span) { MIN (span.x0, r.x0), MIN (span.y0, r.y0), MAX (span.x1, r.x1), MAX (span.y1, r.y1) };
      su = MAX (su, largest (row->su, block.x, block.x + block.width));
      sv = MAX (sv, largest (row->sv, block.x, block.x + block.width));
    }
  if (span.x0 > span.x1)
    return (PmtRect) { 0, 0, 0, 0 };
  ru = reach (job, su);
  rv = reach (job, sv);
  {
    gint64 x0 = MAX (0, (gint64) span.x0 - MAX (ru - 1, 0)), y0 = MAX (0, (gint64) span.y0 - MAX (rv - 1, 0));
    gint64 x1 = MIN (job->projection.width - 1, (gint64) span.x1 + ru);
    gint64 y1 = MIN (job->projection.height - 1, (gint64) span.y1 + rv);

    return (PmtRect) { (int) x0, (int) y0, (int) (x1 - x0 + 1), (int) (y1 - y0 + 1) };
  }
}

/* -- one pixel, the general way -- */

static void
pixel_support (const Job *job, Scratch *s, const PmtLookup *row, int i)
{
  PmtSupport *k = &s->support;

  _pmt_kernel_support (job->sampler, row->iu[i], row->fu[i], row->su[i], job->projection.width, k->wx, &k->x0, &k->nx);
  _pmt_kernel_support (job->sampler, row->iv[i], row->fv[i], row->sv[i], job->projection.height, k->wy, &k->y0, &k->ny);
}

/* The sum over what data there is. FALSE where there is too little. */
static gboolean
finish_sum (const Job *job, const Scratch *s, float missing, float *out)
{
  float data = 1 - missing;

  if (!(data >= MIN_DATA))
    return FALSE;
  for (int b = 0; b < job->bands; b++)
    out[b] = s->sum[b] / data;
  return TRUE;
}

static gboolean
sum_pixel (const Job *job, Scratch *s, const PmtLookup *row, int i, float *out)
{
  float missing = 0;

  pixel_support (job, s, row, i);
  memset (s->sum, 0, (job->bands + PADDING) * sizeof (float));
  _pmt_sum_support (&s->box, &s->support, s->sum, &missing);
  return finish_sum (job, s, missing, out);
}

/* The same sum, with the box read a strip at a time: for a single pixel that sees more than fits. */
static gboolean
sum_in_strips (const Job *job, Scratch *s, const PmtLookup *row, int i, PmtRect box, float *out, gboolean *covered,
               GError **error)
{
  gsize row_bytes = (gsize) box.width * (job->bands * sizeof (float) + 1);
  int   rows = (int) CLAMP (BOX_BYTES / row_bytes, 1, (gsize) box.height);
  float missing = 0;

  pixel_support (job, s, row, i);
  memset (s->sum, 0, (job->bands + PADDING) * sizeof (float));
  for (int y = 0; y < box.height; y += rows)
    {
      if (!read_box (job, s, (PmtRect) { box.x, box.y + y, box.width, MIN (rows, box.height - y) }, error))
        return FALSE;
      _pmt_sum_support (&s->box, &s->support, s->sum, &missing);
    }
  *covered = finish_sum (job, s, missing, out);
  return TRUE;
}

/* -- rows -- */

/* Divides by alpha; FALSE where there is none. */
static gboolean
divide_by_alpha (const Job *job, float *p)
{
  float a = p[job->alpha];

  if (!(a > MIN_ALPHA))
    return FALSE;
  for (int b = 0; b < job->bands; b++)
    p[b] /= a;
  p[job->alpha] = a > 1 - OPAQUE_SLACK ? job->alpha_max : a * job->alpha_max;
  return TRUE;
}

static void
fill_uncovered (const Job *job, float *p)
{
  for (int b = 0; b < job->bands; b++)
    p[b] = job->alpha >= 0 ? 0 : job->background;
}

/* The kernel over pixels x0 … x0 + nx − 1 and rows y0 …. */
static gboolean
is_hole_free (const PmtSourceBox *box, int x0, int y0, int nx, int ny)
{
  guint8 found = 0;

  for (int y = y0; y < y0 + ny; y++)
    for (int x = x0; x < x0 + nx; x++)
      found |= box->holes[(gsize) (y - box->rect.y) * box->rect.width + (x - box->rect.x)];
  return found == 0;
}

/* How a pixel is summed. */
enum { BY_ITSELF, PLAIN, WIDE };

/* plain[i]: the kernel is neither widened nor cut by the border. */
PMT_CLONES static void
find_plain (const Job *job, const PmtLookup *row, gint32 *plain)
{
  int before = job->radius - 1, after = job->radius;
  int right = job->projection.width - after, bottom = job->projection.height - after;

  for (int i = 0; i < PMT_TILE; i++)
    plain[i] = row->covered[i] & (row->su[i] <= 1) & (row->sv[i] <= 1) & (row->iu[i] >= before)
               & (row->iv[i] >= before) & (row->iu[i] < right) & (row->iv[i] < bottom);
}

/* How far before its own pixel a kernel begins: ⌊R⌋ where it is widened. */
static inline int
wide_radius (const Job *job, float scale)
{
  return scale > 1 ? (int) (job->radius * scale) : job->radius - 1;
}

static gboolean
is_wide (const Job *job, const PmtSourceBox *box, const PmtLookup *row, int i)
{
  float limit = PMT_WIDE_TAPS / 2;
  int   rx, ry;

  if (!row->covered[i] || !(row->su[i] * job->radius < limit && row->sv[i] * job->radius < limit))
    return FALSE;
  rx = wide_radius (job, row->su[i]);
  ry = wide_radius (job, row->sv[i]);
  return row->iu[i] >= rx && row->iv[i] >= ry && row->iu[i] + rx + 1 < job->projection.width
         && row->iv[i] + ry + 1 < job->projection.height
         && (box->holes == NULL || is_hole_free (box, row->iu[i] - rx, row->iv[i] - ry, 2 * rx + 2, 2 * ry + 2));
}

static void
find_ways (const Job *job, const Scratch *s, const PmtLookup *row, int from, int to, guint8 *way)
{
  int    reach_before = job->radius - 1;
  gint32 plain[PMT_TILE];

  find_plain (job, row, plain);
  for (int i = from; i < to; i++)
    {
      gboolean widened = row->su[i] > 1 || row->sv[i] > 1;

      if (plain[i] && s->box.holes != NULL)
        plain[i] = is_hole_free (&s->box, row->iu[i] - reach_before, row->iv[i] - reach_before, 2 * job->radius, 2 * job->radius);
      way[i] = plain[i] ? PLAIN : widened && is_wide (job, &s->box, row, i) ? WIDE : BY_ITSELF;
    }
}

/* Sums the pixels from i on that are summed the same way, and returns the first of the others. */
static int
sum_wide_run (const Job *job, Scratch *s, const PmtLookup *row, const guint8 *way, int i, int to)
{
  int rx = wide_radius (job, row->su[i]), ry = wide_radius (job, row->sv[i]), end = i + 1;

  while (end < to && way[end] == WIDE && wide_radius (job, row->su[end]) == rx && wide_radius (job, row->sv[end]) == ry)
    end++;
  s->wide.rx = rx;
  s->wide.ry = ry;
  _pmt_kernel_wide (job->sampler, row->fu, row->su, rx, s->wide.wx);
  _pmt_kernel_wide (job->sampler, row->fv, row->sv, ry, s->wide.wy);
  _pmt_sum_wide (&s->box, row, &s->wide, i, end, s->line);
  return end;
}

static int
sum_plain_run (const Job *job, Scratch *s, const PmtLookup *row, const guint8 *way, int i, int to, gboolean *have_phases)
{
  int end = i + 1;

  while (end < to && way[end] == PLAIN)
    end++;
  if (!*have_phases)
    {
      _pmt_kernel_phases (job->sampler, row->fu, s->wx);
      _pmt_kernel_phases (job->sampler, row->fv, s->wy);
      *have_phases = TRUE;
    }
  _pmt_sum_run (&s->box, 2 * job->radius, row, s->wx, s->wy, i, end, s->line);
  return end;
}

/* The row's pixels from … to-1 into s->line; covered[i] tells which have a value. */
static void
sum_row (const Job *job, Scratch *s, PmtLookup *row, int from, int to)
{
  guint8   way[PMT_TILE];
  gboolean have_phases = FALSE;

  find_ways (job, s, row, from, to, way);
  for (int i = from; i < to;)
    if (way[i] == PLAIN)
      i = sum_plain_run (job, s, row, way, i, to, &have_phases);
    else if (way[i] == WIDE)
      i = sum_wide_run (job, s, row, way, i, to);
    else
      {
        if (row->covered[i])
          row->covered[i] = sum_pixel (job, s, row, i, s->line + (gsize) i * job->bands);
        i++;
      }
}

/* Copies the pixel itself; alpha is as in the source. */
static void
copy_row (const Job *job, Scratch *s, PmtLookup *row, int from, int to)
{
  for (int i = from; i < to; i++)
    {
      gsize  n = (gsize) (row->iv[i] - s->box.rect.y) * s->box.rect.width + (row->iu[i] - s->box.rect.x);
      float *p = s->box.pixels + n * job->bands;

      if (!row->covered[i])
        continue;
      if ((s->box.holes != NULL && s->box.holes[n] != 0) || (job->alpha >= 0 && !(p[job->alpha] > 0)))
        row->covered[i] = 0;
      else
        memcpy (s->line + (gsize) i * job->bands, p, job->bands * sizeof (float));
    }
}

static gboolean
all_covered (const PmtLookup *row, int from, int to)
{
  gint32 all = 1;

  for (int i = from; i < to; i++)
    all &= row->covered[i];
  return all != 0;
}

/* s->line to the output, for pixels from … to-1 of the tile's row y. */
static void
write_row (const Job *job, Scratch *s, PmtLookup *row, PmtRect tile, int y, int from, int to, gboolean multiplied)
{
  gsize    offset = (gsize) (tile.y + y - job->out.y), column = (gsize) (tile.x - job->out.x);
  gboolean as_it_is = !multiplied && all_covered (row, from, to);

  for (int i = from; i < to && !as_it_is; i++)
    {
      float *p = s->line + (gsize) i * job->bands;

      if (row->covered[i] && multiplied)
        row->covered[i] = divide_by_alpha (job, p);
      if (!row->covered[i])
        fill_uncovered (job, p);
    }
  memcpy (job->dest + offset * job->stride + (column + from) * job->bands, s->line + (gsize) from * job->bands,
          (gsize) (to - from) * job->bands * sizeof (float));
  if (job->coverage != NULL)
    for (int i = from; i < to; i++)
      job->coverage[offset * job->out.width + column + i] = row->covered[i] ? 255 : 0;
}

/* -- tiles -- */

static gboolean render_block (const Job *job, Scratch *s, PmtRect tile, PmtRect block, GError **error);

static gboolean
render_halves (const Job *job, Scratch *s, PmtRect tile, PmtRect block, GError **error)
{
  PmtRect a = block, b = block;

  if (block.width >= block.height)
    {
      a.width /= 2;
      b.x += a.width;
      b.width -= a.width;
    }
  else
    {
      a.height /= 2;
      b.y += a.height;
      b.height -= a.height;
    }
  return render_block (job, s, tile, a, error) && render_block (job, s, tile, b, error);
}

static gboolean
render_huge_pixel (const Job *job, Scratch *s, PmtRect tile, PmtRect block, PmtRect box, GError **error)
{
  PmtLookup *row = &s->rows[block.y];
  gboolean   covered;

  if (!sum_in_strips (job, s, row, block.x, box, s->line + (gsize) block.x * job->bands, &covered, error))
    return FALSE;
  row->covered[block.x] = covered;
  write_row (job, s, row, tile, block.y, block.x, block.x + 1, job->alpha >= 0);
  return TRUE;
}

/* block: a part of the tile, in its coordinates. */
static gboolean
render_block (const Job *job, Scratch *s, PmtRect tile, PmtRect block, GError **error)
{
  PmtRect  box = block_box (job, s, block);
  gboolean copies = job->is_shift || job->sampler == PMT_SAMPLER_NEAREST;
  double   bytes = (double) box.width * box.height * (job->bands * sizeof (float) + 1);

  if (bytes > BOX_BYTES && (block.width > 1 || block.height > 1))
    return render_halves (job, s, tile, block, error);
  if (bytes > BOX_BYTES && !copies)
    return render_huge_pixel (job, s, tile, block, box, error);
  if (!pmt_rect_is_empty (box) && !read_box (job, s, box, error))
    return FALSE;
  for (int y = block.y; y < block.y + block.height; y++)
    {
      PmtLookup *row = &s->rows[y];
      int        from = block.x, to = block.x + block.width;

      if (pmt_rect_is_empty (box))
        memset (row->covered + from, 0, (to - from) * sizeof row->covered[0]);
      else if (copies)
        copy_row (job, s, row, from, to);
      else
        sum_row (job, s, row, from, to);
      write_row (job, s, row, tile, y, from, to, job->alpha >= 0 && !copies);
    }
  return TRUE;
}

static void
shift_row (const Job *job, int x, int y, int width, PmtLookup *row)
{
  gint64 v = (gint64) y + job->shift_y;

  for (int i = 0; i < PMT_TILE; i++)
    {
      gint64 u = (gint64) x + i + job->shift_x;

      row->covered[i] = i < width && u >= 0 && v >= 0 && u < job->projection.width && v < job->projection.height;
      row->iu[i] = row->covered[i] ? (gint32) u : 0;
      row->iv[i] = row->covered[i] ? (gint32) v : 0;
      row->su[i] = row->sv[i] = 1;
    }
}

static gboolean
render_tile (int index, int thread, gpointer data, GError **error)
{
  Job     *job = data;
  int      x = (index % job->tiles_x) * PMT_TILE, y = (index / job->tiles_x) * PMT_TILE;
  PmtRect  tile = { job->out.x + x, job->out.y + y, MIN (PMT_TILE, job->out.width - x),
                    MIN (PMT_TILE, job->out.height - y) };
  Scratch *s = job->scratch[thread];

  if (s == NULL)
    s = job->scratch[thread] = scratch_new (job, error);
  if (s == NULL)
    return FALSE;
  if (!job->is_shift)
    _pmt_projection_tile (&job->projection, &tile, s->rows);
  else
    for (int row = 0; row < tile.height; row++)
      shift_row (job, tile.x, tile.y + row, tile.width, &s->rows[row]);
  return render_block (job, s, tile, (PmtRect) { 0, 0, tile.width, tile.height }, error);
}

/* -- the public entries -- */

static gboolean
check_arguments (PmtSource *source, PmtSampler sampler, const PmtRect *out, GError **error)
{
  if ((guint) sampler >= G_N_ELEMENTS (nicks))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "there is no sampler %d", (int) sampler);
  else if (pmt_rect_is_empty (*out) || (gint64) out->x + out->width > G_MAXINT || (gint64) out->y + out->height > G_MAXINT)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a rectangle %d,%d of %d × %d pixels cannot be rendered",
                 out->x, out->y, out->width, out->height);
  else if (((gint64) out->width + PMT_TILE - 1) / PMT_TILE * (((gint64) out->height + PMT_TILE - 1) / PMT_TILE) > G_MAXINT)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a picture of %d × %d pixels is too large", out->width, out->height);
  else
    return TRUE;
  return FALSE;
}

gboolean
pmt_resample (PmtContext *context, PmtSource *source, const PmtTransform *transform, PmtSampler sampler,
              const PmtRect *out, float background, float *dest, gsize stride, guint8 *coverage, GError **error)
{
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (transform);
  PmtSize                  size = { pmt_source_get_width (source), pmt_source_get_height (source) };
  int                      threads = pmt_context_get_threads (context), tiles_y;
  gboolean                 done;
  Job job = { .source = source, .sampler = sampler, .radius = _pmt_kernel_radius (sampler), .out = *out, .dest = dest,
              .bands = pmt_source_get_bands (source), .alpha = pmt_source_get_alpha (source),
              .alpha_max = (float) pmt_source_get_alpha_max (source), .background = background,
              .stride = stride, .coverage = coverage };

  if (!check_arguments (source, sampler, out, error))
    return FALSE;
  _pmt_projection_init (&job.projection, flat, size, sampler);
  job.is_shift = _pmt_projection_get_shift (&job.projection, &job.shift_x, &job.shift_y);
  job.tiles_x = (out->width + PMT_TILE - 1) / PMT_TILE;
  tiles_y = (out->height + PMT_TILE - 1) / PMT_TILE;
  job.scratch = g_new0 (Scratch *, threads);
  done = pmt_parallel_for (context, job.tiles_x * tiles_y, render_tile, &job, error);
  for (int t = 0; t < threads; t++)
    scratch_free (job.scratch[t]);
  g_free (job.scratch);
  return done;
}

/* Bounds of what a homography without a horizon in `out` reads: lines stay lines, so the corners' images bound it, and
 * |W²·∂u/∂(x,y)| is linear in (x, y), so the largest at a corner over the smallest W² bounds the widening. */
static gboolean
matrix_region (const PmtMatrix3 *matrix, const PmtRect *out, double *x0, double *y0, double *x1, double *y1,
               double *widest_u, double *widest_v)
{
  const double (*m)[3] = matrix->m;
  double least = INFINITY, nu = 0, nv = 0;

  *x0 = *y0 = INFINITY;
  *x1 = *y1 = -INFINITY;
  for (int corner = 0; corner < 4; corner++)
    {
      double x = (double) out->x + (corner & 1 ? out->width - 0.5 : 0.5);
      double y = (double) out->y + (corner & 2 ? out->height - 0.5 : 0.5);
      double w = m[2][0] * x + m[2][1] * y + m[2][2];
      double u = (m[0][0] * x + m[0][1] * y + m[0][2]) / w, v = (m[1][0] * x + m[1][1] * y + m[1][2]) / w;

      if (!(w > 0))
        return FALSE;
      least = fmin (least, w);
      nu = fmax (nu, w * hypot (m[0][0] - u * m[2][0], m[0][1] - u * m[2][1]));
      nv = fmax (nv, w * hypot (m[1][0] - v * m[2][0], m[1][1] - v * m[2][1]));
      *x0 = fmin (*x0, u), *x1 = fmax (*x1, u);
      *y0 = fmin (*y0, v), *y1 = fmax (*y1, v);
    }
  *widest_u = fmax (1, nu / (least * least));
  *widest_v = fmax (1, nv / (least * least));
  return isfinite (*x0) && isfinite (*x1) && isfinite (*y0) && isfinite (*y1);
}

/* The same for any chain, less closely: its box grows from step to step, and stretches multiply. */
static gboolean
chain_region (const PmtTransform *flat, const PmtRect *out, double *x0, double *y0, double *x1, double *y1,
              double *widest_u, double *widest_v)
{
  PmtExtent extent = { out->x + 0.5, out->y + 0.5, (double) out->x + out->width - 0.5,
                       (double) out->y + out->height - 0.5 };
  double    stretch;

  if (!_pmt_transform_reach (flat, &extent, &stretch))
    return FALSE;
  *x0 = extent.x0, *y0 = extent.y0, *x1 = extent.x1, *y1 = extent.y1;
  *widest_u = *widest_v = fmax (1, stretch);
  return TRUE;
}

PmtRect
pmt_resample_source_region (const PmtTransform *transform, PmtSize source, PmtSampler sampler, const PmtRect *out)
{
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (transform);
  PmtRect                  whole = { 0, 0, source.width, source.height }, none = { 0, 0, 0, 0 };
  PmtProjection            projection;
  double                   x0, y0, x1, y1, su, sv, radius = _pmt_kernel_radius (sampler);

  if (pmt_rect_is_empty (*out) || pmt_rect_is_empty (whole))
    return none;
  _pmt_projection_init (&projection, flat, source, sampler);
  if (!(projection.is_matrix ? matrix_region (&projection.matrix, out, &x0, &y0, &x1, &y1, &su, &sv)
                             : chain_region (flat, out, &x0, &y0, &x1, &y1, &su, &sv)))
    return whole;
  if (x1 < -1 || y1 < -1 || x0 > source.width + 1.0 || y0 > source.height + 1.0)
    return none;
  if (sampler == PMT_SAMPLER_NEAREST)
    su = sv = 1;
  x0 = fmax (0, floor (x0 - radius * su - 2));
  y0 = fmax (0, floor (y0 - radius * sv - 2));
  x1 = fmin (source.width, ceil (x1 + radius * su + 2));
  y1 = fmin (source.height, ceil (y1 + radius * sv + 2));
  return (PmtRect) { (int) x0, (int) y0, (int) (x1 - x0), (int) (y1 - y0) };
}
