/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "multiband.h"

#include <glib/gstdio.h>
#include <string.h>

#include "align-chain.h"
#include "base/atomic-file.h"
#include "cube/cube.h"
#include "image/warp-vips.h"
#include "picture-file.h"
#include "pixels.h"
#include "plug-in.h"

#define MM_A_INCH     25.4
#define METADATA_MOST 1000000000      /* bytes of a file, beyond which its metadata would have to be written through memory */

typedef struct
{
  char           *name;
  VipsImage      *image;       /* u's pixels */
  int             bands;       /* of them, the colours */
  PmtTransform   *map;         /* canvas → u */
  gboolean        from_file;
} Part;

static void
part_free (gpointer data)
{
  Part *part = data;

  g_free (part->name);
  g_clear_object (&part->image);
  g_clear_pointer (&part->map, pmt_transform_unref);
  g_free (part);
}

void
pmt_multiband_free (PmtMultiband *multiband)
{
  if (multiband == NULL)
    return;
  g_clear_pointer (&multiband->parts, g_ptr_array_unref);
  g_clear_pointer (&multiband->names, g_ptr_array_unref);
  g_free (multiband);
}

static gboolean
vips_failed (GError **error)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, g_strdelimit (g_strstrip (words), "\n", ';'));
  return FALSE;
}

/* -- a layer's pixels -- */

/* The layer's own format, its numbers of a kind that libvips and the file have too. */
static const Babl *
format_of (const Babl *own, gboolean grey, VipsBandFormat *type)
{
  const char *encoding = babl_format_get_encoding (own), *space = strrchr (encoding, ' ');
  gboolean linear = strchr (encoding, '\'') == NULL && strchr (encoding, '~') == NULL, perceptual = strchr (encoding, '~') != NULL;
  const char *kind = g_str_has_suffix (encoding, " u8") ? "u8" : g_str_has_suffix (encoding, " u16") ? "u16" : "float";
  g_autofree char *name = grey ? g_strdup_printf ("Y%s%s %s", linear ? "" : perceptual ? "~" : "'",
                                                  babl_format_has_alpha (own) ? "A" : "", kind)
                               : g_strdup_printf ("%.*s %s", (int) (space - encoding), encoding, kind);

  *type = strcmp (kind, "u8") == 0 ? VIPS_FORMAT_UCHAR : strcmp (kind, "u16") == 0 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_FLOAT;
  return babl_format_with_space (name, own);
}

static VipsInterpretation
interpretation_of (int colours, VipsBandFormat type, gboolean linear)
{
  if (colours == 1)
    return type == VIPS_FORMAT_USHORT ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W;
  if (type == VIPS_FORMAT_FLOAT)
    return linear ? VIPS_INTERPRETATION_scRGB : VIPS_INTERPRETATION_MULTIBAND;
  return type == VIPS_FORMAT_USHORT ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB;
}

