/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (pentimento_compare_mode)
  enum_value (PENTIMENTO_COMPARE_RED_CYAN,   "red-cyan",   N_("Red and cyan"))
  enum_value (PENTIMENTO_COMPARE_CHECKER,    "checker",    N_("Checkerboard"))
  enum_value (PENTIMENTO_COMPARE_CURTAIN,    "curtain",    N_("Curtain"))
  enum_value (PENTIMENTO_COMPARE_DIFFERENCE, "difference", N_("Difference"))
  enum_value (PENTIMENTO_COMPARE_BLEND,      "blend",      N_("Blend"))
enum_end (PentimentoCompareMode)

property_enum (mode, _("Mode"), PentimentoCompareMode, pentimento_compare_mode, PENTIMENTO_COMPARE_RED_CYAN)
    description (_("How the two images share the picture"))

property_int (size, _("Square size"), 64)
    description (_("Side of the checkerboard's squares"))
    value_range (1, 100000)
    ui_range    (8, 512)
    ui_meta     ("unit", "pixel-distance")
    ui_meta     ("visible", "mode {checker}")

property_double (curtain, _("Curtain position"), 0.5)
    description (_("Where the curtain hangs, as a share of the width: the fixed image is left of it"))
    value_range (0.0, 1.0)
    ui_meta     ("visible", "mode {curtain}")

property_double (opacity, _("Opacity"), 0.5)
    description (_("How much the moved image covers the fixed one in a blend"))
    value_range (0.0, 1.0)
    ui_meta     ("visible", "mode {blend}")

property_double (gain, _("Gain"), 1.0)
    description (_("Factor that makes small differences visible"))
    value_range (0.01, 1000.0)
    ui_range    (1.0, 20.0)
    ui_gamma    (2.0)
    ui_meta     ("visible", "mode {difference}")

#else

#define GEGL_OP_COMPOSER
#define GEGL_OP_NAME     pentimento_compare
#define GEGL_OP_C_SOURCE compare.c

#include "gegl-op.h"

#include "base/plane.h"
#include "judge/compare.h"
#include "translation.h"

/* One of the two images as it is looked at: display-referred, straight alpha. */
typedef struct
{
  GeglBuffer   *buffer;    /* NULL when there is none */
  GeglRectangle bounds;
  const Babl   *format;    /* R'G'B'A float, or n floats for unnamed bands */
  int           bands;     /* 0: named bands, converted to R'G'B'A */
} View;

static const PmtCompareMode modes[] =
{
  [PENTIMENTO_COMPARE_RED_CYAN]   = PMT_COMPARE_RED_CYAN,
  [PENTIMENTO_COMPARE_CHECKER]    = PMT_COMPARE_CHECKER,
  [PENTIMENTO_COMPARE_CURTAIN]    = PMT_COMPARE_CURTAIN,
  [PENTIMENTO_COMPARE_DIFFERENCE] = PMT_COMPARE_DIFFERENCE,
  [PENTIMENTO_COMPARE_BLEND]      = PMT_COMPARE_BLEND
};

static GeglRectangle
pad_bounds (GeglOperation *operation, const char *pad)
{
  const GeglRectangle *bounds = gegl_operation_source_get_bounding_box (operation, pad);

  return bounds != NULL ? *bounds : *GEGL_RECTANGLE (0, 0, 0, 0);
}

/* The frame that squares and curtain are measured in: both images together, one without end left out. */
static GeglRectangle
get_frame (GeglOperation *operation)
{
  GeglRectangle moved = pad_bounds (operation, "input"), fixed = pad_bounds (operation, "aux"), frame;

  if (gegl_rectangle_is_infinite_plane (&moved))
    return fixed;
  if (gegl_rectangle_is_infinite_plane (&fixed))
    return moved;
  gegl_rectangle_bounding_box (&frame, &moved, &fixed);
  return frame;
}

/* Colours are compared in the fixed image's space where it has one. */
static const Babl *
get_display_format (GeglOperation *operation)
{
  static const char *const pads[] = { "aux", "input" };

  for (guint i = 0; i < G_N_ELEMENTS (pads); i++)
    {
      const Babl *format = gegl_operation_get_source_format (operation, pads[i]);

      if (format != NULL && !babl_format_is_format_n (format))
        return babl_format_with_space ("R'G'B'A float", format);
    }
  return babl_format ("R'G'B'A float");
}

static void
prepare (GeglOperation *operation)
{
  gegl_operation_set_format (operation, "output", get_display_format (operation));
}

static View
view_of (GeglOperation *operation, const char *pad, GeglBuffer *buffer, const Babl *display)
{
  const Babl *format = buffer != NULL ? gegl_buffer_get_format (buffer) : NULL;
  View        view = { buffer, pad_bounds (operation, pad), display, 0 };

  if (format != NULL && babl_format_is_format_n (format))
    {
      view.bands = babl_format_get_n_components (format);
      view.format = babl_format_n (babl_type ("float"), view.bands);
    }
  return view;
}

