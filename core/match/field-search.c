/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Brute-force search over rotation × scale on small overviews, every shift at once.
 *
 * With complex fields z_A, z_B (0 where invalid) and masks m, after Padfield (2012), for every shift d
 *
 *     S(d) = Re Σ z_A* (x) z_B(x+d) / √( Σ |z_A|²(x) m_B(x+d) · Σ m_A(x) |z_B|²(x+d) ),    T = S·√n(d)
 *
 * n(d) = Σ m_A(x) m_B(x+d) is the overlap in pixels; √n turns the correlation into a significance, so that a small
 * overlap must agree better. |z|² and m share one complex transform, and so do the numerator with n and the two
 * energies: four transforms a hypothesis. The fields are computed once a scale and turned as fields.
 *
 * z is the direction of gradients in the overview, and in the image twice as fine, averaged as a field: thin lines, which
 * are gone from the overview, still say where they run. */
#include <complex.h>
#include <math.h>
#include <string.h>

#include "base/fft-private.h"
#include "base/parallel.h"
#include "feature/field-private.h"
#include "image/squeeze-private.h"
#include "match/pose-private.h"

#define FINER       2        /* times: the finer image */
#define WEIGHT      2        /* of what it says, against the overview itself */
#define PEAKS       2
#define SUPPRESS    6        /* px round a peak within which no second one is taken */
#define MIN_ENERGY  0.01f    /* of the largest: below, the ratio is noise */

typedef struct
{
  PmtField  *fixed, *moving;
  PmtMatrix3 fixed_level, moving_level;   /* image px → overview px */
  int        width, height;               /* of the transforms: no wrap-around for any angle */
  float     *field_spectrum, *energy_spectrum;   /* of fixed: z, and |z|² + i·m */
  double     fixed_valid, moving_valid;   /* px */
  double     scale;
} Scale;

typedef struct
{
  PmtContext           *context;
  PmtPyramid           *fixed, *moving;
  const PmtSearchRange *range;
  Scale                *scale;
  PmtPose              *found;            /* PEAKS a hypothesis */
} Search;

/* -- overviews and their fields -- */

/* Adds the first channel of a field FINER times finer, averaged, where at least half of its pixels are valid. */
static void
add_pooled (const PmtField *fine, PmtField *field)
{
  int width = MIN (field->width, fine->width / FINER), height = MIN (field->height, fine->height / FINER);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        float re = 0, im = 0, valid = 0, *out = field->data[0] + 2 * ((gsize) y * field->width + x);

        for (int v = y * FINER; v < (y + 1) * FINER; v++)
          for (int u = x * FINER; u < (x + 1) * FINER; u++)
            {
              const float *in = fine->data[0] + 2 * ((gsize) v * fine->width + u);

              re += in[0], im += in[1];
              valid += pmt_plane_row (fine->mask, v)[u];
            }
        if (2 * valid < FINER * FINER || !(pmt_plane_row (field->mask, y)[x] > 0))
          continue;
        out[0] += WEIGHT * re / valid;
        out[1] += WEIGHT * im / valid;
      }
}

/* The image at width × height, squeezed if that is asked for; *to_level: image px → its px. */
static PmtGrey *
overview (PmtPyramid *image, int width, int height, const PmtSqueeze *squeeze, PmtMatrix3 *to_level, GError **error)
{
  PmtBox              all = { 0, 0, image->width, image->height };
  g_autoptr (PmtGrey) grey = _pmt_pyramid_read (NULL, image, &all, width, height, error);
  PmtMatrix3          matrix;
  PmtGrey            *squeezed;

  *to_level = pmt_matrix3_scaling ((double) width / image->width, (double) height / image->height);
  if (grey == NULL || squeeze == NULL)
    return g_steal_pointer (&grey);
  squeezed = _pmt_grey_squeeze (NULL, grey, squeeze->tilt, squeeze->angle, &matrix, error);
  *to_level = pmt_matrix3_then (to_level, &matrix);
  return squeezed;
}

