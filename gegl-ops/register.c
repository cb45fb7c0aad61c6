/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <glib/gi18n-lib.h>

#ifdef GEGL_PROPERTIES

enum_start (pentimento_register_model)
  enum_value (PENTIMENTO_REGISTER_AUTO,        "auto",        N_("Choose by itself"))
  enum_value (PENTIMENTO_REGISTER_TRANSLATION, "translation", N_("Translation"))
  enum_value (PENTIMENTO_REGISTER_RIGID,       "rigid",       N_("Rigid: translation, rotation"))
  enum_value (PENTIMENTO_REGISTER_SIMILARITY,  "similarity",  N_("Similarity: and scale"))
  enum_value (PENTIMENTO_REGISTER_AFFINE,      "affine",      N_("Affine"))
  enum_value (PENTIMENTO_REGISTER_HOMOGRAPHY,  "homography",  N_("Homography (perspective)"))
  enum_value (PENTIMENTO_REGISTER_SMOOTH,      "smooth",      N_("Smooth: and a bend of canvas, paper, tissue"))
  enum_value (PENTIMENTO_REGISTER_DEFORMABLE,  "deformable",  N_("Deformable: and a bend where it proves better"))
enum_end (PentimentoRegisterModel)

enum_start (pentimento_register_modality)
  enum_value (PENTIMENTO_REGISTER_FIND_OUT,  "auto",      N_("Find out"))
  enum_value (PENTIMENTO_REGISTER_SAME,      "same",      N_("The images are of the same kind"))
  enum_value (PENTIMENTO_REGISTER_DIFFERENT, "different", N_("The images are of different kinds"))
enum_end (PentimentoRegisterModality)

enum_start (pentimento_register_search)
  enum_value (PENTIMENTO_REGISTER_SEARCH_AUTO,    "auto",    N_("As it lies first, then everywhere"))
  enum_value (PENTIMENTO_REGISTER_SEARCH_FRONTAL, "frontal", N_("The same without views from far aside"))
  enum_value (PENTIMENTO_REGISTER_SEARCH_UPRIGHT, "upright", N_("Neither from aside nor turned"))
  enum_value (PENTIMENTO_REGISTER_SEARCH_LOCAL,   "local",   N_("Only near where it lies"))
enum_end (PentimentoRegisterSearch)

enum_start (pentimento_register_optimiser)
  enum_value (PENTIMENTO_REGISTER_NO_OPTIMISER, "none",         N_("None: match pieces"))
  enum_value (PENTIMENTO_REGISTER_BRUTE_FORCE,  "brute-force",  N_("Brute force: all shifts first"))
  enum_value (PENTIMENTO_REGISTER_GRADIENT,     "gradient",     N_("Gradient descent"))
  enum_value (PENTIMENTO_REGISTER_LBFGS,        "l-bfgs",       N_("L-BFGS"))
  enum_value (PENTIMENTO_REGISTER_EVOLUTIONARY, "evolutionary", N_("Evolutionary"))
enum_end (PentimentoRegisterOptimiser)

enum_start (pentimento_register_metric)
  enum_value (PENTIMENTO_REGISTER_METRIC_AUTO, "auto",      N_("As the kinds of image need"))
  enum_value (PENTIMENTO_REGISTER_SSD,         "ssd",       N_("Squared differences"))
  enum_value (PENTIMENTO_REGISTER_NCC,         "ncc",       N_("Correlation"))
  enum_value (PENTIMENTO_REGISTER_LOCAL_NCC,   "local-ncc", N_("Local correlation"))
  enum_value (PENTIMENTO_REGISTER_NMI,         "nmi",       N_("Normalised mutual information"))
  enum_value (PENTIMENTO_REGISTER_NGF,         "ngf",       N_("Normalised gradient fields"))
  enum_value (PENTIMENTO_REGISTER_MIND,        "mind",      N_("Neighbourhood descriptors (MIND)"))
  enum_value (PENTIMENTO_REGISTER_DD,          "dd",        N_("DD score"))
enum_end (PentimentoRegisterMetric)