/* Unnamed bands are shown as they are stored: the first three as red, green and blue, one as grey. */
static void
spread_bands (const View *view, const GeglRectangle *rect, const float *bands, float *rgba)
{
  int green = view->bands >= 3 ? 1 : 0, blue = view->bands >= 3 ? 2 : 0;

  for (int y = rect->y; y < rect->y + rect->height; y++)
    for (int x = rect->x; x < rect->x + rect->width; x++, bands += view->bands, rgba += 4)
      {
        rgba[0] = bands[0];
        rgba[1] = bands[green];
        rgba[2] = bands[blue];
        rgba[3] = gegl_rectangle_contains (&view->bounds, GEGL_RECTANGLE (x, y, 1, 1));
      }
}

static gboolean
view_read (const View *view, const GeglRectangle *rect, float *rgba, GError **error)
{
  gsize  pixels = (gsize) rect->width * rect->height;
  float *bands;

  if (view->buffer == NULL)
    {
      memset (rgba, 0, pixels * 4 * sizeof (float));
      return TRUE;
    }
  if (view->bands == 0)
    {
      gegl_buffer_get (view->buffer, rect, 1.0, view->format, rgba, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
      return TRUE;
    }
  bands = pmt_buffer_new (pixels, view->bands * sizeof (float), error);
  if (bands == NULL)
    return FALSE;
  gegl_buffer_get (view->buffer, rect, 1.0, view->format, bands, GEGL_AUTO_ROWSTRIDE, GEGL_ABYSS_NONE);
  spread_bands (view, rect, bands, rgba);
  pmt_buffer_free (bands);
  return TRUE;
}

/* A chunk of the output: `out` holds the moved image's pixels and receives the comparison. */
static void
compare_chunk (GeglOperation *operation, const GeglRectangle *frame, const GeglRectangle *chunk, const float *fixed,
               float *out)
{
  GeglProperties   *o = GEGL_PROPERTIES (operation);
  PmtCompareOptions options;
  PmtSize           whole = { frame->width, frame->height };

  pmt_compare_options_init (&options);
  options.size = o->size;
  options.curtain = o->curtain;
  options.opacity = o->opacity;
  options.gain = o->gain;
  for (int y = 0; y < chunk->height; y++)
    {
      gsize row = (gsize) 4 * y * chunk->width;

      pmt_compare_row (modes[o->mode], &options, chunk->x - frame->x, chunk->y + y - frame->y, chunk->width, whole,
                       fixed + row, out + row, out + row);
    }
}

static gboolean
process (GeglOperation *operation, GeglBuffer *input, GeglBuffer *aux, GeglBuffer *output,
         const GeglRectangle *roi, gint level)
{
  const Babl         *format = gegl_operation_get_format (operation, "output");
  View                moved = view_of (operation, "input", input, format);
  View                fixed = view_of (operation, "aux", aux, format);
  GeglRectangle       frame = get_frame (operation);
  GeglBufferIterator *it = gegl_buffer_iterator_new (output, roi, 0, format, GEGL_ACCESS_WRITE, GEGL_ABYSS_NONE, 1);
  g_autoptr (GError)  error = NULL;
  float              *scratch = NULL;
  gsize               room = 0;

  while (error == NULL && gegl_buffer_iterator_next (it))
    {
      const GeglRectangle *chunk = &it->items[0].roi;

      if ((gsize) it->length > room)
        {
          pmt_buffer_free (scratch);
          room = it->length;
          scratch = pmt_buffer_new (room, 4 * sizeof (float), &error);
        }
      if (scratch != NULL && view_read (&fixed, chunk, scratch, &error)
          && view_read (&moved, chunk, it->items[0].data, &error))
        compare_chunk (operation, &frame, chunk, scratch, it->items[0].data);
      else
        gegl_buffer_iterator_stop (it);
    }
  pmt_buffer_free (scratch);
  if (error != NULL)
    g_warning ("pentimento:compare: %s", error->message);
  return error == NULL;
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass         *operation_class = GEGL_OPERATION_CLASS (klass);
  GeglOperationComposerClass *composer_class = GEGL_OPERATION_COMPOSER_CLASS (klass);

  operation_class->threaded = TRUE;
  operation_class->prepare = prepare;
  composer_class->process = process;
  composer_class->aux_label = _("Fixed image");
  composer_class->aux_description = _("The image that the input is compared with");

  gegl_operation_class_set_keys (operation_class,
    "name",        "pentimento:compare",
    "title",       _("Compare Images"),
    "categories",  "compositors",
    "description", _("Shows two images of one frame in one picture in which misalignment is seen"),
    "reference-composition",
      "<?xml version='1.0' encoding='UTF-8'?>"
      "<gegl>"
      "<node operation='pentimento:compare'>"
      "  <node operation='gegl:translate' x='3'/>"
      "  <node operation='gegl:load' path='standard-aux.png'/>"
      "</node>"
      "<node operation='gegl:load' path='standard-aux.png'/>"
      "</gegl>",
    NULL);
}

#endif
