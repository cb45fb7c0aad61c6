/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "command.h"
#include "group/common-mask.h"
#include "group/group.h"
#include "image/ome-tiff.h"

static const char summary[] =
  "Lays many images of one thing on each other: exposure and focus brackets, filter-wheel bands, lightings, time series.\n"
  "Pairs are registered, all poses are solved together, and what contradicts the rest is left out and named.";

static const char description[] =
  "Examples:\n"
  "  A focus bracket, each frame to a file of its own:\n"
  "    pentimento stack --order sequence pcb_*.jpg -o aligned/\n"
  "  Five bands of a multispectral camera to one 16-bit TIFF, cropped to what all of them show:\n"
  "    pentimento stack IMG_0001_?.tif -o scene.tif --canvas intersection --report scene.json\n"
  "  The poses of one lighting's frames, to apply to another one's:\n"
  "    pentimento stack left_*.tif --transforms poses/\n\n"
  "OUT is a folder (“aligned/”), a pattern (“out/%s-aligned.tif”, %s being the image's name without its ending), or one\n"
  "TIFF: its bands are the images where these have one band each, else its pages. Every image is resampled once, from its own\n"
  "pixels. Differences in brightness don't matter.\n";

typedef enum { LAYOUT_AUTO, LAYOUT_BANDS, LAYOUT_PAGES } Layout;

typedef struct
{
  char         *out, *transforms, *report, *reference, *order, *canvas, *layout, *area, *mask;
  char         *model, *modality, *search, *preparation;
  OutputOptions output;
  int           pairs, threads;
  gint64        seed;
  gboolean      mean, force, quiet;
} Options;

typedef struct
{
  int              n;
  char           **path;
  PmtGroupOptions  options;
  Output           output;
  Layout           layout;
  char           **image_path, **transform_path;   /* of each, or NULL */
  PmtGroup        *group;
  PmtRect          canvas;
} Job;

/* -- before -- */

/* A number from 1 on, or the path of one of the images. */
static gboolean
read_reference (const Command *command, const Options *o, Job *job, int *status)
{
  char *end;
  long  number = o->reference != NULL ? strtol (o->reference, &end, 10) : 0;

  if (o->reference == NULL || g_str_equal (o->reference, "auto"))
    return TRUE;
  for (int i = 0; i < job->n; i++)
    if (g_str_equal (job->path[i], o->reference))
      job->options.reference = i;
  if (job->options.reference < 0 && *end == '\0' && number >= 1 && number <= job->n)
    job->options.reference = (int) number - 1;
  if (job->options.reference < 0)
    *status = command_usage (command, "--reference is auto, a number from 1 to %d, or one of the images, not “%s”", job->n,
                             o->reference);
  return job->options.reference >= 0;
}

/* WxH+X+Y. */
static gboolean
read_rect (const char *text, PmtRect *rect)
{
  char tail;

  return sscanf (text, "%dx%d%d%d%c", &rect->width, &rect->height, &rect->x, &rect->y, &tail) == 4 && rect->width > 0
         && rect->height > 0;
}

static gboolean
read_canvas (const Command *command, const Options *o, Job *job, int *status)
{
  const char *word = o->canvas != NULL ? o->canvas : "reference";

  job->output.canvas = g_str_equal (word, "union") ? CANVAS_UNION : g_str_equal (word, "intersection") ? CANVAS_INTERSECTION
                                                                                                     : CANVAS_FIXED;
  if (job->output.canvas != CANVAS_FIXED || g_str_equal (word, "reference") || read_rect (word, &job->canvas))
    return TRUE;
  *status = command_usage (command, "--canvas is reference, union, intersection, or WxH+X+Y in pixels of the reference, not “%s”",
                           word);
  return FALSE;
}

