/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "mosaic-step.h"

static const char summary[] =
  "Draws many tiles as one image. Each tile is found on OVERVIEW, a coarser picture of all of it, and registered to it on its own, so\n"
  "that errors do not add up from tile to tile; where tiles overlap, that refines them.";

static const char description[] =
  "Examples:\n"
  "  Infrared tiles on a photograph of the whole, ten times coarser:\n"
  "    pentimento mosaic whole.tif ir_*.tif -o ir.tif --scale 10 --report ir.json\n"
  "  Another band of the same camera, through the same transforms:\n"
  "    pentimento mosaic whole.tif ir_*.tif -o ir.tif --with 'swir/%s.tif' --with-output swir.tif\n"
  "  No overview: neighbours alone, and how errors grow:\n"
  "    pentimento mosaic --no-overview cd*.jpg -o all.tif --balance\n\n"
  "OUT is a tiled, pyramidal TIFF (a BigTIFF where it must be), a Deep Zoom image (.dzi), or any other format. A table of positions,\n"
  "NAME,X,Y a line (the tile's centre, in pixels of OVERVIEW), is a hint: tiles are looked for near it first.\n";

/* -- before -- */

static gboolean
read_words (const Command *command, const MosaicOptions *o, MosaicJob *job, int *status)
{
  static const char *const canvases[] = { "auto", "overview", "tiles", NULL };
  int                      canvas;

  pmt_group_options_init (&job->options);
  job->options.pair.model = PMT_MODEL_AFFINE;
  job->options.pair.search = PMT_SEARCH_FRONTAL;
  job->options.names = (const char *const *) job->path;
  job->options.order = o->no_overview ? PMT_GROUP_TILES : PMT_GROUP_OVERVIEW;
  job->options.scale = o->scale;
  if (!command_read_choice (command, "canvas", o->canvas, canvases, &canvas, status)
      || !command_read_pair_words (command, &(PairWords) { o->model, o->modality, o->search, o->preparation },
                                   &job->options.pair, status)
      || !command_read_output (command, &o->output, &job->output, status))
    return FALSE;
  job->whole = canvas == 1 || (canvas == 0 && !o->no_overview);
  if (o->out == NULL && o->transforms == NULL && o->report == NULL)
    *status = command_usage (command, "where to? Name an output with -o, or --transforms or --report");
  else if (o->no_overview && canvas == 1)
    *status = command_usage (command, "without an overview the canvas is the tiles'");
  else if (pmt_model_may_bend (job->options.pair.model) && job->options.pair.model != PMT_MODEL_AUTO)
    *status = command_usage (command, "tiles are not bent: --model is auto, translation, rigid, similarity, affine or homography");
  else if (!(o->scale >= 0) || o->scale > 100)
    *status = command_usage (command, "--scale is the number of tile pixels for one of the overview, up to 100");
  else if ((o->with != NULL) != (o->with_out != NULL) || (o->with != NULL && strstr (o->with, "%s") == NULL))
    *status = command_usage (command, "--with is a pattern with %%s for a tile's name, and goes with --with-output");
  else if (o->rules != NULL && o->plan == NULL)
    *status = command_usage (command, "--rules goes with --plan");
  else if (o->resume != NULL && o->plan != NULL)
    *status = command_usage (command, "--resume is for one process; the steps of a --plan are resumed as they are");
  else if (o->threads < 0)
    *status = command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  else
    return TRUE;
  return FALSE;
}

static gboolean
plan_files (const Command *command, const MosaicOptions *o, MosaicJob *job, int *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs = g_array_new (TRUE, TRUE, sizeof (CommandFile)), inputs = g_array_new (TRUE, TRUE, sizeof (CommandFile));
  const CommandFile  single[] = { { "--output", o->out }, { "--report", o->report }, { "--with-output", o->with_out },
                               { "--plan", o->plan }, { "--rules", o->rules } };
  g_autofree char   *folder = o->transforms != NULL ? g_strconcat (o->transforms, "/", NULL) : NULL;

  if (folder != NULL)
    job->transform_path = command_paths_of (folder, job->n, job->path, ".json", &error);
  if (error == NULL && o->with != NULL)
    job->with_path = command_paths_of (o->with, job->n, job->path, NULL, &error);
  if (error != NULL)
    {
      *status = command_usage (command, "%s", error->message);
      return FALSE;
    }
  g_array_append_vals (outputs, single, G_N_ELEMENTS (single));
  for (int i = 0; i < job->n; i++)
    {
      g_array_append_val (inputs, ((CommandFile) { i < job->first ? "OVERVIEW" : "a tile", job->path[i] }));
      if (job->transform_path != NULL)
        g_array_append_val (outputs, ((CommandFile) { "--transforms", job->transform_path[i] }));
    }
  g_array_append_val (inputs, ((CommandFile) { "--positions", o->positions }));
  return command_check_files (command, (CommandFile *) outputs->data, (CommandFile *) inputs->data, status);
}

