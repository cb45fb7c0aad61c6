/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Drawing placed tiles: whole, or in strips of rows that are joined later to the same file. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "group/mosaic-vips.h"
#include "image/ome-tiff.h"
#include "mosaic.h"

#define TILES_A_STRIP 4       /* tiles' worth of pixels in a strip, about … */
#define MOST_STRIPS   200     /* … each being a file that is open while they are joined */

const char *
mosaic_output (const MosaicOptions *o, int band)
{
  return band == BAND_TILES ? o->out : o->with_out;
}

static char *const *
paths_of (const MosaicJob *job, int band)
{
  return band == BAND_TILES ? job->path : job->with_path;
}

/* Every tile is an open file while it is drawn. */
static void
allow_many_files (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* -- what is drawn -- */

/* Canvas → tile; the canvas is the reference's frame, enlarged. */
static PmtTransform *
canvas_transform (const MosaicJob *job, int i, GError **error)
{
  PmtSize                  size = pmt_transform_get_fixed_size (job->pose[i]);
  PmtSize                  canvas = { (int) lround (size.width * job->scale), (int) lround (size.height * job->scale) };
  const PmtMatrix3         shrink = pmt_matrix3_scaling (1 / job->scale, 1 / job->scale);
  g_autoptr (PmtTransform) identity = pmt_transform_new (canvas, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) step = pmt_transform_append_matrix (identity, &shrink, size, NULL, error);

  return step != NULL ? pmt_transform_compose (step, job->pose[i], error) : NULL;
}

typedef struct
{
  GPtrArray *tile, *transform;
  GArray    *gain, *number;          /* double; int: which of the images */
  PmtRect    canvas;
} Parts;

static void
parts_clear (Parts *p)
{
  g_clear_pointer (&p->tile, g_ptr_array_unref);
  g_clear_pointer (&p->transform, g_ptr_array_unref);
  g_clear_pointer (&p->gain, g_array_unref);
  g_clear_pointer (&p->number, g_array_unref);
}

/* What the mosaic shows, from the poses alone. */
static gboolean
find_canvas (const MosaicJob *job, PmtRect *canvas, GError **error)
{
  gboolean first = TRUE;

  for (int i = job->first; i < job->n; i++)
    {
      g_autoptr (PmtTransform) transform = NULL;
      PmtRect                  bounds;

      if (job->pose[i] == NULL)
        continue;
      if ((transform = canvas_transform (job, i, error)) == NULL || !pmt_transform_bounds (transform, NULL, &bounds, error))
        return FALSE;
      if (job->whole)
        {
          PmtSize size = pmt_transform_get_fixed_size (transform);

          *canvas = (PmtRect) { 0, 0, size.width, size.height };
          return TRUE;
        }
      *canvas = first ? bounds : pmt_rect_union (*canvas, bounds);
      first = FALSE;
    }
  return TRUE;
}

static gboolean
add_part (const MosaicJob *job, int band, int i, PmtTransform *transform, Parts *p, GError **error)
{
  const char *path = paths_of (job, band)[i];
  VipsImage  *image = pmt_vips_image_open (path, error);
  PmtSize     size = pmt_transform_get_moving_size (transform);
  double      gain = job->gain[band] != NULL ? job->gain[band][i] : 1;

  if (image == NULL)
    return FALSE;
  g_ptr_array_add (p->tile, image);
  g_ptr_array_add (p->transform, pmt_transform_ref (transform));
  g_array_append_val (p->gain, gain);
  g_array_append_val (p->number, i);
  if (size.width == image->Xsize && size.height == image->Ysize)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” has %d × %d pixels, and the tile that it stands for %d × %d",
               path, image->Xsize, image->Ysize, size.width, size.height);
  return FALSE;
}

/* The placed tiles, or other files of the same geometry. With `rows` (of the canvas) those only that lie there, and the first, whose
 * format and metadata the mosaic has. */
