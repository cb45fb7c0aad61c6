/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files to layers: what is in them, what image holds all of it, then each picture's pixels: read on the job's thread, handed to GIMP
 * on the main thread. */

#include "stack-load.h"

#include <string.h>

#include "picture-file.h"
#include "pixels.h"
#include "plug-in.h"

#define ROWS      256
#define MM_A_INCH 25.4

typedef struct
{
  PmtPictureFile *file;
  int             index;        /* of the file */
  VipsImage      *image;
  gboolean        several;      /* pages in its file */
} Picture;

static void
picture_free (gpointer data)
{
  Picture *picture = data;

  pmt_picture_file_free (picture->file);
  g_clear_object (&picture->image);
  g_free (picture);
}

void
pmt_stack_image_free (PmtStackImage *stack)
{
  if (stack == NULL)
    return;
  g_clear_pointer (&stack->layers, g_ptr_array_unref);
  g_clear_pointer (&stack->file, g_array_unref);
  if (stack->unreadable != NULL)
    g_string_free (stack->unreadable, TRUE);
  if (stack->remarks != NULL)
    g_string_free (stack->remarks, TRUE);
  g_free (stack);
}

/* -- looking -- */

typedef struct
{
  const char *const *paths;
  GPtrArray         *pictures;
  GString           *unreadable;
} Look;

static void
look_at (Look *look, int index)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (GPtrArray) list = pmt_picture_file_list (look->paths[index], &problem);

  for (guint k = 0; list != NULL && problem == NULL && k < list->len; k++)
    {
      VipsImage *image = pmt_picture_file_open (g_ptr_array_index (list, k), &problem);
      Picture *picture;

      if (image == NULL)
        break;
      picture = g_new0 (Picture, 1);
      *picture = (Picture) { .file = g_ptr_array_index (list, k), .index = index, .image = image, .several = list->len > 1 };
      list->pdata[k] = NULL;
      g_ptr_array_add (look->pictures, picture);
    }
  if (problem != NULL)
    g_string_append_printf (look->unreadable, "%s\n", problem->message);
}

static gboolean
look_work (PmtContext *context, gpointer data, GError **error)
{
  Look *look = data;
  int n = (int) g_strv_length ((char **) look->paths);

  pmt_context_stage (context, N_("looking at the files"), 0, 1);
  for (int i = 0; i < n; i++)
    {
      if (!pmt_context_check (context, error))
        return FALSE;
      look_at (look, i);
      pmt_context_progress (context, (i + 1) / (double) n);
    }
  return TRUE;
}

/* -- the image that holds them -- */

static int
colours (const Picture *picture)
{
  return picture->image->Bands - vips_image_hasalpha (picture->image);
}

static GimpPrecision
precision_of (const GPtrArray *pictures)
{
  GimpPrecision precision = GIMP_PRECISION_U8_NON_LINEAR;

  for (guint i = 0; i < pictures->len; i++)
    {
      VipsBandFormat format = ((Picture *) pictures->pdata[i])->image->BandFmt;

      if (format == VIPS_FORMAT_FLOAT)
        return GIMP_PRECISION_FLOAT_LINEAR;
      if (format == VIPS_FORMAT_USHORT)
        precision = GIMP_PRECISION_U16_NON_LINEAR;
    }
  return precision;
}

static GimpImageBaseType
base_type_of (const GPtrArray *pictures)
{
  for (guint i = 0; i < pictures->len; i++)
    if (colours (pictures->pdata[i]) == 3)
      return GIMP_RGB;
  return GIMP_GRAY;
}

static GimpColorProfile *
profile_of (const Picture *picture)
{
  const void *data;
  gsize length;

  if (vips_image_get_typeof (picture->image, VIPS_META_ICC_NAME) == 0
      || vips_image_get_blob (picture->image, VIPS_META_ICC_NAME, &data, &length) != 0)
    return NULL;
  return gimp_color_profile_new_from_icc_profile (data, length, NULL);
}

static gboolean
take_profile (GimpImage *image, const Picture *picture)
{
  g_autoptr (GimpColorProfile) profile = profile_of (picture);
  gboolean grey = gimp_image_get_base_type (image) == GIMP_GRAY;

  if (profile == NULL || !(grey ? gimp_color_profile_is_gray (profile) : gimp_color_profile_is_rgb (profile)))
    return FALSE;
  return gimp_image_set_color_profile (image, profile);
}

static void
choose_profile (GimpImage *image, const GPtrArray *pictures, int first)
{
  for (int pass = first >= 0 ? 0 : 1; pass < 2; pass++)
    for (guint i = 0; i < pictures->len; i++)
      if ((pass == 1 || ((Picture *) pictures->pdata[i])->index == first) && take_profile (image, pictures->pdata[i]))
        return;
}