static gboolean
read_hints (const MosaicOptions *o, MosaicJob *job, GError **error)
{
  g_autoptr (VipsImage) tile = NULL;

  job->position = g_new (PmtPoint, job->n);
  for (int i = 0; i < job->n; i++)
    job->position[i] = (PmtPoint) { NAN, NAN };
  job->options.position = job->position;
  if (o->positions != NULL)
    return command_read_positions (o->positions, job->n, job->path, job->position, error);
  if (!o->no_overview || (tile = pmt_vips_image_open (job->path[0], NULL)) == NULL)
    return TRUE;
  if (!command_positions_by_name (job->n, job->path, (PmtSize) { tile->Xsize, tile->Ysize }, job->position))
    job->options.position = NULL;
  return TRUE;
}

/* Asked before the work begins, of the first tile that can be opened. */
static gboolean
can_write (const MosaicOptions *o, const MosaicJob *job, GError **error)
{
  g_autoptr (VipsImage) tile = NULL;

  for (int i = job->first; i < job->n && tile == NULL; i++)
    tile = pmt_vips_image_open (job->path[i], NULL);
  return tile == NULL || ((o->out == NULL || pmt_vips_image_can_save (tile, job->output.warp.add_alpha, o->out, error))
                          && (o->with_out == NULL || pmt_vips_image_can_save (tile, job->output.warp.add_alpha, o->with_out, error)));
}

PmtSource *
mosaic_open_image (int index, gpointer data, GError **error)
{
  MosaicJob                  *job = data;
  g_autoptr (PmtSource) source = NULL;

  return command_open_source (job->path[index], NULL, &source, error) ? g_steal_pointer (&source) : NULL;
}

/* -- after -- */

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The tiles' own scale, in the middle. */
static double
output_scale (const MosaicJob *job)
{
  const PmtGroup    *g = job->group;
  g_autofree double *scale = g_new (double, g->n + 1);
  int                n = 0;

  for (int i = job->first; i < g->n; i++)
    {
      PmtMatrix3 m;

      if (g->images[i].transform != NULL && pmt_transform_get_matrix (g->images[i].transform, &m))
        scale[n++] = sqrt (fabs (pmt_matrix3_determinant (&m)));
    }
  qsort (scale, n, sizeof *scale, by_value);
  return n > 0 ? scale[n / 2] : 1;
}

gboolean
mosaic_write_poses (PmtContext *context, const MosaicOptions *o, MosaicJob *job, gboolean *draw, GError **error)
{
  const PmtGroup *g = job->group;

  if (o->report != NULL)
    {
      g_autofree char *json = pmt_group_to_json (g, (const char *const *) job->path, context);

      if (!pmt_atomic_file_write (o->report, json, strlen (json), error))
        return FALSE;
    }
  job->scale = job->first > 0 ? output_scale (job) : 1;
  job->pose = g_new0 (PmtTransform *, job->n);
  for (int i = 0; i < job->n; i++)
    job->pose[i] = g->images[i].transform != NULL ? pmt_transform_ref (g->images[i].transform) : NULL;
  *draw = g->placed >= 2 && (g->verdict != PMT_VERDICT_FAILED || o->force);
  for (int i = job->first; i < job->n && *draw && job->transform_path != NULL; i++)
    if (job->pose[i] != NULL && (!command_make_folder (job->transform_path[i], error)
                                 || !pmt_transform_save (job->pose[i], job->transform_path[i], error)))
      return FALSE;
  return TRUE;
}

static gboolean
draw_band (PmtContext *context, const MosaicOptions *o, MosaicJob *job, int band, const MosaicWork *work, GError **error)
{
  if (mosaic_output (o, band) == NULL)
    return TRUE;
  if (o->balance && !mosaic_balance (context, job, band, error))
    return FALSE;
  return work != NULL ? mosaic_work_draw (work, o, band, error) : mosaic_draw (context, o, job, band, error);
}

static gboolean
write_results (PmtContext *context, const MosaicOptions *o, MosaicJob *job, const MosaicWork *work, GError **error)
{
  gboolean draw;

  if (!mosaic_write_poses (context, o, job, &draw, error))
    return FALSE;
  for (int band = 0; band < BANDS && draw; band++)
    if (!draw_band (context, o, job, band, work, error))
      return FALSE;
  return TRUE;
}

