/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Phase congruency (Kovesi 1999, without his noise model and frequency-spread weight) as a spin-2 field:
 *
 *     e_{o,s} = f ⋆ (log-Gabor of orientation o, scale s), complex
 *     P_o = max(|Σ_s e_{o,s}| − T, 0) / (Σ_s |e_{o,s}| + T/2),   T = 2.5·median over the valid pixels of |e_{o,0}|
 *     z   = Σ_o P_o · exp(2i·π·o/O)
 *
 * One filter: exp(−ln²(ρ·λ_s)/(2 ln² σ)) · (cos(min(O·|φ−φ_o|/2, π)) + 1)/2 · Butterworth low-pass. It answers where
 * the phases of the scales agree, whatever the contrast, so it survives a change of modality; being a spin field it
 * can be turned without computing it again. */
#include <math.h>
#include <string.h>

#include "base/fft-private.h"
#include "base/select-private.h"
#include "feature/field-private.h"
#include "image/filter-private.h"

#define ORIENTATIONS 6
#define SCALES       3
#define SHORTEST     4.0    /* px, the finest scale's wavelength */
#define FACTOR       1.8    /* from one scale's wavelength to the next */
#define SIGMA        0.65   /* bandwidth: the Gaussian's σ over the centre frequency, logarithmic */
#define CUTOFF       0.45   /* cycles a pixel */
#define ORDER        15     /* of the low-pass */
#define PAD          16     /* px of mirrored border so that the ends do not meet */
#define NOISE        2.5f   /* T in medians */
#define REACH        3      /* px the mask is eroded by */

typedef struct { int width, height; float *image; } Spectrum;

/* The image mirrored to a good FFT size (half of the padding mirrors the end, half the beginning), transformed. */
static gboolean
spectrum_init (Spectrum *s, const PmtGrey *grey, GError **error)
{
  int w = grey->value->width, h = grey->value->height;

  s->width = _pmt_fft_good_size (w + PAD);
  s->height = _pmt_fft_good_size (h + PAD);
  s->image = pmt_buffer_new ((gsize) s->width * s->height, 2 * sizeof (float), error);
  if (s->image == NULL)
    return FALSE;
  for (int y = 0; y < s->height; y++)
    for (int x = 0; x < s->width; x++)
      {
        int u = x < w ? x : x < w + (s->width - w) / 2 ? 2 * w - 1 - x : s->width - 1 - x;
        int v = y < h ? y : y < h + (s->height - h) / 2 ? 2 * h - 1 - y : s->height - 1 - y;

        s->image[2 * ((gsize) y * s->width + x)]
          = pmt_plane_row (grey->value, CLAMP (v, 0, h - 1))[CLAMP (u, 0, w - 1)];
      }
  _pmt_fft_2d (s->width, s->height, s->image, PMT_FFT_FORWARD);
  return TRUE;
}

/* What the filters share: the radial part of each scale over the frequency plane, and cos, sin of the direction. */
typedef struct { float *radial[SCALES], *cosine, *sine; float *all; } Filters;

static gboolean
filters_init (Filters *f, int width, int height, GError **error)
{
  gsize n = (gsize) width * height;

  f->all = pmt_buffer_new (n, (SCALES + 2) * sizeof (float), error);
  if (f->all == NULL)
    return FALSE;
  for (int s = 0; s < SCALES; s++)
    f->radial[s] = f->all + s * n;
  f->cosine = f->all + SCALES * n;
  f->sine = f->cosine + n;
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        double fx = (double) (x <= (width - 1) / 2 ? x : x - width) / width;
        double fy = (double) (y <= (height - 1) / 2 ? y : y - height) / height;
        double r = hypot (fx, fy), low = 1 / (1 + pow (r / CUTOFF, 2 * ORDER));
        gsize  i = (gsize) y * width + x;

        if (r == 0)
          continue;
        f->cosine[i] = (float) (fx / r);
        f->sine[i] = (float) (fy / r);
        for (int s = 0; s < SCALES; s++)
          {
            double l = log (r * SHORTEST * pow (FACTOR, s)) / log (SIGMA);

            f->radial[s][i] = (float) (exp (-0.5 * l * l) * low);
          }
      }
  return TRUE;
}

