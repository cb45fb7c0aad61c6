/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "exchange/field.h"

#define DEFAULT_TOLERANCE 0.01

static const char summary[] =
  "Writes a transform as a dense field of displacements, or reads such a field as a transform.";

static const char description[] =
  "Examples:\n"
  "  For a program that knows fields only, a displacement for every pixel, or every eighth:\n"
  "    pentimento field canvas.json -o canvas.tif\n"
  "    pentimento field canvas.json -o canvas.nii --stride 8\n"
  "  And a field that another program made:\n"
  "    pentimento field flow.tif -t flow.json --moving 5184x3456\n"
  "    pentimento apply flow.json photograph.tif -o moved.tif\n\n"
  "A field holds displacements in pixels, dx then dy, on the fixed image's frame, towards the moving image. Fields are\n"
  ".tif (two bands of floats) and .nii (NIfTI-1; ITK and ANTs read it). What is read becomes the nearest affine map and a\n"
  "grid of displacements as coarse as the tolerance allows; what that misses is said. A field that folds is refused.\n";

typedef struct
{
  char    *field, *transform, *fixed, *moving;
  double   tolerance;
  int      stride, threads;
  gboolean quiet;
} Options;

/* "6000x4000"; FALSE for anything else. Nothing stays 0 × 0. */
static gboolean
parse_size (const char *text, PmtSize *size)
{
  char tail;

  return text == NULL || (sscanf (text, "%9dx%9d%c", &size->width, &size->height, &tail) == 2 && size->width > 0
                          && size->height > 0);
}

/* -- a transform to a field -- */

static int
export (const Command *command, const Options *o, PmtSize fixed)
{
  g_autoptr (PmtContext)   context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) transform = NULL;

  if (!pmt_field_knows (o->field, &error))
    return command_fail (command, error);
  transform = pmt_transform_load (command->arguments[0], &error);
  if (transform == NULL)
    return command_fail (command, error);
  if (fixed.width == 0)
    fixed = pmt_transform_get_fixed_size (transform);
  if (fixed.width == 0)
    return command_usage (command, "the transform does not tell the fixed image's size: name it with --fixed");
  pmt_context_stage (context, "writing the field", 0, 1);
  if (!pmt_field_save (context, transform, fixed, MAX (o->stride, 1), o->field, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

/* -- a field to a transform -- */

static void
tell (const Command *command, const Options *o, const PmtFieldFit *fit)
{
  command_end_progress ();
  if (!fit->met)
    command_warn (command, "the field is finer than the finest grid that a transform may have: up to %.3g px are missed "
                  "(%.3g px in the root mean square)", fit->worst, fit->rms);
  else if (!o->quiet && fit->spacing == 0)
    g_printerr ("the field is an affine map, within %.2g px\n", fit->worst);
  else if (!o->quiet)
    g_printerr ("an affine map and displacements every %d px; the field is met within %.2g px\n", fit->spacing, fit->worst);
}

/* The chain again, with the moving image's size. */
static PmtTransform *
with_moving (PmtTransform *transform, PmtSize moving, GError **error)
{
  g_autoptr (PmtTransform) end = pmt_transform_new ((PmtSize) { 0, 0 }, moving);

  return moving.width == 0 ? pmt_transform_ref (transform) : pmt_transform_compose (transform, end, error);
}

static int
import (const Command *command, const Options *o, PmtSize moving)
{
  g_autoptr (PmtContext)   context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtField)     field = pmt_field_open (command->arguments[0], o->stride, &error);
  g_autoptr (PmtTransform) read = NULL, transform = NULL;
  PmtSize                  said;
  PmtFieldFit              fit;

  if (field == NULL)
    return command_fail (command, error);
  said = pmt_field_get_frame (field)->moving;
  if (moving.width > 0 && said.width > 0 && (moving.width != said.width || moving.height != said.height))
    return command_usage (command, "“%s” says that the moving image has %d × %d pixels, not %d × %d", command->arguments[0],
                          said.width, said.height, moving.width, moving.height);
  pmt_context_stage (context, "reading the field", 0, 1);
  read = pmt_field_to_transform (context, field, o->tolerance, &fit, &error);
  if (read == NULL)
    {
      g_prefix_error (&error, "%s: ", command->arguments[0]);
      return command_fail (command, error);
    }
  transform = with_moving (read, moving, &error);
  if (transform == NULL || !command_save_transform (transform, o->transform, &error))
    return command_fail (command, error);
  tell (command, o, &fit);
  return STATUS_OK;
}

/* -- the command -- */

static int
check_and_run (const Command *command, const Options *o)
{
  const CommandFile outputs[] = { { "--output", o->field }, { "--transform", o->transform }, { NULL, NULL } };
  const CommandFile inputs[] = { { o->field != NULL ? "T.json" : "FIELD", command->arguments[0] }, { NULL, NULL } };
  PmtSize           fixed = { 0, 0 }, moving = { 0, 0 };
  int               status = STATUS_OK;

  if ((o->field == NULL) == (o->transform == NULL))
    return command_usage (command, "either -o FIELD, of a transform, or -t T.json, of a field");
  if (!parse_size (o->fixed, &fixed) || !parse_size (o->moving, &moving))
    return command_usage (command, "sizes are written as in 6000x4000");
  if (o->field != NULL ? o->moving != NULL : o->fixed != NULL)
    return command_usage (command, o->field != NULL ? "--moving goes with -t" : "--fixed goes with -o");
  if (o->stride < 0 || o->stride > PMT_FIELD_MAX_STRIDE)
    return command_usage (command, "--stride is 1 to %d px", PMT_FIELD_MAX_STRIDE);
  if (!(o->tolerance >= 1e-4 && o->tolerance <= 100))
    return command_usage (command, "--tolerance is 0.0001 to 100 px");
  if (o->threads < 0)
    return command_usage (command, "--threads must be 0 or more");
  if (!command_check_files (command, outputs, inputs, &status))
    return status;
  return o->field != NULL ? export (command, o, fixed) : import (command, o, moving);
}

int
command_field (int argc, char **argv)
{
  Options            o = { .tolerance = DEFAULT_TOLERANCE };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.field, "Write the field here: .tif or .nii", "FIELD" },
      { "transform", 't', 0, G_OPTION_ARG_FILENAME, &o.transform, "Write the transform here", "T.json" },
      { "stride", 0, 0, G_OPTION_ARG_INT, &o.stride,
        "One displacement for so many pixels, either way (default 1); of a field that does not tell, what it has", "N" },
      { "fixed", 0, 0, G_OPTION_ARG_STRING, &o.fixed, "The fixed image's size (default: what the transform tells)", "WxH" },
      { "moving", 0, 0, G_OPTION_ARG_STRING, &o.moving, "The moving image's size, of a field that does not tell", "WxH" },
      { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &o.tolerance,
        "How far the transform may be off the field, in pixels (default 0.01)", "PX" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "field", "T.json -o FIELD, or FIELD -t T.json", summary, description, entries, 1, 1, &argc,
                     &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.field);
  g_free (o.transform);
  g_free (o.fixed);
  g_free (o.moving);
  command_clear (&command);
  return status;
}
