/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "command.h"
#include "group/mosaic-vips.h"

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

typedef struct
{
  char         *out, *transforms, *report, *positions, *canvas, *with, *with_out;
  char         *model, *modality, *search, *preparation;
  OutputOptions output;
  double        scale;
  int           threads;
  gint64        seed;
  gboolean      no_overview, balance, force, quiet;
} Options;

typedef struct
{
  int             n, first;        /* images, and the first tile among them */
  char          **path;
  char          **transform_path, **with_path;
  PmtPoint       *position;
  PmtGroupOptions options;
  Output          output;
  gboolean        whole;           /* the canvas is the overview's frame, else the tiles' */
  PmtGroup       *group;
  double          scale;           /* output px for one of the reference */
} Job;

/* -- before -- */

static gboolean
read_words (const Command *command, const Options *o, Job *job, int *status)
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
  else if (o->threads < 0)
    *status = command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  else
    return TRUE;
  return FALSE;
}

static gboolean
plan_files (const Command *command, const Options *o, Job *job, int *status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) outputs = g_array_new (TRUE, TRUE, sizeof (CommandFile)), inputs = g_array_new (TRUE, TRUE, sizeof (CommandFile));
  const CommandFile  single[] = { { "--output", o->out }, { "--report", o->report }, { "--with-output", o->with_out } };
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
read_hints (const Options *o, Job *job, GError **error)
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
can_write (const Options *o, const Job *job, GError **error)
{
  g_autoptr (VipsImage) tile = NULL;

  for (int i = job->first; i < job->n && tile == NULL; i++)
    tile = pmt_vips_image_open (job->path[i], NULL);
  return tile == NULL || ((o->out == NULL || pmt_vips_image_can_save (tile, job->output.warp.add_alpha, o->out, error))
                          && (o->with_out == NULL || pmt_vips_image_can_save (tile, job->output.warp.add_alpha, o->with_out, error)));
}

static PmtSource *
open_image (int index, gpointer data, GError **error)
{
  Job                  *job = data;
  g_autoptr (PmtSource) source = NULL;

  return command_open_source (job->path[index], NULL, &source, error) ? g_steal_pointer (&source) : NULL;
}

/* -- drawing -- */

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* The tiles' own scale, in the middle. */
static double
output_scale (const Job *job)
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

/* Canvas → tile; the canvas is the reference's frame, enlarged. */
static PmtTransform *
canvas_transform (const Job *job, int i, GError **error)
{
  PmtSize                  size = pmt_transform_get_fixed_size (job->group->images[i].transform);
  PmtSize                  canvas = { (int) lround (size.width * job->scale), (int) lround (size.height * job->scale) };
  const PmtMatrix3         shrink = pmt_matrix3_scaling (1 / job->scale, 1 / job->scale);
  g_autoptr (PmtTransform) identity = pmt_transform_new (canvas, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) step = pmt_transform_append_matrix (identity, &shrink, size, NULL, error);

  return step != NULL ? pmt_transform_compose (step, job->group->images[i].transform, error) : NULL;
}

typedef struct
{
  GPtrArray *tile, *transform;
  PmtRect    canvas;
} Parts;

static void
parts_clear (Parts *p)
{
  g_clear_pointer (&p->tile, g_ptr_array_unref);
  g_clear_pointer (&p->transform, g_ptr_array_unref);
}

/* The placed tiles, from `path`; with another band's files of the same geometry. */
static gboolean
gather (const Job *job, char *const *path, Parts *p, GError **error)
{
  p->tile = g_ptr_array_new_with_free_func (g_object_unref);
  p->transform = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_transform_unref);
  for (int i = job->first; i < job->n; i++)
    {
      VipsImage    *image;
      PmtTransform *transform;
      PmtRect       bounds;
      PmtSize       size;

      if (job->group->images[i].transform == NULL)
        continue;
      if ((image = pmt_vips_image_open (path[i], error)) == NULL)
        return FALSE;
      g_ptr_array_add (p->tile, image);
      if ((transform = canvas_transform (job, i, error)) == NULL)
        return FALSE;
      g_ptr_array_add (p->transform, transform);
      size = pmt_transform_get_moving_size (transform);
      if (size.width != image->Xsize || size.height != image->Ysize)
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” has %d × %d pixels, and the tile that it stands for %d × %d",
                       path[i], image->Xsize, image->Ysize, size.width, size.height);
          return FALSE;
        }
      if (!pmt_transform_bounds (transform, NULL, &bounds, error))
        return FALSE;
      p->canvas = p->tile->len == 1 ? bounds : pmt_rect_union (p->canvas, bounds);
    }
  if (job->whole)
    {
      PmtSize size = pmt_transform_get_fixed_size (p->transform->pdata[0]);

      p->canvas = (PmtRect) { 0, 0, size.width, size.height };
    }
  return TRUE;
}

/* A TIFF is tiled and holds smaller versions of itself, unless options say otherwise. */
static char *
with_options (const char *path, const VipsImage *image)
{
  g_autofree char *low = g_ascii_strdown (path, -1);
  double           bytes = 1.34 * image->Xsize * image->Ysize * VIPS_IMAGE_SIZEOF_PEL (image);

  if (!g_str_has_suffix (low, ".tif") && !g_str_has_suffix (low, ".tiff"))
    return g_strdup (path);
  return g_strconcat (path, "[tile,pyramid,compression=deflate", bytes > 3.9e9 ? ",bigtiff]" : "]", NULL);
}

