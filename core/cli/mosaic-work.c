/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The folder in which a mosaic's work is kept: registrations by what they were made from, so that nothing stale is ever taken; which
 * pairs a round registers; where all tiles lie. Every file appears whole or not at all. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/atomic-file.h"
#include "base/error.h"
#include "base/read-file.h"
#include "config.h"
#include "mosaic.h"

#define MOST_BYTES (256 << 20)     /* of a file of the folder */

/* -- what things are made from -- */

void
mosaic_work_add_file (GChecksum *sum, const char *path)
{
  g_autofree char *plain = vips_filename_get_filename (path), *text = NULL;
  GStatBuf         s;

  if (g_stat (plain, &s) == 0)
    text = g_strdup_printf ("%s\n%" G_GINT64_FORMAT " %" G_GINT64_FORMAT ".%09ld\n", path, (gint64) s.st_size,
                            (gint64) s.st_mtim.tv_sec, (long) s.st_mtim.tv_nsec);
  else
    text = g_strdup_printf ("%s\nmissing\n", path);
  g_checksum_update (sum, (const guchar *) text, -1);
}

/* A number to the bit. */
static void
put_number (GString *text, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, " %s", command_number (value, buffer));
}

/* "a b start m00 … m22", one line. */
static void
put_pair (GString *text, const PmtPairTodo *pair)
{
  g_string_append_printf (text, "%d %d %d", pair->a, pair->b, pair->start);
  for (int k = 0; k < 9; k++)
    put_number (text, pair->initial.m[k / 3][k % 3]);
  g_string_append_c (text, '\n');
}

char *
mosaic_work_key (const MosaicWork *work, const PmtPairTodo *pair)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  GString              *text = g_string_new (work->about);
  PmtPairTodo           plain = *pair;

  plain.a = plain.b = 0;                 /* images are known by their files */
  put_pair (text, &plain);
  g_checksum_update (sum, (const guchar *) text->str, (gssize) text->len);
  mosaic_work_add_file (sum, work->job->path[pair->a]);
  mosaic_work_add_file (sum, work->job->path[pair->b]);
  g_string_free (text, TRUE);
  return g_strndup (g_checksum_get_string (sum), 32);
}

static char *
describe (const MosaicJob *job, PmtContext *context)
{
  const PmtRegisterOptions *p = &job->options.pair;

  return g_strdup_printf ("pentimento %s\n%d %d %d %d %s %" G_GUINT64_FORMAT "\n", PMT_VERSION, p->model, p->modality, p->search,
                          p->mirror, p->preparation != NULL ? p->preparation : "auto", pmt_context_get_seed (context));
}

/* -- registrations -- */

char *
mosaic_work_path (const MosaicWork *work, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *name = NULL, *folder = NULL;
  char            *path;

  va_start (arguments, format);
  name = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  path = g_build_filename (work->folder, name, NULL);
  folder = g_path_get_dirname (path);
  g_mkdir_with_parents (folder, 0777);      /* where it can't be made, the file can't be written, which is told */
  return path;
}

static char *
pair_path (const MosaicWork *work, const PmtPairTodo *pair)
{
  g_autofree char *key = mosaic_work_key (work, pair);

  return mosaic_work_path (work, "pairs/%.2s/%s.json", key, key);
}

