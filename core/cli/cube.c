/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "command.h"
#include "cube/cube.h"

static const char summary[] =
  "Lays a cube (hyperspectral, XRF, multiband) on the image FIXED: one picture of it is registered, all bands go through the\n"
  "transform. Or through one that is there already, with -t.";

static const char description[] =
  "Examples:\n"
  "  A hyperspectral cube on a colour photograph, registered by the mean of its bands:\n"
  "    pentimento cube colour.tif swir.hdr -o swir-aligned.hdr --save-transform swir.json\n"
  "  An XRF cube by an element's map, resumed where it was interrupted:\n"
  "    pentimento cube colour.tif xrf.hdr -o xrf-aligned.hdr --proxy lead.tif --resume\n"
  "  Another cube of the same camera, through the same transform:\n"
  "    pentimento cube vnir.hdr -t swir.json -o vnir-aligned.tif\n\n"
  "CUBE is an ENVI file (header or data), a TIFF of many bands or pages, or a folder of images; OUT is ENVI (.hdr, .raw, .img,\n"
  ".dat, .bsq, .bil, .bip), .tif, or a folder (“out/”). Values keep their type, wavelengths and band names are kept.\n"
  "--proxy: mean, band:N, bands:A-B, wavelength:W, wavelengths:A-B, pca, pca:K, or an image of the same frame.\n";

typedef struct
{
  char    *out, *transform, *save_transform, *save_proxy, *report, *proxy, *fixed_proxy, *layout, *canvas, *sampler;
  char    *model, *modality, *search, *preparation;
  double   background;
  int      threads;
  gint64   seed;
  gboolean resume, force, quiet;
} Options;

typedef struct
{
  const char        *fixed_path;      /* NULL: a transform is given */
  PmtCube           *cube, *frame;    /* frame: FIXED, where it is a cube */
  PmtPlane          *proxy;
  PmtRegisterOptions options;
  PmtCubeWarpOptions warp;
  Canvas             canvas;
  PmtTransform      *transform;
  PmtVerdict         verdict;
} Job;

static void
clear (Options *o, Job *job)
{
  char **const words[] = { &o->out, &o->transform, &o->save_transform, &o->save_proxy, &o->report, &o->proxy, &o->fixed_proxy,
                           &o->layout, &o->canvas, &o->sampler, &o->model, &o->modality, &o->search, &o->preparation };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_clear_pointer (words[i], g_free);
  g_clear_pointer (&job->cube, pmt_cube_unref);
  g_clear_pointer (&job->frame, pmt_cube_unref);
  g_clear_pointer (&job->proxy, pmt_plane_free);
  g_clear_pointer (&job->transform, pmt_transform_unref);
}

/* -- before -- */

static gboolean
read_words (const Command *command, const Options *o, Job *job, int *status)
{
  static const char *const canvases[] = { "fixed", "union", "intersection", NULL };
  int                      canvas;

  pmt_register_options_init (&job->options);
  pmt_cube_warp_options_init (&job->warp);
  job->warp.background = o->background;
  job->warp.resume = o->resume;
  if (!command_read_choice (command, "canvas", o->canvas, canvases, &canvas, status)
      || !command_read_pair_words (command, &(PairWords) { o->model, o->modality, o->search, o->preparation }, &job->options, status))
    return FALSE;
  job->canvas = (Canvas) canvas;
  if (o->sampler != NULL && !pmt_sampler_from_nick (o->sampler, &job->warp.sampler))
    *status = command_usage (command, "--sampler is nearest, linear, cubic or lanczos3, not “%s”", o->sampler);
  else if (o->layout != NULL && !pmt_cube_layout_from_nick (o->layout, &job->warp.layout))
    *status = command_usage (command, "--layout is auto, bsq, bil or bip; for a TIFF pages or bands; not “%s”", o->layout);
  else if (o->threads < 0)
    *status = command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  else if (job->fixed_path != NULL && o->transform != NULL)
    *status = command_usage (command, "with a transform (-t) nothing is registered: leave out FIXED, or use --save-transform");
  else if (job->fixed_path == NULL && o->transform == NULL)
    *status = command_usage (command, "what to lay it on? Name FIXED, or a transform with -t");
  else if (job->fixed_path == NULL && (o->save_transform != NULL || o->report != NULL || o->fixed_proxy != NULL))
    *status = command_usage (command, "with a transform (-t) nothing is registered: there is nothing to save or report");
  else if (o->out == NULL && o->save_transform == NULL && o->save_proxy == NULL && o->report == NULL)
    *status = command_usage (command, "where to? Name an output with -o, or --save-transform, --save-proxy or --report");
  else
    return TRUE;
  return FALSE;
}

