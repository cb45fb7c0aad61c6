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
#include "view.h"

static const PmtCompareMode modes[] =
{
  [PENTIMENTO_COMPARE_RED_CYAN]   = PMT_COMPARE_RED_CYAN,
  [PENTIMENTO_COMPARE_CHECKER]    = PMT_COMPARE_CHECKER,
  [PENTIMENTO_COMPARE_CURTAIN]    = PMT_COMPARE_CURTAIN,
  [PENTIMENTO_COMPARE_DIFFERENCE] = PMT_COMPARE_DIFFERENCE,
  [PENTIMENTO_COMPARE_BLEND]      = PMT_COMPARE_BLEND
};

/* The frame that squares and curtain are measured in: both images together, one without end left out. */
static GeglRectangle
get_frame (GeglOperation *operation)
{
  GeglRectangle moved = pmt_gegl_pad_bounds (operation, "input"), fixed = pmt_gegl_pad_bounds (operation, "aux"), frame;

  if (gegl_rectangle_is_infinite_plane (&moved))
    return fixed;
  if (gegl_rectangle_is_infinite_plane (&fixed))
    return moved;
  gegl_rectangle_bounding_box (&frame, &moved, &fixed);
  return frame;
}

/* Colours are compared in the fixed image's space where it has one. */
static const char *const display_pads[] = { "aux", "input", NULL };

static void
prepare (GeglOperation *operation)
{
  gegl_operation_set_format (operation, "output", pmt_gegl_display_format (operation, display_pads));
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
  PmtGeglView         moved = pmt_gegl_view (operation, "input", input, format);
  PmtGeglView         fixed = pmt_gegl_view (operation, "aux", aux, format);
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
      if (scratch != NULL && pmt_gegl_view_read (&fixed, chunk, scratch, &error)
          && pmt_gegl_view_read (&moved, chunk, it->items[0].data, &error))
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
