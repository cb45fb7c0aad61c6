/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "command.h"

#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/atomic-file.h"
#include "image/source-vips.h"

#define GRACE 150000   /* µs that a cancelled job has to end by itself */

static gint caught;              /* the signal that cancelled the job; atomic */
static gboolean shown;           /* a progress line stands on the terminal */

/* -- the command line -- */

static gboolean
is_same_file (const char *a, const char *b)
{
  g_autofree char *plain_a = vips_filename_get_filename (a), *plain_b = vips_filename_get_filename (b);   /* no options */
  g_autofree char *whole_a = g_canonicalize_filename (plain_a, NULL), *whole_b = g_canonicalize_filename (plain_b, NULL);
  GStatBuf         stat_a, stat_b;

  if (g_stat (plain_a, &stat_a) == 0 && g_stat (plain_b, &stat_b) == 0)
    return S_ISREG (stat_a.st_mode) && stat_a.st_dev == stat_b.st_dev && stat_a.st_ino == stat_b.st_ino;
  return g_str_equal (whole_a, whole_b);
}

gboolean
command_check_files (const Command *command, const CommandFile *outputs, const CommandFile *inputs, int *status)
{
  for (const CommandFile *out = outputs; out->name != NULL; out++)
    {
      const CommandFile *other = NULL;

      for (const CommandFile *in = inputs; other == NULL && in->name != NULL; in++)
        other = out->path != NULL && in->path != NULL && is_same_file (out->path, in->path) ? in : NULL;
      for (const CommandFile *in = out + 1; other == NULL && in->name != NULL; in++)
        other = out->path != NULL && in->path != NULL && is_same_file (out->path, in->path) ? in : NULL;
      if (other == NULL)
        continue;
      *status = command_usage (command, "%s and %s are one file, “%s”: give another name", out->name, other->name, out->path);
      return FALSE;
    }
  return TRUE;
}

gboolean
command_parse (Command *command, const char *name, const char *usage, const char *summary, const char *description,
               const GOptionEntry *entries, int low, int high, int *argc, char ***argv, int *status)
{
  g_autofree char           *prgname = g_strdup_printf ("pentimento %s", name);
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError)         error = NULL;
  int                        n;

  *command = (Command) { .name = name };
  g_set_prgname (prgname);
  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      *status = command_usage (command, "%s", error->message);
      return FALSE;
    }
  n = *argc - 1;
  if (n > 0 && g_str_equal ((*argv)[1], "--"))
    {
      (*argv)++;
      n--;
    }
  if (n < low || n > high)
    {
      *status = command_usage (command, n < low ? "too few arguments: %s" : "too many arguments: %s", usage);
      return FALSE;
    }
  command->arguments = g_new0 (char *, n + 1);
  for (int i = 0; i < n; i++)
    command->arguments[i] = g_strdup ((*argv)[i + 1]);
  return TRUE;
}

void
command_clear (Command *command)
{
  g_clear_pointer (&command->arguments, g_strfreev);
}

static void
say (const Command *command, const char *kind, const char *text)
{
  command_end_progress ();
  g_printerr ("pentimento %s: %s%s\n", command->name, kind, text);
}

int
command_usage (const Command *command, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  say (command, "", text);
  g_printerr ("Try “pentimento %s --help”.\n", command->name);
  return STATUS_USAGE;
}

void
command_warn (const Command *command, const char *format, ...)
{
  va_list          arguments;
  g_autofree char *text = NULL;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  say (command, "warning: ", text);
}

void
command_explain (const Command *command, const GPtrArray *reasons)
{
  for (guint i = 0; i < reasons->len; i++)
    {
      const PmtReason *reason = g_ptr_array_index (reasons, i);

      if (reason->passed)
        continue;
      command_warn (command, "%s", reason->text);
      if (reason->advice != NULL)
        g_printerr ("  %s\n", reason->advice);
    }
}

int
command_fail (const Command *command, const GError *error)
{
  int signal = g_atomic_int_get (&caught);

  if (g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED) && signal != 0)
    {
      say (command, "", "interrupted; nothing was left half written");
      return STATUS_SIGNAL + signal;
    }
  say (command, "", error->message);
  return STATUS_BAD;
}

/* -- progress and signals -- */

void
command_end_progress (void)
{
  if (shown)
    fputs ("\r\033[K", stderr);
  shown = FALSE;
}

static void
show_progress (const char *stage, double fraction, double seconds_left, gpointer data)
{
  static gint64 last = 0;
  gint64        now = g_get_monotonic_time ();

  if (now - last < 100000 && fraction < 1)
    return;
  last = now;
  fprintf (stderr, "\r\033[K%3.0f %%  %s", 100 * fraction, stage != NULL ? stage : "");
  if (seconds_left >= 1)
    fprintf (stderr, "  %.0f s left", ceil (seconds_left));
  fflush (stderr);
  shown = TRUE;
}

/* Some steps of a job cannot be cancelled: a library decodes a large file, the disk writes one out. Nobody has to wait for
 * them: the temporaries are removed and the process ends. */
static void
end_at_once (int signal)
{
  pmt_atomic_file_abandon_all ();
  fprintf (stderr, "%spentimento: interrupted; nothing was left half written\n", shown ? "\r\033[K" : "");
  fflush (stderr);
  _exit (STATUS_SIGNAL + signal);
}

/* Signals are taken by a thread of their own, where cancelling (which locks and allocates) is safe. */
static gpointer
wait_for_signals (gpointer cancellable)
{
  sigset_t set;
  int      signal;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  if (sigwait (&set, &signal) == 0)
    {
      g_atomic_int_compare_and_exchange (&caught, 0, signal);
      g_cancellable_cancel (cancellable);
      g_usleep (GRACE);
      end_at_once (signal);
    }
  return NULL;
}

