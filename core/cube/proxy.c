/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One picture of a cube, to register by: Σ w(b)·(x(b) − m(b)), over the bands with data, times Σ|w| over the sum of theirs. Means and bands
 * have m = 0; principal components have m = the mean of a grid of pixels. */
#include "cube/cube-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "image/source-vips.h"

#define STRIP_VALUES   (4 << 20)       /* read at a time by a thread */
#define SAMPLES        16384           /* pixels for principal components … */
#define SAMPLE_VALUES  (32 << 20)      /* … or fewer, of many bands */
#define COMPONENTS     8

typedef struct
{
  PmtCube      *cube;
  PmtPlane     *plane;
  const double *weight, *mean;       /* of each band */
  double        total;               /* Σ |weight| */
  int           rows;                /* of a strip */
} Blend;

/* Adds a band's values to the strip's sums. */
static void
add_band (const Blend *blend, int band, const guint8 *values, gsize step, gsize n, double *reals, double *sum, double *weight)
{
  double w = blend->weight[band], m = blend->mean[band], size = fabs (w);

  _pmt_cube_to_double (blend->cube->type, values, step, n, blend->cube->has_ignore ? &blend->cube->ignore : NULL, reals);
  for (gsize i = 0; i < n; i++)
    if (isfinite (reals[i]))
      {
        sum[i] += w * (reals[i] - m);
        weight[i] += size;
      }
}

static gboolean
blend_strip (int index, int thread, gpointer data, GError **error)
{
  const Blend       *blend = data;
  PmtCube           *cube = blend->cube;
  PmtRect            rect = { 0, index * blend->rows, cube->size.width, MIN (blend->rows, cube->size.height - index * blend->rows) };
  gsize              n = (gsize) rect.width * (gsize) rect.height, size = _pmt_cube_type_size (cube->type);
  gsize              deep = cube->interleaved ? (gsize) cube->bands : 1;
  g_autofree guint8 *values = g_try_malloc (n * deep * size);
  g_autofree double *reals = g_try_new0 (double, 3 * n);
  double            *sum = reals + n, *weight = reals + 2 * n;

  if (values == NULL || reals == NULL)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_MEMORY, "not enough memory for a picture of the cube");
      return FALSE;
    }
  if (cube->interleaved && !_pmt_cube_read (cube, 0, &rect, values, error))
    return FALSE;
  for (int band = 0; band < cube->bands; band++)
    {
      if (blend->weight[band] == 0)
        continue;
      if (!cube->interleaved && !_pmt_cube_read (cube, band, &rect, values, error))
        return FALSE;
      add_band (blend, band, cube->interleaved ? values + (gsize) band * size : values, deep, n, reals, sum, weight);
    }
  for (gsize i = 0; i < n; i++)
    {
      int x = (int) (i % (gsize) rect.width), y = rect.y + (int) (i / (gsize) rect.width);

      pmt_plane_row (blend->plane, y)[x] = weight[i] > 0 ? (float) (sum[i] * blend->total / weight[i]) : NAN;
    }
  return TRUE;
}

static PmtPlane *
blend_bands (PmtContext *context, PmtCube *cube, const double *weight, const double *mean, GError **error)
{
  g_autoptr (PmtPlane) plane = pmt_plane_new_unset (cube->size.width, cube->size.height, error);
  gsize                deep = cube->interleaved ? (gsize) cube->bands : 1;
  Blend                blend = { cube, plane, weight, mean, 0, 1 };

  if (plane == NULL)
    return NULL;
  for (int b = 0; b < cube->bands; b++)
    blend.total += fabs (weight[b]);
  blend.rows = (int) CLAMP (STRIP_VALUES / ((gsize) cube->size.width * deep), 1, (gsize) cube->size.height);
  if (cube->whole_planes)
    blend.rows = cube->size.height;
  else if (blend.rows > cube->size.height / 4)
    blend.rows = MAX (1, cube->size.height / 4);
  return pmt_parallel_for (context, (cube->size.height + blend.rows - 1) / blend.rows, blend_strip, &blend, error)
         ? g_steal_pointer (&plane) : NULL;
}

/* -- principal components -- */