static gboolean
plan_files (const Command *command, const Options *o, const Job *job, const char *cube, int *status)
{
  g_autoptr (GArray)  outputs = g_array_new (TRUE, TRUE, sizeof (CommandFile)), inputs = g_array_new (TRUE, TRUE, sizeof (CommandFile));
  const CommandFile   outs[] = { { "--output", o->out }, { "--save-transform", o->save_transform }, { "--save-proxy", o->save_proxy },
                                 { "--report", o->report } };
  const CommandFile   ins[] = { { "FIXED", job->fixed_path }, { "CUBE", cube }, { "--transform", o->transform } };
  g_autofree char    *stem = o->out != NULL && g_str_has_suffix (o->out, ".hdr") ? g_strndup (o->out, strlen (o->out) - 4) : NULL;
  g_autofree char    *data = stem != NULL ? g_strconcat (stem, ".raw", NULL) : NULL, *whole_a = NULL, *whole_b = NULL;

  g_array_append_vals (outputs, outs, G_N_ELEMENTS (outs));
  if (data != NULL)
    g_array_append_val (outputs, ((CommandFile) { "--output", data }));
  g_array_append_vals (inputs, ins, G_N_ELEMENTS (ins));
  for (int i = 0; job->cube != NULL && pmt_cube_get_files (job->cube)[i] != NULL; i++)
    g_array_append_val (inputs, ((CommandFile) { "CUBE", pmt_cube_get_files (job->cube)[i] }));
  whole_a = o->out != NULL ? g_canonicalize_filename (o->out, NULL) : NULL;
  whole_b = g_canonicalize_filename (cube, NULL);
  if (whole_a != NULL && g_str_equal (whole_a, whole_b))
    {
      *status = command_usage (command, "--output and CUBE are one, “%s”: give another name", o->out);
      return FALSE;
    }
  return command_check_files (command, (CommandFile *) outputs->data, (CommandFile *) inputs->data, status);
}

/* -- registering by a picture -- */

static PmtSource *
source_of (const PmtPlane *plane, GError **error)
{
  return pmt_source_memory_new (plane->width, plane->height, 1, -1, 1, plane->data, plane->stride, error);
}

/* FIXED as an image, or a picture of it where it is a cube. */
static PmtSource *
open_fixed (PmtContext *context, const Options *o, Job *job, GError **error)
{
  g_autoptr (PmtSource) source = NULL;
  g_autoptr (PmtPlane)  plane = NULL;

  if (o->fixed_proxy == NULL && !pmt_cube_is_envi (job->fixed_path))
    return command_open_source (job->fixed_path, NULL, &source, error) ? g_steal_pointer (&source) : NULL;
  job->frame = pmt_cube_open (job->fixed_path, error);
  plane = job->frame != NULL ? pmt_cube_proxy (context, job->frame, o->fixed_proxy != NULL ? o->fixed_proxy : "mean", error) : NULL;
  return plane != NULL ? source_of (plane, error) : NULL;
}

static gboolean
save_plane (PmtContext *context, const PmtPlane *plane, const char *path, GError **error)
{
  g_autoptr (VipsImage) image = vips_image_new_memory ();

  vips_image_init_fields (image, plane->width, plane->height, 1, VIPS_FORMAT_FLOAT, VIPS_CODING_NONE, VIPS_INTERPRETATION_B_W, 1, 1);
  for (int y = 0; y < plane->height; y++)
    if (vips_image_write_line (image, y, (VipsPel *) pmt_plane_row (plane, y)) != 0)
      {
        g_set_error (error, PMT_ERROR, PMT_ERROR_MEMORY, "cannot keep the picture of the cube: %s", vips_error_buffer ());
        return FALSE;
      }
  return pmt_vips_image_save (context, image, path, error);
}

/* Fills transform and verdict; writes report and transform. */
static gboolean
derive (const Command *command, PmtContext *context, const Options *o, Job *job, GError **error)
{
  g_autoptr (PmtSource)       fixed = open_fixed (context, o, job, error), moving = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  g_autofree char            *reference = g_path_get_basename (job->fixed_path), *json = NULL;

  job->options.reference = reference;
  if (fixed == NULL || (moving = source_of (job->proxy, error)) == NULL
      || (r = pmt_register (context, fixed, moving, &job->options, error)) == NULL)
    return FALSE;
  command_end_progress ();
  command_explain (command, r->reasons);
  if (!o->quiet)
    g_print ("%s: %s, %d of %d tiles agree, error about %.2f px of the cube\n", pmt_verdict_to_nick (r->verdict),
             pmt_model_to_nick (r->model), r->inliers, r->tiles, r->error_median);
  job->verdict = r->verdict;
  job->transform = pmt_transform_ref (r->transform);
  json = pmt_registration_to_json (r, context);
  if (o->report != NULL && !pmt_atomic_file_write (o->report, json, strlen (json), error))
    return FALSE;
  return o->save_transform == NULL || (r->verdict == PMT_VERDICT_FAILED && !o->force)
         || pmt_transform_save (r->transform, o->save_transform, error);
}

/* -- applying -- */