static GimpImage *
image_new (const GPtrArray *pictures, int first)
{
  const Picture *of = g_ptr_array_index (pictures, 0);
  GimpImage *image = gimp_image_new_with_precision (of->file->width, of->file->height, base_type_of (pictures),
                                                    precision_of (pictures));

  gimp_image_undo_disable (image);
  choose_profile (image, pictures, first);
  return image;
}

/* -- pixels -- */

/* The space of the picture's values: its profile's; sRGB where it has none; NULL with a remark, as the image's, where the profile can't be
 * used. */
static const Babl *
space_of (const Picture *picture, const Babl *layer_space, const char *name, GString *remarks)
{
  const void *data;
  gsize length;
  const char *problem = NULL;
  const Babl *space;

  if (vips_image_get_typeof (picture->image, VIPS_META_ICC_NAME) == 0
      || vips_image_get_blob (picture->image, VIPS_META_ICC_NAME, &data, &length) != 0)
    return babl_space ("sRGB");
  space = babl_space_from_icc (data, (int) length, BABL_ICC_INTENT_RELATIVE_COLORIMETRIC, &problem);
  if (space != NULL)
    return space;
  g_string_append_printf (remarks, _("“%s”: its colour profile can’t be used here; its values were taken as they are.\n"), name);
  return layer_space;
}

static const Babl *
format_of (const Picture *picture, const Babl *space)
{
  gboolean alpha = vips_image_hasalpha (picture->image), grey = colours (picture) == 1;
  VipsBandFormat type = picture->image->BandFmt;
  const char *encoding;
  g_autofree char *name = NULL;

  if (type == VIPS_FORMAT_FLOAT)
    encoding = grey ? alpha ? "YA" : "Y" : alpha ? "RGBA" : "RGB";
  else
    encoding = grey ? alpha ? "Y'A" : "Y'" : alpha ? "R'G'B'A" : "R'G'B'";
  name = g_strdup_printf ("%s %s", encoding, type == VIPS_FORMAT_FLOAT ? "float" : type == VIPS_FORMAT_USHORT ? "u16" : "u8");
  return babl_format_with_space (name, space);
}

typedef struct
{
  const Picture *picture;
  const Babl    *format;
  GeglBuffer    *buffer;
  char          *digest;
} Read;

static gboolean
read_work (PmtContext *context, gpointer data, GError **error)
{
  Read *read = data;
  VipsImage *image = read->picture->image;
  g_autoptr (VipsRegion) region = vips_region_new (image);

  pmt_context_stage (context, N_("reading the file"), 0, 0.9);
  for (int y = 0; y < image->Ysize; y += ROWS)
    {
      VipsRect rows = { 0, y, image->Xsize, MIN (ROWS, image->Ysize - y) };

      if (!pmt_context_check (context, error))
        return FALSE;
      if (vips_region_prepare (region, &rows) != 0)
        {
          g_autofree char *words = vips_error_buffer_copy ();

          g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, g_strdelimit (g_strstrip (words), "\n", ';'));
          return FALSE;
        }
      gegl_buffer_set (read->buffer, GEGL_RECTANGLE (0, y, rows.width, rows.height), 0, read->format,
                       VIPS_REGION_ADDR (region, 0, y), (int) VIPS_REGION_LSKIP (region));
      pmt_context_progress (context, (y + rows.height) / (double) image->Ysize);
    }
  pmt_context_stage (context, N_("reading the file"), 0.9, 1);
  read->digest = pmt_pixels_digest (read->buffer, context, error);
  return read->digest != NULL;
}

/* Rows to GIMP, which is spoken to from the main thread only. */
static gboolean
hand_over (GeglBuffer *buffer, GimpDrawable *drawable, PmtJob *job, GError **error)
{
  g_autoptr (GeglBuffer) out = gimp_drawable_get_buffer (drawable);
  int width = gimp_drawable_get_width (drawable), height = gimp_drawable_get_height (drawable);

  for (int y = 0; y < height; y += ROWS)
    {
      const GeglRectangle rows = { 0, y, width, MIN (ROWS, height - y) };

      gegl_buffer_copy (buffer, &rows, GEGL_ABYSS_NONE, out, &rows);
      if (!pmt_job_step (job, _("handing over the pixels"), (y + rows.height) / (double) height, error))
        return FALSE;
    }
  gegl_buffer_flush (out);
  return TRUE;
}

/* EXIF, XMP and IPTC of the file, for the layer, which GIMP has no place for. */
static void
attach_metadata (GimpLayer *layer, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GimpMetadata) metadata = gimp_metadata_load_from_file (file, NULL);
  g_autofree char *text = metadata != NULL ? gimp_metadata_serialize (metadata) : NULL;
  GimpParasite *parasite;

  if (text == NULL)
    return;
  parasite = gimp_parasite_new ("pentimento-metadata", GIMP_PARASITE_PERSISTENT, strlen (text) + 1, text);
  gimp_item_attach_parasite (GIMP_ITEM (layer), parasite);
  gimp_parasite_free (parasite);
}

