/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (pentimento_warp_sampler)
  enum_value (PENTIMENTO_WARP_NEAREST,  "nearest",  N_("Nearest neighbour"))
  enum_value (PENTIMENTO_WARP_LINEAR,   "linear",   N_("Linear"))
  enum_value (PENTIMENTO_WARP_CUBIC,    "cubic",    N_("Cubic"))
  enum_value (PENTIMENTO_WARP_LANCZOS3, "lanczos3", N_("Lanczos3"))
enum_end (PentimentoWarpSampler)

property_string (transform, _("Transform"), "")
    description (_("The transform as JSON text (format pentimento-transform): it maps points of the output to points of "
                   "the input, (0, 0) being the input layer's top left corner. Empty: the input as it is"))
    ui_meta ("multiline", "true")

property_enum (sampler, _("Sampler"), PentimentoWarpSampler, pentimento_warp_sampler, PENTIMENTO_WARP_CUBIC)
    description (_("How values between pixels are found; all but the first widen where the image shrinks"))

property_boolean (inverse, _("Inverse"), FALSE)
    description (_("Use the inverse of the transform: draw the fixed image in the moving one's frame"))

#else

#define GEGL_OP_FILTER
#define GEGL_OP_NAME     pentimento_warp
#define GEGL_OP_C_SOURCE warp.c

#include "gegl-op.h"

#include "buffer-source.h"
#include "placement.h"
#include "transform-text.h"
#include "translation.h"

#define NAME "pentimento:warp"

/* What the properties and the input come to; made in prepare() and only read while pixels are computed. */
typedef struct
{
  PmtTransformText told;
  PmtPlacement     placement;
} Warp;

static const PmtSampler samplers[] =
{
  [PENTIMENTO_WARP_NEAREST]  = PMT_SAMPLER_NEAREST,
  [PENTIMENTO_WARP_LINEAR]   = PMT_SAMPLER_LINEAR,
  [PENTIMENTO_WARP_CUBIC]    = PMT_SAMPLER_CUBIC,
  [PENTIMENTO_WARP_LANCZOS3] = PMT_SAMPLER_LANCZOS3
};

static Warp *
get_warp (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  if (o->user_data == NULL)
    o->user_data = g_new0 (Warp, 1);
  return o->user_data;
}

/* Brings the placement up to date with properties and input; a problem is told once and makes it the identity. */
static Warp *
update (GeglOperation *operation)
{
  GeglProperties      *o = GEGL_PROPERTIES (operation);
  Warp                *warp = get_warp (operation);
  const GeglRectangle *source = gegl_operation_source_get_bounding_box (operation, "input");
  GeglRectangle        extent = source != NULL ? *source : *GEGL_RECTANGLE (0, 0, 0, 0);
  gboolean             anew = pmt_transform_text_update (&warp->told, NAME, o->transform, o->inverse);
  g_autoptr (GError)   error = NULL;

  if ((anew || warp->placement.sampler != samplers[o->sampler] || !gegl_rectangle_equal (&warp->placement.extent, &extent))
      && !pmt_placement_set (&warp->placement, warp->told.transform, samplers[o->sampler], &extent, &error))
    pmt_transform_text_complain (&warp->told, NAME, error);
  return warp;
}

static void
prepare (GeglOperation *operation)
{
  const Babl *format = gegl_operation_get_source_format (operation, "input");
  const Babl *working = pmt_gegl_working_format (format);
  Warp       *warp = update (operation);

  if (warp->placement.chain == NULL && format != NULL)
    working = format;
  gegl_operation_set_format (operation, "input", working);
  gegl_operation_set_format (operation, "output", working);
}

static GeglRectangle
get_bounding_box (GeglOperation *operation)
{
  return update (operation)->placement.bounds;
}

static GeglRectangle
get_required_for_output (GeglOperation *operation, const char *pad, const GeglRectangle *roi)
{
  return pmt_placement_get_required (&get_warp (operation)->placement, roi);
}

static GeglRectangle
get_invalidated_by_change (GeglOperation *operation, const char *pad, const GeglRectangle *input)
{
  return pmt_placement_get_invalidated (&get_warp (operation)->placement, input);
}

/* The identity hands on its input, untouched to the bit. */
static gboolean
operation_process (GeglOperation *operation, GeglOperationContext *context, const char *pad,
                   const GeglRectangle *roi, gint level)
{
  GObject *input;

  if (get_warp (operation)->placement.chain != NULL)
    return GEGL_OPERATION_CLASS (gegl_op_parent_class)->process (operation, context, pad, roi, level);
  input = gegl_operation_context_dup_object (context, "input");
  gegl_operation_context_take_object (context, "output", input);
  return input != NULL;
}

static gboolean
process (GeglOperation *operation, GeglBuffer *input, GeglBuffer *output, const GeglRectangle *roi, gint level)
{
  const Babl        *format = gegl_operation_get_format (operation, "output");
  g_autoptr (GError) error = NULL;

  if (pmt_placement_render (&get_warp (operation)->placement, input, format, output, roi, &error))
    return TRUE;
  g_warning (NAME ": %s", error->message);
  return FALSE;
}

static void
finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);
  Warp           *warp = o->user_data;

  if (warp != NULL)
    {
      pmt_transform_text_clear (&warp->told);
      pmt_placement_clear (&warp->placement);
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
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->get_required_for_output = get_required_for_output;
  operation_class->get_invalidated_by_change = get_invalidated_by_change;
  filter_class->process = process;

  gegl_operation_class_set_keys (operation_class,
    "name",        NAME,
    "title",       _("Warp by Transform"),
    /* GIMP 3.2 hides what calls itself "transform". */
    "categories",  "distort",
    "description", _("Draws the input through a registration's chain of transforms, resampling it once"),
    "reference-composition",
      "<?xml version='1.0' encoding='UTF-8'?>"
      "<gegl>"
      "<node operation='gegl:crop' x='0' y='0' width='200' height='200'/>"
      "<node operation='pentimento:warp'><params><param name='transform'>"
      "{ \"format\": \"pentimento-transform\", \"version\": 1, \"from\": \"fixed\", \"to\": \"moving\","
      "  \"pixel-centre\": 0.5, \"axes\": \"x right, y down\","
      "  \"fixed\": { \"width\": 0, \"height\": 0 }, \"moving\": { \"width\": 0, \"height\": 0 },"
      "  \"steps\": [ { \"kind\": \"projective\","
      "                \"matrix\": [ [0.96, -0.26, 30], [0.26, 0.96, -22], [4e-4, 0, 1] ] } ] }"
      "</param></params></node>"
      "<node operation='gegl:load' path='standard-input.png'/>"
      "</gegl>",
    NULL);
}

#endif
