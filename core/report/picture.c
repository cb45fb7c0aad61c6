/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A comparison is a VipsImage computed by rows. Panels are joined by libvips from such pictures, each shrunk first. */
#include "report/picture.h"

#include <math.h>

#include "base/error.h"
#include "image/source-vips.h"

#define PANEL_SIDE  1024   /* px, the longer side of a panel */
#define PANEL_SPACE 8
#define LABEL       28     /* px, the height of a panel's words */
#define LABEL_FROM  160    /* px: narrower panels have none */
#define DD_PIXELS   (16 << 20)

typedef struct
{
  PmtCompareMode    mode;
  PmtCompareOptions options;
  PmtSize           whole;
  VipsImage        *inputs[3];   /* NULL-terminated, RGBA, 8 bit */
} Pair;

/* -- any image to RGBA, 8 bit, sRGB -- */

static gboolean
vips_failed (GError **error)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot convert for the picture: %s", g_strstrip (words));
  return FALSE;
}

/* The smallest and largest finite value; both 0 where there is none. */
static gboolean
finite_range (VipsImage *image, double *low, double *high, GError **error)
{
  g_autoptr (PmtSource) source = pmt_source_vips_new (image, PMT_LIGHT_STORED, error);
  gsize                 n = (gsize) image->Xsize * image->Bands;
  g_autofree float     *row = g_new (float, n);

  *low = INFINITY;
  *high = -INFINITY;
  for (int y = 0; source != NULL && y < image->Ysize; y++)
    {
      PmtRect line = { 0, y, image->Xsize, 1 };

      if (!pmt_source_read (source, &line, row, n, error))
        return FALSE;
      for (gsize i = 0; i < n; i++)
        if (isfinite (row[i]))
          {
            *low = MIN (*low, row[i]);
            *high = MAX (*high, row[i]);
          }
    }
  if (!(*high >= *low))
    *low = *high = 0;
  return source != NULL;
}

/* Images in physical units: the first band, or the first three, from smallest to largest value. */
static gboolean
stretch (VipsImage *in, VipsImage **out, GError **error)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 4);
  int         bands = in->Bands >= 3 ? 3 : 1;
  double      low, high, scale;
  gboolean    done = vips_extract_band (in, &t[0], 0, "n", bands, NULL) == 0 || vips_failed (error);

  done = done && finite_range (t[0], &low, &high, error);
  scale = done && high > low ? 255 / (high - low) : 0;
  if (done && (vips_linear1 (t[0], &t[1], scale, -low * scale, NULL)
               || vips_cast (t[1], &t[2], VIPS_FORMAT_UCHAR, NULL)
               || vips_copy (t[2], &t[3], "interpretation",
                             bands == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W, NULL)
               || vips_colourspace (t[3], out, VIPS_INTERPRETATION_sRGB, NULL)))
    done = vips_failed (error);
  g_object_unref (scope);
  return done;
}

static gboolean
is_display_referred (VipsImage *in)
{
  return vips_image_guess_interpretation (in) != VIPS_INTERPRETATION_MULTIBAND
         && vips_colourspace_issupported (in)
         && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT || in->Type == VIPS_INTERPRETATION_scRGB
             || in->Type == VIPS_INTERPRETATION_LAB);
}

/* The embedded profile where there is one that works, else by interpretation. */
static gboolean
to_srgb (VipsImage *in, VipsImage **out, GError **error)
{
  if (!is_display_referred (in))
    return stretch (in, out, error);
  if (vips_image_get_typeof (in, VIPS_META_ICC_NAME) != 0
      && vips_icc_transform (in, out, "srgb", "embedded", TRUE, "depth", 8, NULL) == 0)
    return TRUE;
  vips_error_clear ();
  return vips_colourspace (in, out, VIPS_INTERPRETATION_sRGB, NULL) == 0 || vips_failed (error);
}

