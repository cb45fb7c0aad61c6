/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "report/picture.h"

static const char summary[] = "Draws what a transform bends in the image: how canvas sagged and paper swelled.";

static const char description[] =
  "Modes:\n"
  "  grid      a square grid of the fixed image as it is bent, exaggerated (default)\n"
  "  arrows    where places are shifted to, exaggerated\n"
  "  jacobian  local change of area: red where things are larger in the moving image, blue where smaller\n"
  "  strain    local change of length, the largest in any direction: pale yellow none, dark violet most\n\n"
  "Examples:\n"
  "    pentimento deformation canvas.json before.tif -o bend.png\n"
  "    pentimento deformation canvas.json before.tif -o area.png --mode jacobian --range 0.05\n"
  "    pentimento deformation canvas.json --figures\n\n"
  "T.json is what “register --model smooth -t” wrote. IMAGE is the fixed image, or one of its frame; without it the\n"
  "picture is drawn on white. Scale, turn and perspective are left out (the plane that fits best), so that a transform\n"
  "without a bend leaves nothing to see; --whole shows them too. Lengths are pixels of the fixed image. Places\n"
  "that the moving image does not show are left free.\n";

typedef struct
{
  char    *image, *mode;
  double   spacing, exaggeration, range, opacity;
  int      threads;
  gboolean whole, figures, quiet;
} Options;

/* Everything that lives until the picture is written. */
typedef struct
{
  PmtTransform   *transform;
  PmtSize         size;          /* of the picture */
  VipsImage      *under, *picture;
  PmtDeformation *deformation;
} Work;

static void
work_clear (Work *w)
{
  g_clear_object (&w->picture);
  g_clear_object (&w->under);
  g_clear_pointer (&w->deformation, pmt_deformation_free);
  g_clear_pointer (&w->transform, pmt_transform_unref);
}

/* -- figures -- */

static gboolean
print_figures (const PmtDeformationFigures *f, const PmtDeformationOptions *options, GError **error)
{
  const struct { const char *name; double value; } members[] =
    {
      { "displacement-largest", f->largest }, { "displacement-p95", f->p95 }, { "x", f->where.x }, { "y", f->where.y },
      { "area-least", f->area_least }, { "area-most", f->area_most }, { "strain-largest", f->strain },
      { "covered", f->covered }, { "exaggeration", f->exaggeration }, { "range", f->range }
    };
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  int  done = printf ("{\n  \"whole\": %s", options->whole ? "true" : "false");

  for (guint i = 0; i < G_N_ELEMENTS (members) && done >= 0; i++)
    done = printf (",\n  \"%s\": %s", members[i].name, command_number (members[i].value, number));
  if (done >= 0 && printf ("\n}\n") >= 0 && fflush (stdout) == 0)
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "cannot write to the standard output");
  return FALSE;
}

static void
summarise (const PmtDeformationFigures *f, const PmtDeformationOptions *options)
{
  gboolean strokes = options->mode == PMT_DEFORMATION_GRID || options->mode == PMT_DEFORMATION_ARROWS;

  g_print ("%s: at most %.2f px (95 %%: %.2f px), areas %.4f to %.4f times, strain at most %.4f",
           options->whole ? "the whole transform" : "beyond the plane", f->largest, f->p95, f->area_least, f->area_most,
           f->strain);
  if (strokes)
    g_print ("; drawn %.*f times as long\n", f->exaggeration < 100 ? 2 : 0, f->exaggeration);
  else if (options->mode == PMT_DEFORMATION_STRAIN)
    g_print ("; colours from 0 to %g\n", f->range);
  else
    g_print ("; colours from %.4g to %.4g times\n", exp (-f->range), exp (f->range));
}

/* -- the command -- */

static gboolean
check_size (const Command *command, PmtSize fixed, VipsImage *image, GError **error)
{
  if (fixed.width <= 0 || fixed.height <= 0 || (image->Xsize == fixed.width && image->Ysize == fixed.height))
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "“%s” has %d × %d pixels, and the transform's fixed image %d × %d",
               command->arguments[1], image->Xsize, image->Ysize, fixed.width, fixed.height);
  return FALSE;
}

static gboolean
open_all (const Command *command, Work *w, GError **error)
{
  w->transform = pmt_transform_load (command->arguments[0], error);
  if (w->transform == NULL)
    return FALSE;
  w->size = pmt_transform_get_fixed_size (w->transform);
  if (command->arguments[1] == NULL)
    return TRUE;
  w->under = pmt_picture_open (command->arguments[1], error);
  if (w->under == NULL || !check_size (command, w->size, w->under, error))
    return FALSE;
  w->size = (PmtSize) { w->under->Xsize, w->under->Ysize };
  return TRUE;
}

