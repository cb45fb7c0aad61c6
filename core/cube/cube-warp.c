/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All bands of a cube through a transform. The canvas is cut into tiles. For each, where its pixels look is computed once, as a map;
 * then groups of bands are read, summed and written, a group a thread. A group goes through the map a few rows at a time, so
 * that the map's rows stay in the cache for all its bands. Where a file holds pixel after pixel, all bands of a tile are read or
 * written together, and tiles are small.
 *
 * Every value depends on its own place alone, so that what was written before an interruption is what would be written again. */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/parallel.h"
#include "transform/transform-private.h"

#define TILE_PIXELS  (512 << 10)       /* of a tile, where bands are read one by one … */
#define PLANE_PIXELS (8 << 20)         /* … where reading a part of one costs as much as all of it … */
#define WHOLE_BYTES  (64 << 20)        /* … and bytes of all bands of a tile, where they are read or written together */
#define GROUP_BYTES  (32 << 20)        /* of the planes of a group */
#define GROUP_MOST   8
#define LEAST_SIDE   32                /* of a tile */
#define BOX_GROWTH   4                 /* source pixels for one of a tile, at most, where it can be had */
#define ROWS_PIXELS  8192              /* of the map at a time */
#define AT_ONCE      4                 /* groups for each thread between two looks at the clock */
#define TOGETHER     512               /* pixels of interleaved bands at a time */
#define PADDING      (8 * sizeof (double))

typedef struct
{
  guint8 *raw_in, *raw_out;            /* one band of the box, of the tile */
  guint8 *in, *out;                    /* reals: `group` bands of each */
} Scratch;

typedef struct
{
  PmtContext               *context;
  PmtCube                  *cube;
  PmtTransform             *flat;
  const PmtCubeWarpOptions *options;
  PmtCubeForm               form;
  PmtCubeOutput            *output;
  PmtCubeJournal           *journal;
  GArray                   *tiles;     /* of PmtRect */
  gboolean                  whole;     /* all bands of a tile are one unit of work; else a group is */
  int                       group, n_groups;
  gsize                     size, real;
  gboolean                  doubles;
  const double             *ignore;
  guint8                    fill[8];
  /* of the tile at hand */
  PmtCubeMap               *map;
  int                       first;     /* group of this batch */
  gsize                     box_pixels, tile_pixels;
  guint8                   *all_in, *all_out;
  Scratch                  *scratch;   /* by thread */
  int                       threads;
} Job;

void
pmt_cube_warp_options_init (PmtCubeWarpOptions *options)
{
  *options = (PmtCubeWarpOptions) { .sampler = PMT_SAMPLER_LINEAR, .background = NAN, .interval = 2 };
}

/* -- a group of bands -- */

static gboolean
prepare_scratch (const Job *job, Scratch *s, GError **error)
{
  gsize pad = (6 * ((gsize) job->map->box.width + 1)) * job->real + PADDING, group = (gsize) job->group;

  if (s->in != NULL)
    return TRUE;
  s->raw_in = pmt_buffer_new (job->box_pixels * job->size + PADDING, 1, error);
  s->raw_out = s->raw_in != NULL ? pmt_buffer_new (job->tile_pixels * job->size + PADDING, 1, error) : NULL;
  s->out = s->raw_out != NULL ? pmt_buffer_new (group * job->tile_pixels * job->real + PADDING, 1, error) : NULL;
  s->in = s->out != NULL ? pmt_buffer_new (group * job->box_pixels * job->real + pad, 1, error) : NULL;
  return s->in != NULL;
}

static void
clear_scratch (Scratch *s)
{
  pmt_buffer_free (s->raw_in);
  pmt_buffer_free (s->raw_out);
  pmt_buffer_free (s->in);
  pmt_buffer_free (s->out);
  *s = (Scratch) { NULL, NULL, NULL, NULL };
}

/* Values as they are in the file: from the buffer of all bands, or read to dest. */
static gboolean
fetch (const Job *job, int band, guint8 *dest, const guint8 **values, gsize *step, GError **error)
{
  *step = job->cube->interleaved ? (gsize) job->form.bands : 1;
  *values = job->cube->interleaved ? job->all_in + (gsize) band * job->size : dest;
  return job->cube->interleaved || job->box_pixels == 0 || _pmt_cube_read (job->cube, band, &job->map->box, dest, error);
}