VipsImage *
pmt_picture_new (VipsImage *in, GError **error)
{
  VipsObject *scope;
  VipsImage **t, *out = NULL;

  if (vips_band_format_iscomplex (in->BandFmt))
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "an image of complex numbers has no picture");
      return NULL;
    }
  scope = VIPS_OBJECT (vips_image_new ());
  t = (VipsImage **) vips_object_local_array (scope, 4);
  if (to_srgb (in, &t[0], error)
      && (vips_cast (t[0], &t[1], VIPS_FORMAT_UCHAR, NULL)
          || (vips_image_hasalpha (t[1]) ? vips_copy (t[1], &t[2], NULL) : vips_addalpha (t[1], &t[2], NULL))
          || vips_extract_band (t[2], &out, 0, "n", 4, NULL)))
    vips_failed (error);
  g_object_unref (scope);
  return out;
}

VipsImage *
pmt_picture_open (const char *path, GError **error)
{
  g_autoptr (VipsImage) in = pmt_vips_image_open (path, error);
  VipsImage            *out = in != NULL ? pmt_picture_new (in, error) : NULL;

  if (in != NULL && out == NULL)
    g_prefix_error (error, "“%s”: ", path);
  return out;
}

/* -- a picture of two -- */

static void
to_floats (const guint8 *in, gsize n, float *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] = in[i] / 255.0f;
}

static void
to_bytes (const float *in, gsize n, guint8 *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] = (guint8) (fminf (fmaxf (in[i], 0), 1) * 255 + 0.5f);
}

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion       **in = sequence;
  const Pair        *pair = b;
  VipsRect           r = out->valid;
  gsize              n = (gsize) r.width * 4;
  g_autofree float  *fixed = g_new (float, n), *moved = g_new (float, n);

  if (vips_region_prepare (in[0], &r) || vips_region_prepare (in[1], &r))
    return -1;
  for (int y = r.top; y < r.top + r.height; y++)
    {
      to_floats (VIPS_REGION_ADDR (in[0], r.left, y), n, fixed);
      to_floats (VIPS_REGION_ADDR (in[1], r.left, y), n, moved);
      pmt_compare_row (pair->mode, &pair->options, r.left, y, r.width, pair->whole, fixed, moved, fixed);
      to_bytes (fixed, n, VIPS_REGION_ADDR (out, r.left, y));
    }
  return 0;
}

static void
pair_free (Pair *pair)
{
  g_object_unref (pair->inputs[0]);
  g_object_unref (pair->inputs[1]);
  g_free (pair);
}

VipsImage *
pmt_picture_compare (PmtCompareMode mode, const PmtCompareOptions *options, VipsImage *fixed, VipsImage *moved,
                     GError **error)
{
  g_autoptr (VipsImage) out = vips_image_new ();
  Pair                 *pair = g_new0 (Pair, 1);

  *pair = (Pair) { mode, *options, { fixed->Xsize, fixed->Ysize }, { g_object_ref (fixed), g_object_ref (moved), NULL } };
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (pair_free), pair);
  if (vips_image_pipeline_array (out, VIPS_DEMAND_STYLE_THINSTRIP, pair->inputs) != 0
      || vips_image_generate (out, vips_start_many, generate, vips_stop_many, pair->inputs, pair) != 0)
    {
      vips_failed (error);
      return NULL;
    }
  vips_image_remove (out, VIPS_META_ICC_NAME);   /* it is sRGB now */
  vips_image_remove (out, PMT_VIPS_PATH);
  return g_steal_pointer (&out);
}

VipsImage *
pmt_picture_lay (VipsImage *picture, PmtSize size, GError **error)
{
  VipsImage *out = NULL;

  if (vips_embed (picture, &out, 0, 0, size.width, size.height, NULL) != 0)
    vips_failed (error);
  return out;
}

VipsImage *
pmt_picture_small (VipsImage *picture, int side, GError **error)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 2), *out = NULL;
  double      factor = MIN (1, (double) side / MAX (picture->Xsize, picture->Ysize));

  if ((vips_image_hasalpha (picture) ? vips_flatten (picture, &t[0], NULL) : vips_copy (picture, &t[0], NULL))
      || vips_resize (t[0], &t[1], factor, NULL) || vips_copy (t[1], &out, NULL))
    vips_failed (error);
  g_object_unref (scope);
  return out;
}

