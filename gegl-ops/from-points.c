/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (pentimento_from_points_model)
  enum_value (PENTIMENTO_FROM_POINTS_AUTO,             "auto",             N_("Find out"))
  enum_value (PENTIMENTO_FROM_POINTS_TRANSLATION,      "translation",      N_("Shifted"))
  enum_value (PENTIMENTO_FROM_POINTS_RIGID,            "rigid",            N_("Shifted and turned"))
  enum_value (PENTIMENTO_FROM_POINTS_SIMILARITY,       "similarity",       N_("Shifted, turned and scaled"))
  enum_value (PENTIMENTO_FROM_POINTS_AFFINE,           "affine",           N_("Sheared too"))
  enum_value (PENTIMENTO_FROM_POINTS_HOMOGRAPHY,       "homography",       N_("Tilted too"))
  enum_value (PENTIMENTO_FROM_POINTS_THIN_PLATE,       "thin-plate",       N_("Bent smoothly"))
  enum_value (PENTIMENTO_FROM_POINTS_PIECEWISE_AFFINE, "piecewise-affine", N_("Each triangle by itself"))
enum_end (PentimentoFromPointsModel)

/* As of pentimento:warp, in the same order. */
enum_start (pentimento_from_points_sampler)
  enum_value (PENTIMENTO_FROM_POINTS_NEAREST,  "nearest",  N_("Nearest neighbour"))
  enum_value (PENTIMENTO_FROM_POINTS_LINEAR,   "linear",   N_("Linear"))
  enum_value (PENTIMENTO_FROM_POINTS_CUBIC,    "cubic",    N_("Cubic"))
  enum_value (PENTIMENTO_FROM_POINTS_LANCZOS3, "lanczos3", N_("Lanczos3"))
enum_end (PentimentoFromPointsSampler)

property_string (points, _("Points"), "")
    description (_("Pairs of points, “output_x,output_y,input_x,input_y” a line, (0, 0) being the input layer's top "
                   "left corner. "
                   "Empty: the input as it is"))
    ui_meta ("multiline", "true")

property_enum (model, _("Model"), PentimentoFromPointsModel, pentimento_from_points_model, PENTIMENTO_FROM_POINTS_AUTO)
    description (_("How the input may be moved; the first is the stiffest that predicts points left out about as well "
                   "as the best one"))

property_double (smoothing, _("Smoothing"), -1)
    value_range (-1, 1e6)
    ui_range (-1, 1)
    description (_("Of a bend: 0 goes through all points, 0.01 is much; −1 takes what predicts points left out best"))

property_enum (sampler, _("Sampler"), PentimentoFromPointsSampler, pentimento_from_points_sampler,
               PENTIMENTO_FROM_POINTS_CUBIC)
    description (_("How values between pixels are found; all but the first widen where the image shrinks"))

property_boolean (inverse, _("Inverse"), FALSE)
    description (_("Draw the other way: from where the points lie in the output to where they lie in the input"))

#else

#define GEGL_OP_META
#define GEGL_OP_NAME     pentimento_from_points
#define GEGL_OP_C_SOURCE from-points.c

#include "gegl-op.h"

#include <math.h>
#include <string.h>

#include "fit/point-fit.h"
#include "fit/points.h"
#include "translation.h"

#define NAME "pentimento:from-points"

/* The node that draws, and what its transform was last made from. */
typedef struct
{
  GeglNode *warp;
  char     *points;      /* NULL: nothing yet */
  int       model;
  double    smoothing;
} FromPoints;

static const PmtPointModel models[] =
{
  [PENTIMENTO_FROM_POINTS_AUTO]             = PMT_POINT_MODEL_AUTO,
  [PENTIMENTO_FROM_POINTS_TRANSLATION]      = PMT_POINT_MODEL_TRANSLATION,
  [PENTIMENTO_FROM_POINTS_RIGID]            = PMT_POINT_MODEL_RIGID,
  [PENTIMENTO_FROM_POINTS_SIMILARITY]       = PMT_POINT_MODEL_SIMILARITY,
  [PENTIMENTO_FROM_POINTS_AFFINE]           = PMT_POINT_MODEL_AFFINE,
  [PENTIMENTO_FROM_POINTS_HOMOGRAPHY]       = PMT_POINT_MODEL_HOMOGRAPHY,
  [PENTIMENTO_FROM_POINTS_THIN_PLATE]       = PMT_POINT_MODEL_THIN_PLATE,
  [PENTIMENTO_FROM_POINTS_PIECEWISE_AFFINE] = PMT_POINT_MODEL_PIECEWISE_AFFINE
};