enum_start (pentimento_register_sampler)
  enum_value (PENTIMENTO_REGISTER_NEAREST,  "nearest",  N_("Nearest neighbour"))
  enum_value (PENTIMENTO_REGISTER_LINEAR,   "linear",   N_("Linear"))
  enum_value (PENTIMENTO_REGISTER_CUBIC,    "cubic",    N_("Cubic"))
  enum_value (PENTIMENTO_REGISTER_LANCZOS3, "lanczos3", N_("Lanczos3"))
enum_end (PentimentoRegisterSampler)

property_enum (model, _("Model"), PentimentoRegisterModel, pentimento_register_model, PENTIMENTO_REGISTER_AUTO)
    description (_("What the transform may do"))

property_double (stiffness, _("Stiffness"), 0.0)
    description (_("How stiff a bend of the models auto, smooth and deformable is: the length of waves that are "
                   "followed by half, as a share of the common area's mean side. 3 is practically a plane, 0.1 very soft; 0 has it found"))
    value_range (0.0, 5.0)
    ui_range    (0.0, 3.0)

property_enum (modality, _("Images"), PentimentoRegisterModality, pentimento_register_modality,
               PENTIMENTO_REGISTER_FIND_OUT)
    description (_("Whether grey values correspond (photographs of one kind) or only structure does (visible and "
                   "infrared)"))

property_enum (search, _("Search"), PentimentoRegisterSearch, pentimento_register_search,
               PENTIMENTO_REGISTER_SEARCH_AUTO)
    description (_("How far from where the images lie to look"))

property_string (preparation, _("Preparation"), "auto")
    description (_("What is done to both images before the search: auto, none, downsample, clahe, bilateral, "
                   "non-local-means, sobel, canny, adaptive-threshold, laplacian, red, green, blue, band:N, "
                   "principal-component, or a band and a filter, such as red+clahe"))

property_enum (optimiser, _("Optimiser"), PentimentoRegisterOptimiser, pentimento_register_optimiser,
               PENTIMENTO_REGISTER_NO_OPTIMISER)
    description (_("Moves the image until a score is best, in place of matching pieces"))

property_enum (metric, _("Score"), PentimentoRegisterMetric, pentimento_register_metric,
               PENTIMENTO_REGISTER_METRIC_AUTO)
    description (_("What the optimiser makes best, or a bend of the models smooth and deformable where there is none"))

property_string (landmarks, _("Landmarks"), "")
    description (_("Places known in both images, which lead a bend: a line each, fixed_x,fixed_y,moving_x,moving_y, in pixels"))
    ui_meta ("multiline", "true")

property_double (landmark_sigma, _("Landmarks, off by"), 2.0)
    description (_("How far off the landmarks may be, pixels of the input"))
    value_range (0.01, 1000.0)
    ui_range    (0.1, 20.0)

property_enum (sampler, _("Sampler"), PentimentoRegisterSampler, pentimento_register_sampler,
               PENTIMENTO_REGISTER_CUBIC)
    description (_("How values between pixels are found"))

property_boolean (allow_uncertain, _("Apply uncertain results"), FALSE)
    description (_("Move the input also when the verdict is \"uncertain\"; a failed result is never applied"))

property_string (verdict, _("Verdict"), "")
    description (_("Result: ok, uncertain or failed; empty before the inputs were seen"))

property_string (transform, _("Transform"), "")
    description (_("Result: the transform that was applied, as JSON text for pentimento:warp; empty when none was"))
    ui_meta ("multiline", "true")

property_string (report, _("Report"), "")
    description (_("Result: verdict, reasons and figures as JSON text"))
    ui_meta ("multiline", "true")

#else

#define GEGL_OP_COMPOSER3
#define GEGL_OP_NAME     pentimento_register
#define GEGL_OP_C_SOURCE register.c

#include "gegl-op.h"

#include "buffer-source.h"
#include "fit/points.h"
#include "placement.h"
#include "register.h"
#include "translation.h"