/* -- panels -- */

/* Words in a strip as wide as the panel; an empty strip where libvips was built without text or finds no font. */
static VipsImage *
label (const char *words, int width)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 5), *out = NULL;
  gboolean    written = vips_type_find ("VipsOperation", "text") != 0
                        && vips_text (&t[0], words, "font", "sans 12", "dpi", 72, NULL) == 0
                        && t[0]->Ysize <= LABEL && t[0]->Xsize <= width
                        && vips_embed (t[0], &t[1], 2, (LABEL - t[0]->Ysize) / 2, width, LABEL, NULL) == 0;

  if (!written)
    vips_error_clear ();
  if ((written || vips_black (&t[1], width, LABEL, NULL) == 0)
      && vips_copy (t[1], &t[2], "interpretation", VIPS_INTERPRETATION_B_W, NULL) == 0
      && vips_colourspace (t[2], &t[3], VIPS_INTERPRETATION_sRGB, NULL) == 0)
    vips_copy (t[3], &out, NULL);
  g_object_unref (scope);
  return out;
}

static gboolean
add_panel (GPtrArray *panels, VipsImage *image, const char *words, GError **error)
{
  g_autoptr (VipsImage) small = image != NULL ? pmt_picture_small (image, PANEL_SIDE, error) : NULL;
  g_autoptr (VipsImage) strip = NULL;
  VipsImage            *both = NULL;

  if (small == NULL)
    return FALSE;
  if (small->Xsize < LABEL_FROM)
    both = g_object_ref (small);
  else if ((strip = label (words, small->Xsize)) == NULL
           || vips_join (strip, small, &both, VIPS_DIRECTION_VERTICAL, NULL) != 0)
    return vips_failed (error);
  g_ptr_array_add (panels, both);
  return TRUE;
}

VipsImage *
pmt_picture_panels (const PmtCompareOptions *options, VipsImage *fixed, VipsImage *before, VipsImage *moved,
                    GError **error)
{
  g_autoptr (GPtrArray) panels = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (VipsImage) difference = before != NULL ? pmt_picture_compare (PMT_COMPARE_DIFFERENCE, options, fixed,
                                                                           before, error) : NULL;
  g_autoptr (VipsImage) after = pmt_picture_compare (PMT_COMPARE_DIFFERENCE, options, fixed, moved, error);
  VipsImage            *out = NULL;

  if (after == NULL || (before != NULL && difference == NULL) || !add_panel (panels, fixed, "fixed", error)
      || (before != NULL && !add_panel (panels, before, "moving, before", error))
      || !add_panel (panels, moved, "moving, after", error)
      || (before != NULL && !add_panel (panels, difference, "difference before", error))
      || !add_panel (panels, after, "difference after", error))
    return NULL;
  if (vips_arrayjoin ((VipsImage **) panels->pdata, &out, (int) panels->len, "across", (int) panels->len,
                      "shim", PANEL_SPACE, NULL) != 0)
    vips_failed (error);
  return out;
}

/* -- the DD score -- */

static PmtGrey *
read_grey (PmtContext *context, VipsImage *picture, int factor, GError **error)
{
  g_autoptr (PmtSource) source = pmt_source_vips_new (picture, PMT_LIGHT_STORED, error);
  PmtRect               all = { 0, 0, picture->Xsize, picture->Ysize };

  if (source == NULL)
    return NULL;
  return pmt_grey_read (context, source, &all, MAX (all.width / factor, 1), MAX (all.height / factor, 1), error);
}

PmtDdScore *
pmt_picture_dd_score (PmtContext *context, VipsImage *fixed, VipsImage *before, VipsImage *moved, PmtGrey **grey,
                      GError **error)
{
  int                    factor = (int) ceil (sqrt ((double) fixed->Xsize * fixed->Ysize / DD_PIXELS));
  g_autoptr (PmtGrey)    f = read_grey (context, fixed, MAX (factor, 1), error), b = NULL, m = NULL;
  g_autoptr (PmtDdScore) score = NULL;

  b = f != NULL ? read_grey (context, before, MAX (factor, 1), error) : NULL;
  m = b != NULL ? read_grey (context, moved, MAX (factor, 1), error) : NULL;
  score = m != NULL ? pmt_dd_score_new (context, f, b, m, error) : NULL;
  if (score != NULL && grey != NULL)
    *grey = g_steal_pointer (&f);
  return g_steal_pointer (&score);
}

