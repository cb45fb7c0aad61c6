/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/atomic-file.h"
#include "command.h"
#include "fit/point-fit.h"

static const char summary[] = "Derives a transform from pairs of points that a person placed, and tells which pair looks wrong.";

static const char description[] =
  "PAIRS.csv holds a pair a line, “fixed_x,fixed_y,moving_x,moving_y”, in pixels; a first line of words is passed over.\n\n"
  "Models, and the pairs that they need:\n"
  "  auto              the stiffest that predicts points left out about as well as the best one (default)\n"
  "  translation       1: shifted\n"
  "  rigid             2: turned too\n"
  "  similarity        2: scaled too\n"
  "  affine            3: sheared, or mirrored too\n"
  "  homography        4: tilted too\n"
  "  radial            5: and seen through a lens that distorts (--moving is needed; its middle is taken as the axis)\n"
  "  thin-plate        3 to 1000: bent smoothly, through all points or, with smoothing, near them\n"
  "  piecewise-affine  3 to 10000: each triangle between points by itself, for maps\n\n"
  "The table lists the pairs, the most suspicious first: “left out” is how far, in pixels of the moving image, the model\n"
  "fitted to all other pairs misses a point; “residual” how far the transform itself does. A pair that is set wrong stands\n"
  "out in the first more than in the second.\n\n"
  "Examples:\n"
  "    pentimento points pairs.csv -t map.json --fixed new.tif --moving old.tif\n"
  "    pentimento points pairs.csv -t map.json --model thin-plate --smoothing 0.001 --fixed 6000x4000 --moving 5000x3800\n"
  "    pentimento apply map.json old.tif -o old-on-new.tif\n";

typedef struct
{
  char    *transform, *report, *model, *smoothing, *fixed, *moving;
  gboolean quiet;
} Options;

/* -- the table -- */

/* A pair's number, and the error of its point left out, where that is known, else the residual. */
typedef struct { int number; double suspicion; } Suspect;

static int
by_suspicion (gconstpointer a, gconstpointer b)
{
  const Suspect *p = a, *q = b;

  return p->suspicion != q->suspicion ? (p->suspicion < q->suspicion) - (p->suspicion > q->suspicion) : p->number - q->number;
}

static Suspect *
suspects_new (const PmtPointFit *fit)
{
  Suspect *suspects = g_new (Suspect, fit->n);

  for (int i = 0; i < fit->n; i++)
    suspects[i] = (Suspect) { i, isnan (fit->left_out[i]) ? fit->residual[i] : fit->left_out[i] };
  qsort (suspects, fit->n, sizeof *suspects, by_suspicion);
  return suspects;
}

static void
put_error (GString *text, double error)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "  %9s", isnan (error) ? "–" : g_ascii_formatd (number, sizeof number, "%.3f", error));
}

static void
put_pair (GString *text, const PmtPointFit *fit, int i)
{
  const double values[4] = { fit->fixed[i].x, fit->fixed[i].y, fit->moving[i].x, fit->moving[i].y };
  char         number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "%5d", i);
  for (int k = 0; k < 4; k++)
    g_string_append_printf (text, "  %10s", g_ascii_formatd (number, sizeof number, "%.2f", values[k]));
  put_error (text, fit->left_out[i]);
  put_error (text, fit->residual[i]);
  g_string_append_c (text, '\n');
}

/* What the models came to: "homography 0.41 px, thin-plate 0.39 px, …". */
static void
put_trials (GString *text, const PmtPointFit *fit)
{
  const char *comma = "";
  char        number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, "points left out are missed by");
  for (int m = PMT_POINT_MODEL_TRANSLATION; m < PMT_POINT_MODELS; m++)
    if (!isnan (fit->trial[m].left_out))
      {
        g_string_append_printf (text, "%s %s px (%s)", comma, g_ascii_formatd (number, sizeof number, "%.3g", fit->trial[m].left_out),
                                pmt_point_model_to_nick (m));
        comma = ",";
      }
  g_string_append (text, *comma != 0 ? "\n" : " what is not known: there are too few\n");
}

static gboolean
print_table (const PmtPointFit *fit, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree Suspect *suspects = suspects_new (fit);
  char                number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (text, "model: %s", pmt_point_model_to_nick (fit->model));
  if (!isnan (fit->smoothing))
    g_string_append_printf (text, ", smoothing %s", g_ascii_formatd (number, sizeof number, "%.3g", fit->smoothing));
  g_string_append_c (text, '\n');
  put_trials (text, fit);
  g_string_append (text, "point     fixed x     fixed y    moving x    moving y   left out   residual\n");
  for (int i = 0; i < fit->n; i++)
    put_pair (text, fit, suspects[i].number);
  if (fputs (text->str, stdout) >= 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "cannot write to the standard output");
  return FALSE;
}