#define PREPARATION_SIZE 64   /* bytes; every name is shorter */
#define CHECKSUM_SIZE    65   /* SHA-256 in hexadecimal, and its end */

/* What one fit was made from: another, and it is made again. */
typedef struct
{
  PmtModel      model;
  double        stiffness;
  PmtModality   modality;
  PmtSearch     search;
  char          preparation[PREPARATION_SIZE];
  PmtOptimiser  optimiser;
  PmtMetric     metric;
  char          landmarks[CHECKSUM_SIZE];   /* of the text; empty without */
  double        sigma;
  GeglRectangle moving, fixed, rigid;
  GeglNode     *moving_node, *fixed_node, *rigid_node;
  const Babl   *moving_format, *fixed_format, *rigid_format;
} Question;

typedef struct
{
  gboolean      stale;       /* an input's pixels have changed since */
  gboolean      deferred;    /* a property is being set, others may follow: not the moment to fit */
  gboolean      answered;
  Question      question;
  PmtVerdict    verdict;
  PmtTransform *transform;   /* output coordinates → the input's; NULL when there was no fit */
  gboolean      usable;      /* as the placement was made */
  PmtPlacement  placement;
} Fit;

static const PmtModel models[] =
{
  [PENTIMENTO_REGISTER_AUTO]        = PMT_MODEL_AUTO,
  [PENTIMENTO_REGISTER_TRANSLATION] = PMT_MODEL_TRANSLATION,
  [PENTIMENTO_REGISTER_RIGID]       = PMT_MODEL_RIGID,
  [PENTIMENTO_REGISTER_SIMILARITY]  = PMT_MODEL_SIMILARITY,
  [PENTIMENTO_REGISTER_AFFINE]      = PMT_MODEL_AFFINE,
  [PENTIMENTO_REGISTER_HOMOGRAPHY]  = PMT_MODEL_HOMOGRAPHY,
  [PENTIMENTO_REGISTER_SMOOTH]      = PMT_MODEL_SMOOTH,
  [PENTIMENTO_REGISTER_DEFORMABLE]  = PMT_MODEL_DEFORMABLE
};
static const PmtModality modalities[] =
{
  [PENTIMENTO_REGISTER_FIND_OUT]  = PMT_MODALITY_AUTO,
  [PENTIMENTO_REGISTER_SAME]      = PMT_MODALITY_SAME,
  [PENTIMENTO_REGISTER_DIFFERENT] = PMT_MODALITY_DIFFERENT
};
static const PmtSearch searches[] =
{
  [PENTIMENTO_REGISTER_SEARCH_AUTO]    = PMT_SEARCH_AUTO,
  [PENTIMENTO_REGISTER_SEARCH_FRONTAL] = PMT_SEARCH_FRONTAL,
  [PENTIMENTO_REGISTER_SEARCH_UPRIGHT] = PMT_SEARCH_UPRIGHT,
  [PENTIMENTO_REGISTER_SEARCH_LOCAL]   = PMT_SEARCH_LOCAL
};
static const PmtOptimiser optimisers[] =
{
  [PENTIMENTO_REGISTER_NO_OPTIMISER] = PMT_OPTIMISER_NONE,
  [PENTIMENTO_REGISTER_BRUTE_FORCE]  = PMT_OPTIMISER_BRUTE_FORCE,
  [PENTIMENTO_REGISTER_GRADIENT]     = PMT_OPTIMISER_GRADIENT,
  [PENTIMENTO_REGISTER_LBFGS]        = PMT_OPTIMISER_LBFGS,
  [PENTIMENTO_REGISTER_EVOLUTIONARY] = PMT_OPTIMISER_EVOLUTIONARY
};
static const PmtMetric metrics[] =
{
  [PENTIMENTO_REGISTER_METRIC_AUTO] = PMT_METRIC_AUTO,
  [PENTIMENTO_REGISTER_SSD]         = PMT_METRIC_SSD,
  [PENTIMENTO_REGISTER_NCC]         = PMT_METRIC_NCC,
  [PENTIMENTO_REGISTER_LOCAL_NCC]   = PMT_METRIC_LOCAL_NCC,
  [PENTIMENTO_REGISTER_NMI]         = PMT_METRIC_NMI,
  [PENTIMENTO_REGISTER_NGF]         = PMT_METRIC_NGF,
  [PENTIMENTO_REGISTER_MIND]        = PMT_METRIC_MIND,
  [PENTIMENTO_REGISTER_DD]          = PMT_METRIC_DD
};
static const PmtSampler samplers[] =
{
  [PENTIMENTO_REGISTER_NEAREST]  = PMT_SAMPLER_NEAREST,
  [PENTIMENTO_REGISTER_LINEAR]   = PMT_SAMPLER_LINEAR,
  [PENTIMENTO_REGISTER_CUBIC]    = PMT_SAMPLER_CUBIC,
  [PENTIMENTO_REGISTER_LANCZOS3] = PMT_SAMPLER_LANCZOS3
};

