/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "command.h"

#define LANDMARK_SIGMA 2.0   /* px: what a hand places */

static const char summary[] =
  "Finds where MOVING lies on FIXED, and judges the result: ok, uncertain or failed, with reasons.";

static const char description[] =
  "Examples:\n"
  "  Align an infrared photograph with the visible one; keep transform, picture and report:\n"
  "    pentimento register visible.tif infrared.tif -t ir.json -o ir-aligned.tif --report ir-report.json\n"
  "  Two exposures of the same kind that hardly differ:\n"
  "    pentimento register a.png b.png -t b.json --modality same --initial identity --model rigid\n"
  "  Help a hard case with a few points (a line each: fixed_x,fixed_y,moving_x,moving_y):\n"
  "    pentimento register map1850.png map1900.png -t m.json --initial points.csv\n\n"
  "FIXED stays as it is; MOVING is what the transform draws. Nothing that failed is written without --force,\n"
  "except the report. Exit status: 0 ok, 1 bad input, 2 usage, 3 uncertain, 4 failed, 130 interrupted.\n";

typedef struct
{
  char         *transform, *image, *report, *model, *modality, *initial, *search, *mirror, *preparation;
  char         *optimiser, *metric, *stiffness, *fixed_mask, *moving_mask, *rigid, *landmarks;
  double        sigma;
  OutputOptions output;
  int           threads;
  gint64        seed;
  gboolean      force, quiet;
} Options;

typedef struct
{
  VipsImage         *fixed_image, *moving_image;
  PmtSource         *fixed, *moving, *fixed_mask, *moving_mask, *rigid;
  GArray            *landmarks;
  PmtTransform      *initial;
  PmtRegisterOptions options;
  Output             output;
} Job;

static void
job_clear (Job *job)
{
  g_clear_object (&job->fixed_image);
  g_clear_object (&job->moving_image);
  g_clear_pointer (&job->fixed, pmt_source_unref);
  g_clear_pointer (&job->moving, pmt_source_unref);
  g_clear_pointer (&job->fixed_mask, pmt_source_unref);
  g_clear_pointer (&job->moving_mask, pmt_source_unref);
  g_clear_pointer (&job->rigid, pmt_source_unref);
  g_clear_pointer (&job->landmarks, g_array_unref);
  g_clear_pointer (&job->initial, pmt_transform_unref);
}

static void
options_clear (Options *o)
{
  g_free (o->transform);
  g_free (o->image);
  g_free (o->report);
  g_free (o->model);
  g_free (o->modality);
  g_free (o->initial);
  g_free (o->search);
  g_free (o->mirror);
  g_free (o->preparation);
  g_free (o->optimiser);
  g_free (o->metric);
  g_free (o->stiffness);
  g_free (o->fixed_mask);
  g_free (o->moving_mask);
  g_free (o->rigid);
  g_free (o->landmarks);
  command_clear_output (&o->output);
}

/* -- before: words to options, files to sources -- */

/* "auto", or a number that the core takes; 0, its own word for auto, is none. */
static gboolean
read_stiffness (const char *text, double *stiffness)
{
  char *end;

  *stiffness = 0;
  if (g_str_equal (text, "auto"))
    return TRUE;
  *stiffness = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && *stiffness != 0 && pmt_stiffness_check (*stiffness, NULL);
}

/* Whether there can be a bend: an optimiser moves planes. */
static gboolean
may_bend (const PmtRegisterOptions *r)
{
  return pmt_model_may_bend (r->model) && r->optimiser == PMT_OPTIMISER_NONE;
}

