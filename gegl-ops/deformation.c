/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (pentimento_deformation_mode)
  enum_value (PENTIMENTO_DEFORMATION_GRID,     "grid",     N_("Bent grid"))
  enum_value (PENTIMENTO_DEFORMATION_ARROWS,   "arrows",   N_("Arrows"))
  enum_value (PENTIMENTO_DEFORMATION_JACOBIAN, "jacobian", N_("Change of area"))
  enum_value (PENTIMENTO_DEFORMATION_STRAIN,   "strain",   N_("Strain"))
enum_end (PentimentoDeformationMode)

property_string (transform, _("Transform"), "")
    description (_("The transform as JSON text (format pentimento-transform): it maps points of the input, which is its "
                   "fixed image, (0, 0) being the input layer's top left corner. Empty: the input as it is"))
    ui_meta ("multiline", "true")

property_enum (mode, _("Mode"), PentimentoDeformationMode, pentimento_deformation_mode, PENTIMENTO_DEFORMATION_GRID)
    description (_("What is drawn: shifts as a grid or as arrows, or colours of what is stretched"))

property_boolean (whole, _("Whole transform"), FALSE)
    description (_("Show the plane's share of the transform as well: scale, turn and perspective"))

property_double (spacing, _("Spacing"), 0.04)
    description (_("Distance of the grid's lines or of the arrows, as a share of the longer side"))
    value_range (0.01, 0.5)
    ui_range    (0.01, 0.2)
    ui_meta     ("visible", "mode {grid, arrows}")

property_double (exaggeration, _("Exaggeration"), 0.0)
    description (_("Shifts are drawn this many times as long; 0: the largest as long as the spacing"))
    value_range (0.0, 10000.0)
    ui_range    (0.0, 100.0)
    ui_gamma    (2.0)
    ui_meta     ("visible", "mode {grid, arrows}")

property_double (range, _("Range"), 0.0)
    description (_("Change at which colours end: 0.05 is about 5 %; 0: the largest, rounded up"))
    value_range (0.0, 10.0)
    ui_range    (0.0, 1.0)
    ui_gamma    (3.0)
    ui_meta     ("visible", "mode {jacobian, strain}")

property_double (opacity, _("Opacity"), 0.8)
    description (_("Of what is drawn over the image"))
    value_range (0.0, 1.0)

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     pentimento_deformation
#define GEGL_OP_C_SOURCE deformation.c

#include "gegl-op.h"

#include "base/plane.h"
#include "judge/deformation.h"
#include "transform-text.h"
#include "translation.h"
#include "view.h"

#define NAME "pentimento:deformation"

/* What the properties and the input come to; made in prepare() and only read while pixels are computed. */
typedef struct
{
  PmtTransformText      told;
  PmtDeformationOptions options;
  PmtRect               area;
  PmtDeformation       *deformation;   /* NULL: the input is passed through */
} Bend;

static const PmtDeformationMode modes[] =
{
  [PENTIMENTO_DEFORMATION_GRID]     = PMT_DEFORMATION_GRID,
  [PENTIMENTO_DEFORMATION_ARROWS]   = PMT_DEFORMATION_ARROWS,
  [PENTIMENTO_DEFORMATION_JACOBIAN] = PMT_DEFORMATION_JACOBIAN,
  [PENTIMENTO_DEFORMATION_STRAIN]   = PMT_DEFORMATION_STRAIN
};

static Bend *
get_bend (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  if (o->user_data == NULL)
    o->user_data = g_new0 (Bend, 1);
  return o->user_data;
}

static PmtDeformationOptions
read_options (GeglProperties *o)
{
  return (PmtDeformationOptions) { modes[o->mode], o->whole, o->spacing, o->exaggeration, o->range, o->opacity };
}

static gboolean
is_same (const PmtDeformationOptions *a, const PmtDeformationOptions *b)
{
  return a->mode == b->mode && a->whole == b->whole && a->spacing == b->spacing && a->exaggeration == b->exaggeration
         && a->range == b->range && a->opacity == b->opacity;
}

/* What the transform calls its fixed image; all of the input where it does not tell. */
static PmtRect
find_area (GeglOperation *operation, const Bend *bend)
{
  const PmtTransform *transform = bend->told.transform;
  PmtSize             size = transform != NULL ? pmt_transform_get_fixed_size (transform) : (PmtSize) { 0, 0 };
  GeglRectangle       input = pmt_gegl_pad_bounds (operation, "input");

  if (size.width > 0 && size.height > 0)
    return (PmtRect) { 0, 0, size.width, size.height };
  return (PmtRect) { input.x, input.y, input.width, input.height };
}

/* Brings the deformation up to date with properties and input; a problem is told once and leaves none. */
static Bend *
update (GeglOperation *operation)
{
  GeglProperties       *o = GEGL_PROPERTIES (operation);
  Bend                 *bend = get_bend (operation);
  PmtDeformationOptions options = read_options (o);
  gboolean              anew = pmt_transform_text_update (&bend->told, NAME, o->transform, FALSE);
  PmtRect               area = find_area (operation, bend);
  g_autoptr (GError)    error = NULL;

  if (!anew && is_same (&options, &bend->options) && memcmp (&area, &bend->area, sizeof area) == 0)
    return bend;
  bend->options = options;
  bend->area = area;
  g_clear_pointer (&bend->deformation, pmt_deformation_free);
  if (bend->told.transform == NULL || pmt_rect_is_empty (area))
    return bend;
  bend->deformation = pmt_deformation_new (bend->told.transform, &area, &options, &error);
  if (bend->deformation == NULL)
    pmt_transform_text_complain (&bend->told, NAME, error);
  return bend;
}

