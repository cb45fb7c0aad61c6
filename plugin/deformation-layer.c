/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Show Deformation: what an alignment bends in a layer, drawn on a new layer above it, in the frame in which it was aligned. */

#include "base/parallel.h"
#include "base/plane.h"
#include "deformation-dialog.h"
#include "judge/deformation.h"
#include "layer-procedure.h"
#include "layers.h"
#include "plug-in.h"
#include "words.h"

#define STRIP_ROWS 128
#define BAND_ROWS  8      /* an item for a thread */

typedef struct
{
  GimpImage            *image;
  PmtDeformationOptions options;
  GPtrArray            *made;      /* GimpLayer */
} Pictures;

/* -- drawing -- */

typedef struct
{
  const PmtDeformation *deformation;
  GeglBuffer           *buffer;
  PmtRect               area, strip;
  float                *pixels;     /* of the strip */
} Drawing;

static gboolean
draw_band (int index, int thread, gpointer data, GError **error)
{
  const Drawing *d = data;
  int y = index * BAND_ROWS;
  PmtRect band = { d->strip.x, d->strip.y + y, d->strip.width, MIN (BAND_ROWS, d->strip.height - y) };

  pmt_deformation_draw (d->deformation, &band, d->pixels + (gsize) y * 4 * d->strip.width, (gsize) 4 * d->strip.width);
  return TRUE;
}

static gboolean
draw_work (PmtContext *context, gpointer data, GError **error)
{
  Drawing *d = data;
  gboolean ok = TRUE;

  d->pixels = pmt_buffer_new ((gsize) d->area.width * STRIP_ROWS, 4 * sizeof (float), error);
  if (d->pixels == NULL)
    return FALSE;
  pmt_context_stage (context, N_("drawing the deformation"), 0, 1);
  for (int y = 0; ok && y < d->area.height; y += STRIP_ROWS)
    {
      d->strip = (PmtRect) { d->area.x, d->area.y + y, d->area.width, MIN (STRIP_ROWS, d->area.height - y) };
      ok = pmt_parallel_for (context, (d->strip.height + BAND_ROWS - 1) / BAND_ROWS, draw_band, d, error);
      if (ok)
        gegl_buffer_set (d->buffer, GEGL_RECTANGLE (0, y, d->strip.width, d->strip.height), 0, babl_format ("R'G'B'A float"),
                         d->pixels, GEGL_AUTO_ROWSTRIDE);
      pmt_context_progress (context, (y + d->strip.height) / (double) d->area.height);
    }
  pmt_buffer_free (d->pixels);
  return ok;
}

/* Its bounds lie in the layer's own frame. */
static PmtRendering *
draw (const PmtDeformation *deformation, PmtRect area, const PmtLayerChain *chain, GimpLayer *layer, PmtJob *job, GError **error)
{
  g_autoptr (PmtRendering) rendering = g_new0 (PmtRendering, 1);
  Drawing d = { .deformation = deformation, .area = area };

  rendering->bounds = (PmtRect) { chain->reference_x - chain->layer_x, chain->reference_y - chain->layer_y, area.width, area.height };
  rendering->buffer = gegl_buffer_new (GEGL_RECTANGLE (0, 0, area.width, area.height),
                                       pmt_pixels_with_alpha (gimp_drawable_get_format (GIMP_DRAWABLE (layer))));
  d.buffer = rendering->buffer;
  return pmt_job_run (job, draw_work, &d, error) ? g_steal_pointer (&rendering) : NULL;
}

/* -- one layer -- */

/* The record of a live alignment, or of one that is in the pixels now. */
static gboolean
take_chain (PmtLayerTask *task, GError **error)
{
  GimpDrawable *drawable = GIMP_DRAWABLE (task->layer);

  if (task->chain == NULL)
    task->chain = pmt_layer_chain_read_note (task->layer);
  else if (task->chain->layer_width != gimp_drawable_get_width (drawable)
           || task->chain->layer_height != gimp_drawable_get_height (drawable))
    return pmt_plug_in_fail (error, _("it was resized after it had been aligned; bake or reset its alignment first"));
  return task->chain != NULL || pmt_plug_in_fail (error, _("it is not aligned"));
}

/* A new layer in a group may change the group: where its frame begins, and what its alignment moves. */
static gboolean
check_groups (GimpLayer *layer, GError **error)
{
  for (GimpItem *group = gimp_item_get_parent (GIMP_ITEM (layer)); group != NULL; group = gimp_item_get_parent (group))
    {
      g_autofree char *name = gimp_item_get_name (group);

      if (pmt_layer_chain_exists (GIMP_LAYER (group)))
        return pmt_plug_in_fail (error, _("it is in the group “%s”, which is aligned itself: select the group"), name);
      if (gimp_item_get_lock_position (group) || gimp_item_get_lock_content (group))
        return pmt_plug_in_fail (error, _("it is in the group “%s”, which is locked"), name);
    }
  return TRUE;
}