static PmtField *
overview_field (PmtPyramid *image, double scale, const PmtSqueeze *squeeze, PmtMatrix3 *to_level, GError **error)
{
  int                  width = MAX ((int) lround (image->width * scale), 8);
  int                  height = MAX ((int) lround (image->height * scale), 8);
  PmtMatrix3           to_finer;
  g_autoptr (PmtGrey)  grey = overview (image, width, height, squeeze, to_level, error);
  g_autoptr (PmtGrey)  finer = grey ? overview (image, FINER * width, FINER * height, squeeze, &to_finer, error) : NULL;
  g_autoptr (PmtField) fine = finer != NULL ? _pmt_gradient_direction (finer, error) : NULL;
  PmtField            *field = fine != NULL ? _pmt_gradient_direction (grey, error) : NULL;

  if (field != NULL)
    add_pooled (fine, field);
  return field;
}

/* The canvas that a width × height image needs when turned by `angle`, and the map onto it. */
static PmtMatrix3
turn (int width, int height, double angle, int *out_width, int *out_height)
{
  double c = cos (angle), s = sin (angle);
  double x0 = MIN (0, c * width) + MIN (0, -s * height), x1 = MAX (0, c * width) + MAX (0, -s * height);
  double y0 = MIN (0, s * width) + MIN (0, c * height), y1 = MAX (0, s * width) + MAX (0, c * height);

  *out_width = (int) ceil (x1 - x0 - 1e-6);
  *out_height = (int) ceil (y1 - y0 - 1e-6);
  return (PmtMatrix3) { { { c, -s, -x0 }, { s, c, -y0 }, { 0, 0, 1 } } };
}

/* Where hypothesis `angle` puts the moving overview: on the smallest canvas that holds all of it, or, for a search
 * round a pose, into the fixed overview's frame with `reach` px around it, the pose's centre in place. */
static PmtMatrix3
canvas_for (const Search *search, const Scale *s, double angle, int *width, int *height)
{
  PmtMatrix3 canvas = turn (s->moving->width, s->moving->height, angle, width, height);
  PmtPoint   from, to;
  PmtOverlap overlap;
  PmtSize    fixed = { search->fixed->width, search->fixed->height };
  PmtSize    moving = { search->moving->width, search->moving->height };

  if (search->range->around == NULL)
    return canvas;
  *width = s->fixed->width + 2 * search->range->reach;
  *height = s->fixed->height + 2 * search->range->reach;
  to = (PmtPoint) { fixed.width / 2.0, fixed.height / 2.0 };
  if (_pmt_pose_overlap (search->range->around, fixed, moving, &overlap))
    to = (PmtPoint) { overlap.box.x + overlap.box.width / 2, overlap.box.y + overlap.box.height / 2 };
  from = pmt_matrix3_map (search->range->around, to);
  from = pmt_matrix3_map (&canvas, pmt_matrix3_map (&s->moving_level, from));
  to = pmt_matrix3_map (&s->fixed_level, to);
  canvas.m[0][2] += to.x + search->range->reach - from.x;
  canvas.m[1][2] += to.y + search->range->reach - from.y;
  return canvas;
}

static double
count_valid (const PmtField *field)
{
  double n = 0;

  for (int y = 0; y < field->height; y++)
    for (int x = 0; x < field->width; x++)
      n += pmt_plane_row (field->mask, y)[x];
  return n;
}

/* z into `z`, |z|² + i·m into `energy`, both zero-padded to width × height. */
static void
place (const PmtField *field, int width, int height, float *z, float *energy)
{
  memset (z, 0, (gsize) width * height * 2 * sizeof *z);
  memset (energy, 0, (gsize) width * height * 2 * sizeof *energy);
  for (int y = 0; y < field->height; y++)
    {
      const float *in = field->data[0] + 2 * (gsize) y * field->width, *m = pmt_plane_row (field->mask, y);
      float       *e = energy + 2 * (gsize) y * width;

      memcpy (z + 2 * (gsize) y * width, in, 2 * field->width * sizeof *z);
      for (int x = 0; x < field->width; x++)
        {
          e[2 * x] = in[2 * x] * in[2 * x] + in[2 * x + 1] * in[2 * x + 1];
          e[2 * x + 1] = m[x];
        }
    }
}