static void
prepare (GeglOperation *operation)
{
  static const char *const pads[] = { "input", NULL };
  const Babl              *format = gegl_operation_get_source_format (operation, "input");

  if (update (operation)->deformation != NULL || format == NULL)
    format = pmt_gegl_display_format (operation, pads);
  gegl_operation_set_format (operation, "output", format);
}

/* Without anything to draw the input is handed on, untouched to the bit. */
static gboolean
operation_process (GeglOperation *operation, GeglOperationContext *context, const char *pad,
                   const GeglRectangle *roi, gint level)
{
  GObject *input;

  if (get_bend (operation)->deformation != NULL)
    return GEGL_OPERATION_CLASS (gegl_op_parent_class)->process (operation, context, pad, roi, level);
  input = gegl_operation_context_dup_object (context, "input");
  gegl_operation_context_take_object (context, "output", input);
  return input != NULL;
}

/* A chunk of the output: `out` holds the image's pixels and is drawn over. scratch: 8 floats a pixel. Colours are those of
 * sRGB; in an image of another space they are to look the same. */
static void
draw_chunk (const PmtDeformation *deformation, const GeglRectangle *chunk, const Babl *format, float *scratch, float *out)
{
  const Babl *srgb = babl_format ("R'G'B'A float");
  gsize       n = (gsize) chunk->width * chunk->height;
  float      *overlay = scratch;

  pmt_deformation_draw (deformation, &(PmtRect) { chunk->x, chunk->y, chunk->width, chunk->height }, scratch,
                        (gsize) 4 * chunk->width);
  if (format != srgb)
    {
      overlay = scratch + 4 * n;
      babl_process (babl_fish (srgb, format), scratch, overlay, (long) n);
    }
  pmt_deformation_lay (deformation, n, overlay, out, out);
}

static gboolean
process (GeglOperation *operation, GeglBuffer *input, GeglBuffer *output, const GeglRectangle *roi, gint level)
{
  const Babl         *format = gegl_operation_get_format (operation, "output");
  const Bend         *bend = get_bend (operation);
  PmtGeglView         image = pmt_gegl_view (operation, "input", input, format);
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
          scratch = pmt_buffer_new (room, 8 * sizeof (float), &error);
        }
      if (scratch != NULL && pmt_gegl_view_read (&image, chunk, it->items[0].data, &error))
        draw_chunk (bend->deformation, chunk, format, scratch, it->items[0].data);
      else
        gegl_buffer_iterator_stop (it);
    }
  pmt_buffer_free (scratch);
  if (error != NULL)
    g_warning (NAME ": %s", error->message);
  return error == NULL;
}

static void
finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);
  Bend           *bend = o->user_data;

  if (bend != NULL)
    {
      pmt_transform_text_clear (&bend->told);
      g_clear_pointer (&bend->deformation, pmt_deformation_free);
      g_clear_pointer (&o->user_data, g_free);
    }
  G_OBJECT_CLASS (gegl_op_parent_class)->finalize (object);
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass       *operation_class = GEGL_OPERATION_CLASS (klass);
  GeglOperationFilterClass *filter_class = GEGL_OPERATION_FILTER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  operation_class->threaded = TRUE;
  operation_class->prepare = prepare;
  operation_class->process = operation_process;
  filter_class->process = process;

  gegl_operation_class_set_keys (operation_class,
    "name",        NAME,
    "title",       _("Show Deformation"),
    "categories",  "render",
    "description", _("Draws over the input what a registration's transform bends in it"),
    "reference-composition",
      "<?xml version='1.0' encoding='UTF-8'?>"
      "<gegl>"
      "<node operation='gegl:crop' x='0' y='0' width='200' height='200'/>"
      "<node operation='pentimento:deformation'><params><param name='spacing'>0.1</param><param name='transform'>"
      "{ \"format\": \"pentimento-transform\", \"version\": 1, \"from\": \"fixed\", \"to\": \"moving\","
      "  \"pixel-centre\": 0.5, \"axes\": \"x right, y down\","
      "  \"fixed\": { \"width\": 200, \"height\": 200 }, \"moving\": { \"width\": 0, \"height\": 0 },"
      "  \"steps\": [ { \"kind\": \"lattice\", \"direction\": \"forward\", \"origin\": [0, 0],"
      "                \"spacing\": [100, 100], \"columns\": 3, \"rows\": 3,"
      "                \"dx\": [ [0, 0, 0], [0, 9000, 0], [0, 0, 0] ],"
      "                \"dy\": [ [0, 0, 0], [0, -4000, 0], [5000, 0, 0] ] } ] }"
      "</param></params></node>"
      "<node operation='gegl:load' path='standard-input.png'/>"
      "</gegl>",
    NULL);
}

#endif