gboolean
mosaic_work_has (const MosaicWork *work, const PmtPairTodo *pair)
{
  g_autofree char *path = pair_path (work, pair);

  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static gboolean
begin (int round, const GArray *pairs, gpointer data, GError **error)
{
  MosaicWork *work = data;

  if (round != work->stop)
    return TRUE;
  work->todo = g_array_copy ((GArray *) pairs);
  g_set_error (error, PMT_ERROR, PMT_ERROR_CANCELLED, "round %d is not run", round);
  return FALSE;
}

/* What can't be read is made anew. */
static PmtRegistration *
recall (const PmtPairTodo *pair, gpointer data)
{
  const MosaicWork *work = data;
  g_autofree char  *path = pair_path (work, pair);
  GString          *text = g_file_test (path, G_FILE_TEST_EXISTS) ? pmt_file_read (path, MOST_BYTES, NULL) : NULL;
  PmtRegistration  *registration = text != NULL ? pmt_group_pair_from_json (text->str, (gssize) text->len, NULL) : NULL;

  if (text != NULL)
    g_string_free (text, TRUE);
  return registration;
}

static gboolean
keep (const PmtPairTodo *pair, const PmtRegistration *registration, gpointer data, GError **error)
{
  const MosaicWork *work = data;
  g_autofree char  *path = pair_path (work, pair), *json = pmt_group_pair_to_json (registration, work->context);

  return pmt_atomic_file_write (path, json, strlen (json), error);
}

void
mosaic_work_init (MosaicWork *work, const char *folder, const MosaicJob *job, PmtContext *context)
{
  *work = (MosaicWork) { .folder = g_strdup (folder), .job = job, .context = context, .about = describe (job, context), .stop = -1 };
  work->store = (PmtPairStore) { begin, recall, keep, work };
}

void
mosaic_work_clear (MosaicWork *work)
{
  g_clear_pointer (&work->folder, g_free);
  g_clear_pointer (&work->about, g_free);
  g_clear_pointer (&work->todo, g_array_unref);
}

/* -- rounds -- */

gboolean
mosaic_work_save_round (const MosaicWork *work, int round, GError **error)
{
  g_autofree char *path = mosaic_work_path (work, "round-%d.txt", round + 1);
  GString         *text = g_string_new (NULL);
  gboolean         done;

  for (guint i = 0; i < work->todo->len; i++)
    put_pair (text, &g_array_index (work->todo, PmtPairTodo, i));
  done = pmt_atomic_file_write (path, text->str, text->len, error);
  g_string_free (text, TRUE);
  return done;
}

static gboolean
bad_line (GError **error, const char *path, guint line)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "“%s”, line %u: run the step that wrote it again", path, line + 1);
  return FALSE;
}

static gboolean
read_pair (const char *line, int n, PmtPairTodo *pair)
{
  g_auto (GStrv) word = g_strsplit (line, " ", -1);
  gint64         number[3];

  if (g_strv_length (word) != 12)
    return FALSE;
  for (int k = 0; k < 3; k++)
    if (!g_ascii_string_to_signed (word[k], 10, 0, k < 2 ? n - 1 : PMT_START_SCALE, &number[k], NULL))
      return FALSE;
  *pair = (PmtPairTodo) { (int) number[0], (int) number[1], (PmtStart) number[2], pmt_matrix3_identity };
  for (int k = 0; k < 9; k++)
    pair->initial.m[k / 3][k % 3] = g_ascii_strtod (word[3 + k], NULL);
  return pair->a != pair->b && pmt_matrix3_is_finite (&pair->initial);
}

/* Lines of a file of the folder, none of them empty; NULL with an error. */
static char **
read_lines (const char *path, GError **error)
{
  GString *text = pmt_file_read (path, MOST_BYTES, error);
  char   **lines;

  if (text == NULL)
    return NULL;
  g_strchomp (text->str);
  lines = *text->str != '\0' ? g_strsplit (text->str, "\n", -1) : g_new0 (char *, 1);
  g_string_free (text, TRUE);
  return lines;
}

GArray *
mosaic_work_load_round (const MosaicWork *work, int round, GError **error)
{
  g_autofree char   *path = mosaic_work_path (work, "round-%d.txt", round + 1);
  g_auto (GStrv)     lines = read_lines (path, error);
  g_autoptr (GArray) pairs = g_array_new (FALSE, FALSE, sizeof (PmtPairTodo));

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      PmtPairTodo pair;

      if (!read_pair (lines[i], work->job->n, &pair))
        {
          bad_line (error, path, i);
          return NULL;
        }
      g_array_append_val (pairs, pair);
    }
  return lines != NULL ? g_steal_pointer (&pairs) : NULL;
}

/* -- poses: "draw 0|1", "scale S", then "i gain gain-of-the-other-band" a placed image, its transform being a file -- */

gboolean
mosaic_work_save_poses (const MosaicWork *work, gboolean draw, GError **error)
{
  const MosaicJob *job = work->job;
  g_autofree char *path = mosaic_work_path (work, "poses.txt");
  GString         *text = g_string_new (NULL);
  gboolean         done = TRUE;

  g_string_append_printf (text, "draw %d\nscale", draw);
  put_number (text, job->scale);
  g_string_append_c (text, '\n');
  for (int i = 0; i < job->n && done; i++)
    if (job->pose[i] != NULL)
      {
        g_autofree char *file = mosaic_work_path (work, "poses/%d.json", i);

        g_string_append_printf (text, "%d", i);
        for (int band = 0; band < BANDS; band++)
          put_number (text, job->gain[band] != NULL ? job->gain[band][i] : 0);
        g_string_append_c (text, '\n');
        done = pmt_transform_save (job->pose[i], file, error);
      }
  done = done && pmt_atomic_file_write (path, text->str, text->len, error);
  g_string_free (text, TRUE);
  return done;
}