/* The angular spread round the orientation `angle`, over the frequency plane. */
static void
angular_spread (const Filters *f, gsize n, double angle, float *spread)
{
  float ca = (float) cos (angle), sa = (float) sin (angle), norm = 1.f / n;

  for (gsize i = 0; i < n; i++)
    {
      float dc = f->cosine[i] * ca + f->sine[i] * sa;

      spread[i] = 0;
      if (dc > 0.5f)   /* |φ − φ_o| < π/3 = 2π/O: beyond, the spread is 0 */
        spread[i] = 0.5f * norm * (1 + cosf (MIN (acosf (MIN (dc, 1.f)) * (ORIENTATIONS / 2), (float) G_PI)));
    }
}

static float
median_magnitude (const float *e, int stride, const PmtPlane *mask)
{
  g_autofree float *v = g_new (float, (gsize) mask->width * mask->height);
  gsize             n = 0;

  for (int y = 0; y < mask->height; y++)
    for (int x = 0; x < mask->width; x++)
      if (pmt_plane_row (mask, y)[x] > 0)
        {
          const float *p = e + 2 * ((gsize) y * stride + x);

          v[n++] = hypotf (p[0], p[1]);
        }
  return _pmt_median_float (v, (int) n);
}

/* Adds one orientation's P·exp(2i·angle) to the field. */
static void
add_orientation (PmtField *field, int stride, float *const responses[SCALES], double angle)
{
  float threshold = NOISE * median_magnitude (responses[0], stride, field->mask);
  float c = (float) cos (2 * angle), sn = (float) sin (2 * angle);

  for (int y = 0; y < field->height; y++)
    {
      const float *m = pmt_plane_row (field->mask, y);
      float       *z = field->data[0] + 2 * (gsize) y * field->width;

      for (int x = 0; x < field->width; x++)
        {
          gsize i = 2 * ((gsize) y * stride + x);
          float re = 0, im = 0, sum = 0;

          for (int k = 0; k < SCALES; k++)
            {
              const float *e = responses[k] + i;

              re += e[0];
              im += e[1];
              sum += sqrtf (e[0] * e[0] + e[1] * e[1]);
            }
          float p = m[x] * MAX (sqrtf (re * re + im * im) - threshold, 0) / (sum + 1e-3f + 0.5f * threshold);

          z[2 * x] += p * c;
          z[2 * x + 1] += p * sn;
        }
    }
}

PmtField *
_pmt_phase_congruency (const PmtGrey *grey, GError **error)
{
  g_autoptr (PmtField) field = _pmt_field_new (grey->value->width, grey->value->height, 1, error);
  Spectrum             s = { 0 };
  Filters              f = { 0 };
  float               *responses[SCALES] = { 0 }, *spread = NULL;
  gboolean             ok = field != NULL && _pmt_mask_erode (grey->mask, REACH, TRUE, field->mask, error)
                            && spectrum_init (&s, grey, error) && filters_init (&f, s.width, s.height, error);
  gsize                n = (gsize) s.width * s.height;

  ok = ok && (spread = pmt_buffer_new (n, sizeof (float), error)) != NULL;
  for (int k = 0; ok && k < SCALES; k++)
    ok = (responses[k] = pmt_buffer_new (n, 2 * sizeof (float), error)) != NULL;
  for (int o = 0; ok && o < ORIENTATIONS; o++)
    {
      angular_spread (&f, n, o * G_PI / ORIENTATIONS, spread);
      for (int k = 0; k < SCALES; k++)
        {
          for (gsize i = 0; i < n; i++)
            {
              float weight = spread[i] * f.radial[k][i];

              responses[k][2 * i] = weight * s.image[2 * i];
              responses[k][2 * i + 1] = weight * s.image[2 * i + 1];
            }
          _pmt_fft_2d (s.width, s.height, responses[k], PMT_FFT_INVERSE);
        }
      add_orientation (field, s.width, responses, o * G_PI / ORIENTATIONS);
    }
  if (field != NULL)
    field->spin[0] = 2;
  for (int k = 0; k < SCALES; k++)
    pmt_buffer_free (responses[k]);
  pmt_buffer_free (spread);
  pmt_buffer_free (s.image);
  pmt_buffer_free (f.all);
  return ok ? g_steal_pointer (&field) : NULL;
}
