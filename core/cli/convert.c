/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdio.h>

#include "command.h"
#include "exchange/exchange.h"
#include "exchange/field.h"
#include "image/source-vips.h"

static const char summary[] = "Reads a transform from a file of another program, or writes one for it.";

static const char description_head[] =
  "Formats, for --from and --to:\n";

static const char description_tail[] =
  "\nWithout --from a file is recognised by what it begins with; without --to the ending of OUT decides. Pairs of "
  "points are\n"
  "fitted as by “pentimento points”. A transform is written as pairs by a grid of them over the fixed image; how far "
  "what the\n"
  "other program makes of them leads from the transform is said. What a format cannot hold is refused with the nearest "
  "that it\n"
  "can, and the error that it would cost; --nearest accepts it.\n\n"
  "Examples:\n"
  "    pentimento convert ir.json -o ir.tfm\n"
  "    pentimento convert landmarks.csv -o ir.json --fixed-size visible.tif --moving-size ir.tif --model affine\n"
  "    pentimento convert TransformParameters.0.txt -o ir.json --moving-size 5184x3456\n"
  "    pentimento convert canvas.json -o canvas.csv --to bigwarp --pairs 20\n";

typedef struct
{
  char    *output, *from, *to, *fixed, *moving, *model;
  double   tolerance;
  int      pairs, stride, threads;
  gboolean nearest, invert, quiet;
} Options;

static char *
describe (void)
{
  GString *text = g_string_new (description_head);

  for (int i = 0; i < pmt_exchange_get_n_formats (); i++)
    {
      const PmtFormatInfo *f = pmt_exchange_get_format (i);
      g_autofree char     *endings = g_strjoinv (" ", (char **) f->endings);

      g_string_append_printf (text, "  %-15s %s: %s%s%s%s%s\n", f->nick, f->title, f->holds, *endings != 0 ? " (" : "",
                              endings,
                              *endings != 0 ? ")" : "",
                              (f->ways & PMT_FORMAT_WRITES) == 0 ? "; read only" : (f->ways & PMT_FORMAT_READS) == 0
                                ? "; written only" : "");
    }
  g_string_append (text, description_tail);
  return g_string_free (text, FALSE);
}

/* -- what is said -- */

static void
tell_read (const Command *command, const PmtExchangeReport *r, gboolean quiet)
{
  if (r->inexact)
    command_warn (command, "the field is finer than the finest grid that a transform may have: up to %.3g px are missed", r->worst);
  else if (!quiet && r->pairs > 0)
    g_printerr ("%s: %d pairs, model %s; their residuals are up to %.3g px, %.3g px in the mean\n", r->format, r->pairs,
                pmt_point_model_to_nick (r->model), r->worst, r->mean);
}

static void
tell_written (const PmtExchangeReport *r)
{
  const char *model = pmt_point_model_to_nick (r->model);

  if (r->pairs > 0 && r->model == PMT_POINT_MODEL_AUTO)
    g_printerr ("%s: %d pairs\n", r->format, r->pairs);
  else if (r->pairs > 0 && isnan (r->worst))
    g_printerr ("%s: %d pairs; a map of kind %s cannot go through them\n", r->format, r->pairs, model);
  else if (r->pairs > 0)
    g_printerr ("%s: %d pairs; a map of kind %s through them leads up to %.3g px, %.3g px in the mean, from where the "
                "transform does\n",
                r->format, r->pairs, model, r->worst, r->mean);
  else if (r->inexact)
    g_printerr ("%s: the nearest map of kind %s, which leads up to %.3g px, %.3g px in the mean, from where the "
                "transform does\n",
                r->format, model, r->worst, r->mean);
}

/* -- the work -- */

static PmtTransform *
load (const Command *command, PmtContext *context, const Options *o, const PmtExchangeOptions *options, GError **error)
{
  PmtExchangeReport report;
  PmtTransform     *transform = pmt_exchange_load (context, command->arguments[0], o->from, options, &report, error);

  if (transform != NULL)
    {
      command_end_progress ();
      tell_read (command, &report, o->quiet);
    }
  return transform;
}

static int
save (const Command *command, PmtContext *context, const PmtTransform *transform, const Options *o,
      PmtExchangeOptions *options)
{
  g_autoptr (GError) error = NULL;
  PmtExchangeReport  report = { 0 };

  options->fixed = options->moving = (PmtSize) { 0, 0 };   /* the transform has them */
  if (!pmt_exchange_save (context, transform, o->output, o->to, options, &report, &error))
    {
      if (report.inexact && !o->nearest)
        {
          g_autofree char *why = error->message;

          error->message = g_strdup_printf ("%s; --nearest accepts that", why);
        }
      return command_fail (command, error);
    }
  command_end_progress ();
  if (!o->quiet)
    tell_written (&report);
  return STATUS_OK;
}

static PmtTransform *
turn (PmtTransform *transform, gboolean invert, GError **error)
{
  return invert ? pmt_transform_invert (transform, error) : pmt_transform_ref (transform);
}