static int
run (const Command *command, const Options *o, const PmtDeformationOptions *options)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  Work                   w = { 0 };
  gboolean               ok = open_all (command, &w, &error);

  if (ok)
    {
      w.deformation = pmt_deformation_new (w.transform, &(PmtRect) { 0, 0, w.size.width, w.size.height }, options, &error);
      ok = w.deformation != NULL;
    }
  if (ok && o->image != NULL)
    {
      w.picture = pmt_picture_deformation (w.under, w.size, w.deformation, &error);
      pmt_context_stage (context, "drawing", 0, 1);
      ok = w.picture != NULL && pmt_vips_image_save (context, w.picture, o->image, &error);
    }
  command_end_progress ();
  if (ok && o->figures)
    ok = print_figures (pmt_deformation_get_figures (w.deformation), options, &error);
  else if (ok && !o->quiet)
    summarise (pmt_deformation_get_figures (w.deformation), options);
  work_clear (&w);
  return ok ? STATUS_OK : command_fail (command, error);
}

static int
check_and_run (const Command *command, const Options *o)
{
  const CommandFile     outputs[] = { { "--output", o->image }, { NULL, NULL } };
  const CommandFile     inputs[] = { { "T.json", command->arguments[0] }, { "IMAGE", command->arguments[1] }, { NULL, NULL } };
  g_autoptr (GError)    error = NULL;
  PmtDeformationOptions options = { .whole = o->whole, .spacing = o->spacing, .exaggeration = o->exaggeration,
                                    .range = o->range, .opacity = o->opacity };
  int                   status = STATUS_OK;

  if (o->image == NULL && !o->figures)
    return command_usage (command, "where to? Name a picture with -o, or ask for --figures");
  if (o->mode != NULL && !pmt_deformation_mode_from_nick (o->mode, &options.mode))
    return command_usage (command, "--mode is grid, arrows, jacobian or strain, not “%s”", o->mode);
  if (!pmt_deformation_options_check (&options, &error))
    return command_usage (command, "%s", error->message);
  if (o->threads < 0)
    return command_usage (command, "--threads must be 0 or more");
  return command_check_files (command, outputs, inputs, &status) ? run (command, o, &options) : status;
}

int
command_deformation (int argc, char **argv)
{
  Options               o = { 0 };
  PmtDeformationOptions defaults;
  Command               command;
  int                   status;
  const GOptionEntry    entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.image, "Write the picture here", "P.png" },
      { "mode", 'm', 0, G_OPTION_ARG_STRING, &o.mode, "What to draw: grid (default), arrows, jacobian or strain", "MODE" },
      { "spacing", 0, 0, G_OPTION_ARG_DOUBLE, &o.spacing,
        "Of the grid and the arrows: 0.01 to 0.5 of the longer side (default 0.04)", "SHARE" },
      { "exaggeration", 0, 0, G_OPTION_ARG_DOUBLE, &o.exaggeration,
        "Draw shifts so many times as long; 0, the default: the largest as long as the spacing", "FACTOR" },
      { "range", 0, 0, G_OPTION_ARG_DOUBLE, &o.range,
        "Change at which colours end: 0.05 is about 5 %; 0, the default: the largest, rounded up", "CHANGE" },
      { "opacity", 0, 0, G_OPTION_ARG_DOUBLE, &o.opacity, "Of what is drawn over IMAGE, 0 to 1 (default 0.8)", "SHARE" },
      { "whole", 0, 0, G_OPTION_ARG_NONE, &o.whole, "Show the whole transform, the plane too", NULL },
      { "figures", 0, 0, G_OPTION_ARG_NONE, &o.figures, "Print the figures as JSON; no picture is needed then", NULL },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  pmt_deformation_options_init (&defaults);
  o.spacing = defaults.spacing;
  o.exaggeration = defaults.exaggeration;
  o.range = defaults.range;
  o.opacity = defaults.opacity;
  if (command_parse (&command, "deformation", "T.json [IMAGE] -o P.png", summary, description, entries, 1, 2, &argc, &argv,
                     &status))
    status = check_and_run (&command, &o);
  g_free (o.image);
  g_free (o.mode);
  command_clear (&command);
  return status;
}