/* Where a band's values go, before store(). */
static guint8 *
place_of (const Job *job, int band, guint8 *own, gsize *step)
{
  *step = job->all_out != NULL ? (gsize) job->form.bands : 1;
  return job->all_out != NULL ? job->all_out + (gsize) band * job->size : own;
}

static gboolean
store (const Job *job, int band, const guint8 *own, GError **error)
{
  PmtRect rect = job->map->tile;

  rect.x -= job->options->canvas.x;
  rect.y -= job->options->canvas.y;
  return job->all_out != NULL || _pmt_cube_output_write (job->output, band, &rect, own, error);
}

static gboolean
copy_band (const Job *job, Scratch *s, int band, GError **error)
{
  gsize         in_step, out_step;
  const guint8 *values;
  guint8       *place = place_of (job, band, s->raw_out, &out_step);

  if (!fetch (job, band, s->raw_in, &values, &in_step, error))
    return FALSE;
  _pmt_cube_copy (job->map, job->size, values, in_step, job->fill, out_step, place);
  return store (job, band, s->raw_out, error);
}

/* Values of pixels at … to reals, and back. */
static void
to_reals (const Job *job, const guint8 *values, gsize step, gsize at, gsize n, guint8 *plane)
{
  if (job->doubles)
    _pmt_cube_to_double (job->form.type, values + at * step * job->size, step, n, job->ignore, (double *) plane + at);
  else
    _pmt_cube_to_float (job->form.type, values + at * step * job->size, step, n, job->ignore, (float *) plane + at);
}

static void
from_reals (const Job *job, const guint8 *plane, gsize step, gsize at, gsize n, guint8 *values)
{
  guint8 *to = values + at * step * job->size;

  if (job->doubles)
    _pmt_cube_from_double (job->form.type, (const double *) plane + at, n, job->fill, job->ignore, step, to);
  else
    _pmt_cube_from_float (job->form.type, (const float *) plane + at, n, job->fill, job->ignore, step, to);
}

/* A plane of reals of the k-th band of the group. Floats are read into it. */
static gboolean
load_plane (const Job *job, Scratch *s, int band, int k, GError **error)
{
  guint8  *plane = s->in + (gsize) k * job->box_pixels * job->real;
  gboolean direct = job->form.type == PMT_CUBE_FLOAT;
  guint8  *values = direct ? plane : s->raw_in;

  if (job->box_pixels == 0)
    return TRUE;
  if (!_pmt_cube_read (job->cube, band, &job->map->box, values, error))
    return FALSE;
  if (!direct || job->ignore != NULL)
    to_reals (job, values, 1, 0, job->box_pixels, plane);
  return TRUE;
}

static gboolean
save_plane (const Job *job, Scratch *s, int band, int k, GError **error)
{
  guint8 *plane = s->out + (gsize) k * job->tile_pixels * job->real;

  if (job->form.type == PMT_CUBE_FLOAT && job->ignore == NULL && isnan (job->options->background))
    return store (job, band, plane, error);
  from_reals (job, plane, 1, 0, job->tile_pixels, s->raw_out);
  return store (job, band, s->raw_out, error);
}

/* All planes of a group from or to pixel after pixel, a few pixels at a time: neighbouring bands share lines of the cache. */
static void
load_together (const Job *job, Scratch *s, int from, int n)
{
  for (gsize at = 0; at < job->box_pixels; at += TOGETHER)
    for (int k = 0; k < n; k++)
      to_reals (job, job->all_in + (gsize) (from + k) * job->size, (gsize) job->form.bands, at, MIN (TOGETHER, job->box_pixels - at),
                s->in + (gsize) k * job->box_pixels * job->real);
}

static void
save_together (const Job *job, Scratch *s, int from, int n)
{
  for (gsize at = 0; at < job->tile_pixels; at += TOGETHER)
    for (int k = 0; k < n; k++)
      from_reals (job, s->out + (gsize) k * job->tile_pixels * job->real, (gsize) job->form.bands, at,
                  MIN (TOGETHER, job->tile_pixels - at), job->all_out + (gsize) (from + k) * job->size);
}

static void
sample (const Job *job, Scratch *s, int n)
{
  int rows = MAX (1, ROWS_PIXELS / job->map->tile.width);

  for (int y = 0; y < job->map->tile.height; y += rows)
    for (int k = 0; k < n; k++)
      {
        int           end = MIN (y + rows, job->map->tile.height);
        const guint8 *in = s->in + (gsize) k * job->box_pixels * job->real;
        guint8       *out = s->out + (gsize) k * job->tile_pixels * job->real;

        if (job->doubles)
          _pmt_cube_sample_double (job->map, (const double *) in, y, end, (double *) out);
        else
          _pmt_cube_sample_float (job->map, (const float *) in, y, end, (float *) out);
      }
}