static int
run (const Command *command, const Options *o, PmtExchangeOptions *options)
{
  g_autoptr (PmtContext)   context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) read = NULL, transform = NULL;

  if (!command_read_size (o->fixed, &options->fixed, &error) || !command_read_size (o->moving, &options->moving,
                                                                                    &error))
    return command_fail (command, error);
  options->fixed_name = command_image_name (o->fixed);
  options->moving_name = command_image_name (o->moving);
  if (o->to == NULL && pmt_exchange_format_for (o->output, &error) == NULL)
    return command_fail (command, error);
  read = load (command, context, o, options, &error);
  if (read != NULL)
    transform = turn (read, o->invert, &error);
  if (transform == NULL)
    return command_fail (command, error);
  if (o->invert)
    {
      const char *name = options->fixed_name;

      options->fixed_name = options->moving_name;
      options->moving_name = name;
    }
  return save (command, context, transform, o, options);
}

static int
check_and_run (const Command *command, const Options *o)
{
  const CommandFile  outputs[] = { { "--output", o->output }, { NULL, NULL } };
  const CommandFile  inputs[] = { { "IN", command->arguments[0] }, { "--fixed-size", o->fixed },
                                  { "--moving-size", o->moving },
                                  { NULL, NULL } };
  PmtExchangeOptions options;
  int                status = STATUS_OK;

  pmt_exchange_options_init (&options);
  options.pairs = o->pairs;
  options.stride = o->stride;
  options.tolerance = o->tolerance;
  options.nearest = o->nearest;
  if (o->output == NULL)
    return command_usage (command, "where to? Name a file with -o");
  if (o->model != NULL && !pmt_point_model_from_nick (o->model, &options.model))
    return command_usage (command, "--model is one of those of “pentimento points”, not “%s”", o->model);
  if (o->from != NULL && pmt_exchange_find_format (o->from) == NULL)
    return command_usage (command, "--from: there is no format “%s”", o->from);
  if (o->to != NULL && pmt_exchange_find_format (o->to) == NULL)
    return command_usage (command, "--to: there is no format “%s”", o->to);
  if (o->pairs < 2 || o->pairs > PMT_EXCHANGE_MAX_PAIRS)
    return command_usage (command, "--pairs is 2 to %d", PMT_EXCHANGE_MAX_PAIRS);
  if (o->stride < 0 || o->stride > PMT_FIELD_MAX_STRIDE)
    return command_usage (command, "--stride is 1 to %d px", PMT_FIELD_MAX_STRIDE);
  if (!(o->tolerance >= 1e-4 && o->tolerance <= 100))
    return command_usage (command, "--tolerance is 0.0001 to 100 px");
  if (o->threads < 0)
    return command_usage (command, "--threads must be 0 or more");
  return command_check_files (command, outputs, inputs, &status) ? run (command, o, &options) : status;
}

int
command_convert (int argc, char **argv)
{
  PmtExchangeOptions defaults;
  Options            o = { 0 };
  Command            command;
  g_autofree char   *description = describe ();
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.output, "Write the transform here", "OUT" },
      { "from", 0, 0, G_OPTION_ARG_STRING, &o.from, "What IN is (default: by what it begins with)", "FORMAT" },
      { "to", 0, 0, G_OPTION_ARG_STRING, &o.to, "What OUT is to be (default: by its ending)", "FORMAT" },
      { "fixed-size", 0, 0, G_OPTION_ARG_FILENAME, &o.fixed, "The fixed image, or its size (default: what IN tells)",
        "IMAGE|WxH" },
      { "moving-size", 0, 0, G_OPTION_ARG_FILENAME, &o.moving, "The moving image, or its size (default: what IN tells)",
        "IMAGE|WxH" },
      { "model", 'm', 0, G_OPTION_ARG_STRING, &o.model, "Of pairs, as for “pentimento points” (default auto)",
        "MODEL" },
      { "pairs", 0, 0, G_OPTION_ARG_INT, &o.pairs, "Written along the fixed image's longer side (default 10)", "N" },
      { "nearest", 0, 0, G_OPTION_ARG_NONE, &o.nearest, "Write the nearest that the format can hold", NULL },
      { "invert", 0, 0, G_OPTION_ARG_NONE, &o.invert, "Turn the transform round", NULL },
      { "stride", 0, 0, G_OPTION_ARG_INT, &o.stride, "Of a field, as for “pentimento field”", "N" },
      { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &o.tolerance, "Of a field, as for “pentimento field”", "PX" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  pmt_exchange_options_init (&defaults);
  o.pairs = defaults.pairs;
  o.tolerance = defaults.tolerance;
  if (command_parse (&command, "convert", "IN -o OUT", summary, description, entries, 1, 1, &argc, &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.output);
  g_free (o.from);
  g_free (o.to);
  g_free (o.fixed);
  g_free (o.moving);
  g_free (o.model);
  command_clear (&command);
  return status;
}
