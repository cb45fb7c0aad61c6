/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "config.h"

typedef struct
{
  const char  *name, *summary;
  CommandFunc  run;
} Row;

static const Row rows[] =
{
  { "register",    "derive the transform between two images, and judge it", command_register },
  { "points",      "derive the transform through pairs of points placed by hand", command_points },
  { "rectify",     "derive the transform that makes a photograph true to measured lengths", command_rectify },
  { "apply",       "draw any image through a transform", command_apply },
  { "map",         "map points through a transform", command_map },
  { "compose",     "join transforms into one", command_compose },
  { "invert",      "turn a transform round", command_invert },
  { "convert",     "a transform from or to a file of another program", command_convert },
  { "field",       "a transform to a dense field of displacements, or back", command_field },
  { "compare",     "a picture in which the eye finds misalignment", command_compare },
  { "deformation", "a picture of what a transform bends", command_deformation },
  { "score",       "did moving an image bring it nearer, pixel by pixel", command_score },
  { "stack",       "lay many images of one thing on each other, solved together", command_stack },
  { "mosaic",      "tiles to one image, each hung on one overview", command_mosaic },
  { "run-step",    "one step of a mosaic that is made by many processes", command_run_step },
  { "cube",        "all bands of a cube through the transform of one picture of it", command_cube },
  { "sequence",    "frames of two cameras on one rig laid on each other", command_sequence },
  { "report",      "a page that shows a registration, or many, with reasons", command_report },
};

static void
print_help (void)
{
  g_print ("Usage: pentimento COMMAND …\n\n"
           "Registration of images of the same thing: photographs in unlike light, X-rays, infrared,\n"
           "old maps. Two stages: “register” derives a transform and tells whether to trust it;\n"
           "“apply” draws any image of that geometry through it, once.\n\n"
           "Commands:\n");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_print ("  %-11s %s\n", rows[i].name, rows[i].summary);
  g_print ("\n“pentimento COMMAND --help” explains each, with examples. The first one to try:\n\n"
           "  pentimento register visible.tif infrared.tif -t ir.json -o ir-aligned.tif\n\n"
           "Coordinates: x right, y down, the centre of the first pixel is (0.5, 0.5). Transforms map\n"
           "points of the fixed image to points of the moving one.\n\n"
           "Exit status: 0 ok; 1 the input or a file is bad; 2 usage; 3 uncertain (results are\n"
           "written, with a warning); 4 failed (nothing is written without --force but the report);\n"
           "130 interrupted.\n");
}

static int
unknown (const char *name)
{
  g_printerr ("pentimento: there is no command “%s”. Try “pentimento --help”.\n", name);
  return STATUS_USAGE;
}

/* What libvips warns of while it reads a file (a tag that it does not know, a dozen lines of them for one TIFF) is no news
 * for people; what keeps a file from being read comes back as an error. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

/* glibc learns from the first large buffer that is freed to keep such buffers for the next, in an arena a thread; of
 * buffers of many sizes, as pieces of huge images are, it keeps gigabytes. Told the limit, it gives them back. */
static void
give_back_large_buffers (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, 4 << 20);
#endif
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : NULL;
  int         status = -1;

  give_back_large_buffers ();
  setlocale (LC_ALL, "");
  g_set_prgname ("pentimento");
  if (name == NULL)
    {
      g_printerr ("pentimento: a command is missing. Try “pentimento --help”.\n");
      return STATUS_USAGE;
    }
  if (g_str_equal (name, "--help") || g_str_equal (name, "-h") || g_str_equal (name, "help"))
    {
      print_help ();
      return STATUS_OK;
    }
  if (g_str_equal (name, "--version"))
    {
      g_print ("pentimento %s (libvips %s)\n", PMT_VERSION, vips_version_string ());
      return STATUS_OK;
    }
  g_log_set_handler ("VIPS", G_LOG_LEVEL_WARNING, ignore, NULL);
  if (VIPS_INIT ("pentimento") != 0)
    {
      g_printerr ("pentimento: libvips does not start: %s\n", vips_error_buffer ());
      return STATUS_BAD;
    }
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      status = rows[i].run (argc - 1, argv + 1);
  if (status < 0)
    status = unknown (name);
  command_end_progress ();
  vips_shutdown ();
  return status;
}