/* The stated error by how many pairs lie between a tile and the reference: it grows where there is no overview. */
static void
print_growth (const PmtGroup *g)
{
  for (int step = 1; step < g->n; step++)
    {
      double sum = 0;
      int    tiles = 0;

      for (int i = 0; i < g->n; i++)
        {
          int steps = 0;

          for (int k = i; g->images[i].transform != NULL && g->images[k].parent >= 0 && steps <= g->n; k = g->images[k].parent)
            steps++;
          if (steps != step || !isfinite (g->images[i].error_median))
            continue;
          sum += g->images[i].error_median;
          tiles++;
        }
      if (tiles > 0)
        g_print ("  %d step%s from the reference: %d tile%s, expected error %.2f px\n", step, step > 1 ? "s" : "", tiles,
                 tiles > 1 ? "s" : "", sum / tiles);
    }
}

void
mosaic_summarise (const MosaicJob *job)
{
  const PmtGroup *g = job->group;

  if (g->placed < 2)
    return;
  g_print ("%s: %d of %d tiles, %s, %u pairs", pmt_verdict_to_nick (g->verdict), g->placed - job->first, g->n - job->first,
           pmt_model_to_nick (g->model), g->pairs->len);
  if (isfinite (g->misfit_median))
    g_print (", neighbours agree within %.2f px (95 %%: %.2f px)", g->misfit_median, g->misfit_p95);
  if (isfinite (g->anchor_median))
    g_print (", tiles and overview within %.2f px (95 %%: %.2f px)", g->anchor_median, g->anchor_p95);
  g_print ("\n");
  if (job->first == 0)
    print_growth (g);
}

gboolean
mosaic_prepare (const MosaicOptions *o, MosaicJob *job, GError **error)
{
  return can_write (o, job, error) && read_hints (o, job, error);
}

static int
run (const Command *command, const MosaicOptions *o, MosaicJob *job)
{
  g_autoptr (PmtContext) context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (GError)     error = NULL;
  MosaicWork             work = { 0 };
  gboolean               done;

  if (o->resume != NULL)
    {
      mosaic_work_init (&work, o->resume, job, context);
      job->options.store = &work.store;
    }
  done = mosaic_prepare (o, job, &error)
         && (job->group = pmt_group_register (context, job->n, mosaic_open_image, job, &job->options, &error)) != NULL
         && write_results (context, o, job, o->resume != NULL ? &work : NULL, &error);
  mosaic_work_clear (&work);
  if (!done)
    return command_fail (command, error);
  command_end_progress ();
  if (!o->quiet)
    mosaic_summarise (job);
  return command_finish_group (command, "mosaic", job->group, job->path, o->force);
}

/* -- a plan in place of the work -- */

/* The arguments but for those of the plan itself. */
static char **
plain_arguments (int argc, char **argv)
{
  g_autoptr (GPtrArray) plain = g_ptr_array_new ();

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--plan") || g_str_equal (argv[i], "--rules"))
      i++;
    else if (!g_str_has_prefix (argv[i], "--plan=") && !g_str_has_prefix (argv[i], "--rules="))
      g_ptr_array_add (plain, argv[i]);
  g_ptr_array_add (plain, NULL);
  return g_strdupv ((char **) plain->pdata);
}

static gboolean
write_plan (const MosaicOptions *o, const MosaicJob *job, char *const *arguments, GError **error)
{
  g_autofree char    *folder = g_get_current_dir (), *path = g_canonicalize_filename (o->plan, NULL), *json = NULL, *rules = NULL;
  g_autoptr (PmtPlan) plan = mosaic_plan (o, job, folder, arguments);
  gboolean            text = g_utf8_validate (folder, -1, NULL);

  for (int i = 0; arguments[i] != NULL; i++)
    text = text && g_utf8_validate (arguments[i], -1, NULL);
  if (!text)
    {
      g_set_error_literal (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "a plan holds names that are UTF-8");
      return FALSE;
    }
  json = pmt_plan_to_json (plan);
  if (o->rules != NULL && (rules = pmt_plan_to_rules (plan, path, pmt_rules_of_path (o->rules), error)) == NULL)
    return FALSE;
  if (!pmt_atomic_file_write (o->plan, json, strlen (json), error)
      || (rules != NULL && !pmt_atomic_file_write (o->rules, rules, strlen (rules), error)))
    return FALSE;
  if (!o->quiet)
    g_print ("%d steps, from 0 on: pentimento run-step %s STEP\n", pmt_plan_steps (plan), o->plan);
  return TRUE;
}

static int
plan (const Command *command, const MosaicOptions *o, MosaicJob *job, char *const *arguments)
{
  g_autoptr (GError) error = NULL;

  return mosaic_prepare (o, job, &error) && write_plan (o, job, arguments, &error) ? STATUS_OK : command_fail (command, error);
}