/* A grid of pixels, all bands of each; *n of them, missing values NaN. */
static float *
sample_pixels (PmtContext *context, PmtCube *cube, int *n, GError **error)
{
  int                w = cube->size.width, h = cube->size.height, bands = cube->bands;
  int                most = (int) CLAMP (SAMPLE_VALUES / bands, 16, SAMPLES);
  int                step = MAX (1, (int) ceil (sqrt ((double) w * h / most))), columns = (w + step - 1) / step;
  gsize              deep = cube->interleaved ? (gsize) bands : 1, size = _pmt_cube_type_size (cube->type);
  gboolean           planes = cube->whole_planes;
  gsize              lines = planes ? (gsize) h : 1;
  int                first = MIN (step / 2, h - 1), rows = 1 + (h - 1 - first) / step;
  g_autofree guint8 *values = g_try_malloc ((gsize) w * lines * deep * size);
  g_autofree float  *samples = g_try_new (float, (gsize) columns * (gsize) rows * (gsize) bands);
  const double      *ignore = cube->has_ignore ? &cube->ignore : NULL;

  if (values == NULL || samples == NULL)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_MEMORY, "not enough memory for principal components");
      return NULL;
    }
  *n = columns * rows;
  for (int band = 0; band < bands; band += (int) deep)
    for (int row = 0; row < rows; row++)
      {
        int     y = first + row * step;
        PmtRect rect = planes ? (PmtRect) { 0, 0, w, h } : (PmtRect) { 0, y, w, 1 };

        if (!pmt_context_check (context, error) || ((!planes || row == 0) && !_pmt_cube_read (cube, band, &rect, values, error)))
          return NULL;
        for (int column = 0; column < columns; column++)
          for (gsize b = 0; b < deep; b++)
            {
              gsize  at = (planes ? (gsize) y * (gsize) w : 0) + (gsize) MIN (w - 1, column * step + step / 2);
              double value;

              _pmt_cube_to_double (cube->type, values + (at * deep + b) * size, 1, 1, ignore, &value);
              samples[((gsize) row * (gsize) columns + (gsize) column) * (gsize) bands + (gsize) band + b] = (float) value;
            }
      }
  return g_steal_pointer (&samples);
}

/* Each band's mean is taken off; what is missing becomes it. */
static void
centre (float *samples, int n, int bands, double *mean)
{
  for (int b = 0; b < bands; b++)
    {
      double sum = 0;
      int    count = 0;

      for (int i = 0; i < n; i++)
        {
          float v = samples[(gsize) i * (gsize) bands + (gsize) b];

          sum += isfinite (v) ? v : 0;
          count += isfinite (v) ? 1 : 0;
        }
      mean[b] = count > 0 ? sum / count : 0;
      for (int i = 0; i < n; i++)
        {
          float *v = &samples[(gsize) i * (gsize) bands + (gsize) b];

          *v = isfinite (*v) ? (float) (*v - mean[b]) : 0;
        }
    }
}

static gboolean
weigh_by_component (PmtContext *context, PmtCube *cube, int k, double *weight, double *mean, GError **error)
{
  int               n;
  g_autofree float *samples = sample_pixels (context, cube, &n, error);

  if (samples == NULL)
    return FALSE;
  centre (samples, n, cube->bands, mean);
  return _pmt_leading_component (context, samples, n, cube->bands, k, weight, error);
}

/* -- words -- */

static gboolean G_GNUC_PRINTF (2, 3)
refuse (GError **error, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *words = NULL;

  va_start (arguments, format);
  words = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, words);
  return FALSE;
}

/* "A-B", or "A" where single. */
static gboolean
read_range (const char *text, gboolean single, double *low, double *high)
{
  char *end;

  *low = *high = g_ascii_strtod (text, &end);
  if (end != text && !single && *end == '-')
    {
      text = end + 1;
      *high = g_ascii_strtod (text, &end);
    }
  return end != text && *end == '\0' && isfinite (*low) && isfinite (*high) && *low <= *high;
}

static gboolean
weigh_bands (const PmtCube *cube, const char *words, gboolean single, double *weight, GError **error)
{
  double low, high;

  if (!read_range (strchr (words, ':') + 1, single, &low, &high) || low < 1 || high > cube->bands || low != floor (low)
      || high != floor (high))
    return refuse (error, "“%s”: “%s” has the bands 1 to %d", words, cube->path, cube->bands);
  for (int b = (int) low - 1; b < (int) high; b++)
    weight[b] = 1 / (high - low + 1);
  return TRUE;
}

