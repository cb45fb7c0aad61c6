/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Two layers in one picture, in full size: what a preview shows, drawn by core's comparison. */

#include "compare.h"
#include "image/warp-vips.h"
#include "layers.h"
#include "plug-in.h"
#include "report/picture.h"
#include "words.h"

#define STRIP_ROWS 256

typedef struct
{
  const PmtComparison        *comparison;
  const PmtComparisonPicture *picture;
  const char                 *path;       /* NULL: the result is wanted */
  VipsImage                  *result;
} Drawing;

/* -- the pictures as libvips has them -- */

static gboolean
vips_failed (GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "%s", vips_error_buffer ());
  vips_error_clear ();
  return FALSE;
}

static void
free_pixels (VipsImage *image, gpointer pixels)
{
  g_free (pixels);
}

/* One side of the view, in full size, R'G'B'A bytes. */
static VipsImage *
side_new (PmtContext *context, const PmtOverlay *alone, GError **error)
{
  PmtRect all = { 0, 0, alone->whole.width, alone->whole.height };
  gsize size = (gsize) all.width * all.height * 4;
  guint8 *pixels = g_try_malloc (size);
  VipsImage *image;

  if (pixels == NULL || !pmt_overlay_read (alone, context, PMT_SIDE_FIXED, 0, &all, pixels, error))
    {
      if (pixels == NULL)
        g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, _("not enough memory for the picture"));
      g_free (pixels);
      return NULL;
    }
  image = vips_image_new_from_memory (pixels, size, all.width, all.height, 4, VIPS_FORMAT_UCHAR);
  if (image == NULL)
    {
      vips_failed (error);
      g_free (pixels);
      return NULL;
    }
  image->Type = VIPS_INTERPRETATION_sRGB;
  g_signal_connect (image, "close", G_CALLBACK (free_pixels), pixels);
  return image;
}

/* The layer before its alignment, with the tones that it has after it; NULL without an error where there is none. */
static VipsImage *
before_new (PmtContext *context, const PmtComparison *comparison, gboolean plain, GError **error)
{
  g_autoptr (PmtOverlay) before = NULL;

  if (comparison->before == NULL)
    return NULL;
  before = pmt_overlay_new_plain (context, comparison->before, 1, error);
  if (before == NULL)
    return NULL;
  before->fixed_tones = comparison->layer_views[plain ? 1 : 0]->fixed_tones;
  return side_new (context, before, error);
}

static VipsImage *
draw (PmtContext *context, const PmtComparison *comparison, const PmtComparisonPicture *picture, GError **error)
{
  int which = picture->plain ? 1 : 0;
  g_autoptr (VipsImage) reference = side_new (context, comparison->reference_views[which], error);
  g_autoptr (VipsImage) layer = reference != NULL ? side_new (context, comparison->layer_views[which], error) : NULL;
  g_autoptr (VipsImage) before = NULL;
  g_autoptr (GError) reason = NULL;

  if (layer == NULL)
    return NULL;
  if (!picture->panels)
    return pmt_picture_compare (picture->mode, &picture->options, reference, layer, error);
  before = before_new (context, comparison, picture->plain, &reason);
  if (reason == NULL)
    return pmt_picture_panels (&picture->options, reference, before, layer, error);
  g_propagate_error (error, g_steal_pointer (&reason));
  return NULL;
}

static gboolean
draw_work (PmtContext *context, gpointer data, GError **error)
{
  Drawing *d = data;
  g_autoptr (VipsImage) lazy = NULL;

  pmt_context_stage (context, N_("drawing the picture"), 0, 1);
  if (VIPS_INIT ("pentimento") != 0)
    return vips_failed (error);
  lazy = draw (context, d->comparison, d->picture, error);
  if (lazy == NULL)
    return FALSE;
  if (d->path != NULL)
    return pmt_vips_image_save (context, lazy, d->path, error);
  d->result = vips_image_copy_memory (lazy);
  return d->result != NULL || vips_failed (error);
}