static gboolean
read_words (const Command *command, const Options *o, Job *job, int *status)
{
  PmtRegisterOptions *r = &job->options;

  pmt_register_options_init (r);
  if (!command_read_pair_words (command, &(PairWords) { o->model, o->modality, o->search, o->preparation }, r, status))
    return FALSE;
  if (o->mirror != NULL && !pmt_mirror_from_nick (o->mirror, &r->mirror))
    *status = command_usage (command, "--mirror is detect, allow or never, not “%s”", o->mirror);
  else if (o->optimiser != NULL && !pmt_optimiser_from_nick (o->optimiser, &r->optimiser))
    *status = command_usage (command, "--optimiser is none, brute-force, gradient, l-bfgs or evolutionary, not “%s”",
                             o->optimiser);
  else if (o->metric != NULL && !pmt_metric_from_nick (o->metric, &r->metric))
    *status = command_usage (command, "--metric is auto, ssd, ncc, local-ncc, nmi, ngf, mind or dd, not “%s”", o->metric);
  else if (o->metric != NULL && r->optimiser == PMT_OPTIMISER_NONE && r->model != PMT_MODEL_SMOOTH
           && r->model != PMT_MODEL_DEFORMABLE)
    *status = command_usage (command, "--metric is what an optimiser climbs, or a bend follows: give --optimiser too, or --model "
                             "smooth or deformable");
  else if (o->stiffness != NULL && !read_stiffness (o->stiffness, &r->stiffness))
    *status = command_usage (command, "--stiffness is auto or a number from " G_STRINGIFY (PMT_STIFFNESS_LEAST) " (soft) to "
                             G_STRINGIFY (PMT_STIFFNESS_MOST) " (stiff), not “%s”", o->stiffness);
  else if (o->stiffness != NULL && !may_bend (r))
    *status = command_usage (command, "--stiffness is a bend's: it goes with --model auto, smooth or deformable, and without "
                             "--optimiser");
  else if ((o->rigid != NULL || o->landmarks != NULL) && !may_bend (r))
    *status = command_usage (command, "--%s goes with a bend, that is with --model auto, smooth or deformable, and without "
                             "--optimiser", o->rigid != NULL ? "keep-rigid" : "landmarks");
  else if (!(o->sigma > 0) || !isfinite (o->sigma))
    *status = command_usage (command, "--landmark-sigma is a number of pixels greater than 0");
  else if (o->threads < 0)
    *status = command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  else
    return command_read_output (command, &o->output, &job->output, status);
  return FALSE;
}

static PmtSize
size_of (PmtSource *source)
{
  return (PmtSize) { pmt_source_get_width (source), pmt_source_get_height (source) };
}

static gboolean
check_size (const char *path, const char *which, PmtSize stated, PmtSize real, GError **error)
{
  if (stated.width == 0 || (stated.width == real.width && stated.height == real.height))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "%s is for a %s image of %d × %d pixels, and this one has %d × %d",
               path, which, stated.width, stated.height, real.width, real.height);
  return FALSE;
}

/* --initial: auto, identity, a transform or points. */
static gboolean
read_initial (const Options *o, Job *job, GError **error)
{
  PmtSize  fixed = size_of (job->fixed), moving = size_of (job->moving);
  gboolean given = o->initial != NULL && !g_str_equal (o->initial, "auto");

  if (o->search == NULL && given)
    job->options.search = PMT_SEARCH_LOCAL;
  if (!given)
    return TRUE;
  if (g_str_equal (o->initial, "identity"))
    job->initial = pmt_transform_new (fixed, moving);
  else if (!g_str_has_suffix (o->initial, ".json"))
    job->initial = command_load_points (o->initial, fixed, moving, error);
  else
    {
      job->initial = pmt_transform_load (o->initial, error);
      if (job->initial != NULL
          && (!check_size (o->initial, "fixed", pmt_transform_get_fixed_size (job->initial), fixed, error)
              || !check_size (o->initial, "moving", pmt_transform_get_moving_size (job->initial), moving, error)))
        return FALSE;
    }
  job->options.initial = job->initial;
  return job->initial != NULL;
}

