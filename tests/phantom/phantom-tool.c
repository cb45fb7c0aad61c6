/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phantom: writes a picture of a phantom, for looking at and for scripts. */
#include <math.h>
#include <stdio.h>
#include <vips/vips.h>

#include "phantom.h"

static int      seed = 1, width = 1000, height = 1000, bits = 8, painting = 1400;
static double   rotate, scale = 1, shift_x, shift_y, perspective_x, perspective_y, share, noise, electrons, vignetting;
static double   gain = 1, offset, density = 2;
static char    *band_nick, *output;
static gboolean colour_field, print_matrix;

static const GOptionEntry entries[] =
{
  { "seed", 's', 0, G_OPTION_ARG_INT, &seed, "Which painting (1)", "N" },
  { "band", 'b', 0, G_OPTION_ARG_STRING, &band_nick, "rgb (default), visible, red, green, blue, infrared, xray, ultraviolet, xrf", "BAND" },
  { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, "File to write, in any format that libvips knows", "FILE" },
  { "width", 0, 0, G_OPTION_ARG_INT, &width, "Picture's width, pixels (1000)", "N" },
  { "height", 0, 0, G_OPTION_ARG_INT, &height, "Picture's height, pixels (1000)", "N" },
  { "painting", 0, 0, G_OPTION_ARG_INT, &painting, "Painting's side, units (1400)", "N" },
  { "density", 0, 0, G_OPTION_ARG_DOUBLE, &density, "Painting's coefficients a unit (2)", "X" },
  { "rotate", 'r', 0, G_OPTION_ARG_DOUBLE, &rotate, "Turn the camera, degrees", "X" },
  { "scale", 0, 0, G_OPTION_ARG_DOUBLE, &scale, "Pixels a unit at the centre (1)", "X" },
  { "dx", 0, 0, G_OPTION_ARG_DOUBLE, &shift_x, "Move the camera right, units", "X" },
  { "dy", 0, 0, G_OPTION_ARG_DOUBLE, &shift_y, "Move the camera down, units", "X" },
  { "perspective-x", 0, 0, G_OPTION_ARG_DOUBLE, &perspective_x, "Share by which the scale changes across", "X" },
  { "perspective-y", 0, 0, G_OPTION_ARG_DOUBLE, &perspective_y, "Share by which the scale changes down", "X" },
  { "share", 0, 0, G_OPTION_ARG_DOUBLE, &share, "Share of structure private to each band, 0 … 1 (0)", "X" },
  { "noise", 0, 0, G_OPTION_ARG_DOUBLE, &noise, "Gaussian noise, share of full scale (0)", "X" },
  { "electrons", 0, 0, G_OPTION_ARG_DOUBLE, &electrons, "Counts at full scale for Poisson noise; 0 none (0)", "N" },
  { "vignetting", 0, 0, G_OPTION_ARG_DOUBLE, &vignetting, "Loss of light in the corners, 0 … 1 (0)", "X" },
  { "gain", 0, 0, G_OPTION_ARG_DOUBLE, &gain, "Value times this (1)", "X" },
  { "offset", 0, 0, G_OPTION_ARG_DOUBLE, &offset, "… plus this (0)", "X" },
  { "bits", 0, 0, G_OPTION_ARG_INT, &bits, "8 or 16 (8)", "N" },
  { "colour-field", 0, 0, G_OPTION_ARG_NONE, &colour_field, "Two or three soft fields on canvas instead of figures", NULL },
  { "matrix", 0, 0, G_OPTION_ARG_NONE, &print_matrix, "Print the map from the picture's pixels to the painting's units", NULL },
  { NULL }
};