/* What was drawn, and on which scale. */
static char *
label_new (const char *name, const PmtDeformationOptions *options, const PmtDeformationFigures *figures)
{
  const char *what = pmt_words_deformation (options->mode);

  if (options->mode == PMT_DEFORMATION_JACOBIAN || options->mode == PMT_DEFORMATION_STRAIN)
    return g_strdup_printf (_("%s: %s, ±%.3g %%"), name, what, 100 * figures->range);
  return g_strdup_printf (_("%s: %s, shifts × %.3g"), name, what, figures->exaggeration);
}

static gboolean
prepare (PmtLayerTask *task, PmtJob *job, gpointer data, GError **error)
{
  const Pictures *pictures = data;
  PmtDeformationOptions options = pictures->options;
  g_autoptr (PmtDeformation) deformation = NULL;
  PmtSize size;
  PmtRect area;

  if (!take_chain (task, error) || !check_groups (task->layer, error))
    return FALSE;
  size = pmt_transform_get_fixed_size (task->chain->transform);
  if (size.width <= 0 || size.height <= 0)
    size = (PmtSize) { task->chain->layer_width, task->chain->layer_height };
  if (size.width > GIMP_MAX_IMAGE_SIZE || size.height > GIMP_MAX_IMAGE_SIZE)
    return pmt_plug_in_fail (error, _("the picture would be %d × %d pixels"), size.width, size.height);
  area = (PmtRect) { 0, 0, size.width, size.height };
  options.opacity = 1;      /* the layer has one */
  deformation = pmt_deformation_new (task->chain->transform, &area, &options, error);
  if (deformation == NULL)
    return FALSE;
  task->label = label_new (task->name, &options, pmt_deformation_get_figures (deformation));
  task->rendering = draw (deformation, area, task->chain, task->layer, job, error);
  return task->rendering != NULL;
}

/* A picture that could not be finished is taken away, with those of the layers before. */
static gboolean
take_back (Pictures *pictures, GError **error)
{
  for (guint i = 0; i < pictures->made->len; i++)
    gimp_image_remove_layer (pictures->image, g_ptr_array_index (pictures->made, i));
  g_ptr_array_set_size (pictures->made, 0);
  return pmt_plug_in_fail (error, _("GIMP did not add a layer"));
}

static gboolean
change (PmtLayerTask *task, gpointer data, char **remark, GError **error)
{
  Pictures *pictures = data;
  GimpItem *item = GIMP_ITEM (task->layer);
  GimpImageType type = gimp_image_get_base_type (pictures->image) == GIMP_GRAY ? GIMP_GRAYA_IMAGE : GIMP_RGBA_IMAGE;
  const PmtRect *bounds = &task->rendering->bounds;
  GimpLayer *layer = gimp_layer_new (pictures->image, task->label, bounds->width, bounds->height, type,
                                     100 * pictures->options.opacity,
                                     gimp_image_get_default_new_layer_mode (pictures->image));
  g_autoptr (GeglBuffer) buffer = NULL;
  int x, y;

  gimp_drawable_get_offsets (GIMP_DRAWABLE (task->layer), &x, &y);
  if (layer == NULL)
    return take_back (pictures, error);
  if (!gimp_layer_set_offsets (layer, x + bounds->x, y + bounds->y)
      || !gimp_image_insert_layer (pictures->image, layer, GIMP_LAYER (gimp_item_get_parent (item)),
                                   gimp_image_get_item_position (pictures->image, item)))
    {
      gimp_item_delete (GIMP_ITEM (layer));
      return take_back (pictures, error);
    }
  g_ptr_array_add (pictures->made, layer);
  buffer = gimp_drawable_get_buffer (GIMP_DRAWABLE (layer));
  if (buffer == NULL)
    return take_back (pictures, error);
  gegl_buffer_copy (task->rendering->buffer, NULL, GEGL_ABYSS_NONE, buffer, GEGL_RECTANGLE (0, 0, 0, 0));
  gegl_buffer_flush (buffer);
  gimp_drawable_update (GIMP_DRAWABLE (layer), 0, 0, bounds->width, bounds->height);
  return TRUE;
}

/* -- the call -- */

static gboolean
read_options (GimpProcedureConfig *config, GimpImage *image, PmtDeformationOptions *options, GError **error)
{
  g_autofree char *nick = NULL;

  pmt_deformation_options_init (options);
  g_object_get (config, "mode", &nick, "whole", &options->whole, "spacing", &options->spacing,
                "exaggeration", &options->exaggeration, "range", &options->range, "opacity", &options->opacity, NULL);
  if (nick == NULL || !pmt_deformation_mode_from_nick (nick, &options->mode))
    return pmt_plug_in_fail (error, _("“%s” is no value of the argument “%s”."), nick != NULL ? nick : "", "mode");
  if (gimp_image_get_base_type (image) == GIMP_GRAY && options->mode >= PMT_DEFORMATION_JACOBIAN)
    return pmt_plug_in_fail (error, _("A grey image can't show colours. Choose the bent grid or arrows, or convert it first: "
                                      "Image ▸ Mode ▸ RGB."));
  return pmt_deformation_options_check (options, error);
}