/* The transform through the points as text; empty without points, NULL with an error where there is none. */
static char *
fit_text (const FromPoints *f, GError **error)
{
  g_autoptr (GArray)      from = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (GArray)      to = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtPointFit) fit = NULL;
  const PmtSize           unknown = { 0, 0 };
  PmtPointOptions         options = { models[f->model], f->smoothing < 0 ? NAN : f->smoothing };

  if (!pmt_points_from_text (f->points, from, to, error))
    return NULL;
  if (from->len == 0)
    return g_strdup ("");
  fit = pmt_point_fit_new ((int) from->len, (const PmtPoint *) from->data, (const PmtPoint *) to->data, unknown,
                           unknown, &options, error);
  return fit != NULL ? pmt_transform_to_json (fit->transform) : NULL;
}

/* TRUE when something is new that the transform is made from. */
static gboolean
take (FromPoints *f, const GeglProperties *o)
{
  const char *points = o->points != NULL ? o->points : "";

  if (f->points != NULL && strcmp (f->points, points) == 0 && f->model == (int) o->model
      && f->smoothing == o->smoothing)
    return FALSE;
  g_free (f->points);
  f->points = g_strdup (points);
  f->model = (int) o->model;
  f->smoothing = o->smoothing;
  return TRUE;
}

static void
update (GeglOperation *operation)
{
  GeglProperties    *o = GEGL_PROPERTIES (operation);
  FromPoints        *f = o->user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char   *text = NULL;

  if (f == NULL)   /* not attached yet */
    return;
  gegl_node_set (f->warp, "sampler", (int) o->sampler, "inverse", o->inverse, NULL);
  if (!take (f, o))
    return;
  text = fit_text (f, &error);
  if (text == NULL)
    g_warning (NAME ": %s; the input is passed through", error->message);
  gegl_node_set (f->warp, "transform", text != NULL ? text : "", NULL);
}

static void
attach (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  GeglNode       *node = operation->node;
  FromPoints     *f = g_new0 (FromPoints, 1);

  f->warp = gegl_node_new_child (node, "operation", "pentimento:warp", NULL);
  gegl_node_link_many (gegl_node_get_input_proxy (node, "input"), f->warp, gegl_node_get_output_proxy (node, "output"),
                       NULL);
  o->user_data = f;
  update (operation);
}

static void
finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);
  FromPoints     *f = o->user_data;

  if (f != NULL)
    {
      g_free (f->points);
      g_clear_pointer (&o->user_data, g_free);
    }
  G_OBJECT_CLASS (gegl_op_parent_class)->finalize (object);
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass     *operation_class = GEGL_OPERATION_CLASS (klass);
  GeglOperationMetaClass *meta_class = GEGL_OPERATION_META_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = finalize;
  operation_class->attach = attach;
  meta_class->update = update;

  gegl_operation_class_set_keys (operation_class,
    "name",        NAME,
    "title",       _("Warp by Points"),
    /* GIMP 3.2 hides what calls itself "transform". */
    "categories",  "distort",
    "description", _("Draws the input through the transform that leads through pairs of points, resampling it once"),
    "reference-composition",
      "<?xml version='1.0' encoding='UTF-8'?>"
      "<gegl>"
      "<node operation='gegl:crop' x='0' y='0' width='200' height='200'/>"
      "<node operation='pentimento:from-points'><params>"
      "<param name='points'>20,10,0,0\n180,30,200,0\n190,180,200,200\n5,170,0,200</param>"
      "<param name='model'>homography</param>"
      "</params></node>"
      "<node operation='gegl:load' path='standard-input.png'/>"
      "</gegl>",
    NULL);
}

#endif