PmtContext *
command_context (int threads, gint64 seed, gboolean quiet)
{
  PmtContext               *context = pmt_context_new ();
  g_autoptr (GCancellable)  cancellable = g_cancellable_new ();
  sigset_t                  set;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &set, NULL);   /* before there are other threads: they inherit it */
  g_thread_unref (g_thread_new ("signals", wait_for_signals, g_object_ref (cancellable)));

  pmt_context_set_cancellable (context, cancellable);
  pmt_context_set_threads (context, threads);
  pmt_context_set_seed (context, (guint64) seed);
  if (!quiet && isatty (STDERR_FILENO))
    pmt_context_set_progress (context, show_progress, NULL);
  if (threads > 0)
    vips_concurrency_set (threads);
  return context;
}

/* -- output options -- */

gboolean
command_read_output (const Command *command, const OutputOptions *options, Output *output, int *status)
{
  static const char *const canvases[] = { "fixed", "union", "intersection", NULL };
  static const char *const lights[] = { "auto", "stored", "linear", NULL };
  int                      canvas = 0, light = 0;

  pmt_warp_options_init (&output->warp);
  while (options->canvas != NULL && canvases[canvas] != NULL && !g_str_equal (canvases[canvas], options->canvas))
    canvas++;
  while (options->light != NULL && lights[light] != NULL && !g_str_equal (lights[light], options->light))
    light++;
  if (canvases[canvas] == NULL)
    *status = command_usage (command, "--canvas is fixed, union or intersection, not “%s”", options->canvas);
  else if (lights[light] == NULL)
    *status = command_usage (command, "--light is auto, stored or linear, not “%s”", options->light);
  else if (options->sampler != NULL && !pmt_sampler_from_nick (options->sampler, &output->warp.sampler))
    *status = command_usage (command, "--sampler is nearest, linear, cubic or lanczos3, not “%s”", options->sampler);
  else
    {
      output->canvas = (Canvas) canvas;
      output->warp.light = (PmtLightChoice) light;
      output->warp.background = options->background;
      output->warp.add_alpha = options->alpha;
      return TRUE;
    }
  return FALSE;
}

void
command_clear_output (OutputOptions *options)
{
  g_free (options->canvas);
  g_free (options->sampler);
  g_free (options->light);
}

gboolean
command_choose_canvas (const PmtTransform *transform, Output *output, GError **error)
{
  PmtSize size = pmt_transform_get_fixed_size (transform);
  PmtRect fixed = { 0, 0, size.width, size.height }, moved;

  output->warp.canvas = fixed;
  if (output->canvas == CANVAS_FIXED)
    {
      if (pmt_rect_is_empty (fixed))
        g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                             "the transform does not tell the fixed image's size; --canvas union does without it");
      return !pmt_rect_is_empty (fixed);
    }
  if (!pmt_transform_bounds (transform, NULL, &moved, error))
    return FALSE;
  output->warp.canvas = output->canvas == CANVAS_UNION ? pmt_rect_union (fixed, moved)
                                                       : pmt_rect_intersect (fixed, moved);
  if (pmt_rect_is_empty (output->warp.canvas))
    g_set_error_literal (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the two frames have nothing in common");
  return !pmt_rect_is_empty (output->warp.canvas);
}

gboolean
command_write_image (PmtContext *context, VipsImage *moving, const PmtTransform *transform, Output *output,
                     const char *path, GError **error)
{
  g_autoptr (VipsImage) moved = NULL;

  if (!command_choose_canvas (transform, output, error))
    return FALSE;
  moved = pmt_vips_image_warp (moving, transform, &output->warp, error);
  if (moved == NULL)
    return FALSE;
  pmt_context_stage (context, "writing the image", 0, 1);
  return pmt_vips_image_save (context, moved, path, error);
}

const char *
command_number (double value, char *buffer)
{
  if (isnan (value))
    return "nan";   /* never "-nan" */
  for (int digits = 15; digits <= 17; digits++)
    {
      char format[8];

      g_snprintf (format, sizeof format, "%%.%dg", digits);
      g_ascii_formatd (buffer, G_ASCII_DTOSTR_BUF_SIZE, format, value);
      if (g_ascii_strtod (buffer, NULL) == value)
        break;
    }
  return buffer;
}

gboolean
command_read_size (const char *text, PmtSize *size, GError **error)
{
  g_autoptr (VipsImage) image = NULL;
  int                   end = 0;

  *size = (PmtSize) { 0, 0 };
  if (text == NULL)
    return TRUE;
  if (sscanf (text, "%9dx%9d%n", &size->width, &size->height, &end) == 2 && text[end] == 0 && size->width > 0
      && size->height > 0)
    return TRUE;
  image = pmt_vips_image_open (text, error);
  if (image != NULL)
    *size = (PmtSize) { image->Xsize, image->Ysize };
  return image != NULL;
}

const char *
command_image_name (const char *text)
{
  PmtSize size;
  int     end = 0;

  return text == NULL || (sscanf (text, "%9dx%9d%n", &size.width, &size.height, &end) == 2 && text[end] == 0) ? NULL : text;
}

gboolean
command_save_transform (const PmtTransform *transform, const char *path, GError **error)
{
  g_autofree char *json = NULL;

  if (path != NULL)
    return pmt_transform_save (transform, path, error);
  json = pmt_transform_to_json (transform);
  if (fputs (json, stdout) >= 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "cannot write to the standard output");
  return FALSE;
}