typedef struct { const PmtDdScore *score; const PmtGrey *grey; } Drawing;

static int
draw_scored (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  const Drawing *d = b;
  VipsRect       r = out->valid;

  for (int y = r.top; y < r.top + r.height; y++)
    pmt_dd_score_draw (d->score, d->grey, r.left, y, r.width, VIPS_REGION_ADDR (out, r.left, y));
  return 0;
}

VipsImage *
pmt_picture_dd_draw (const PmtDdScore *score, const PmtGrey *grey, GError **error)
{
  g_autoptr (VipsImage) out = vips_image_new ();
  Drawing              *d = g_new (Drawing, 1);

  *d = (Drawing) { score, grey };
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (g_free), d);
  vips_image_init_fields (out, score->width, score->height, 3, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE,
                          VIPS_INTERPRETATION_sRGB, 1, 1);
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_THINSTRIP, NULL) == 0
      && vips_image_generate (out, NULL, draw_scored, NULL, NULL, d) == 0)
    return g_steal_pointer (&out);
  vips_failed (error);
  return NULL;
}

/* -- confidence -- */

#define TINT 0.42f

typedef struct { VipsImage *inputs[2]; PmtConfidence *map; } Tinting;

static void
tint (const guint8 *in, const PmtConfidence *map, PmtSize whole, int x, int y, int n, guint8 *out)
{
  for (int i = 0; i < n; i++, in += 4, out += 3)
    {
      const PmtConfidenceCell *cell = pmt_confidence_at (map, whole.width, whole.height, x + i + 0.5, y + 0.5);
      float                    alpha = in[3] / 255.0f;
      guint8                   colour[3];

      pmt_confidence_kind_colour (cell->kind, colour);
      for (int k = 0; k < 3; k++)
        out[k] = (guint8) ((1 - TINT) * alpha * in[k] + TINT * colour[k] + 0.5f);
    }
}

static int
draw_tinted (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion   **in = sequence;
  const Tinting *t = b;
  VipsRect       r = out->valid;
  PmtSize        whole = { out->im->Xsize, out->im->Ysize };

  if (vips_region_prepare (in[0], &r))
    return -1;
  for (int y = r.top; y < r.top + r.height; y++)
    tint (VIPS_REGION_ADDR (in[0], r.left, y), t->map, whole, r.left, y, r.width, VIPS_REGION_ADDR (out, r.left, y));
  return 0;
}

static void
tinting_free (Tinting *t)
{
  g_object_unref (t->inputs[0]);
  g_free (t->map);
  g_free (t);
}

VipsImage *
pmt_picture_confidence (VipsImage *picture, const PmtConfidence *map, GError **error)
{
  g_autoptr (VipsImage) out = vips_image_new ();
  Tinting              *t = g_new0 (Tinting, 1);

  t->inputs[0] = g_object_ref (picture);
  t->map = pmt_confidence_copy (map);
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (tinting_free), t);
  if (vips_image_pipeline_array (out, VIPS_DEMAND_STYLE_THINSTRIP, t->inputs) == 0)
    {
      out->Bands = 3;
      if (vips_image_generate (out, vips_start_many, draw_tinted, vips_stop_many, t->inputs, t) == 0)
        {
          vips_image_remove (out, VIPS_META_ICC_NAME);
          vips_image_remove (out, PMT_VIPS_PATH);
          return g_steal_pointer (&out);
        }
    }
  vips_failed (error);
  return NULL;
}

/* -- deformation -- */

typedef struct { VipsImage *inputs[2]; const PmtDeformation *deformation; } Bending;