/* -- the command -- */

static gboolean
write_all (const PmtPointFit *fit, const Options *o, GError **error)
{
  g_autofree char *json = o->report != NULL ? pmt_point_fit_to_json (fit) : NULL;

  if (o->transform != NULL && !pmt_transform_save (fit->transform, o->transform, error))
    return FALSE;
  if (json != NULL && !pmt_atomic_file_write (o->report, json, strlen (json), error))
    return FALSE;
  return o->quiet || print_table (fit, error);
}

static int
run (const Command *command, const Options *o, const PmtPointOptions *options)
{
  g_autoptr (GError)      error = NULL;
  g_autoptr (GArray)      from = g_array_new (FALSE, FALSE, sizeof (PmtPoint)), to = g_array_new (FALSE, FALSE, sizeof (PmtPoint));
  g_autoptr (PmtPointFit) fit = NULL;
  PmtSize                 fixed, moving;

  if (!command_read_size (o->fixed, &fixed, &error) || !command_read_size (o->moving, &moving, &error)
      || !command_read_points (command->arguments[0], from, to, &error))
    return command_fail (command, error);
  fit = pmt_point_fit_new ((int) from->len, (const PmtPoint *) from->data, (const PmtPoint *) to->data, fixed, moving, options,
                           &error);
  if (fit == NULL)
    {
      g_prefix_error (&error, "%s: ", command->arguments[0]);
      return command_fail (command, error);
    }
  return write_all (fit, o, &error) ? STATUS_OK : command_fail (command, error);
}

static gboolean
read_smoothing (const char *text, double *smoothing)
{
  char *end;

  if (text == NULL || g_str_equal (text, "auto"))
    return TRUE;
  *smoothing = g_ascii_strtod (text, &end);
  return end != text && *end == 0 && *smoothing >= 0 && *smoothing <= 1e6;
}

static int
check_and_run (const Command *command, const Options *o)
{
  const CommandFile outputs[] = { { "--transform", o->transform }, { "--report", o->report }, { NULL, NULL } };
  const CommandFile inputs[] = { { "PAIRS.csv", command->arguments[0] }, { "--fixed", o->fixed }, { "--moving", o->moving },
                                 { NULL, NULL } };
  PmtPointOptions   options;
  int               status = STATUS_OK;

  pmt_point_options_init (&options);
  if (o->model != NULL && !pmt_point_model_from_nick (o->model, &options.model))
    return command_usage (command, "--model is auto, translation, rigid, similarity, affine, homography, radial, thin-plate or "
                          "piecewise-affine, not “%s”", o->model);
  if (!read_smoothing (o->smoothing, &options.smoothing))
    return command_usage (command, "--smoothing is auto or a number from 0 to 1000000, not “%s”", o->smoothing);
  if (o->quiet && o->transform == NULL && o->report == NULL)
    return command_usage (command, "where to? Name a transform with -t, or leave out --quiet");
  return command_check_files (command, outputs, inputs, &status) ? run (command, o, &options) : status;
}

int
command_points (int argc, char **argv)
{
  Options            o = { 0 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "Write the transform here", "T.json" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write models tried, and all points' errors, here", "R.json" },
      { "model", 'm', 0, G_OPTION_ARG_STRING, &o.model, "See above", "MODEL" },
      { "smoothing", 0, 0, G_OPTION_ARG_STRING, &o.smoothing,
        "Of a thin plate: 0 (through all points) to 1000000 (0.01 is much); auto, the default: what predicts points best", "NUMBER" },
      { "fixed", 0, 0, G_OPTION_ARG_FILENAME, &o.fixed, "The fixed image, or its size", "IMAGE|WxH" },
      { "moving", 0, 0, G_OPTION_ARG_FILENAME, &o.moving, "The moving image, or its size", "IMAGE|WxH" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Print no table", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "points", "PAIRS.csv -t T.json", summary, description, entries, 1, 1, &argc, &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.transform);
  g_free (o.report);
  g_free (o.model);
  g_free (o.smoothing);
  g_free (o.fixed);
  g_free (o.moving);
  command_clear (&command);
  return status;
}