static gboolean
prepare_scale (int index, int thread, gpointer data, GError **error)
{
  Search *search = data;
  Scale  *s = &search->scale[index];
  double  scale = search->range->scale[index];
  double  fixed = search->range->size / sqrt ((double) search->fixed->width * search->fixed->height);
  double  moving = search->range->size / sqrt ((double) search->moving->width * search->moving->height);
  int     width = 0, height = 0;
  gsize   n;
  gboolean          of_moving = search->range->squeeze.of_moving;
  const PmtSqueeze *squeeze = search->range->squeeze.tilt > 1 ? &search->range->squeeze : NULL;

  s->scale = scale;      /* never enlarge: shrink the other image instead */
  s->fixed = overview_field (search->fixed, fixed * MIN (1, scale), of_moving ? NULL : squeeze, &s->fixed_level, error);
  if (s->fixed == NULL)
    return FALSE;
  s->moving = overview_field (search->moving, moving * MIN (1, 1 / scale), of_moving ? squeeze : NULL, &s->moving_level, error);
  if (s->moving == NULL)
    return FALSE;
  for (int a = 0; a < search->range->angles; a++)
    {
      int w, h;

      canvas_for (search, s, search->range->angle[a], &w, &h);
      width = MAX (width, w);
      height = MAX (height, h);
    }
  s->width = _pmt_fft_good_size (search->range->around ? width : s->fixed->width + width);
  s->height = _pmt_fft_good_size (search->range->around ? height : s->fixed->height + height);
  n = (gsize) s->width * s->height;
  s->field_spectrum = pmt_buffer_new (2 * n, 2 * sizeof (float), error);
  if (s->field_spectrum == NULL)
    return FALSE;
  s->energy_spectrum = s->field_spectrum + 2 * n;
  place (s->fixed, s->width, s->height, s->field_spectrum, s->energy_spectrum);
  _pmt_fft_2d (s->width, s->height, s->field_spectrum, PMT_FFT_FORWARD);
  _pmt_fft_2d (s->width, s->height, s->energy_spectrum, PMT_FFT_FORWARD);
  s->fixed_valid = count_valid (s->fixed);
  s->moving_valid = count_valid (s->moving);
  return TRUE;
}

static void
clear_scale (Scale *s)
{
  _pmt_field_free (s->fixed);
  _pmt_field_free (s->moving);
  pmt_buffer_free (s->field_spectrum);
}

/* -- one hypothesis -- */

/* The moving field turned by `angle` onto its canvas, bilinear, straight into the padded planes. */
static void
place_turned (const PmtField *field, const PmtMatrix3 *canvas, int cw, int ch, double angle, int width, int height,
              float *z, float *energy)
{
  PmtMatrix3 back;
  float      c = (float) cos (field->spin[0] * angle), s = (float) sin (field->spin[0] * angle);

  pmt_matrix3_invert (canvas, &back);
  memset (z, 0, (gsize) width * height * 2 * sizeof *z);
  memset (energy, 0, (gsize) width * height * 2 * sizeof *energy);
  for (int y = 0; y < ch; y++)
    for (int x = 0; x < cw; x++)
      {
        double u = back.m[0][0] * (x + 0.5) + back.m[0][1] * (y + 0.5) + back.m[0][2] - 0.5;
        double v = back.m[1][0] * (x + 0.5) + back.m[1][1] * (y + 0.5) + back.m[1][2] - 0.5;
        int    i = (int) floor (u), j = (int) floor (v);

        if (i < 0 || j < 0 || i + 1 >= field->width || j + 1 >= field->height)
          continue;
        const float *m0 = pmt_plane_row (field->mask, j) + i, *m1 = pmt_plane_row (field->mask, j + 1) + i;
        if (!(m0[0] + m0[1] + m1[0] + m1[1] > 3.9f))
          continue;
        float        fx = (float) (u - i), fy = (float) (v - j);
        const float *p = field->data[0] + 2 * ((gsize) j * field->width + i), *q = p + 2 * field->width;
        float re = (1 - fy) * ((1 - fx) * p[0] + fx * p[2]) + fy * ((1 - fx) * q[0] + fx * q[2]);
        float im = (1 - fy) * ((1 - fx) * p[1] + fx * p[3]) + fy * ((1 - fx) * q[1] + fx * q[3]);
        gsize k = 2 * ((gsize) y * width + x);

        z[k] = re * c - im * s;
        z[k + 1] = re * s + im * c;
        energy[k] = re * re + im * im;
        energy[k + 1] = 1;
      }
}