static gboolean
read_landmarks (const Options *o, Job *job, GError **error)
{
  if (o->landmarks == NULL)
    return TRUE;
  job->landmarks = command_load_landmarks (o->landmarks, o->sigma, size_of (job->fixed), size_of (job->moving), error);
  if (job->landmarks == NULL)
    return FALSE;
  job->options.landmarks = (const PmtLandmark *) job->landmarks->data;
  job->options.n_landmarks = (int) job->landmarks->len;
  return TRUE;
}

static gboolean
open_all (const Command *command, const Options *o, Job *job, GError **error)
{
  if (!command_open_source (command->arguments[0], &job->fixed_image, &job->fixed, error)
      || !command_open_source (command->arguments[1], &job->moving_image, &job->moving, error)
      || (o->fixed_mask != NULL && !command_open_source (o->fixed_mask, NULL, &job->fixed_mask, error))
      || (o->moving_mask != NULL && !command_open_source (o->moving_mask, NULL, &job->moving_mask, error))
      || (o->rigid != NULL && !command_open_source (o->rigid, NULL, &job->rigid, error))
      || !read_initial (o, job, error) || !read_landmarks (o, job, error))
    return FALSE;
  job->options.rigid = job->rigid;
  job->options.fixed_mask = job->fixed_mask;
  job->options.moving_mask = job->moving_mask;
  return o->image == NULL || pmt_vips_image_can_save (job->moving_image, o->output.alpha, o->image, error);
}

/* -- after -- */

static void
summarise (const PmtRegistration *r)
{
  g_print ("%s: %s", pmt_verdict_to_nick (r->verdict), pmt_model_to_nick (r->model));
  if (r->stiffness == r->stiffness)
    g_print (" (stiffness %.3g)", r->stiffness);
  g_print (", %d of %d tiles agree, overlap %.0f %%", r->inliers, r->tiles, 100 * r->overlap);
  if (r->error_median == r->error_median)
    g_print (", error about %.2f px (95 %%: %.2f px)", r->error_median, r->error_p95);
  if (r->within_pixel == r->within_pixel)
    g_print (", within 1 px with a probability of %.0f %%", 100 * r->within_pixel);
  g_print ("\n");
}

static gboolean
write_results (PmtContext *context, const Options *o, Job *job, const PmtRegistration *r, GError **error)
{
  if (o->report != NULL)
    {
      g_autofree char *json = pmt_registration_to_json (r, context);

      if (!pmt_atomic_file_write (o->report, json, strlen (json), error))
        return FALSE;
    }
  if (r->verdict == PMT_VERDICT_FAILED && !o->force)
    return TRUE;
  if (o->transform != NULL && !pmt_transform_save (r->transform, o->transform, error))
    return FALSE;
  return o->image == NULL || command_write_image (context, job->moving_image, r->transform, &job->output, o->image, error);
}

static int
finish (const Command *command, const Options *o, const PmtRegistration *r)
{
  command_end_progress ();
  if (!o->quiet)
    summarise (r);
  command_explain (command, r->reasons);
  if (r->verdict == PMT_VERDICT_OK)
    return STATUS_OK;
  if (r->verdict == PMT_VERDICT_UNCERTAIN)
    {
      command_warn (command, "the result is uncertain: look at it before you use it");
      return STATUS_UNCERTAIN;
    }
  command_warn (command, o->force ? "the registration failed; its best guess is written because of --force"
                                  : "the registration failed; no transform and no image are written (--force would)");
  return STATUS_FAILED;
}

static gboolean
check_files (const Command *command, const Options *o, int *status)
{
  const CommandFile outputs[] = { { "--transform", o->transform }, { "--output", o->image }, { "--report", o->report },
                                  { NULL, NULL } };
  const CommandFile inputs[] = { { "FIXED", command->arguments[0] }, { "MOVING", command->arguments[1] },
                                 { "--fixed-mask", o->fixed_mask }, { "--moving-mask", o->moving_mask },
                                 { "--keep-rigid", o->rigid }, { "--landmarks", o->landmarks }, { NULL, NULL } };

  return command_check_files (command, outputs, inputs, status);
}