/* To a file of libvips's own that goes with the image: memory is a row. */
static VipsImage *
to_vips (GeglBuffer *copy, gboolean grey, PmtContext *context, GError **error)
{
  VipsBandFormat type;
  const Babl *format = format_of (gegl_buffer_get_format (copy), grey, &type);
  int width = gegl_buffer_get_width (copy), height = gegl_buffer_get_height (copy), n = babl_format_get_n_components (format);
  int colours = n - (babl_format_has_alpha (format) ? 1 : 0);
  gboolean linear = strchr (babl_format_get_encoding (format), '\'') == NULL;
  g_autofree guint8 *row = g_malloc ((gsize) width * babl_format_get_bytes_per_pixel (format));
  g_autoptr (VipsImage) image = vips_image_new_temp_file ("%s.v");

  if (image == NULL)
    {
      vips_failed (error);
      return NULL;
    }
  vips_image_init_fields (image, width, height, n, type, VIPS_CODING_NONE, interpretation_of (colours, type, linear), 1, 1);
  for (int y = 0; y < height; y++)
    {
      gegl_buffer_get (copy, GEGL_RECTANGLE (0, y, width, 1), 1.0, format, row, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      if (vips_image_write_line (image, y, row) != 0)
        {
          vips_failed (error);
          return NULL;
        }
      pmt_context_progress (context, (y + 1) / (double) height);
      if (!pmt_context_check (context, error))
        return NULL;
    }
  return g_steal_pointer (&image);
}

typedef struct
{
  GeglBuffer     *copy;
  PmtPictureFile *file;       /* NULL: not known */
  gboolean        grey;
  VipsImage      *image;
  gboolean        from_file;
} Prepare;

/* Its file's pixels where they are the layer's. */
static gboolean
take_file (Prepare *p, PmtContext *context, GError **error)
{
  g_autofree char *digest = NULL;
  g_autoptr (VipsImage) image = NULL;
  VipsBandFormat type;

  format_of (gegl_buffer_get_format (p->copy), FALSE, &type);
  if (p->grey || p->file == NULL || p->file->digest == NULL || !pmt_picture_file_is_unchanged (p->file))
    return TRUE;
  digest = pmt_pixels_digest (p->copy, context, error);
  if (digest == NULL)
    return FALSE;
  image = strcmp (digest, p->file->digest) == 0 ? pmt_picture_file_open (p->file, NULL) : NULL;
  if (image == NULL || image->BandFmt != type || image->Xsize != gegl_buffer_get_width (p->copy)
      || image->Ysize != gegl_buffer_get_height (p->copy))
    return TRUE;
  p->image = g_steal_pointer (&image);
  p->from_file = TRUE;
  return TRUE;
}

static gboolean
prepare_work (PmtContext *context, gpointer data, GError **error)
{
  Prepare *p = data;

  pmt_context_stage (context, N_("looking at the pixels"), 0, 1);
  if (!take_file (p, context, error))
    return FALSE;
  if (p->image == NULL)
    p->image = to_vips (p->copy, p->grey, context, error);
  return p->image != NULL;
}

/* canvas → L → u */
static PmtTransform *
map_of (GimpImage *image, GimpLayer *layer, GError **error)
{
  PmtSize canvas = { gimp_image_get_width (image), gimp_image_get_height (image) };
  PmtSize size = { gimp_drawable_get_width (GIMP_DRAWABLE (layer)), gimp_drawable_get_height (GIMP_DRAWABLE (layer)) };
  g_autoptr (PmtTransform) shown = pmt_align_chain_shown (layer, error), identity = pmt_transform_new (canvas, size), moved = NULL;
  PmtMatrix3 shift;
  int x, y;

  if (shown == NULL)
    return NULL;
  gimp_drawable_get_offsets (GIMP_DRAWABLE (layer), &x, &y);
  shift = pmt_matrix3_translation (-x, -y);
  moved = pmt_transform_append_matrix (identity, &shift, size, NULL, error);
  return moved != NULL ? pmt_transform_compose (moved, shown, error) : NULL;
}

static void
name_bands (PmtMultiband *multiband, const Part *part)
{
  static const char *const colours[] = { "R", "G", "B" };

  for (int band = 0; band < part->bands; band++)
    g_ptr_array_add (multiband->names, part->bands == 1 ? g_strdup (part->name)
                                                        : g_strdup_printf ("%s %s", part->name, colours[MIN (band, 2)]));
}

static gboolean
add_part (PmtMultiband *multiband, GimpLayer *layer, gboolean grey, double from, double to, PmtJob *job, GError **error)
{
  Part *part = g_new0 (Part, 1);
  g_autoptr (GeglBuffer) copy = NULL;
  g_autoptr (PmtPictureFile) file = pmt_picture_file_of (layer);
  Prepare p = { .file = file, .grey = grey };
  double middle = (from + to) / 2;
  gboolean done;

  g_ptr_array_add (multiband->parts, part);
  part->name = gimp_item_get_name (GIMP_ITEM (layer));
  part->map = map_of (multiband->image, layer, error);
  if (part->map == NULL)
    return FALSE;
  pmt_job_set_part (job, part->name, from, middle);
  p.copy = copy = pmt_pixels_copy (GIMP_DRAWABLE (layer), job, error);
  if (copy == NULL)
    return FALSE;
  pmt_job_set_part (job, part->name, middle, to);
  done = pmt_job_run (job, prepare_work, &p, error);
  part->image = p.image;
  part->from_file = p.from_file;
  if (!done)
    return FALSE;
  part->bands = part->image->Bands - vips_image_hasalpha (part->image);
  multiband->from_files += part->from_file;
  name_bands (multiband, part);
  return TRUE;
}

PmtMultiband *
pmt_multiband_new (GimpImage *image, const GPtrArray *layers, gboolean grey, PmtJob *job, GError **error)
{
  g_autoptr (PmtMultiband) multiband = g_new0 (PmtMultiband, 1);

  multiband->image = image;
  multiband->parts = g_ptr_array_new_with_free_func (part_free);
  multiband->names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < layers->len; i++)
    if (!add_part (multiband, g_ptr_array_index (layers, layers->len - 1 - i), grey, 0.5 * i / layers->len,
                   0.5 * (i + 1) / layers->len, job, error))
      return NULL;
  return g_steal_pointer (&multiband);
}