static gboolean
read_pose (const MosaicWork *work, const char *line, MosaicJob *job, GError **error)
{
  g_auto (GStrv)   word = g_strsplit (line, " ", -1);
  g_autofree char *file = NULL;
  gint64           i;

  if (g_strv_length (word) != 1 + BANDS || !g_ascii_string_to_signed (word[0], 10, 0, job->n - 1, &i, NULL))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_FORMAT, "“%s” is no tile", line);
      return FALSE;
    }
  for (int band = 0; band < BANDS; band++)
    {
      double gain = g_ascii_strtod (word[1 + band], NULL);

      if (!(gain > 0))
        continue;
      if (job->gain[band] == NULL)
        job->gain[band] = g_new0 (double, job->n);
      job->gain[band][i] = gain;
    }
  file = mosaic_work_path (work, "poses/%d.json", (int) i);
  pmt_transform_unref (job->pose[i]);
  job->pose[i] = pmt_transform_load (file, error);
  return job->pose[i] != NULL;
}

gboolean
mosaic_work_draws (const MosaicWork *work)
{
  g_autofree char *path = mosaic_work_path (work, "poses.txt");
  g_auto (GStrv)   lines = read_lines (path, NULL);

  return lines == NULL || lines[0] == NULL || !g_str_equal (lines[0], "draw 0");
}

gboolean
mosaic_work_load_poses (const MosaicWork *work, MosaicJob *job, gboolean *draw, GError **error)
{
  g_autofree char *path = mosaic_work_path (work, "poses.txt");
  g_auto (GStrv)   lines = read_lines (path, error);

  if (lines == NULL)
    return FALSE;
  if (g_strv_length (lines) < 2 || !g_str_has_prefix (lines[0], "draw ") || !g_str_has_prefix (lines[1], "scale ")
      || !((job->scale = g_ascii_strtod (lines[1] + 6, NULL)) > 0))
    return bad_line (error, path, 0);
  *draw = g_str_equal (lines[0], "draw 1");
  job->pose = g_new0 (PmtTransform *, job->n);
  for (guint i = 2; lines[i] != NULL; i++)
    if (!read_pose (work, lines[i], job, error))
      return FALSE;
  return TRUE;
}

/* -- strips of a drawing that may be interrupted -- */

/* What a drawing follows from. */
static char *
drawing_key (const MosaicWork *work, int band)
{
  const MosaicJob      *job = work->job;
  const PmtWarpOptions *warp = &job->output.warp;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  GString              *text = g_string_new ("pentimento " PMT_VERSION);

  g_string_append_printf (text, " %d %d %d %d", band, job->whole, warp->sampler, warp->add_alpha);
  put_number (text, warp->background);
  put_number (text, job->scale);
  for (int i = job->first; i < job->n; i++)
    if (job->pose[i] != NULL)
      {
        g_autofree char *json = pmt_transform_to_json (job->pose[i]);

        mosaic_work_add_file (sum, band == BAND_TILES ? job->path[i] : job->with_path[i]);
        put_number (text, job->gain[band] != NULL ? job->gain[band][i] : 1);
        g_string_append (text, json);
      }
  g_checksum_update (sum, (const guchar *) text->str, (gssize) text->len);
  g_string_free (text, TRUE);
  return g_strndup (g_checksum_get_string (sum), 32);
}

gboolean
mosaic_work_draw (const MosaicWork *work, const MosaicOptions *o, int band, GError **error)
{
  int              count = mosaic_strips (work->job);
  g_autofree char *key = drawing_key (work, band);
  g_auto (GStrv)   paths = g_new0 (char *, count + 1);

  for (int i = 0; i < count; i++)
    {
      paths[i] = mosaic_work_path (work, "strips/%s-%d.v", key, i);
      if (!g_file_test (paths[i], G_FILE_TEST_EXISTS)
          && !mosaic_draw_strip (work->context, work->job, band, i, count, paths[i], error))
        return FALSE;
    }
  if (!mosaic_join (work->context, o, work->job, band, count, paths, error))
    return FALSE;
  for (int i = 0; i < count; i++)
    g_unlink (paths[i]);
  return TRUE;
}
