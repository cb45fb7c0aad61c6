/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The selection, channels and a layer's mask, carried: each is drawn through the way back, once, as numbers between 0 and 1 that keep
 * what they are whatever either image's encoding. */

#include "carry.h"

#include <math.h>

#include "buffer-source.h"
#include "image/resample.h"
#include "pixels.h"
#include "plug-in.h"

#define STRIP_ROWS  256
#define LOOKS       512      /* places a side that are looked at to tell what falls outside */
#define LOST_LEAST  0.001    /* share of it that is worth a word */

typedef enum { SELECTION, CHANNEL, MASK } Kind;

typedef struct
{
  Kind        kind;
  char       *name;
  GimpChannel *source;
  GeglBuffer *pixels;      /* "Y float", origin (0, 0) */
  PmtRect     area;        /* on the target's canvas */
} Sheet;

struct _PmtCarrySheets
{
  GPtrArray *sheets;
};

static void
sheet_free (gpointer data)
{
  Sheet *sheet = data;

  g_free (sheet->name);
  g_clear_object (&sheet->pixels);
  g_free (sheet);
}

/* The drawable's own numbers as floats: a conversion would bend them. */
static const Babl *
numbers_of (const Babl *format)
{
  const char *encoding = babl_format_get_encoding (format);
  const char *numbers = g_str_has_prefix (encoding, "Y'") ? "Y' float" : g_str_has_prefix (encoding, "Y~") ? "Y~ float" : "Y float";

  return babl_format_with_space (numbers, format);
}

/* -- drawing -- */

typedef struct
{
  PmtSource          *source;
  const PmtTransform *transform;      /* the area's frame → the drawable's */
  GeglBuffer         *pixels;
  PmtSize             size;
} Drawing;

static gboolean
draw_work (PmtContext *context, gpointer data, GError **error)
{
  const Drawing *d = data;
  g_autofree float *strip = g_try_new (float, (gsize) d->size.width * STRIP_ROWS);

  if (strip == NULL)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, _("not enough memory to carry the markup"));
      return FALSE;
    }
  pmt_context_stage (context, N_("carrying markup"), 0, 1);
  for (int y = 0; y < d->size.height; y += STRIP_ROWS)
    {
      PmtRect out = { 0, y, d->size.width, MIN (STRIP_ROWS, d->size.height - y) };

      if (!pmt_resample (context, d->source, d->transform, PMT_SAMPLER_LINEAR, &out, 0, strip, d->size.width, NULL, error))
        return FALSE;
      gegl_buffer_set (d->pixels, GEGL_RECTANGLE (0, y, out.width, out.height), 0, babl_format ("Y float"), strip,
                       GEGL_AUTO_ROWSTRIDE);
      pmt_context_progress (context, (y + out.height) / (double) d->size.height);
    }
  return TRUE;
}

/* The area's frame → the target's canvas → the source's → the drawable's. */
static PmtTransform *
way_back (const PmtCarry *carry, const PmtRect *area, GimpDrawable *drawable, GError **error)
{
  PmtSize unknown = { 0, 0 };
  g_autoptr (PmtTransform) empty = pmt_transform_new (unknown, unknown), canvas = NULL, whole = NULL;
  PmtMatrix3 shift = pmt_matrix3_translation (area->x, area->y);
  int x, y;

  gimp_drawable_get_offsets (drawable, &x, &y);
  canvas = pmt_transform_append_matrix (empty, &shift, unknown, NULL, error);
  whole = canvas != NULL ? pmt_transform_compose (canvas, carry->map->backward, error) : NULL;
  shift = pmt_matrix3_translation (-x, -y);
  return whole != NULL ? pmt_transform_append_matrix (whole, &shift, unknown, NULL, error) : NULL;
}

/* -- what falls outside -- */