static gboolean
read_words (const Command *command, const Options *o, Job *job, int *status)
{
  static const char *const orders[] = { "set", "sequence", NULL }, *const layouts[] = { "auto", "bands", "pages", NULL };
  int                      order, layout;

  pmt_group_options_init (&job->options);
  job->options.names = (const char *const *) job->path;
  job->options.mean = o->mean;
  job->options.most_pairs = o->pairs;
  if (!command_read_choice (command, "order", o->order, orders, &order, status)
      || !command_read_choice (command, "layout", o->layout, layouts, &layout, status)
      || !command_read_pair_words (command, &(PairWords) { o->model, o->modality, o->search, o->preparation },
                                   &job->options.pair, status)
      || !read_reference (command, o, job, status)
      || !command_read_output (command, &o->output, &job->output, status) || !read_canvas (command, o, job, status))
    return FALSE;
  job->options.order = (PmtGroupOrder) order;
  job->layout = (Layout) layout;
  if (o->out == NULL && o->transforms == NULL && o->report == NULL && o->area == NULL && o->mask == NULL)
    *status = command_usage (command, "where to? Name an output with -o, or --transforms or --report");
  else if (o->pairs < 0)
    *status = command_usage (command, "--pairs is 1 or more, or 0 for two for each image");
  else if (o->threads < 0)
    *status = command_usage (command, "--threads is 1 or more, or 0 for one per processor");
  else
    return TRUE;
  return FALSE;
}

/* Where everything goes, and that nothing is written over. */
static gboolean
plan_files (const Command *command, const Options *o, Job *job, int *status)
{
  g_autoptr (GError)    error = NULL;
  g_autoptr (GArray)    outputs = g_array_new (TRUE, TRUE, sizeof (CommandFile));
  g_autoptr (GArray)    inputs = g_array_new (TRUE, TRUE, sizeof (CommandFile));
  const CommandFile     single[] = { { "--output", o->out != NULL && !command_is_many (o->out) ? o->out : NULL },
                                     { "--report", o->report }, { "--valid-area", o->area }, { "--valid-mask", o->mask } };
  g_autofree char      *folder = o->transforms != NULL ? g_strconcat (o->transforms, "/", NULL) : NULL;

  if (o->out != NULL && command_is_many (o->out))
    job->image_path = command_paths_of (o->out, job->n, job->path, NULL, &error);
  if (error == NULL && folder != NULL)
    job->transform_path = command_paths_of (folder, job->n, job->path, ".json", &error);
  if (error != NULL)
    {
      *status = command_usage (command, "%s", error->message);
      return FALSE;
    }
  g_array_append_vals (outputs, single, G_N_ELEMENTS (single));
  for (int i = 0; i < job->n; i++)
    {
      g_array_append_val (inputs, ((CommandFile) { "an image", job->path[i] }));
      if (job->image_path != NULL)
        g_array_append_val (outputs, ((CommandFile) { "--output", job->image_path[i] }));
      if (job->transform_path != NULL)
        g_array_append_val (outputs, ((CommandFile) { "--transforms", job->transform_path[i] }));
    }
  return command_check_files (command, (CommandFile *) outputs->data, (CommandFile *) inputs->data, status);
}

static PmtSource *
open_image (int index, gpointer data, GError **error)
{
  Job                  *job = data;
  g_autoptr (PmtSource) source = NULL;

  return command_open_source (job->path[index], NULL, &source, error) ? g_steal_pointer (&source) : NULL;
}

/* -- one file for all -- */