static gboolean
draw (PmtContext *context, const Options *o, const Job *job, char *const *path, const char *out, GError **error)
{
  Parts                 parts = { 0 };
  PmtMosaic             mosaic;
  PmtWarpOptions        warp = job->output.warp;
  g_autofree double    *gain = NULL;
  g_autoptr (VipsImage) image = NULL;
  g_autofree char      *target = NULL;
  gboolean              done = gather (job, path, &parts, error);

  mosaic = (PmtMosaic) { done ? (int) parts.tile->len : 0, done ? (VipsImage *const *) parts.tile->pdata : NULL,
                         done ? (const PmtTransform *const *) parts.transform->pdata : NULL, NULL };
  warp.canvas = parts.canvas;
  if (done && o->balance)
    {
      mosaic.gain = gain = g_new (double, mosaic.n);
      done = pmt_mosaic_gains (context, &mosaic, gain, error);
    }
  done = done && (image = pmt_mosaic_image (&mosaic, &warp, error)) != NULL;
  if (done)
    {
      target = with_options (out, image);
      pmt_context_stage (context, "writing the mosaic", 0, 1);
      done = pmt_vips_image_save (context, image, target, error);
    }
  parts_clear (&parts);
  return done;
}

/* -- after -- */

static gboolean
write_results (PmtContext *context, const Options *o, Job *job, GError **error)
{
  const PmtGroup *g = job->group;

  if (o->report != NULL)
    {
      g_autofree char *json = pmt_group_to_json (g, (const char *const *) job->path, context);

      if (!pmt_atomic_file_write (o->report, json, strlen (json), error))
        return FALSE;
    }
  if (g->placed < 2 || (g->verdict == PMT_VERDICT_FAILED && !o->force))
    return TRUE;
  for (int i = job->first; i < job->n && job->transform_path != NULL; i++)
    if (g->images[i].transform != NULL && (!command_make_folder (job->transform_path[i], error)
                                           || !pmt_transform_save (g->images[i].transform, job->transform_path[i], error)))
      return FALSE;
  job->scale = job->first > 0 ? output_scale (job) : 1;
  return (o->out == NULL || draw (context, o, job, job->path, o->out, error))
         && (o->with == NULL || draw (context, o, job, job->with_path, o->with_out, error));
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

static void
summarise (const Job *job)
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

static int
run (const Command *command, const Options *o, Job *job)
{
  g_autoptr (PmtContext) context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (GError)     error = NULL;

  if (!can_write (o, job, &error) || !read_hints (o, job, &error)
      || (job->group = pmt_group_register (context, job->n, open_image, job, &job->options, &error)) == NULL
      || !write_results (context, o, job, &error))
    return command_fail (command, error);
  command_end_progress ();
  if (!o->quiet)
    summarise (job);
  return command_finish_group (command, "mosaic", job->group, job->path, o->force);
}

static void
clear (Options *o, Job *job)
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
  command_clear_output (&o->output);
  g_strfreev (job->transform_path);
  g_strfreev (job->with_path);
  g_free (job->position);
  pmt_group_free (job->group);
}

int
command_mosaic (int argc, char **argv)
{
  Options            o = { .seed = 1 };
  Job                job = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Write the mosaic here: .tif, .dzi, or another format", "OUT" },
      { "no-overview", 0, 0, G_OPTION_ARG_NONE, &o.no_overview, "All images are tiles; they are laid on each other", NULL },
      { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &o.scale, "Pixels of a tile for one of OVERVIEW (default: as the files say, or found)", "N" },
      { "positions", 0, 0, G_OPTION_ARG_FILENAME, &o.positions,
        "About where tiles lie: NAME,X,Y a line, centres in pixels of OVERVIEW (without one: of the tiles)", "TABLE.csv" },
      { "balance", 0, 0, G_OPTION_ARG_NONE, &o.balance, "Make overlapping tiles as bright as each other", NULL },
      { "with", 0, 0, G_OPTION_ARG_FILENAME, &o.with, "Draw other files as well, %s standing for a tile's name without its ending", "PATTERN" },
      { "with-output", 0, 0, G_OPTION_ARG_FILENAME, &o.with_out, "… to this mosaic", "OUT" },
      { "canvas", 0, 0, G_OPTION_ARG_STRING, &o.canvas,
        "What the mosaic shows: overview (default where there is one), all of it at the tiles' scale; tiles, what these cover", "AREA" },
      { "transforms", 0, 0, G_OPTION_ARG_FILENAME, &o.transforms, "Write each tile's transform into this folder", "FOLDER" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write verdict, pairs, loops and figures here, as JSON", "R.json" },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o.model, "auto, translation, rigid, similarity, affine (default) or homography", "MODEL" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
        "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o.search, "frontal (default): everywhere, in all directions; auto, upright, local", "RANGE" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o.preparation, "How to prepare the images for the search: auto (default), none, …",
        "NAME" },
      SAMPLING_ENTRIES (o.output),
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o.force, "Write the results even when the mosaic failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "mosaic", "OVERVIEW TILES… -o OUT", summary, description, entries, 2, 10000, &argc, &argv, &status))
    {
      job.path = command.arguments;
      job.n = (int) g_strv_length (command.arguments);
      job.first = o.no_overview ? 0 : 1;
      if (read_words (&command, &o, &job, &status) && plan_files (&command, &o, &job, &status))
        status = run (&command, &o, &job);
    }
  clear (&o, &job);
  command_clear (&command);
  return status;
}