/* Picture's pixels → painting's units: the picture's centre looks at the painting's. */
static PmtMatrix3
camera_view (void)
{
  double     c = cos (rotate * G_PI / 180) / scale, s = sin (rotate * G_PI / 180) / scale;
  PmtMatrix3 to_centre = pmt_matrix3_translation (-width / 2.0, -height / 2.0);
  PmtMatrix3 turn = { { { c, -s, 0 }, { s, c, 0 }, { perspective_x / width, perspective_y / height, 1 } } };
  PmtMatrix3 to_painting = pmt_matrix3_translation (painting / 2.0 + shift_x, painting / 2.0 + shift_y);
  PmtMatrix3 view = pmt_matrix3_then (&to_centre, &turn);

  return pmt_matrix3_then (&view, &to_painting);
}

static gboolean
write_picture (PmtSource *source, GError **error)
{
  int               bands = pmt_source_get_bands (source);
  gsize             n = (gsize) width * height * bands;
  g_autofree float *pixels = g_try_new (float, n);
  PmtRect           all = { 0, 0, width, height };
  VipsImage        *image, *cast;
  int               failed;

  if (pixels == NULL || !pmt_source_read (source, &all, pixels, (gsize) width * bands, error))
    return FALSE;
  image = vips_image_new_from_memory (pixels, n * sizeof (float), width, height, bands, VIPS_FORMAT_FLOAT);
  failed = image == NULL
           || vips_cast (image, &cast, bits == 16 ? VIPS_FORMAT_USHORT : VIPS_FORMAT_UCHAR, NULL);
  if (!failed)
    {
      VipsInterpretation meaning = bands == 3 ? (bits == 16 ? VIPS_INTERPRETATION_RGB16 : VIPS_INTERPRETATION_sRGB)
                                              : (bits == 16 ? VIPS_INTERPRETATION_GREY16 : VIPS_INTERPRETATION_B_W);
      VipsImage         *tagged;

      failed = vips_copy (cast, &tagged, "interpretation", meaning, NULL);
      if (!failed)
        {
          failed = vips_image_write_to_file (tagged, output, NULL);
          g_object_unref (tagged);
        }
      g_object_unref (cast);
    }
  g_clear_object (&image);
  if (failed)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "%s", vips_error_buffer ());
  return !failed;
}

static gboolean
run (GError **error)
{
  PhantomOptions        options;
  PhantomCamera         camera;
  PhantomBand           band = PHANTOM_BAND_VISIBLE;
  g_autoptr (Phantom)   phantom = NULL;
  g_autoptr (PmtSource) source = NULL;
  gboolean              rgb = band_nick == NULL || g_str_equal (band_nick, "rgb");

  phantom_options_init (&options);
  options.kind = colour_field ? PHANTOM_KIND_COLOUR_FIELD : PHANTOM_KIND_FIGURES;
  options.width = options.height = painting;
  options.density = density;
  options.private_share = share;
  phantom_camera_init (&camera, width, height);
  camera.view = camera_view ();
  camera.noise = noise;
  camera.electrons = electrons;
  camera.vignetting = vignetting;
  camera.gain = gain;
  camera.offset = offset;
  camera.bits = bits;
  camera.noise_seed = (guint64) seed;
  if (print_matrix)
    for (int i = 0; i < 3; i++)
      printf ("%.17g %.17g %.17g\n", camera.view.m[i][0], camera.view.m[i][1], camera.view.m[i][2]);
  if (output == NULL)
    return TRUE;
  if (!rgb && !phantom_band_from_nick (band_nick, &band))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "no band “%s”", band_nick);
      return FALSE;
    }
  phantom = phantom_new ((guint64) seed, &options, error);
  if (phantom == NULL)
    return FALSE;
  source = rgb ? phantom_render_rgb (NULL, phantom, &camera, error)
               : phantom_render_source (NULL, phantom, band, &camera, error);
  return source != NULL && write_picture (source, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("— a picture of a painting that never was");
  g_autoptr (GError)         error = NULL;

  if (VIPS_INIT (argv[0]))
    return 1;
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || !run (&error))
    {
      fprintf (stderr, "phantom: %s\n", error->message);
      return 1;
    }
  vips_shutdown ();
  return 0;
}