static Fit *
get_fit (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);

  if (o->user_data == NULL)
    o->user_data = g_new0 (Fit, 1);
  return o->user_data;
}

static GeglRectangle
pad_bounds (GeglOperation *operation, const char *pad)
{
  const GeglRectangle *bounds = gegl_operation_source_get_bounding_box (operation, pad);

  return bounds != NULL ? *bounds : *GEGL_RECTANGLE (0, 0, 0, 0);
}

/* The landmarks' text stands for itself by its checksum. */
static void
sum_landmarks (const char *text, char sum[CHECKSUM_SIZE])
{
  g_autofree char *checksum = NULL;

  if (text == NULL || *text == 0)
    return;
  checksum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  g_strlcpy (sum, checksum, CHECKSUM_SIZE);
}

static Question
get_question (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  Question        question;

  memset (&question, 0, sizeof question);   /* compared as bytes */
  question.model = models[o->model];
  question.stiffness = o->stiffness;
  question.modality = modalities[o->modality];
  question.search = searches[o->search];
  g_strlcpy (question.preparation, o->preparation != NULL ? o->preparation : "auto", sizeof question.preparation);
  question.optimiser = optimisers[o->optimiser];
  question.metric = metrics[o->metric];
  sum_landmarks (o->landmarks, question.landmarks);
  question.sigma = o->landmark_sigma;
  question.moving = pad_bounds (operation, "input");
  question.fixed = pad_bounds (operation, "aux");
  question.rigid = pad_bounds (operation, "aux2");
  question.moving_node = gegl_operation_get_source_node (operation, "input");
  question.fixed_node = gegl_operation_get_source_node (operation, "aux");
  question.rigid_node = gegl_operation_get_source_node (operation, "aux2");
  question.moving_format = gegl_operation_get_source_format (operation, "input");
  question.fixed_format = gegl_operation_get_source_format (operation, "aux");
  question.rigid_format = gegl_operation_get_source_format (operation, "aux2");
  return question;
}

/* What a node has within the bounds, rendered in its own format. */
static PmtSource *
render_node (GeglNode *node, const GeglRectangle *bounds, const Babl *format, GError **error)
{
  g_autoptr (GeglBuffer) buffer = NULL;

  if (gegl_rectangle_is_empty (bounds) || gegl_rectangle_is_infinite_plane (bounds)
      || bounds->width > PMT_BOUNDS_MAX_SIDE || bounds->height > PMT_BOUNDS_MAX_SIDE)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "an input has no bounds to be matched in; crop it");
      return NULL;
    }
  buffer = gegl_buffer_new (bounds, format != NULL ? format : babl_format ("RGBA float"));
  gegl_node_blit_buffer (node, buffer, bounds, 0, GEGL_ABYSS_NONE);
  return pmt_gegl_source_new (buffer, bounds, NULL, error);
}

static void
on_progress (const char *stage, double fraction, double seconds_left, gpointer operation)
{
  gegl_operation_progress (operation, fraction, (char *) stage);
}