/* The layers that were selected stay so, that work on them can go on. */
static GimpValueArray *
show (GimpProcedure *procedure, GPtrArray *layers, Pictures *pictures)
{
  const PmtLayerWork work = { .title = _("Showing the deformation"), .adds_only = TRUE, .prepare = prepare, .change = change };
  g_autofree GimpLayer **selected = gimp_image_get_selected_layers (pictures->image);
  GimpValueArray *values = pmt_layer_procedure_run (procedure, pictures->image, layers, &work, pictures);

  if (pictures->made->len == 0)
    return values;
  gimp_image_set_selected_layers (pictures->image, (const GimpLayer **) selected);
  g_ptr_array_add (pictures->made, NULL);
  GIMP_VALUES_SET_CORE_OBJECT_ARRAY (values, 2, pictures->made->pdata);
  return values;
}

static GimpValueArray *
run (GimpProcedure *procedure, GimpRunMode mode, GimpImage *image, GimpDrawable **drawables, GimpProcedureConfig *config,
     gpointer data)
{
  g_autoptr (GPtrArray) layers = NULL, made = g_ptr_array_new ();
  Pictures pictures = { .image = image, .made = made };
  GError *error = NULL;

  gegl_init (NULL, NULL);
  if (!pmt_layers_check (image, drawables, &layers, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_EXECUTION_ERROR);
  if (mode == GIMP_RUN_INTERACTIVE && !pmt_deformation_dialog_run (procedure, config, image))
    return gimp_procedure_new_return_values (procedure, GIMP_PDB_CANCEL, NULL);
  if (!read_options (config, image, &pictures.options, &error))
    return pmt_plug_in_failure (procedure, error, GIMP_PDB_CALLING_ERROR);
  return show (procedure, layers, &pictures);
}

/* Strings and numbers without bounds, as in align-layers.c: what is wrong is told and not replaced. */
static void
add_arguments (GimpProcedure *procedure)
{
  PmtDeformationOptions options;

  pmt_deformation_options_init (&options);
  gimp_procedure_add_string_argument (procedure, "mode", _("Show"),
                                      _("What is drawn: shifts as a “grid” or as “arrows”, or colours of what is stretched: "
                                        "“jacobian”, the change of area, or “strain”"),
                                      pmt_deformation_mode_to_nick (options.mode), G_PARAM_READWRITE);
  gimp_procedure_add_boolean_argument (procedure, "whole", _("Whole transform"),
                                       _("Show the plane's share of the transform as well: scale, turn and perspective"),
                                       options.whole, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "spacing", _("Spacing"),
                                      _("Distance of the grid's lines or of the arrows, as a share of the longer side: 0.01 to 0.5"),
                                      -G_MAXDOUBLE, G_MAXDOUBLE, options.spacing, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "exaggeration", _("Exaggeration"),
                                      _("Shifts are drawn this many times as long, up to 10000; 0: the largest as long as the "
                                        "spacing"), -G_MAXDOUBLE, G_MAXDOUBLE, options.exaggeration, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "range", _("Range"),
                                      _("Change at which colours end, up to 10: 0.05 is about 5 %; 0: the largest, rounded up"),
                                      -G_MAXDOUBLE, G_MAXDOUBLE, options.range, G_PARAM_READWRITE);
  gimp_procedure_add_double_argument (procedure, "opacity", _("Opacity"), _("Of the new layer, 0 to 1"), -G_MAXDOUBLE, G_MAXDOUBLE,
                                      options.opacity, G_PARAM_READWRITE);
}

GimpProcedure *
pmt_deformation_procedure (GimpPlugIn *plug_in, const char *name)
{
  GimpProcedure *procedure = gimp_image_procedure_new (plug_in, name, GIMP_PDB_PROC_TYPE_PLUGIN, run, NULL, NULL);

  pmt_plug_in_describe (procedure, _("Show _Deformation…"), "pentimento-align",
                        _("Draw what the alignment of the selected layers bends, on new layers"),
                        _("Each selected layer that carries an alignment, live or baked, gets a new layer above it: a bent grid, "
                          "arrows, or colours of how much is stretched, where the layer was aligned to. The layers themselves "
                          "stay what they are."));
  gimp_procedure_set_sensitivity_mask (procedure, GIMP_PROCEDURE_SENSITIVE_DRAWABLE
                                                  | GIMP_PROCEDURE_SENSITIVE_DRAWABLES);
  add_arguments (procedure);
  pmt_layer_procedure_declare (procedure);
  gimp_procedure_add_core_object_array_return_value (procedure, "layers", _("Layers"), _("The new layers, from top to bottom"),
                                                     GIMP_TYPE_LAYER, G_PARAM_READWRITE);
  return procedure;
}
