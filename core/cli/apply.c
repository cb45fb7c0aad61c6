/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "command.h"

static const char summary[] = "Draws IMAGE through the transform T.json into the frame of the fixed image, resampled once.";

static const char description[] =
  "Examples:\n"
  "  The other bands of the same camera, through the transform that one band gave:\n"
  "    pentimento apply ir.json ir-1100nm.tif -o ir-1100nm-aligned.tif\n"
  "  Show all of the moving image, with an alpha band for what is empty:\n"
  "    pentimento apply ir.json ir.tif -o ir-all.tif --canvas union --alpha\n"
  "  A labelled map, whose values must not be mixed:\n"
  "    pentimento apply atlas.json labels.png -o labels-aligned.png --sampler nearest\n\n"
  "Any number of bands and any format that libvips reads; 8, 16 and 32 bit and float stay what they are, and\n"
  "profile, EXIF and resolution are kept. Options of libvips may follow the output's name: out.tif[compression=zstd].\n";

#define ASPECT_TOLERANCE 0.005   /* of the ratio of sides, for --scale-to-fit */

typedef struct
{
  char         *image;
  OutputOptions output;
  int           threads;
  gboolean      scale, linear, quiet;
} Options;

/* The transform for an image of this size: the same, or with a factor where that is allowed. */
static PmtTransform *
fit_size (const PmtTransform *transform, PmtSize real, gboolean scale, const char *path, GError **error)
{
  PmtSize                  stated = pmt_transform_get_moving_size (transform);
  double                   sx = (double) real.width / MAX (stated.width, 1);
  double                   sy = (double) real.height / MAX (stated.height, 1);
  gboolean                 same_aspect = fabs (sx / sy - 1) <= ASPECT_TOLERANCE;
  const PmtMatrix3         factor = stated.width == 0 ? pmt_matrix3_identity : pmt_matrix3_scaling (sx, sy);

  if (stated.width == real.width && stated.height == real.height)
    return pmt_transform_ref ((PmtTransform *) transform);
  if (stated.width == 0 || (scale && same_aspect))
    return pmt_transform_append_matrix (transform, &factor, real, NULL, error);
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "the transform is for an image of %d × %d pixels, and “%s” has %d × %d%s", stated.width, stated.height,
               path, real.width, real.height,
               same_aspect ? "; --scale-to-fit would use it at this scale" : ", of other proportions");
  return NULL;
}

static gboolean
check_files (const Command *command, const Options *o, int *status)
{
  const CommandFile outputs[] = { { "--output", o->image }, { NULL, NULL } };
  const CommandFile inputs[] = { { "T.json", command->arguments[0] }, { "IMAGE", command->arguments[1] }, { NULL, NULL } };

  return command_check_files (command, outputs, inputs, status);
}

static int
run (const Command *command, const Options *o, Output *output)
{
  g_autoptr (PmtContext)   context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) loaded = pmt_transform_load (command->arguments[0], &error), transform = NULL;
  g_autoptr (VipsImage)    image = NULL;

  if (loaded == NULL || (image = pmt_vips_image_open (command->arguments[1], &error)) == NULL
      || !pmt_vips_image_can_save (image, o->output.alpha, o->image, &error)
      || (transform = fit_size (loaded, (PmtSize) { image->Xsize, image->Ysize }, o->scale, command->arguments[1],
                                &error)) == NULL
      || !command_write_image (context, image, transform, output, o->image, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

int
command_apply (int argc, char **argv)
{
  Options            o = { 0 };
  Output             output;
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.image, "Write the image here; the ending chooses the format", "IMAGE" },
      OUTPUT_ENTRIES (o.output),
      { "linear", 0, 0, G_OPTION_ARG_NONE, &o.linear, "The same as --light linear", NULL },
      { "scale-to-fit", 0, 0, G_OPTION_ARG_NONE, &o.scale,
        "Allow an image of another size and the same proportions", NULL },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "apply", "T.json IMAGE -o OUT", summary, description, entries, 2, 2, &argc, &argv, &status)
      && command_read_output (&command, &o.output, &output, &status))
    {
      if (o.linear)
        output.warp.light = PMT_LIGHT_CHOICE_LINEAR;
      if (o.image == NULL)
        status = command_usage (&command, "where to? Name an output with -o");
      else if (o.threads < 0)
        status = command_usage (&command, "--threads is 1 or more, or 0 for one per processor");
      else if (check_files (&command, &o, &status))
        status = run (&command, &o, &output);
    }
  g_free (o.image);
  command_clear_output (&o.output);
  command_clear (&command);
  return status;
}