/* From GEGL's coordinates to pixels counted from each image's corner; NULL with an error. */
static GArray *
read_landmarks (const GeglProperties *o, const Question *question, GError **error)
{
  g_autoptr (GArray) fixed = g_array_new (FALSE, FALSE, sizeof (PmtPoint)), moving = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  GArray            *landmarks;

  if (!pmt_points_from_text (o->landmarks != NULL ? o->landmarks : "", fixed, moving, error))
    {
      g_prefix_error (error, "landmarks: ");
      return NULL;
    }
  landmarks = pmt_landmarks_from_points (fixed, moving, o->landmark_sigma);
  for (guint k = 0; k < landmarks->len; k++)
    {
      PmtLandmark *l = &g_array_index (landmarks, PmtLandmark, k);

      l->fixed = (PmtPoint) { l->fixed.x - question->fixed.x, l->fixed.y - question->fixed.y };
      l->moving = (PmtPoint) { l->moving.x - question->moving.x, l->moving.y - question->moving.y };
    }
  return landmarks;
}

static PmtRegistration *
run_fit (GeglOperation *operation, const Question *question, PmtContext *context, GError **error)
{
  g_autoptr (PmtSource)    moving = NULL, fixed = NULL, rigid = NULL;
  g_autoptr (PmtTransform) unplaced = NULL, initial = NULL;
  g_autoptr (GArray)       landmarks = read_landmarks (GEGL_PROPERTIES (operation), question, error);
  PmtRegisterOptions       options;
  PmtMatrix3               as_it_lies = pmt_matrix3_translation ((double) question->fixed.x - question->moving.x,
                                                                 (double) question->fixed.y - question->moving.y);

  if (landmarks == NULL)
    return NULL;
  moving = render_node (question->moving_node, &question->moving, question->moving_format, error);
  if (moving == NULL)
    return NULL;
  fixed = render_node (question->fixed_node, &question->fixed, question->fixed_format, error);
  if (fixed == NULL)
    return NULL;
  if (question->rigid_node != NULL)
    {
      rigid = render_node (question->rigid_node, &question->moving, question->rigid_format, error);
      if (rigid == NULL)
        return NULL;
    }

  pmt_register_options_init (&options);
  options.model = question->model;
  options.stiffness = question->stiffness;
  options.modality = question->modality;
  options.search = question->search;
  options.preparation = question->preparation;
  options.optimiser = question->optimiser;
  options.metric = question->metric;
  options.landmarks = (const PmtLandmark *) landmarks->data;
  options.n_landmarks = (int) landmarks->len;
  options.rigid = rigid;
  unplaced = pmt_transform_new ((PmtSize) { question->fixed.width, question->fixed.height },
                                (PmtSize) { question->moving.width, question->moving.height });
  initial = pmt_transform_append_matrix (unplaced, &as_it_lies, (PmtSize) { 0, 0 }, NULL, error);
  if (initial == NULL)
    return NULL;
  options.initial = initial;
  return pmt_register (context, fixed, moving, &options, error);
}

/* From pixels counted from each image's corner to GEGL's coordinates. */
static PmtTransform *
in_output_coordinates (const PmtTransform *transform, const Question *question, GError **error)
{
  g_autoptr (PmtTransform) start = NULL, to_corner = NULL, chain = NULL;
  PmtSize    fixed = { question->fixed.width, question->fixed.height };
  PmtMatrix3 before = pmt_matrix3_translation (-question->fixed.x, -question->fixed.y);
  PmtMatrix3 after = pmt_matrix3_translation (question->moving.x, question->moving.y);

  chain = pmt_transform_ref ((PmtTransform *) transform);
  if (question->fixed.x != 0 || question->fixed.y != 0)
    {
      start = pmt_transform_new (fixed, fixed);
      to_corner = pmt_transform_append_matrix (start, &before, fixed, NULL, error);
      pmt_transform_unref (g_steal_pointer (&chain));
      chain = to_corner != NULL ? pmt_transform_compose (to_corner, transform, error) : NULL;
    }
  if (chain == NULL || (question->moving.x == 0 && question->moving.y == 0))
    return g_steal_pointer (&chain);
  return pmt_transform_append_matrix (chain, &after, (PmtSize) { 0, 0 }, NULL, error);
}