static gboolean
weigh_wavelengths (const PmtCube *cube, const char *words, gboolean single, double *weight, GError **error)
{
  const char    *field = _pmt_fields_get (cube->fields, "wavelength");
  g_auto (GStrv) list = field != NULL ? _pmt_fields_list (field) : NULL;
  double         low, high, nearest = INFINITY;
  int            chosen = -1, n = 0;

  if (list == NULL)
    return refuse (error, "“%s”: “%s” does not tell its wavelengths", words, cube->path);
  if ((int) g_strv_length (list) != cube->bands)
    return refuse (error, "“%s”: the field “wavelength” lists %u of %d bands", cube->files[0], g_strv_length (list), cube->bands);
  if (!read_range (strchr (words, ':') + 1, single, &low, &high))
    return refuse (error, "“%s” is no wavelength%s", words, single ? "" : "s, as in “wavelengths:900-1000”");
  for (int b = 0; b < cube->bands; b++)
    {
      char  *end;
      double w = g_ascii_strtod (list[b], &end);

      if (end == list[b] || *end != '\0')
        return refuse (error, "“%s”: the field “wavelength” says “%.40s” of band %d", cube->files[0], list[b], b + 1);
      if (fabs (w - low) < nearest)
        {
          nearest = fabs (w - low);
          chosen = b;
        }
      if (!single && w >= low && w <= high)
        {
          weight[b] = 1;
          n++;
        }
    }
  if (single && chosen >= 0)
    weight[chosen] = 1;
  for (int b = 0; b < cube->bands && n > 0; b++)
    weight[b] /= n;
  return single ? chosen >= 0 : n > 0 || refuse (error, "“%s”: “%s” has no band within", words, cube->path);
}

/* Weights for the words; *known FALSE where they are none of this list. */
static gboolean
weigh (PmtContext *context, PmtCube *cube, const char *words, double *weight, double *mean, gboolean *known, GError **error)
{
  double low, high;

  *known = TRUE;
  if (g_str_equal (words, "mean"))
    {
      for (int b = 0; b < cube->bands; b++)
        weight[b] = 1.0 / cube->bands;
      return TRUE;
    }
  if (g_str_has_prefix (words, "band:") || g_str_has_prefix (words, "bands:"))
    return weigh_bands (cube, words, words[4] == ':', weight, error);
  if (g_str_has_prefix (words, "wavelength:") || g_str_has_prefix (words, "wavelengths:"))
    return weigh_wavelengths (cube, words, words[10] == ':', weight, error);
  if (g_str_equal (words, "pca"))
    return weigh_by_component (context, cube, 0, weight, mean, error);
  if (g_str_has_prefix (words, "pca:"))
    {
      if (!read_range (words + 4, TRUE, &low, &high) || low != floor (low) || low < 1 || low > MIN (COMPONENTS, cube->bands))
        return refuse (error, "“%s”: components are counted from 1 to %d", words, MIN (COMPONENTS, cube->bands));
      return weigh_by_component (context, cube, (int) low - 1, weight, mean, error);
    }
  *known = FALSE;
  return TRUE;
}

/* Another file of the same frame. */
static PmtPlane *
read_file (PmtContext *context, const PmtCube *cube, const char *path, GError **error)
{
  g_autoptr (PmtCube) map = pmt_cube_open (path, error);

  if (map == NULL)
    {
      g_prefix_error (error, "“%s” is neither mean, band:N, bands:A-B, wavelength:W, wavelengths:A-B, pca, pca:K nor an image: ", path);
      return NULL;
    }
  if (map->size.width != cube->size.width || map->size.height != cube->size.height)
    {
      refuse (error, "“%s” has %d × %d pixels, and the cube “%s” %d × %d: a map of it has as many", path, map->size.width,
              map->size.height, cube->path, cube->size.width, cube->size.height);
      return NULL;
    }
  return pmt_cube_proxy (context, map, pmt_cube_is_envi (path) ? "mean" : "band:1", error);
}

PmtPlane *
pmt_cube_proxy (PmtContext *context, PmtCube *cube, const char *words, GError **error)
{
  g_autofree double *weight = g_new0 (double, cube->bands), *mean = g_new0 (double, cube->bands);
  gboolean           known;

  if (!weigh (context, cube, words, weight, mean, &known, error))
    return NULL;
  return known ? blend_bands (context, cube, weight, mean, error) : read_file (context, cube, words, error);
}