/* -- the file -- */

/* The part's colours on the canvas, computed when they are asked for. */
static VipsImage *
draw (const Part *part, const PmtWarpOptions *options, GError **error)
{
  g_autoptr (VipsImage) warped = pmt_vips_image_warp (part->image, part->map, options, error);
  VipsImage *colours = NULL;

  if (warped != NULL && vips_extract_band (warped, &colours, 0, "n", part->bands, NULL) != 0)
    vips_failed (error);
  return colours;
}

static void
describe (const PmtMultiband *multiband, VipsImage *image)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GimpColorProfile) profile = gimp_image_get_effective_color_profile (multiband->image);
  gsize length;
  const guint8 *data;

  for (guint i = 0; i < multiband->names->len; i++)
    g_string_append_printf (text, "%sband %u: %s", i > 0 ? "\n" : "", i + 1, (char *) multiband->names->pdata[i]);
  vips_image_set_string (image, VIPS_META_IMAGEDESCRIPTION, text->str);
  vips_image_remove (image, VIPS_META_ICC_NAME);
  if (profile == NULL || !(image->Bands == 3 ? gimp_color_profile_is_rgb (profile) : gimp_color_profile_is_gray (profile))
      || image->Type == VIPS_INTERPRETATION_MULTIBAND)
    return;
  data = gimp_color_profile_get_icc_profile (profile, &length);
  vips_image_set_blob_copy (image, VIPS_META_ICC_NAME, data, length);
}

static VipsImage *
join (const PmtMultiband *multiband, VipsImage **parts, GError **error)
{
  const Part *first = multiband->parts->pdata[0];
  double x = 72, y = 72;
  g_autoptr (VipsImage) joined = NULL;
  VipsImage *copy = NULL;
  VipsInterpretation type;

  if (vips_bandjoin (parts, &joined, (int) multiband->parts->len, NULL) != 0)
    {
      vips_failed (error);
      return NULL;
    }
  /* the bands are a picture where they are one layer's */
  type = multiband->parts->len == 1 ? interpretation_of (first->bands, joined->BandFmt, FALSE) : VIPS_INTERPRETATION_MULTIBAND;
  gimp_image_get_resolution (multiband->image, &x, &y);
  if (vips_copy (joined, &copy, "interpretation", type, "xres", x / MM_A_INCH, "yres", y / MM_A_INCH, NULL) != 0)
    {
      vips_failed (error);
      return NULL;
    }
  describe (multiband, copy);
  return copy;
}

typedef struct
{
  VipsImage  *image;
  const char *path;
} Save;

static gboolean
save_work (PmtContext *context, gpointer data, GError **error)
{
  Save *save = data;

  pmt_context_stage (context, N_("writing the bands"), 0, 1);
  return pmt_vips_image_save (context, save->image, save->path, error);
}

/* Tags that the file doesn't have, that is, all but those of its pixels; what can't be had or set is passed over. */
static void
copy_tags (GExiv2Metadata *from, GExiv2Metadata *to, char **tags)
{
  for (int i = 0; tags != NULL && tags[i] != NULL; i++)
    {
      g_auto (GStrv) values = NULL;

      if (gexiv2_metadata_try_has_tag (to, tags[i], NULL))
        continue;
      values = gexiv2_metadata_try_get_tag_multiple (from, tags[i], NULL);
      if (values != NULL && values[0] != NULL && values[1] == NULL)
        gexiv2_metadata_try_set_tag_string (to, tags[i], values[0], NULL);
      else if (values != NULL && values[0] != NULL)
        gexiv2_metadata_try_set_tag_multiple (to, tags[i], (const char **) values, NULL);
    }
}