/* Fits, and writes the results to the properties. No notification: it would invalidate the very output under way. */
static void
answer (GeglOperation *operation, Fit *fit)
{
  GeglProperties              *o = GEGL_PROPERTIES (operation);
  g_autoptr (PmtContext)       context = pmt_context_new ();
  g_autoptr (PmtRegistration)  registration = NULL;
  g_autoptr (GError)           error = NULL;
  int                          threads = 1;

  g_object_get (gegl_config (), "threads", &threads, NULL);
  pmt_context_set_threads (context, threads);
  pmt_context_set_progress (context, on_progress, operation);
  g_clear_pointer (&fit->transform, pmt_transform_unref);
  fit->verdict = PMT_VERDICT_FAILED;
  registration = run_fit (operation, &fit->question, context, &error);
  if (registration != NULL)
    {
      fit->verdict = registration->verdict;
      fit->transform = in_output_coordinates (registration->transform, &fit->question, &error);
    }
  if (error != NULL)
    g_warning ("pentimento:register: %s", error->message);

  g_free (o->verdict);
  g_free (o->report);
  o->verdict = g_strdup (pmt_verdict_to_nick (fit->verdict));
  o->report = registration != NULL ? pmt_registration_to_json (registration, context) : g_strdup ("");
}

static gboolean
is_usable (const Fit *fit, const GeglProperties *o)
{
  return fit->transform != NULL
         && (fit->verdict == PMT_VERDICT_OK || (fit->verdict == PMT_VERDICT_UNCERTAIN && o->allow_uncertain));
}

static void
place (GeglOperation *operation, Fit *fit)
{
  GeglProperties    *o = GEGL_PROPERTIES (operation);
  gboolean           usable = is_usable (fit, o);
  g_autoptr (GError) error = NULL;

  fit->usable = usable;
  if (!pmt_placement_set (&fit->placement, usable ? fit->transform : NULL, samplers[o->sampler],
                          &fit->question.moving, &error))
    g_warning ("pentimento:register: %s; the input is passed through", error->message);
  else if (!usable)
    g_warning ("pentimento:register: the verdict is \"%s\"; the input is passed through unmoved", o->verdict);
  g_free (o->transform);
  o->transform = usable && error == NULL ? pmt_transform_to_json (fit->transform) : g_strdup ("");
}

static Fit *
update (GeglOperation *operation)
{
  GeglProperties *o = GEGL_PROPERTIES (operation);
  Fit            *fit = get_fit (operation);
  Question        question = get_question (operation);
  gboolean        complete = question.moving_node != NULL && question.fixed_node != NULL;

  if (!complete)
    {
      fit->answered = FALSE;
      pmt_placement_set (&fit->placement, NULL, samplers[o->sampler], &question.moving, NULL);
    }
  else if (fit->deferred)
    {
      if (!fit->answered)
        pmt_placement_set (&fit->placement, NULL, samplers[o->sampler], &question.moving, NULL);
    }
  else if (!fit->answered || fit->stale || memcmp (&question, &fit->question, sizeof question) != 0)
    {
      fit->stale = FALSE;
      fit->answered = TRUE;
      fit->question = question;
      answer (operation, fit);
      place (operation, fit);
    }
  else if (fit->placement.sampler != samplers[o->sampler] || fit->usable != is_usable (fit, o))
    place (operation, fit);
  return fit;
}

static void
prepare (GeglOperation *operation)
{
  const Babl *format = gegl_operation_get_source_format (operation, "input");
  const Babl *working = pmt_gegl_working_format (format);
  Fit        *fit = update (operation);

  if (fit->placement.chain == NULL && format != NULL)
    working = format;
  gegl_operation_set_format (operation, "input", working);
  gegl_operation_set_format (operation, "output", working);
}

static GeglRectangle
get_bounding_box (GeglOperation *operation)
{
  return get_fit (operation)->placement.bounds;
}