gboolean
pmt_comparison_save (const PmtComparison *comparison, const PmtComparisonPicture *picture, const char *path, PmtJob *job,
                     GError **error)
{
  Drawing drawing = { comparison, picture, path, NULL };

  pmt_job_set_part (job, NULL, 0, 1);
  return pmt_job_run (job, draw_work, &drawing, error);
}

/* -- as a layer -- */

static char *
label_new (const PmtComparison *comparison, const PmtComparisonPicture *picture)
{
  return g_strdup_printf (_("%s: %s, %s"), picture->panels ? _("Side by side") : pmt_words_compare (picture->mode),
                          comparison->reference_name, comparison->layer_name);
}

static void
fill (GimpLayer *layer, VipsImage *picture)
{
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (layer));
  const char *format = vips_image_get_bands (picture) == 4 ? "R'G'B'A u8" : "R'G'B' u8";

  for (int y = 0; y < picture->Ysize; y += STRIP_ROWS)
    gegl_buffer_set (buffer, GEGL_RECTANGLE (0, y, picture->Xsize, MIN (STRIP_ROWS, picture->Ysize - y)), 0, babl_format (format),
                     VIPS_IMAGE_ADDR (picture, 0, y), GEGL_AUTO_ROWSTRIDE);
  gegl_buffer_flush (buffer);
  gimp_drawable_update (GIMP_DRAWABLE (layer), 0, 0, picture->Xsize, picture->Ysize);
}

/* The layers that were selected stay so. */
static GimpLayer *
insert (const PmtComparison *comparison, const char *name, VipsImage *picture, GError **error)
{
  GimpImage *image = comparison->image;
  g_autofree GimpLayer **selected = gimp_image_get_selected_layers (image);
  GimpImageType type = gimp_image_get_base_type (image) == GIMP_GRAY ? GIMP_GRAYA_IMAGE : GIMP_RGBA_IMAGE;
  GimpLayer *layer;
  gboolean inserted;
  PmtEdit edit;

  pmt_edit_begin (&edit, image);
  layer = gimp_layer_new (image, name, picture->Xsize, picture->Ysize, type, 100, GIMP_LAYER_MODE_NORMAL);
  inserted = layer != NULL && gimp_layer_set_offsets (layer, comparison->frame.x, comparison->frame.y)
             && gimp_image_insert_layer (image, layer, NULL, 0);
  if (inserted)
    {
      fill (layer, picture);
      gimp_image_set_selected_layers (image, (const GimpLayer **) selected);
    }
  pmt_edit_end (&edit);
  gimp_displays_flush ();
  if (inserted)
    return layer;
  pmt_plug_in_fail (error, _("GIMP did not add a layer"));
  return NULL;
}

GimpLayer *
pmt_comparison_add_layer (const PmtComparison *comparison, const PmtComparisonPicture *picture, PmtJob *job, GError **error)
{
  Drawing drawing = { comparison, picture, NULL, NULL };
  g_autofree char *name = label_new (comparison, picture);
  GimpLayer *layer;

  if (!gimp_item_is_valid (GIMP_ITEM (comparison->layer)) || !gimp_item_is_valid (GIMP_ITEM (comparison->reference)))
    {
      pmt_plug_in_fail (error, _("A layer was removed or resized meanwhile. Open the window anew."));
      return NULL;
    }
  if (gimp_image_get_base_type (comparison->image) == GIMP_GRAY && !picture->panels && picture->mode == PMT_COMPARE_RED_CYAN)
    {
      pmt_plug_in_fail (error, _("A grey image can't show colours. Choose another way of comparing, or export the picture."));
      return NULL;
    }
  pmt_job_set_part (job, NULL, 0, 1);
  if (!pmt_job_run (job, draw_work, &drawing, error))
    return NULL;
  layer = insert (comparison, name, drawing.result, error);
  g_object_unref (drawing.result);
  return layer;
}