static gboolean
add_layer (PmtStackImage *stack, Picture *picture, double from, double to, PmtJob *job, GError **error)
{
  gboolean grey = gimp_image_get_base_type (stack->image) == GIMP_GRAY, alpha = vips_image_hasalpha (picture->image);
  g_autofree char *name = pmt_picture_file_name (picture->file, picture->several);
  GimpLayer *layer = gimp_layer_new (stack->image, name, picture->image->Xsize, picture->image->Ysize,
                                     grey ? alpha ? GIMP_GRAYA_IMAGE : GIMP_GRAY_IMAGE : alpha ? GIMP_RGBA_IMAGE : GIMP_RGB_IMAGE,
                                     100, GIMP_LAYER_MODE_NORMAL);
  g_autoptr (GeglBuffer) buffer = NULL;
  const Babl *format = gimp_drawable_get_format (GIMP_DRAWABLE (layer));
  const Babl *space = space_of (picture, babl_format_get_space (format), name, stack->remarks);
  Read read = { .picture = picture, .format = format_of (picture, space) };
  double middle = from + 0.7 * (to - from);

  gimp_image_insert_layer (stack->image, layer, NULL, 0);
  read.buffer = buffer = gegl_buffer_new (GEGL_RECTANGLE (0, 0, picture->image->Xsize, picture->image->Ysize), format);
  pmt_job_set_part (job, name, from, middle);
  if (!pmt_job_run (job, read_work, &read, error))
    return FALSE;
  picture->file->digest = read.digest;
  pmt_job_set_part (job, name, middle, to);
  if (!hand_over (buffer, GIMP_DRAWABLE (layer), job, error))
    return FALSE;
  pmt_picture_file_attach (picture->file, layer);
  attach_metadata (layer, picture->file->path);
  g_ptr_array_add (stack->layers, layer);
  g_array_append_val (stack->file, picture->index);
  return TRUE;
}

static gboolean
add_layers (PmtStackImage *stack, const GPtrArray *pictures, PmtJob *job, GError **error)
{
  for (guint i = 0; i < pictures->len; i++)
    if (!add_layer (stack, pictures->pdata[i], 0.1 + 0.9 * i / pictures->len, 0.1 + 0.9 * (i + 1) / pictures->len, job, error))
      return FALSE;
  return TRUE;
}

PmtStackImage *
pmt_stack_image_load (const char *const *paths, int first, PmtJob *job, GError **error)
{
  g_autoptr (PmtStackImage) stack = g_new0 (PmtStackImage, 1);
  g_autoptr (GPtrArray) pictures = g_ptr_array_new_with_free_func (picture_free);
  Look look = { paths, pictures, NULL };

  stack->layers = g_ptr_array_new ();
  stack->file = g_array_new (FALSE, FALSE, sizeof (int));
  look.unreadable = stack->unreadable = g_string_new (NULL);
  stack->remarks = g_string_new (NULL);
  pmt_job_set_part (job, NULL, 0, 0.1);
  if (!pmt_job_run (job, look_work, &look, error))
    return NULL;
  if (pictures->len < 2)
    {
      pmt_plug_in_fail (error, _("Fewer than two pictures could be read. %s"), g_strchomp (stack->unreadable->str));
      return NULL;
    }
  stack->image = image_new (pictures, first);
  if (add_layers (stack, pictures, job, error))
    return g_steal_pointer (&stack);
  gimp_image_delete (stack->image);
  return NULL;
}

/* -- metadata -- */

static void
take_resolution (GimpImage *image, const char *path)
{
  g_autoptr (GPtrArray) list = pmt_picture_file_list (path, NULL);
  VipsImage *first = list != NULL && list->len > 0 ? pmt_picture_file_open (g_ptr_array_index (list, 0), NULL) : NULL;

  if (first == NULL)
    return;
  if (first->Xres > 0.01 && first->Yres > 0.01 && (first->Xres != 1 || first->Yres != 1))      /* 1 a mm: not stated */
    gimp_image_set_resolution (image, first->Xres * MM_A_INCH, first->Yres * MM_A_INCH);
  g_object_unref (first);
}

void
pmt_stack_image_describe (PmtStackImage *stack, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GimpMetadata) metadata = gimp_metadata_load_from_file (file, NULL);

  if (metadata != NULL)
    {
      gexiv2_metadata_try_set_orientation (GEXIV2_METADATA (metadata), GEXIV2_ORIENTATION_NORMAL, NULL);   /* it stands upright */
      gimp_metadata_set_pixel_size (metadata, gimp_image_get_width (stack->image), gimp_image_get_height (stack->image));
      gimp_image_set_metadata (stack->image, metadata);
    }
  take_resolution (stack->image, path);
}