static gboolean
warp_group (int index, int thread, gpointer data, GError **error)
{
  Job     *job = data;
  Scratch *s = &job->scratch[thread];
  int      from = (job->first + index) * job->group, n = MIN (job->group, job->form.bands - from);

  if (!prepare_scratch (job, s, error))
    return FALSE;
  if (job->map->taps == 1)
    {
      for (int k = 0; k < n; k++)
        if (!copy_band (job, s, from + k, error))
          return FALSE;
      return TRUE;
    }
  if (job->cube->interleaved)
    load_together (job, s, from, n);
  for (int k = 0; k < n && !job->cube->interleaved; k++)
    if (!load_plane (job, s, from + k, k, error))
      return FALSE;
  sample (job, s, n);
  if (job->all_out != NULL)
    save_together (job, s, from, n);
  for (int k = 0; k < n && job->all_out == NULL; k++)
    if (!save_plane (job, s, from + k, k, error))
      return FALSE;
  return TRUE;
}

/* -- all bands of a tile -- */

#define ROWS 16     /* at a time */

static gboolean
read_rows (int index, int thread, gpointer data, GError **error)
{
  Job    *job = data;
  PmtRect rect = job->map->box;
  gsize   row = (gsize) rect.width * (gsize) job->form.bands * job->size;

  rect.y += index * ROWS;
  rect.height = MIN (ROWS, rect.height - index * ROWS);
  return _pmt_cube_read (job->cube, 0, &rect, job->all_in + (gsize) index * ROWS * row, error);
}

static gboolean
write_rows (int index, int thread, gpointer data, GError **error)
{
  Job    *job = data;
  PmtRect rect = job->map->tile;
  gsize   row = (gsize) rect.width * (gsize) job->form.bands * job->size;

  rect.x -= job->options->canvas.x;
  rect.y += index * ROWS - job->options->canvas.y;
  rect.height = MIN (ROWS, rect.height - index * ROWS);
  return _pmt_cube_output_write (job->output, 0, &rect, job->all_out + (gsize) index * ROWS * row, error);
}

static int
parts (int rows)
{
  return (rows + ROWS - 1) / ROWS;
}

static gboolean
warp_whole (Job *job, GError **error)
{
  job->first = 0;
  return (!job->cube->interleaved || job->box_pixels == 0
          || pmt_parallel_for (job->context, parts (job->map->box.height), read_rows, job, error))
         && pmt_parallel_for (job->context, job->n_groups, warp_group, job, error)
         && (job->all_out == NULL
             || pmt_parallel_for (job->context, parts (job->map->tile.height), write_rows, job, error));
}

/* -- tiles -- */

static gboolean
is_small_enough (const Job *job, const PmtRect *tile)
{
  PmtRect box = pmt_resample_source_region (job->flat, job->cube->size, job->options->sampler, tile);
  double  pixels = (double) tile->width * tile->height, source = (double) box.width * box.height;
  double  most = job->whole ? MAX (WHOLE_BYTES / ((double) job->form.bands * (double) job->size), 1)
                 : job->cube->whole_planes ? PLANE_PIXELS : TILE_PIXELS;

  most = MIN (most, job->cube->whole_planes && !job->whole ? PLANE_PIXELS : TILE_PIXELS);
  if (tile->width <= LEAST_SIDE && tile->height <= LEAST_SIDE)
    return TRUE;
  return pixels <= most && (source <= BOX_GROWTH * pixels || source <= most);
}

/* The longer side is halved until it fits. */
static void
cut (Job *job, PmtRect tile)
{
  PmtRect a = tile, b = tile;

  if (is_small_enough (job, &tile))
    {
      g_array_append_val (job->tiles, tile);
      return;
    }
  if (tile.width > tile.height)
    {
      a.width /= 2;
      b.x += a.width;
      b.width -= a.width;
    }
  else
    {
      a.height /= 2;
      b.y += a.height;
      b.height -= a.height;
    }
  cut (job, a);
  cut (job, b);
}