/* The share of what is painted, 0 … 1, whose place is not in the area. */
static double
share_outside (const PmtCarry *carry, GeglBuffer *copy, int x0, int y0, const PmtRect *area)
{
  int width = gegl_buffer_get_width (copy), height = gegl_buffer_get_height (copy);
  int across = MAX (1, width / LOOKS), down = MAX (1, height / LOOKS);
  g_autofree float *row = g_new (float, width);
  double all = 0, lost = 0;

  for (int y = down / 2; y < height; y += down)
    {
      gegl_buffer_get (copy, GEGL_RECTANGLE (0, y, width, 1), 1.0, numbers_of (gegl_buffer_get_format (copy)), row,
                       GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      for (int x = across / 2; x < width; x += across)
        {
          PmtPoint p = { x + 0.5 + x0, y + 0.5 + y0 };

          if (row[x] <= 0)
            continue;
          pmt_transform_map (carry->map->forward, 1, &p, &p);
          all += row[x];
          if (!(p.x >= area->x && p.y >= area->y && p.x < area->x + area->width && p.y < area->y + area->height))
            lost += row[x];
        }
    }
  return all > 0 ? lost / all : 0;
}

static void
remark_outside (PmtCarry *carry, const Sheet *sheet, double share)
{
  double percent = 100 * share;

  if (share < LOST_LEAST)
    return;
  if (sheet->kind == SELECTION)
    pmt_carry_remark (carry, _("%.3g %% of the selection lies outside of the image."), percent);
  else if (sheet->kind == CHANNEL)
    pmt_carry_remark (carry, _("%.3g %% of the channel “%s” lies outside of the image."), percent, sheet->name);
  else
    pmt_carry_remark (carry, _("%.3g %% of the layer mask lies outside of the layer."), percent);
}

/* -- one after the other -- */

static gboolean
carry_sheet (PmtCarrySheets *sheets, PmtCarry *carry, Kind kind, GimpChannel *source, PmtRect area, PmtJob *job, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (source);
  Sheet *sheet = g_new0 (Sheet, 1);
  g_autoptr (GeglBuffer) copy = pmt_pixels_copy (drawable, job, error);
  g_autoptr (PmtSource) pixels = NULL;
  g_autoptr (PmtTransform) transform = NULL;
  Drawing drawing = { .size = { area.width, area.height } };
  int x, y;

  g_ptr_array_add (sheets->sheets, sheet);
  *sheet = (Sheet) { .kind = kind, .name = gimp_item_get_name (GIMP_ITEM (source)), .source = source, .area = area };
  if (copy == NULL || (transform = way_back (carry, &area, drawable, error)) == NULL)
    return FALSE;
  pixels = pmt_gegl_source_new (copy, NULL, numbers_of (gegl_buffer_get_format (copy)), error);
  if (pixels == NULL)
    return FALSE;
  sheet->pixels = gegl_buffer_new (GEGL_RECTANGLE (0, 0, area.width, area.height), babl_format ("Y float"));
  drawing.source = pixels;
  drawing.transform = transform;
  drawing.pixels = sheet->pixels;
  gimp_drawable_get_offsets (drawable, &x, &y);
  remark_outside (carry, sheet, share_outside (carry, copy, x, y, &area));
  return pmt_job_run (job, draw_work, &drawing, error);
}

static gboolean
carry_mask (PmtCarrySheets *sheets, PmtCarry *carry, PmtRect canvas, PmtJob *job, GError **error)
{
  GimpDrawable *to = GIMP_DRAWABLE (carry->to);
  GimpLayerMask *mask = gimp_layer_get_mask (carry->from);
  g_autofree char *name = gimp_item_get_name (GIMP_ITEM (carry->to));
  PmtRect box = { .width = gimp_drawable_get_width (to), .height = gimp_drawable_get_height (to) };

  if (mask == NULL)
    return TRUE;
  gimp_drawable_get_offsets (to, &box.x, &box.y);
  if (gimp_layer_get_mask (carry->to) == NULL)
    return carry_sheet (sheets, carry, MASK, GIMP_CHANNEL (mask), box, job, error);
  pmt_carry_remark (carry, _("“%s” has a layer mask already, so the mask became a channel."), name);
  return carry_sheet (sheets, carry, CHANNEL, GIMP_CHANNEL (mask), canvas, job, error);
}

static gboolean
carry_all (PmtCarrySheets *sheets, PmtCarry *carry, const PmtCarryOptions *options, PmtJob *job, GError **error)
{
  PmtRect canvas = { 0, 0, gimp_image_get_width (carry->target), gimp_image_get_height (carry->target) };
  g_autofree GimpChannel **channels = options->channels == PMT_CARRY_SELECTED ? gimp_image_get_selected_channels (carry->source)
                                                                               : gimp_image_get_channels (carry->source);

  for (int i = 0; options->channels != PMT_CARRY_NONE && channels != NULL && channels[i] != NULL; i++)
    if (!carry_sheet (sheets, carry, CHANNEL, channels[i], canvas, job, error))
      return FALSE;
  if (options->mask && !carry_mask (sheets, carry, canvas, job, error))
    return FALSE;
  return !options->selection || gimp_selection_is_empty (carry->source)
         || carry_sheet (sheets, carry, SELECTION, GIMP_CHANNEL (gimp_image_get_selection (carry->source)), canvas, job, error);
}

PmtCarrySheets *
pmt_carry_sheets_new (PmtCarry *carry, const PmtCarryOptions *options, PmtJob *job, GError **error)
{
  g_autoptr (PmtCarrySheets) sheets = g_new0 (PmtCarrySheets, 1);

  sheets->sheets = g_ptr_array_new_with_free_func (sheet_free);
  return carry_all (sheets, carry, options, job, error) ? g_steal_pointer (&sheets) : NULL;
}

void
pmt_carry_sheets_free (PmtCarrySheets *sheets)
{
  if (sheets == NULL)
    return;
  g_ptr_array_unref (sheets->sheets);
  g_free (sheets);
}

guint
pmt_carry_sheets_count (const PmtCarrySheets *sheets)
{
  return sheets->sheets->len;
}

/* -- adding -- */

static gboolean
write_sheet (const Sheet *sheet, GimpDrawable *drawable, GError **error)
{
  g_autoptr (GeglBuffer) buffer = gimp_drawable_get_buffer (drawable);
  g_autofree float *strip = g_try_new (float, (gsize) sheet->area.width * STRIP_ROWS);

  if (buffer == NULL || strip == NULL)
    return pmt_plug_in_fail (error, _("GIMP gave no buffer to write to"));
  for (int y = 0; y < sheet->area.height; y += STRIP_ROWS)
    {
      GeglRectangle rect = { 0, y, sheet->area.width, MIN (STRIP_ROWS, sheet->area.height - y) };

      gegl_buffer_get (sheet->pixels, &rect, 1.0, babl_format ("Y float"), strip, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      gegl_buffer_set (buffer, &rect, 0, numbers_of (gegl_buffer_get_format (buffer)), strip, GEGL_AUTO_ROWSTRIDE);
    }
  gegl_buffer_flush (buffer);
  gimp_drawable_update (drawable, 0, 0, sheet->area.width, sheet->area.height);
  return TRUE;
}

/* A channel of the target with the sheet's numbers; NULL with an error. */
static GimpChannel *
add_channel (const Sheet *sheet, PmtCarry *carry, int position, GError **error)
{
  g_autoptr (GObject) color = G_OBJECT (sheet->kind == CHANNEL ? gimp_channel_get_color (sheet->source) : gegl_color_new ("black"));
  GimpChannel *channel = gimp_channel_new (carry->target, sheet->name, sheet->area.width, sheet->area.height,
                                           sheet->kind == CHANNEL ? gimp_channel_get_opacity (sheet->source) : 50, GEGL_COLOR (color));

  if (channel == NULL || !gimp_image_insert_channel (carry->target, channel, NULL, position))
    {
      pmt_plug_in_fail (error, _("GIMP did not add a channel."));
      return NULL;
    }
  g_ptr_array_add (carry->added, channel);
  gimp_item_set_visible (GIMP_ITEM (channel), sheet->kind == CHANNEL && gimp_item_get_visible (GIMP_ITEM (sheet->source)));
  return write_sheet (sheet, GIMP_DRAWABLE (channel), error) ? channel : NULL;
}

static gboolean
add_mask (const Sheet *sheet, PmtCarry *carry, GError **error)
{
  GimpLayerMask *mask = gimp_layer_create_mask (carry->to, GIMP_ADD_MASK_BLACK);

  if (mask == NULL || !gimp_layer_add_mask (carry->to, mask))
    return pmt_plug_in_fail (error, _("GIMP did not add a layer mask."));
  g_ptr_array_add (carry->added, carry->to);
  return write_sheet (sheet, GIMP_DRAWABLE (mask), error);
}

/* By way of a channel, which is gone afterwards. */
static gboolean
set_selection (const Sheet *sheet, PmtCarry *carry, GError **error)
{
  GimpChannel *channel = add_channel (sheet, carry, 0, error);

  if (channel == NULL)
    return FALSE;
  gimp_image_select_item (carry->target, GIMP_CHANNEL_OP_REPLACE, GIMP_ITEM (channel));
  gimp_image_remove_channel (carry->target, channel);
  g_ptr_array_remove (carry->added, channel);
  return TRUE;
}

gboolean
pmt_carry_sheets_add (const PmtCarrySheets *sheets, PmtCarry *carry, GError **error)
{
  for (guint i = 0; i < sheets->sheets->len; i++)
    {
      const Sheet *sheet = g_ptr_array_index (sheets->sheets, i);

      if (sheet->kind == MASK ? !add_mask (sheet, carry, error)
          : sheet->kind == SELECTION ? !set_selection (sheet, carry, error)
                                     : add_channel (sheet, carry, i, error) == NULL)
        return FALSE;
    }
  return TRUE;
}