static gboolean
gather (const MosaicJob *job, int band, const PmtRect *rows, Parts *p, GError **error)
{
  p->tile = g_ptr_array_new_with_free_func (g_object_unref);
  p->transform = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_transform_unref);
  p->gain = g_array_new (FALSE, FALSE, sizeof (double));
  p->number = g_array_new (FALSE, FALSE, sizeof (int));
  allow_many_files ();
  for (int i = job->first; i < job->n; i++)
    {
      g_autoptr (PmtTransform) transform = NULL;
      PmtRect                  bounds;

      if (job->pose[i] == NULL)
        continue;
      if ((transform = canvas_transform (job, i, error)) == NULL || !pmt_transform_bounds (transform, NULL, &bounds, error))
        return FALSE;
      if ((rows == NULL || p->tile->len == 0 || !pmt_rect_is_empty (pmt_rect_intersect (bounds, *rows)))
          && !add_part (job, band, i, transform, p, error))
        return FALSE;
    }
  return find_canvas (job, &p->canvas, error);
}

static PmtMosaic
mosaic_of (const Parts *p, gboolean balanced)
{
  return (PmtMosaic) { (int) p->tile->len, (VipsImage *const *) p->tile->pdata, (const PmtTransform *const *) p->transform->pdata,
                       balanced ? (const double *) p->gain->data : NULL };
}

gboolean
mosaic_balance (PmtContext *context, MosaicJob *job, int band, GError **error)
{
  Parts              parts = { 0 };
  gboolean           done = gather (job, band, NULL, &parts, error);
  PmtMosaic          mosaic;
  g_autofree double *gain = NULL;

  if (done)
    {
      mosaic = mosaic_of (&parts, FALSE);
      gain = g_new (double, mosaic.n);
      done = pmt_mosaic_gains (context, &mosaic, gain, error);
    }
  if (done)
    {
      g_free (job->gain[band]);
      job->gain[band] = g_new0 (double, job->n);
      for (int k = 0; k < mosaic.n; k++)
        job->gain[band][g_array_index (parts.number, int, k)] = gain[k];
    }
  parts_clear (&parts);
  return done;
}

/* -- to a file -- */

/* A TIFF is tiled and holds smaller versions of itself, unless options say otherwise. */
static char *
with_options (const char *path, const VipsImage *image)
{
  g_autofree char *low = g_ascii_strdown (path, -1), *options = NULL;
  double           bytes = 1.34 * image->Xsize * image->Ysize * VIPS_IMAGE_SIZEOF_PEL (image);

  if (!g_str_has_suffix (low, ".tif") && !g_str_has_suffix (low, ".tiff"))
    return g_strdup (path);
  if (pmt_is_ome_tiff (path))
    options = pmt_ome_tiff_options (image);
  return options != NULL ? g_strconcat (path, options, NULL)
                         : g_strconcat (path, "[tile,pyramid,compression=deflate", bytes > 3.9e9 ? ",bigtiff]" : "]", NULL);
}

/* Of the whole canvas. NULL rows: all tiles. */
static VipsImage *
mosaic_image (const MosaicJob *job, int band, const PmtRect *rows, Parts *parts, GError **error)
{
  PmtWarpOptions warp = job->output.warp;
  PmtMosaic      mosaic;

  if (!gather (job, band, rows, parts, error))
    return NULL;
  mosaic = mosaic_of (parts, job->gain[band] != NULL);
  warp.canvas = parts->canvas;
  return pmt_mosaic_image (&mosaic, &warp, error);
}

static gboolean
save (PmtContext *context, VipsImage *image, const char *path, GError **error)
{
  g_autofree char      *target = with_options (path, image), *plain = vips_filename_get_filename (path), *name = g_path_get_basename (plain);
  g_autoptr (VipsImage) planes = pmt_is_ome_tiff (path) ? pmt_ome_tiff_bands (image, name, error) : g_object_ref (image);

  if (planes == NULL)
    return FALSE;
  pmt_context_stage (context, "writing the mosaic", 0, 1);
  return pmt_vips_image_save (context, planes, target, error);
}

gboolean
mosaic_draw (PmtContext *context, const MosaicOptions *o, const MosaicJob *job, int band, GError **error)
{
  Parts                 parts = { 0 };
  g_autoptr (VipsImage) image = mosaic_image (job, band, NULL, &parts, error);
  gboolean              done = image != NULL && save (context, image, mosaic_output (o, band), error);

  parts_clear (&parts);
  return done;
}

/* -- in strips -- */