static void
choose_group (Job *job)
{
  gsize most = 1;

  for (guint t = 0; t < job->tiles->len; t++)
    {
      const PmtRect *tile = &g_array_index (job->tiles, PmtRect, t);
      PmtRect        box = pmt_resample_source_region (job->flat, job->cube->size, job->options->sampler, tile);

      most = MAX (most, (gsize) tile->width * (gsize) tile->height + (gsize) box.width * (gsize) box.height);
    }
  job->group = (int) CLAMP (GROUP_BYTES / (most * job->real), 1, GROUP_MOST);
  job->n_groups = (job->form.bands + job->group - 1) / job->group;
}

static gboolean
begin_tile (Job *job, const PmtRect *tile, GError **error)
{
  gsize deep = (gsize) job->form.bands * job->size;

  job->map = _pmt_cube_map_new (job->context, job->flat, job->cube->size, job->options->sampler, tile, error);
  if (job->map == NULL)
    return FALSE;
  job->box_pixels = (gsize) job->map->box.width * (gsize) job->map->box.height;
  job->tile_pixels = (gsize) tile->width * (gsize) tile->height;
  if (job->cube->interleaved && (job->all_in = pmt_buffer_new (job->box_pixels * deep + PADDING, 1, error)) == NULL)
    return FALSE;
  return job->form.layout != PMT_LAYOUT_BIP
         || (job->all_out = pmt_buffer_new (job->tile_pixels * deep + PADDING, 1, error)) != NULL;
}

static void
end_tile (Job *job)
{
  g_clear_pointer (&job->map, _pmt_cube_map_free);
  g_clear_pointer (&job->all_in, pmt_buffer_free);
  g_clear_pointer (&job->all_out, pmt_buffer_free);
  for (int t = 0; t < job->threads; t++)
    clear_scratch (&job->scratch[t]);
}

/* -- units of work, and what is noted of them -- */

static gboolean
note (Job *job, guint64 done, gint64 *last, gboolean now, GError **error)
{
  gint64 time = g_get_monotonic_time ();

  if (job->journal == NULL || (!now && (double) (time - *last) < job->options->interval * 1e6))
    return TRUE;
  if (!_pmt_cube_output_sync (job->output, 0, job->form.bands, error) || !_pmt_cube_journal_note (job->journal, done, error))
    return FALSE;
  *last = g_get_monotonic_time ();
  return TRUE;
}

/* The groups of a tile from `group` on, some at a time. */
static gboolean
warp_groups (Job *job, int group, guint64 before, guint64 total, gint64 *last, GError **error)
{
  while (group < job->n_groups)
    {
      int n = MIN (AT_ONCE * job->threads, job->n_groups - group);

      job->first = group;
      if (!pmt_parallel_for (job->context, n, warp_group, job, error))
        return FALSE;
      group += n;
      if (!note (job, before + (guint64) group, last, FALSE, error))
        return FALSE;
      pmt_context_progress (job->context, (double) (before + (guint64) group) / (double) total);
    }
  return TRUE;
}

static gboolean
warp_all (Job *job, guint64 done, GError **error)
{
  guint64 each = job->whole ? 1 : (guint64) job->n_groups, total = each * job->tiles->len;
  gint64  last = g_get_monotonic_time ();

  for (guint t = (guint) (done / each); t < job->tiles->len; t++)
    {
      guint64  before = each * t;
      gboolean well = begin_tile (job, &g_array_index (job->tiles, PmtRect, t), error)
                      && (job->whole ? warp_whole (job, error) && note (job, before + 1, &last, FALSE, error)
                                     : warp_groups (job, done > before ? (int) (done - before) : 0, before, total, &last, error));

      end_tile (job);
      if (!well)
        return FALSE;
      pmt_context_progress (job->context, (double) (before + each) / (double) total);
    }
  return TRUE;
}

/* -- the form of the output -- */

/* The number for no data, its bytes, and whether the output's header names it. */
static void
choose_fill (Job *job)
{
  double           background = job->options->background;
  double           number = !isnan (background) ? background : job->cube->has_ignore ? job->cube->ignore
                            : _pmt_cube_type_is_floating (job->form.type) ? NAN : 0;
  char             text[G_ASCII_DTOSTR_BUF_SIZE];

  _pmt_cube_value (job->form.type, number, job->fill);
  if (!isnan (background) && !job->cube->has_ignore)
    _pmt_fields_set (job->form.fields, "data ignore value", g_ascii_formatd (text, sizeof text, "%.9g", number));
}