static gboolean
write_cube (const Command *command, PmtContext *context, const Options *o, Job *job, GError **error)
{
  Output             output = { .canvas = job->canvas };
  PmtCubeWarpOutcome outcome;

  if (!command_choose_canvas (job->transform, &output, error))
    return FALSE;
  job->warp.canvas = output.warp.canvas;
  job->warp.frame = job->canvas == CANVAS_FIXED ? job->frame : NULL;
  pmt_context_stage (context, "writing the cube", 0, 1);
  if (!pmt_cube_warp (context, job->cube, job->transform, &job->warp, o->out, &outcome, error))
    return FALSE;
  command_end_progress ();
  if (outcome.resumed && !o->quiet)
    g_print ("resumed: %.0f %% was there\n", 100 * outcome.kept);
  if (outcome.dropped_map)
    command_warn (command, "“map info” and its like are left out: they were true of the old frame");
  return TRUE;
}

static int
finish (const Command *command, const Options *o, const Job *job)
{
  if (job->verdict == PMT_VERDICT_OK)
    return STATUS_OK;
  if (job->verdict == PMT_VERDICT_UNCERTAIN)
    {
      command_warn (command, "the result is uncertain: look at it before you use it");
      return STATUS_UNCERTAIN;
    }
  command_warn (command, o->force ? "the registration failed; its best guess is written because of --force"
                                  : "the registration failed; no transform and no cube are written (--force would)");
  return STATUS_FAILED;
}

static int
run (const Command *command, const Options *o, Job *job)
{
  g_autoptr (PmtContext) context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (GError)     error = NULL;
  const char            *path = command->arguments[job->fixed_path != NULL ? 1 : 0];
  int                    status;

  job->cube = pmt_cube_open (path, &error);
  if (job->cube == NULL || (o->out != NULL && !pmt_cube_can_save (job->cube, &job->warp, o->out, &error)))
    return command_fail (command, error);
  if (!plan_files (command, o, job, path, &status))
    return status;
  if (job->fixed_path != NULL || o->save_proxy != NULL)
    {
      pmt_context_stage (context, "a picture of the cube", 0, 0.05);
      job->proxy = pmt_cube_proxy (context, job->cube, o->proxy != NULL ? o->proxy : "mean", &error);
    }
  if (error != NULL || (o->save_proxy != NULL && !save_plane (context, job->proxy, o->save_proxy, &error))
      || (job->fixed_path != NULL && !derive (command, context, o, job, &error))
      || (o->transform != NULL && (job->transform = pmt_transform_load (o->transform, &error)) == NULL))
    return command_fail (command, error);
  if (o->out != NULL && (job->verdict != PMT_VERDICT_FAILED || o->force) && !write_cube (command, context, o, job, &error))
    return command_fail (command, error);
  return finish (command, o, job);
}

int
command_cube (int argc, char **argv)
{
  Options            o = { .seed = 1, .background = NAN };
  Job                job = { .verdict = PMT_VERDICT_OK };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Write the cube here: ENVI, .tif, or a folder", "OUT" },
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "Apply this transform; nothing is registered", "T.json" },
      { "proxy", 0, 0, G_OPTION_ARG_FILENAME, &o.proxy,
        "The picture of the cube that is registered: mean (default), band:N, wavelength:W, pca, …, or an image", "PROXY" },
      { "fixed-proxy", 0, 0, G_OPTION_ARG_FILENAME, &o.fixed_proxy, "The same of FIXED, where it is a cube", "PROXY" },
      { "save-transform", 0, 0, G_OPTION_ARG_FILENAME, &o.save_transform, "Write the transform here", "T.json" },
      { "save-proxy", 0, 0, G_OPTION_ARG_FILENAME, &o.save_proxy, "Write that picture here, as it lies in the cube", "IMAGE" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write verdict, reasons and figures here, as JSON", "R.json" },
      { "layout", 0, 0, G_OPTION_ARG_STRING, &o.layout,
        "How values follow each other: auto (default; as in CUBE), bsq, bil or bip; in a TIFF pages or bands", "HOW" },
      { "sampler", 0, 0, G_OPTION_ARG_STRING, &o.sampler, "linear (default; keeps the range of values), nearest, cubic or lanczos3",
        "NAME" },
      { "background", 0, 0, G_OPTION_ARG_DOUBLE, &o.background,
        "Value of what shows nothing (default: the cube's own value for no data, else NaN in floats and 0 in integers)", "VALUE" },
      { "canvas", 0, 0, G_OPTION_ARG_STRING, &o.canvas, "What the output shows: fixed (default), union or intersection of both frames",
        "AREA" },
      { "resume", 0, 0, G_OPTION_ARG_NONE, &o.resume, "Go on where the same command was interrupted; keep what is done if it is again",
        NULL },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o.model,
        "auto (default), translation, rigid, similarity, affine, homography, smooth or deformable", "MODEL" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
        "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o.search, "auto (default): everywhere; frontal; upright; local", "RANGE" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o.preparation, "How to prepare the images for the search: auto (default), none, …",
        "NAME" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o.force, "Write the results even when the registration failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "cube", "[FIXED] CUBE -o OUT", summary, description, entries, 1, 2, &argc, &argv, &status))
    {
      job.fixed_path = command.arguments[1] != NULL ? command.arguments[0] : NULL;
      if (read_words (&command, &o, &job, &status))
        status = run (&command, &o, &job);
    }
  clear (&o, &job);
  command_clear (&command);
  return status;
}