int
mosaic_strips (const MosaicJob *job)
{
  return CLAMP ((job->n - job->first + TILES_A_STRIP - 1) / TILES_A_STRIP, 1, MOST_STRIPS);
}

static gboolean
vips_failed (GError **error)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot put the mosaic together: %s", g_strdelimit (g_strstrip (words), "\n", ';'));
  return FALSE;
}

/* Rows from … to, of `height`; a canvas of few rows has empty strips. */
static void
strip_rows (int height, int index, int count, int *from, int *to)
{
  *from = (int) ((gint64) height * index / count);
  *to = (int) ((gint64) height * (index + 1) / count);
}

/* An empty strip is an empty file. */
static gboolean
save_strip (PmtContext *context, VipsImage *image, int from, int to, const char *path, GError **error)
{
  g_autoptr (VipsImage) strip = NULL;

  if (to <= from)
    return pmt_atomic_file_write (path, "", 0, error);
  if (vips_crop (image, &strip, 0, from, image->Xsize, to - from, NULL) != 0)
    return vips_failed (error);
  return pmt_vips_image_save (context, strip, path, error);
}

gboolean
mosaic_draw_strip (PmtContext *context, const MosaicJob *job, int band, int index, int count, const char *path, GError **error)
{
  Parts                 parts = { 0 };
  PmtRect               rows;
  g_autoptr (VipsImage) image = NULL;
  int                   from, to;
  gboolean              done;

  if (!find_canvas (job, &rows, error))
    return FALSE;
  strip_rows (rows.height, index, count, &from, &to);
  rows.y += from;
  rows.height = to - from;
  pmt_context_stage (context, "drawing", index / (double) count, (index + 1) / (double) count);
  image = mosaic_image (job, band, &rows, &parts, error);
  done = image != NULL && save_strip (context, image, from, to, path, error);
  parts_clear (&parts);
  return done;
}

/* The strips one below the other. */
static VipsImage *
join_strips (const VipsImage *like, int count, char *const *path, GError **error)
{
  g_autoptr (GPtrArray) strips = g_ptr_array_new_with_free_func (g_object_unref);
  VipsImage            *joined = NULL;

  allow_many_files ();
  for (int i = 0; i < count; i++)
    {
      int        from, to;
      VipsImage *strip;

      strip_rows (like->Ysize, i, count, &from, &to);
      if (to <= from)
        continue;
      strip = vips_image_new_from_file (path[i], NULL);
      if (strip == NULL)
        {
          vips_failed (error);
          return NULL;
        }
      g_ptr_array_add (strips, strip);
      if (strip->Xsize == like->Xsize && strip->Ysize == to - from && strip->Bands == like->Bands && strip->BandFmt == like->BandFmt)
        continue;
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” is no strip of this mosaic", path[i]);
      return NULL;
    }
  if (strips->len == 1)
    return g_object_ref (strips->pdata[0]);
  for (guint i = 1; i < strips->len; i++)        /* rows of unlike height: no arrayjoin */
    {
      VipsImage *below = NULL;

      if (vips_join (joined != NULL ? joined : strips->pdata[0], strips->pdata[i], &below, VIPS_DIRECTION_VERTICAL, NULL) != 0)
        {
          g_clear_object (&joined);
          vips_failed (error);
          return NULL;
        }
      g_clear_object (&joined);
      joined = below;
    }
  return joined;
}

/* The mosaic, undrawn, has the metadata; the strips lie on it. */
gboolean
mosaic_join (PmtContext *context, const MosaicOptions *o, const MosaicJob *job, int band, int count, char *const *path, GError **error)
{
  Parts                 parts = { 0 };
  const PmtRect         nowhere = { G_MININT / 2, 0, 1, 1 };
  g_autoptr (VipsImage) image = mosaic_image (job, band, &nowhere, &parts, error);
  g_autoptr (VipsImage) joined = image != NULL ? join_strips (image, count, path, error) : NULL, whole = NULL;
  gboolean              done = joined != NULL;

  if (done && vips_insert (image, joined, &whole, 0, 0, NULL) != 0)
    done = vips_failed (error);
  done = done && save (context, whole, mosaic_output (o, band), error);
  parts_clear (&parts);
  return done;
}