/* z / 2i, which C99's division would take the long way round for. */
static inline float _Complex
half_by_i (float _Complex z)
{
  return CMPLXF (0.5f * cimagf (z), -0.5f * crealf (z));
}

/* From the four spectra to two packed ones, in place of the moving image's: z becomes numerator + i·overlap, energy
 * becomes (fixed energy) + i·(moving energy), as spectra of real images each. */
static void
multiply_spectra (const Scale *s, float *z, float *energy)
{
  int w = s->width, h = s->height;

  for (int y = 0; y <= h / 2; y++)
    for (int x = 0; x < w; x++)
      {
        int   my = (h - y) % h, mx = (w - x) % w;
        gsize k = (gsize) y * w + x, l = (gsize) my * w + mx;

        if (l < k)
          continue;      /* done with its mirror */
        float _Complex za = ((const float _Complex *) s->field_spectrum)[k];
        float _Complex za_ = ((const float _Complex *) s->field_spectrum)[l];
        float _Complex pa = ((const float _Complex *) s->energy_spectrum)[k];
        float _Complex pa_ = ((const float _Complex *) s->energy_spectrum)[l];
        float _Complex zb = ((float _Complex *) z)[k], zb_ = ((float _Complex *) z)[l];
        float _Complex pb = ((float _Complex *) energy)[k], pb_ = ((float _Complex *) energy)[l];

        float _Complex ea = (pa + conjf (pa_)) / 2, ma = half_by_i (pa - conjf (pa_));
        float _Complex eb = (pb + conjf (pb_)) / 2, mb = half_by_i (pb - conjf (pb_));
        float _Complex numerator = (conjf (za) * zb + za_ * conjf (zb_)) / 2;   /* of the real part */
        float _Complex overlap = conjf (ma) * mb;
        float _Complex fixed_energy = conjf (ea) * mb, moving_energy = conjf (ma) * eb;

        ((float _Complex *) z)[k] = numerator + 1i * overlap;
        ((float _Complex *) z)[l] = conjf (numerator) + 1i * conjf (overlap);
        ((float _Complex *) energy)[k] = fixed_energy + 1i * moving_energy;
        ((float _Complex *) energy)[l] = conjf (fixed_energy) + 1i * conjf (moving_energy);
      }
}

/* The significance T for every shift, in the real parts of z. */
static void
significance (const Scale *s, double min_overlap, float *z, const float *energy)
{
  gsize n = (gsize) s->width * s->height;
  float norm = 1.f / n, least = (float) (min_overlap * MIN (s->fixed_valid, s->moving_valid)) + 1;
  float largest_fixed = 0, largest_moving = 0;

  for (gsize i = 0; i < n; i++)
    {
      largest_fixed = MAX (largest_fixed, energy[2 * i]);
      largest_moving = MAX (largest_moving, energy[2 * i + 1]);
    }
  for (gsize i = 0; i < n; i++)
    {
      float overlap = z[2 * i + 1] * norm, fixed = energy[2 * i], moving = energy[2 * i + 1];

      if (overlap > least && fixed > MIN_ENERGY * largest_fixed && moving > MIN_ENERGY * largest_moving)
        z[2 * i] = z[2 * i] / sqrtf (fixed * moving) * sqrtf (overlap);
      else
        z[2 * i] = -1;
    }
}