/* One band each. Where files can't be opened, they will be left out. */
static gboolean
have_one_band (const Job *job)
{
  for (int i = 0; i < job->n; i++)
    {
      g_autoptr (VipsImage) image = pmt_vips_image_open (job->path[i], NULL);

      if (image != NULL && image->Bands != 1)
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_tiff (const char *path)
{
  g_autofree char *name = vips_filename_get_filename (path), *low = g_ascii_strdown (name, -1);

  return g_str_has_suffix (low, ".tif") || g_str_has_suffix (low, ".tiff");
}

/* Asked before the work begins. */
static gboolean
check_formats (const Options *o, Job *job, GError **error)
{
  if (o->out == NULL)
    return TRUE;
  if (job->image_path == NULL && !is_tiff (o->out))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
                   "“%s”: one file for all images is a .tif; a folder (“%s/”) or a pattern with %%s takes other formats", o->out,
                   o->out);
      return FALSE;
    }
  if (job->image_path == NULL && pmt_is_ome_tiff (o->out))
    job->layout = LAYOUT_PAGES;
  else if (job->layout == LAYOUT_AUTO)
    job->layout = job->image_path == NULL && have_one_band (job) ? LAYOUT_BANDS : LAYOUT_PAGES;
  for (int i = 0; i < job->n && job->image_path != NULL; i++)
    {
      g_autoptr (VipsImage) image = pmt_vips_image_open (job->path[i], NULL);

      if (image != NULL && !pmt_vips_image_can_save (image, job->output.warp.add_alpha, job->image_path[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
vips_failed (GError **error, const char *verb)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "cannot %s: %s", verb, g_strdelimit (g_strstrip (words), "\n", ';'));
  return FALSE;
}

/* Which image each band or page is, for who opens the file elsewhere. */
static void
name_parts (const Job *job, VipsImage *image)
{
  GString *text = g_string_new (NULL);
  int      number = 0;

  for (int i = 0; i < job->n; i++)
    if (job->group->images[i].transform != NULL)
      {
        g_autofree char *name = g_path_get_basename (job->path[i]);

        g_string_append_printf (text, "%s%s %d: %s", number > 0 ? "\n" : "", job->layout == LAYOUT_BANDS ? "band" : "page",
                                number + 1, name);
        number++;
      }
  vips_image_set_string (image, VIPS_META_IMAGEDESCRIPTION, text->str);
  g_string_free (text, TRUE);
}

/* A profile for one or three bands says nothing of five. */
static VipsImage *
join (const Job *job, VipsImage **parts, int n, GError **error)
{
  VipsImage *joined = NULL, *copy = NULL;
  int        failed = job->layout == LAYOUT_BANDS ? vips_bandjoin (parts, &joined, n, NULL)
                                                  : vips_arrayjoin (parts, &joined, n, "across", 1, NULL);

  if (failed || vips_copy (joined, &copy, "interpretation",
                           job->layout == LAYOUT_BANDS && n > 1 ? VIPS_INTERPRETATION_MULTIBAND : joined->Type, NULL) != 0)
    {
      g_clear_object (&joined);
      vips_failed (error, "put the images into one file");
      return NULL;
    }
  g_object_unref (joined);
  if (job->layout == LAYOUT_BANDS && n > 1)
    vips_image_remove (copy, VIPS_META_ICC_NAME);
  else
    vips_image_set_int (copy, VIPS_META_PAGE_HEIGHT, job->canvas.height);
  name_parts (job, copy);
  return copy;
}

static VipsImage *
warp (Job *job, int i, GError **error)
{
  g_autoptr (VipsImage) image = pmt_vips_image_open (job->path[i], error);

  job->output.warp.canvas = job->canvas;
  return image != NULL ? pmt_vips_image_warp (image, job->group->images[i].transform, &job->output.warp, error) : NULL;
}

/* The joined images of an OME-TIFF, and its name with options. */
static VipsImage *
join_ome (const GPtrArray *parts, const GPtrArray *names, const char *path, char **target, GError **error)
{
  g_autofree char *plain = vips_filename_get_filename (path), *title = g_path_get_basename (plain);
  VipsImage       *joined = pmt_ome_tiff_image ((int) parts->len, (VipsImage **) parts->pdata, (const char *const *) names->pdata, title, error);
  g_autofree char *options = joined != NULL ? pmt_ome_tiff_options (joined) : NULL;

  *target = g_str_has_suffix (path, "]") || joined == NULL ? g_strdup (path) : g_strconcat (path, options, NULL);
  return joined;
}

static gboolean
write_one (PmtContext *context, Job *job, const char *path, GError **error)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_object_unref), names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (VipsImage) joined = NULL;
  g_autofree char      *target = NULL;

  for (int i = 0; i < job->n; i++)
    if (job->group->images[i].transform != NULL)
      {
        VipsImage *part = warp (job, i, error);

        if (part == NULL)
          return FALSE;
        g_ptr_array_add (parts, part);
        g_ptr_array_add (names, command_stem (job->path[i]));
      }
  joined = pmt_is_ome_tiff (path) ? join_ome (parts, names, path, &target, error)
                                  : join (job, (VipsImage **) parts->pdata, (int) parts->len, error);
  if (joined == NULL)
    return FALSE;
  pmt_context_stage (context, "writing the images", 0, 1);
  return pmt_vips_image_save (context, joined, target != NULL ? target : path, error);
}

/* -- after -- */

static gboolean
write_many (PmtContext *context, Job *job, GError **error)
{
  for (int i = 0; i < job->n; i++)
    {
      g_autoptr (VipsImage) image = NULL;

      if (job->group->images[i].transform == NULL)
        continue;
      pmt_context_stage (context, "writing the images", i / (double) job->n, (i + 1) / (double) job->n);
      image = warp (job, i, error);
      if (image == NULL || !command_make_folder (job->image_path[i], error)
          || !pmt_vips_image_save (context, image, job->image_path[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_transforms (const Job *job, GError **error)
{
  for (int i = 0; i < job->n && job->transform_path != NULL; i++)
    if (job->group->images[i].transform != NULL
        && (!command_make_folder (job->transform_path[i], error)
            || !pmt_transform_save (job->group->images[i].transform, job->transform_path[i], error)))
      return FALSE;
  return TRUE;
}

/* Transforms of the placed images, as an array that owns none. */
static GPtrArray *
placed_transforms (const Job *job)
{
  GPtrArray *all = g_ptr_array_new ();

  for (int i = 0; i < job->n; i++)
    if (job->group->images[i].transform != NULL)
      g_ptr_array_add (all, job->group->images[i].transform);
  return all;
}

static gboolean
join_bounds (const GPtrArray *transforms, PmtRect *canvas, GError **error)
{
  for (guint i = 0; i < transforms->len; i++)
    {
      PmtRect bounds;

      if (!pmt_transform_bounds (transforms->pdata[i], NULL, &bounds, error))
        return FALSE;
      *canvas = i == 0 ? bounds : pmt_rect_union (*canvas, bounds);
    }
  return TRUE;
}

static gboolean
choose_canvas (Job *job, const GPtrArray *transforms, const PmtRect *common, GError **error)
{
  PmtSize size = pmt_transform_get_fixed_size (transforms->pdata[0]);

  if (job->output.canvas == CANVAS_UNION)
    return join_bounds (transforms, &job->canvas, error);
  if (job->output.canvas == CANVAS_INTERSECTION)
    job->canvas = *common;
  else if (pmt_rect_is_empty (job->canvas))
    job->canvas = (PmtRect) { 0, 0, size.width, size.height };
  if (pmt_rect_is_empty (job->canvas))
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the images have no area in common");
  return !pmt_rect_is_empty (job->canvas);
}

/* The canvas in the reference's pixels, and the rectangle that all images cover, in the output's. */
static gboolean
write_area (const Options *o, const Job *job, const PmtRect *common, GError **error)
{
  PmtRect          r = pmt_rect_intersect (*common, job->canvas);
  g_autofree char *json = NULL;

  if (o->area == NULL)
    return TRUE;
  if (pmt_rect_is_empty (r))
    r = (PmtRect) { job->canvas.x, job->canvas.y, 0, 0 };
  json = g_strdup_printf ("{\n  \"format\" : \"pentimento-valid-area\",\n  \"version\" : 1,\n"
                          "  \"canvas\" : { \"x\" : %d, \"y\" : %d, \"width\" : %d, \"height\" : %d },\n"
                          "  \"valid\" : { \"x\" : %d, \"y\" : %d, \"width\" : %d, \"height\" : %d }\n}\n",
                          job->canvas.x, job->canvas.y, job->canvas.width, job->canvas.height,
                          r.x - job->canvas.x, r.y - job->canvas.y, r.width, r.height);
  return pmt_atomic_file_write (o->area, json, strlen (json), error);
}

static gboolean
write_mask (PmtContext *context, const Options *o, const Job *job, const GPtrArray *transforms, GError **error)
{
  g_autoptr (VipsImage) mask = NULL;

  if (o->mask == NULL)
    return TRUE;
  mask = pmt_group_common_mask ((int) transforms->len, (const PmtTransform *const *) transforms->pdata, &job->canvas, error);
  return mask != NULL && pmt_vips_image_save (context, mask, o->mask, error);
}

static gboolean
write_results (PmtContext *context, const Options *o, Job *job, GError **error)
{
  g_autoptr (GPtrArray) transforms = placed_transforms (job);
  PmtRect               common;

  if (o->report != NULL)
    {
      g_autofree char *json = pmt_group_to_json (job->group, (const char *const *) job->path, context);

      if (!pmt_atomic_file_write (o->report, json, strlen (json), error))
        return FALSE;
    }
  if (job->group->placed < 2 || (job->group->verdict == PMT_VERDICT_FAILED && !o->force))
    return TRUE;
  pmt_group_common_rect ((int) transforms->len, (const PmtTransform *const *) transforms->pdata, &common);
  if (!write_transforms (job, error) || !choose_canvas (job, transforms, &common, error)
      || !write_area (o, job, &common, error) || !write_mask (context, o, job, transforms, error))
    return FALSE;
  return o->out == NULL || (job->image_path != NULL ? write_many (context, job, error) : write_one (context, job, o->out, error));
}

static void
summarise (const Job *job)
{
  const PmtGroup *g = job->group;

  if (g->placed < 2)
    return;
  g_print ("%s: %d of %d images, reference %s, %s, %u pairs", pmt_verdict_to_nick (g->verdict), g->placed, g->n,
           job->path[g->reference], pmt_model_to_nick (g->model), g->pairs->len);
  if (g->loops->len > 0)
    g_print (", %u loops close to %.2f px (95 %%: %.2f px)", g->loops->len, g->closure_median, g->closure_p95);
  g_print (", pairs lie %.2f px from the solution (95 %%: %.2f px)\n", g->misfit_median, g->misfit_p95);
}

static int
run (const Command *command, const Options *o, Job *job)
{
  g_autoptr (PmtContext) context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (GError)     error = NULL;

  if (!check_formats (o, job, &error)
      || (job->group = pmt_group_register (context, job->n, open_image, job, &job->options, &error)) == NULL
      || !write_results (context, o, job, &error))
    return command_fail (command, error);
  command_end_progress ();
  if (!o->quiet)
    summarise (job);
  return command_finish_group (command, "stack", job->group, job->path, o->force);
}

static void
clear (Options *o, Job *job)
{
  g_free (o->out);
  g_free (o->transforms);
  g_free (o->report);
  g_free (o->reference);
  g_free (o->order);
  g_free (o->canvas);
  g_free (o->layout);
  g_free (o->area);
  g_free (o->mask);
  g_free (o->model);
  g_free (o->modality);
  g_free (o->search);
  g_free (o->preparation);
  command_clear_output (&o->output);
  g_strfreev (job->image_path);
  g_strfreev (job->transform_path);
  pmt_group_free (job->group);
}

int
command_stack (int argc, char **argv)
{
  Options            o = { .seed = 1 };
  Job                job = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Write the aligned images here: a folder, a pattern with %s, or one TIFF",
        "OUT" },
      { "layout", 0, 0, G_OPTION_ARG_STRING, &o.layout, "What the images become in one TIFF: auto (default), bands or pages", "HOW" },
      { "transforms", 0, 0, G_OPTION_ARG_FILENAME, &o.transforms, "Write each image's transform into this folder", "FOLDER" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write verdict, pairs, loops and figures here, as JSON", "R.json" },
      { "reference", 0, 0, G_OPTION_ARG_FILENAME, &o.reference,
        "What all are laid on: auto (default; the one from which the others are known best), a number from 1 on, or an image",
        "IMAGE" },
      { "order", 0, 0, G_OPTION_ARG_STRING, &o.order, "set (default): in no order; sequence: neighbours are most alike", "ORDER" },
      { "pairs", 0, 0, G_OPTION_ARG_INT, &o.pairs, "Register so many pairs at most (default: two for each image)", "N" },
      { "mean", 0, 0, G_OPTION_ARG_NONE, &o.mean, "At last register each image to the mean of the others, where noise rules", NULL },
      { "canvas", 0, 0, G_OPTION_ARG_STRING, &o.canvas,
        "What the output shows: reference (default), union, intersection (the largest rectangle that all cover), or WxH+X+Y", "AREA" },
      { "valid-area", 0, 0, G_OPTION_ARG_FILENAME, &o.area, "Write the largest rectangle that all images cover here, as JSON",
        "V.json" },
      { "valid-mask", 0, 0, G_OPTION_ARG_FILENAME, &o.mask, "Write an image here that is 255 where all images cover the canvas",
        "IMAGE" },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o.model,
        "auto (default), translation, rigid, similarity, affine, homography, smooth or deformable", "MODEL" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o.modality,
        "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o.search,
        "upright (default): images that lie much alike, unless details match; auto: everywhere; frontal; local", "RANGE" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o.preparation, "How to prepare the images for the search: auto (default), none, …",
        "NAME" },
      SAMPLING_ENTRIES (o.output),
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o.force, "Write the results even when the stack failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "stack", "IMAGES… -o OUT", summary, description, entries, 1, 10000, &argc, &argv, &status))
    {
      command_expand_pages (&command);
      job.path = command.arguments;
      job.n = (int) g_strv_length (command.arguments);
      if (job.n < 2)
        status = command_usage (&command, "a stack has two images or more, or a file of several pages");
      else if (read_words (&command, &o, &job, &status) && plan_files (&command, &o, &job, &status))
        status = run (&command, &o, &job);
    }
  clear (&o, &job);
  command_clear (&command);
  return status;
}