/* A strip at a time: strokes are looked for once in all of its rows. */
static int
draw_bent (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion      **in = sequence;
  const Bending    *bending = b;
  VipsRect          r = out->valid;
  gsize             n = (gsize) r.width * 4;
  g_autofree float *overlay = g_new (float, n * r.height), *row = g_new (float, n);

  if (bending->inputs[0] != NULL && vips_region_prepare (in[0], &r))
    return -1;
  pmt_deformation_draw (bending->deformation, &(PmtRect) { r.left, r.top, r.width, r.height }, overlay, n);
  for (int y = 0; y < r.height; y++)
    {
      if (bending->inputs[0] != NULL)
        to_floats (VIPS_REGION_ADDR (in[0], r.left, r.top + y), n, row);
      else
        for (gsize i = 0; i < n; i++)
          row[i] = 1;
      pmt_deformation_lay (bending->deformation, r.width, overlay + y * n, row, row);
      to_bytes (row, n, VIPS_REGION_ADDR (out, r.left, r.top + y));
    }
  return 0;
}

static void
bending_free (Bending *bending)
{
  g_clear_object (&bending->inputs[0]);
  g_free (bending);
}

static gboolean
bending_run (VipsImage *out, Bending *bending, PmtSize size)
{
  if (bending->inputs[0] != NULL)
    return vips_image_pipeline_array (out, VIPS_DEMAND_STYLE_THINSTRIP, bending->inputs) == 0
           && vips_image_generate (out, vips_start_many, draw_bent, vips_stop_many, bending->inputs, bending) == 0;
  vips_image_init_fields (out, size.width, size.height, 4, VIPS_FORMAT_UCHAR, VIPS_CODING_NONE, VIPS_INTERPRETATION_sRGB, 1, 1);
  return vips_image_pipelinev (out, VIPS_DEMAND_STYLE_THINSTRIP, NULL) == 0
         && vips_image_generate (out, NULL, draw_bent, NULL, NULL, bending) == 0;
}

VipsImage *
pmt_picture_deformation (VipsImage *picture, PmtSize size, const PmtDeformation *deformation, GError **error)
{
  g_autoptr (VipsImage) out = vips_image_new ();
  Bending              *bending = g_new0 (Bending, 1);

  bending->inputs[0] = picture != NULL ? g_object_ref (picture) : NULL;
  bending->deformation = deformation;
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (bending_free), bending);
  if (!bending_run (out, bending, size))
    {
      vips_failed (error);
      return NULL;
    }
  vips_image_remove (out, VIPS_META_ICC_NAME);
  vips_image_remove (out, PMT_VIPS_PATH);
  return g_steal_pointer (&out);
}

/* -- embedding -- */

static gboolean
encode (VipsImage *small, gboolean alpha, void **data, size_t *length, const char **type)
{
  if (!alpha)
    {
      *type = "jpeg";
      return vips_jpegsave_buffer (small, data, length, "Q", 85, "strip", TRUE, NULL) == 0;
    }
  *type = "webp";
  if (vips_type_find ("VipsOperation", "webpsave_buffer") != 0
      && vips_webpsave_buffer (small, data, length, "Q", 85, "strip", TRUE, NULL) == 0)
    return TRUE;
  vips_error_clear ();
  *type = "png";
  return vips_pngsave_buffer (small, data, length, "strip", TRUE, NULL) == 0;
}

gboolean
pmt_picture_append_uri (VipsImage *picture, int side, gboolean alpha, GString *text, GError **error)
{
  g_autoptr (VipsImage) small = NULL;
  g_autofree void      *data = NULL;
  g_autofree char      *base64 = NULL;
  size_t                length = 0;
  const char           *type = "";

  if (!alpha)
    small = pmt_picture_small (picture, side, error);
  else if (vips_thumbnail_image (picture, &small, side, "height", side, "size", VIPS_SIZE_DOWN, NULL) != 0)
    return vips_failed (error);
  if (small == NULL)
    return FALSE;
  if (!encode (small, alpha, &data, &length, &type))
    return vips_failed (error);
  base64 = g_base64_encode (data, length);
  g_string_append_printf (text, "data:image/%s;base64,%s", type, base64);
  return TRUE;
}