static gboolean
check (const PmtCube *cube, const PmtTransform *transform, const PmtCubeWarpOptions *o, const char *path, GError **error)
{
  PmtSize stated = pmt_transform_get_moving_size (transform);

  if (stated.width != 0 && (stated.width != cube->size.width || stated.height != cube->size.height))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the transform is for an image of %d × %d pixels, and “%s” has %d × %d",
                 stated.width, stated.height, cube->path, cube->size.width, cube->size.height);
  else if (pmt_rect_is_empty (o->canvas) || o->canvas.width > PMT_BOUNDS_MAX_SIDE || o->canvas.height > PMT_BOUNDS_MAX_SIDE)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "a canvas of %d × %d pixels cannot be rendered", o->canvas.width,
                 o->canvas.height);
  else if (!(o->interval >= 0))
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "an interval is 0 seconds or more");
  else
    return pmt_cube_can_save (cube, o, path, error);
  return FALSE;
}

/* -- the job -- */

static gboolean
run (Job *job, const PmtTransform *transform, const char *path, PmtCubeWarpOutcome *outcome, GError **error)
{
  g_autofree char *fingerprint = NULL;
  guint64          done = 0, total = job->tiles->len * (job->whole ? 1 : (guint64) job->n_groups);
  gboolean         there = FALSE;

  if (job->options->resume)
    {
      g_autofree char *plain = g_str_has_suffix (path, "/") ? g_strndup (path, strlen (path) - 1) : g_strdup (path);

      fingerprint = _pmt_cube_fingerprint (job->cube, transform, &job->form, job->options);
      job->journal = _pmt_cube_journal_open (plain, fingerprint, &done, error);
      if (job->journal == NULL)
        return FALSE;
    }
  job->output = _pmt_cube_output_new (path, &job->form, job->options->resume, &there, error);
  if (job->output == NULL)
    return FALSE;
  if (there && done == 0 && !_pmt_cube_output_clear (job->output, error))   /* another job's */
    return FALSE;
  done = there ? MIN (done, total) : 0;
  outcome->resumed = done > 0;
  outcome->kept = (double) done / (double) total;
  if (!warp_all (job, done, error) || !_pmt_cube_output_commit (job->output, error))
    return FALSE;
  if (job->journal != NULL)
    _pmt_cube_journal_finish (job->journal);
  return TRUE;
}

gboolean
pmt_cube_warp (PmtContext *context, PmtCube *cube, const PmtTransform *transform, const PmtCubeWarpOptions *options,
               const char *path, PmtCubeWarpOutcome *outcome, GError **error)
{
  g_autoptr (GArray)       fields = NULL, tiles = g_array_new (FALSE, FALSE, sizeof (PmtRect));
  g_auto (GStrv)           names = NULL;
  g_autoptr (PmtTransform) flat = pmt_transform_flatten (transform);
  PmtCubeWarpOutcome       ignored;
  gboolean                 done;
  Job job = { .context = context, .cube = cube, .flat = flat, .options = options, .tiles = tiles,
              .size = _pmt_cube_type_size (cube->type), .doubles = !_pmt_cube_type_is_float_enough (cube->type),
              .ignore = cube->has_ignore ? &cube->ignore : NULL, .threads = pmt_context_get_threads (context) };

  if (!check (cube, transform, options, path, error))
    return FALSE;
  outcome = outcome != NULL ? outcome : &ignored;
  *outcome = (PmtCubeWarpOutcome) { FALSE, 0, FALSE };
  fields = _pmt_fields_copy (cube->fields);
  names = _pmt_cube_file_names (cube);
  job.form = (PmtCubeForm) { { options->canvas.width, options->canvas.height }, cube->bands, cube->type,
                             _pmt_cube_layout_for (cube, options, path), fields, names };
  outcome->dropped_map = _pmt_cube_adopt_frame (fields, options->frame);
  choose_fill (&job);
  if (!isnan (options->background) && job.ignore == NULL)
    job.ignore = &options->background;
  job.whole = cube->interleaved || job.form.layout == PMT_LAYOUT_BIP;
  job.real = job.doubles ? sizeof (double) : sizeof (float);
  cut (&job, options->canvas);
  choose_group (&job);
  job.scratch = g_new0 (Scratch, job.threads);
  done = run (&job, transform, path, outcome, error);
  g_free (job.scratch);
  _pmt_cube_output_free (job.output);
  _pmt_cube_journal_free (job.journal);
  return done;
}