/* The fit has seen the fixed image; pixels of the output need the moving one alone. */
static GeglRectangle
get_required_for_output (GeglOperation *operation, const char *pad, const GeglRectangle *roi)
{
  if (strcmp (pad, "input") != 0)
    return *GEGL_RECTANGLE (0, 0, 0, 0);
  return pmt_placement_get_required (&get_fit (operation)->placement, roi);
}

/* Any change of either image may change the fit and so the whole output. */
static GeglRectangle
get_invalidated_by_change (GeglOperation *operation, const char *pad, const GeglRectangle *input)
{
  Fit          *fit = get_fit (operation);
  GeglRectangle all;

  fit->stale = TRUE;
  gegl_rectangle_bounding_box (&all, &fit->placement.bounds, input);
  return all;
}

/* What is not moved is handed on, untouched to the bit. */
static gboolean
operation_process (GeglOperation *operation, GeglOperationContext *context, const char *pad,
                   const GeglRectangle *roi, gint level)
{
  GObject *input;

  if (get_fit (operation)->placement.chain != NULL)
    return GEGL_OPERATION_CLASS (gegl_op_parent_class)->process (operation, context, pad, roi, level);
  input = gegl_operation_context_dup_object (context, "input");
  gegl_operation_context_take_object (context, "output", input);
  return input != NULL;
}

static gboolean
process (GeglOperation *operation, GeglBuffer *input, GeglBuffer *aux, GeglBuffer *aux2, GeglBuffer *output,
         const GeglRectangle *roi, gint level)
{
  const Babl        *format = gegl_operation_get_format (operation, "output");
  g_autoptr (GError) error = NULL;

  if (pmt_placement_render (&get_fit (operation)->placement, input, format, output, roi, &error))
    return TRUE;
  g_warning ("pentimento:register: %s", error->message);
  return FALSE;
}

/* GEGL asks for new bounds at every single property that is set; a fit for each would be answering half a question. */
static void
dispatch_properties_changed (GObject *object, guint n, GParamSpec **pspecs)
{
  Fit *fit = get_fit (GEGL_OPERATION (object));

  fit->deferred = TRUE;
  G_OBJECT_CLASS (gegl_op_parent_class)->dispatch_properties_changed (object, n, pspecs);
  fit->deferred = FALSE;
}

static void
finalize (GObject *object)
{
  GeglProperties *o = GEGL_PROPERTIES (object);
  Fit            *fit = o->user_data;

  if (fit != NULL)
    {
      g_clear_pointer (&fit->transform, pmt_transform_unref);
      pmt_placement_clear (&fit->placement);
      g_clear_pointer (&o->user_data, g_free);
    }
  G_OBJECT_CLASS (gegl_op_parent_class)->finalize (object);
}

static void
gegl_op_class_init (GeglOpClass *klass)
{
  GeglOperationClass          *operation_class = GEGL_OPERATION_CLASS (klass);
  GeglOperationComposer3Class *composer_class = GEGL_OPERATION_COMPOSER3_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispatch_properties_changed = dispatch_properties_changed;
  G_OBJECT_CLASS (klass)->finalize = finalize;
  operation_class->threaded = TRUE;
  operation_class->prepare = prepare;
  operation_class->process = operation_process;
  operation_class->get_bounding_box = get_bounding_box;
  operation_class->get_required_for_output = get_required_for_output;
  operation_class->get_invalidated_by_change = get_invalidated_by_change;
  composer_class->process = process;
  composer_class->aux_label = _("Fixed image");
  composer_class->aux_description = _("The image that the input is laid on");
  composer_class->aux2_label = _("Map of what is rigid");
  composer_class->aux2_description = _("Where the input keeps its shape when it bends: the brighter, the more; black is as soft as anywhere. None: nowhere");

  gegl_operation_class_set_keys (operation_class,
    "name",        "pentimento:register",
    "title",       _("Register on Another Image"),
    "categories",  "distort",
    "description", _("Finds how the input lies on the auxiliary image and draws it there, unless it isn't sure"),
    NULL);
}

#endif