static int
run (const Command *command, const Options *o, Job *job)
{
  g_autoptr (PmtContext)      context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (PmtRegistration) registration = NULL;
  g_autoptr (GError)          error = NULL;
  g_autofree char            *reference = g_path_get_basename (command->arguments[0]);

  job->options.reference = reference;
  if (!open_all (command, o, job, &error))
    return command_fail (command, error);
  registration = pmt_register (context, job->fixed, job->moving, &job->options, &error);
  if (registration == NULL || !write_results (context, o, job, registration, &error))
    return command_fail (command, error);
  return finish (command, o, registration);
}

int
command_register (int argc, char **argv)
{
  Options            o = { .seed = 1, .sigma = LANDMARK_SIGMA };
  Job                job = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "Write the transform here", "T.json" },
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.image, "Write the moved image here; the ending chooses the format",
        "IMAGE" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write verdict, reasons and figures here, as JSON", "R.json" },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o.model,
        "auto (default), translation, rigid, similarity, affine, homography, smooth or deformable", "MODEL" },
      { "stiffness", 0, 0, G_OPTION_ARG_STRING, &o.stiffness,
        "How stiff a bend is: auto (default), or 0.05 (soft) to 5: the length of waves followed by half, in sides of the image",
        "NUMBER" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
        "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "initial", 0, 0, G_OPTION_ARG_FILENAME, &o.initial,
        "Where to begin: auto (default), identity, T.json, or POINTS.csv", "START" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o.search,
        "auto: everywhere; frontal: not from far aside; upright: nor turned; local: near the start (default with --initial)", "RANGE" },
      { "mirror", 0, 0, G_OPTION_ARG_STRING, &o.mirror,
        "Was MOVING turned over? detect (default): say so where nothing else fits; allow: align it; never: don't look",
        "HOW" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o.preparation,
        "How to prepare the images for the search: auto (default), none, clahe, laplacian, red, band:N, red+clahe, …",
        "NAME" },
      { "optimiser", 0, 0, G_OPTION_ARG_STRING, &o.optimiser,
        "Climb a score instead of matching pieces: none (default), brute-force, gradient, l-bfgs or evolutionary", "NAME" },
      { "metric", 0, 0, G_OPTION_ARG_STRING, &o.metric,
        "The score that --optimiser climbs, or a bend of all pixels follows: auto (default), ssd, ncc, local-ncc, nmi, ngf, mind or dd", "NAME" },
      { "fixed-mask", 0, 0, G_OPTION_ARG_FILENAME, &o.fixed_mask, "What of FIXED to align: an image, 0 where not", "IMAGE" },
      { "moving-mask", 0, 0, G_OPTION_ARG_FILENAME, &o.moving_mask, "What of MOVING to align", "IMAGE" },
      { "keep-rigid", 0, 0, G_OPTION_ARG_FILENAME, &o.rigid,
        "What of MOVING keeps its shape when the rest bends: an image, 0 where soft, its maximum where rigid", "IMAGE" },
      { "landmarks", 0, 0, G_OPTION_ARG_FILENAME, &o.landmarks,
        "Places known in both images, which lead a bend: a line each, fixed_x,fixed_y,moving_x,moving_y", "POINTS.csv" },
      { "landmark-sigma", 0, 0, G_OPTION_ARG_DOUBLE, &o.sigma, "How far off landmarks may be, pixels of MOVING (default 2)", "PX" },
      OUTPUT_ENTRIES (o.output),
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o.force, "Write the results even when the registration failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "register", "FIXED MOVING", summary, description, entries, 2, 2, &argc, &argv, &status)
      && read_words (&command, &o, &job, &status) && check_files (&command, &o, &status))
    status = run (&command, &o, &job);
  job_clear (&job);
  options_clear (&o);
  command_clear (&command);
  return status;
}