/* EXIF, XMP and IPTC of the image into the file that is not yet in its place. */
static void
write_metadata (GimpImage *image, const char *path, char **remark)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GimpMetadata) metadata = gimp_image_get_metadata (image);
  g_autoptr (GFileInfo) info = g_file_query_info (file, "standard::size", 0, NULL, NULL);
  g_autoptr (GExiv2Metadata) own = gexiv2_metadata_new ();
  gboolean done = FALSE;

  if (metadata == NULL)
    return;
  if (info != NULL && g_file_info_get_size (info) <= METADATA_MOST && gexiv2_metadata_open_path (own, path, NULL))
    {
      GExiv2Metadata *from = GEXIV2_METADATA (metadata);
      g_auto (GStrv) exif = gexiv2_metadata_get_exif_tags (from), xmp = gexiv2_metadata_get_xmp_tags (from);
      g_auto (GStrv) iptc = gexiv2_metadata_get_iptc_tags (from);

      copy_tags (from, own, exif);
      copy_tags (from, own, xmp);
      copy_tags (from, own, iptc);
      done = gexiv2_metadata_save_file (own, path, NULL);
    }
  if (!done)
    *remark = g_strdup (_("The image’s metadata could not be written into the file."));
}

/* -- ENVI -- */

/* The cube reads the bands' names where join() wrote them. */
static gboolean
envi_work (PmtContext *context, gpointer data, GError **error)
{
  const Save *files = data;      /* from, to: see save_envi() */
  g_autoptr (PmtCube) cube = pmt_cube_open (files[0].path, error);
  g_autoptr (PmtTransform) identity = NULL;
  PmtCubeWarpOptions options;
  PmtSize size;

  if (cube == NULL)
    return FALSE;
  size = pmt_cube_get_size (cube);
  identity = pmt_transform_new (size, size);
  pmt_cube_warp_options_init (&options);
  options.canvas = (PmtRect) { 0, 0, size.width, size.height };
  options.sampler = PMT_SAMPLER_NEAREST;      /* copies */
  return pmt_cube_warp (context, cube, identity, &options, files[1].path, NULL, error);
}

static gboolean
save_envi (VipsImage *image, const char *path, PmtJob *job, GError **error)
{
  g_autofree char *between = NULL;
  int file = g_file_open_tmp ("pentimento-XXXXXX.tif", &between, error);
  Save files[2] = { { image, between }, { NULL, path } };
  gboolean done;

  if (file < 0)
    return FALSE;
  g_close (file, NULL);
  pmt_job_set_part (job, NULL, 0.5, 0.9);
  done = pmt_job_run (job, save_work, &files[0], error);
  pmt_job_set_part (job, NULL, 0.9, 1);
  done = done && pmt_job_run (job, envi_work, files, error);
  g_unlink (between);
  return done;
}

static gboolean
is_envi (const char *path)
{
  g_autofree char *low = g_ascii_strdown (path, -1);

  return g_str_has_suffix (low, ".hdr");
}

gboolean
pmt_multiband_save (PmtMultiband *multiband, const char *path, PmtSampler sampler, PmtJob *job, char **remark, GError **error)
{
  g_autoptr (GPtrArray) drawn = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (PmtAtomicFile) file = NULL;
  g_autoptr (VipsImage) image = NULL;
  PmtWarpOptions options;
  Save save;

  pmt_warp_options_init (&options);
  options.sampler = sampler;
  options.canvas = (PmtRect) { 0, 0, gimp_image_get_width (multiband->image), gimp_image_get_height (multiband->image) };
  for (guint i = 0; i < multiband->parts->len; i++)
    {
      VipsImage *part = draw (multiband->parts->pdata[i], &options, error);

      if (part == NULL)
        return FALSE;
      g_ptr_array_add (drawn, part);
    }
  image = join (multiband, (VipsImage **) drawn->pdata, error);
  if (image != NULL && is_envi (path))
    return save_envi (image, path, job, error);
  if (image == NULL || !pmt_vips_image_can_save (image, FALSE, path, error)
      || (file = pmt_atomic_file_new (path, error)) == NULL)
    return FALSE;
  save = (Save) { image, pmt_atomic_file_get_path (file) };
  pmt_job_set_part (job, NULL, 0.5, 1);
  if (!pmt_job_run (job, save_work, &save, error))
    return FALSE;
  write_metadata (multiband->image, save.path, remark);
  return pmt_atomic_file_commit (file, error);
}