void
mosaic_job_forget (MosaicJob *job)
{
  for (int i = 0; job->pose != NULL && i < job->n; i++)
    pmt_transform_unref (job->pose[i]);
  g_clear_pointer (&job->pose, g_free);
  for (int band = 0; band < BANDS; band++)
    g_clear_pointer (&job->gain[band], g_free);
  g_clear_pointer (&job->group, pmt_group_free);
}

void
mosaic_clear (MosaicOptions *o, MosaicJob *job)
{
  g_free (o->out);
  g_free (o->transforms);
  g_free (o->report);
  g_free (o->positions);
  g_free (o->canvas);
  g_free (o->with);
  g_free (o->with_out);
  g_free (o->model);
  g_free (o->modality);
  g_free (o->search);
  g_free (o->preparation);
  g_free (o->plan);
  g_free (o->rules);
  g_free (o->resume);
  command_clear_output (&o->output);
  g_strfreev (job->transform_path);
  g_strfreev (job->with_path);
  g_free (job->position);
  mosaic_job_forget (job);
}

gboolean
mosaic_parse (Command *command, MosaicOptions *o, MosaicJob *job, int *argc, char ***argv, int *status)
{
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o->out, "Write the mosaic here: .tif, .dzi, or another format", "OUT" },
      { "no-overview", 0, 0, G_OPTION_ARG_NONE, &o->no_overview, "All images are tiles; they are laid on each other", NULL },
      { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &o->scale, "Pixels of a tile for one of OVERVIEW (default: as the files say, or found)", "N" },
      { "positions", 0, 0, G_OPTION_ARG_FILENAME, &o->positions,
        "About where tiles lie: NAME,X,Y a line, centres in pixels of OVERVIEW (without one: of the tiles)", "TABLE.csv" },
      { "balance", 0, 0, G_OPTION_ARG_NONE, &o->balance, "Make overlapping tiles as bright as each other", NULL },
      { "with", 0, 0, G_OPTION_ARG_FILENAME, &o->with, "Draw other files as well, %s standing for a tile's name without its ending", "PATTERN" },
      { "with-output", 0, 0, G_OPTION_ARG_FILENAME, &o->with_out, "… to this mosaic", "OUT" },
      { "canvas", 0, 0, G_OPTION_ARG_STRING, &o->canvas,
        "What the mosaic shows: overview (default where there is one), all of it at the tiles' scale; tiles, what these cover", "AREA" },
      { "transforms", 0, 0, G_OPTION_ARG_FILENAME, &o->transforms, "Write each tile's transform into this folder", "FOLDER" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o->report, "Write verdict, pairs, loops and figures here, as JSON", "R.json" },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o->model, "auto, translation, rigid, similarity, affine (default) or homography", "MODEL" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o->modality,
        "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o->search, "frontal (default): everywhere, in all directions; auto, upright, local", "RANGE" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o->preparation, "How to prepare the images for the search: auto (default), none, …",
        "NAME" },
      SAMPLING_ENTRIES (o->output),
      { "resume", 0, 0, G_OPTION_ARG_FILENAME, &o->resume, "Keep finished work in this folder, and go on from what is there", "FOLDER" },
      { "plan", 0, 0, G_OPTION_ARG_FILENAME, &o->plan, "Do nothing, but write the steps here, to be run by “run-step”", "PLAN.json" },
      { "rules", 0, 0, G_OPTION_ARG_FILENAME, &o->rules, "… and a file that runs them: for Snakemake (Snakefile, .smk), .ninja, else make",
        "FILE" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o->threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o->seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o->force, "Write the results even when the mosaic failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o->quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (!command_parse (command, "mosaic", "OVERVIEW TILES… -o OUT", summary, description, entries, 2, 10000, argc, argv, status))
    return FALSE;
  job->path = command->arguments;
  job->n = (int) g_strv_length (command->arguments);
  job->first = o->no_overview ? 0 : 1;
  return read_words (command, o, job, status) && plan_files (command, o, job, status);
}

int
command_mosaic (int argc, char **argv)
{
  MosaicOptions  o = { .seed = 1 };
  MosaicJob      job = { 0 };
  Command        command;
  g_auto (GStrv) arguments = plain_arguments (argc, argv);
  int            status;

  if (mosaic_parse (&command, &o, &job, &argc, &argv, &status))
    status = o.plan != NULL ? plan (&command, &o, &job, arguments) : run (&command, &o, &job);
  mosaic_clear (&o, &job);
  command_clear (&command);
  return status;
}