static void
take_peaks (const Search *search, const Scale *s, const PmtMatrix3 *canvas, double angle, float *z, PmtPose *found)
{
  PmtMatrix3 moving_back, canvas_back;

  pmt_matrix3_invert (&s->moving_level, &moving_back);
  pmt_matrix3_invert (canvas, &canvas_back);
  for (int p = 0; p < PEAKS; p++)
    {
      gsize best = 0, n = (gsize) s->width * s->height;

      for (gsize i = 1; i < n; i++)
        if (z[2 * i] > z[2 * best])
          best = i;
      found[p].score = z[2 * best];
      if (!(found[p].score > 0))
        return;
      int        x = (int) (best % s->width), y = (int) (best / s->width);
      PmtMatrix3 shift = pmt_matrix3_translation (x < s->width - s->fixed->width ? x : x - s->width,
                                                  y < s->height - s->fixed->height ? y : y - s->height);
      PmtMatrix3 m = pmt_matrix3_then (&s->fixed_level, &shift);

      m = pmt_matrix3_then (&m, &canvas_back);
      found[p].matrix = pmt_matrix3_then (&m, &moving_back);
      found[p].angle = angle;
      found[p].scale = s->scale;
      found[p].squeeze = search->range->squeeze;
      found[p].proposer = search->range->proposer;
      for (int v = y - SUPPRESS; v <= y + SUPPRESS; v++)
        for (int u = x - SUPPRESS; u <= x + SUPPRESS; u++)
          z[2 * ((gsize) ((v + s->height) % s->height) * s->width + (u + s->width) % s->width)] = -9;
    }
}

static gboolean
try_hypothesis (int index, int thread, gpointer data, GError **error)
{
  Search    *search = data;
  Scale     *s = &search->scale[index / search->range->angles];
  double     angle = search->range->angle[index % search->range->angles];
  gsize      n = (gsize) s->width * s->height;
  float     *z = pmt_buffer_new (2 * n, 2 * sizeof (float), error), *energy = z + 2 * n;
  PmtMatrix3 canvas;
  int        cw, ch;

  if (z == NULL)
    return FALSE;
  canvas = canvas_for (search, s, angle, &cw, &ch);
  place_turned (s->moving, &canvas, cw, ch, angle, s->width, s->height, z, energy);
  _pmt_fft_2d (s->width, s->height, z, PMT_FFT_FORWARD);
  _pmt_fft_2d (s->width, s->height, energy, PMT_FFT_FORWARD);
  multiply_spectra (s, z, energy);
  _pmt_fft_2d (s->width, s->height, z, PMT_FFT_INVERSE);
  _pmt_fft_2d (s->width, s->height, energy, PMT_FFT_INVERSE);
  significance (s, search->range->min_overlap, z, energy);
  take_peaks (search, s, &canvas, angle, z, search->found + (gsize) index * PEAKS);
  pmt_buffer_free (z);
  return TRUE;
}

gboolean
_pmt_field_search (PmtContext *context, PmtPyramid *fixed, PmtPyramid *moving, const PmtSearchRange *range,
                   GArray *poses, GError **error)
{
  int                  count = range->angles * range->scales;
  g_autofree Scale    *scales = g_new0 (Scale, range->scales);
  g_autofree PmtPose  *found = g_new0 (PmtPose, (gsize) count * PEAKS);
  Search               search = { context, fixed, moving, range, scales, found };
  gboolean             ok = pmt_parallel_for (context, range->scales, prepare_scale, &search, error)
                            && pmt_parallel_for (context, count, try_hypothesis, &search, error);

  for (int k = 0; k < range->scales; k++)
    clear_scale (&scales[k]);
  for (int k = 0; ok && k < count * PEAKS; k++)
    if (found[k].score > 0)
      g_array_append_val (poses, found[k]);
  return ok;
}
