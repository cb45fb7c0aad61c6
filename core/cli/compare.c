/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The picture is a VipsImage computed by rows when it is written, so its size is no matter. Panels are joined by
 * libvips from such pictures, each shrunk first. */
#include "judge/compare.h"

#include <math.h>
#include <string.h>

#include "command.h"

#define PANEL_SIDE  1024   /* px, the longer side of a panel */
#define PANEL_SPACE 8

static const char summary[] = "Draws FIXED and MOVED, an aligned image of the same frame, into one picture.";

static const char description[] =
  "Modes:\n"
  "  red-cyan    fixed in red, moved in cyan: grey where they agree (default)\n"
  "  checker     squares of the one and of the other in turn: edges must run on\n"
  "  curtain     fixed on the left, moved on the right\n"
  "  difference  the absolute difference\n"
  "  blend       moved over fixed\n"
  "  panels      side by side: fixed, MOVING where it is given, moved, the difference before (with MOVING) and after\n\n"
  "Examples:\n"
  "    pentimento compare visible.tif ir-aligned.tif -o check.png --mode checker --size 200\n"
  "    pentimento compare visible.tif ir-aligned.tif ir.tif -o check.png --mode panels\n\n"
  "FIXED and MOVED must have the same size: MOVED is what “register -o” or “apply -o” wrote. Colours are converted\n"
  "to sRGB for the picture; images in other units are stretched from their smallest to their largest value.\n";

typedef struct
{
  char    *image, *mode;
  double   alpha, curtain, gain;
  int      size, threads;
  gboolean quiet;
} Options;

typedef struct
{
  PmtCompareMode    mode;
  PmtCompareOptions options;
  PmtSize           whole;
  VipsImage        *inputs[3];   /* NULL-terminated, RGBA, 8 bit */
} Pair;

/* -- any image to RGBA, 8 bit, sRGB -- */

static gboolean
vips_failed (GError **error)
{
  g_autofree char *words = vips_error_buffer_copy ();

  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "cannot convert for the picture: %s", g_strstrip (words));
  return FALSE;
}

/* The smallest and largest finite value; both 0 where there is none. */
static gboolean
finite_range (VipsImage *image, double *low, double *high, GError **error)
{
  g_autoptr (PmtSource) source = pmt_source_vips_new (image, PMT_LIGHT_STORED, error);
  gsize                 n = (gsize) image->Xsize * image->Bands;
  g_autofree float     *row = g_new (float, n);

  *low = INFINITY;
  *high = -INFINITY;
  for (int y = 0; source != NULL && y < image->Ysize; y++)
    {
      PmtRect line = { 0, y, image->Xsize, 1 };

      if (!pmt_source_read (source, &line, row, n, error))
        return FALSE;
      for (gsize i = 0; i < n; i++)
        if (isfinite (row[i]))
          {
            *low = MIN (*low, row[i]);
            *high = MAX (*high, row[i]);
          }
    }
  if (!(*high >= *low))
    *low = *high = 0;
  return source != NULL;
}

/* Images in physical units: the first band, or the first three, from smallest to largest value. */
static gboolean
stretch (VipsImage *in, VipsImage **out, GError **error)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 4);
  int         bands = in->Bands >= 3 ? 3 : 1;
  double      low, high, scale;
  gboolean    done = vips_extract_band (in, &t[0], 0, "n", bands, NULL) == 0 || vips_failed (error);

  done = done && finite_range (t[0], &low, &high, error);
  scale = done && high > low ? 255 / (high - low) : 0;
  if (done && (vips_linear1 (t[0], &t[1], scale, -low * scale, NULL)
               || vips_cast (t[1], &t[2], VIPS_FORMAT_UCHAR, NULL)
               || vips_copy (t[2], &t[3], "interpretation",
                             bands == 3 ? VIPS_INTERPRETATION_sRGB : VIPS_INTERPRETATION_B_W, NULL)
               || vips_colourspace (t[3], out, VIPS_INTERPRETATION_sRGB, NULL)))
    done = vips_failed (error);
  g_object_unref (scope);
  return done;
}

static gboolean
is_display_referred (VipsImage *in)
{
  return vips_image_guess_interpretation (in) != VIPS_INTERPRETATION_MULTIBAND
         && vips_colourspace_issupported (in)
         && (in->BandFmt == VIPS_FORMAT_UCHAR || in->BandFmt == VIPS_FORMAT_USHORT || in->Type == VIPS_INTERPRETATION_scRGB
             || in->Type == VIPS_INTERPRETATION_LAB);
}

/* The embedded profile where there is one that works, else by interpretation. */
static gboolean
to_srgb (VipsImage *in, VipsImage **out, GError **error)
{
  if (!is_display_referred (in))
    return stretch (in, out, error);
  if (vips_image_get_typeof (in, VIPS_META_ICC_NAME) != 0
      && vips_icc_transform (in, out, "srgb", "embedded", TRUE, "depth", 8, NULL) == 0)
    return TRUE;
  vips_error_clear ();
  return vips_colourspace (in, out, VIPS_INTERPRETATION_sRGB, NULL) == 0 || vips_failed (error);
}

static VipsImage *
open_rgba (const char *path, GError **error)
{
  g_autoptr (VipsImage) in = pmt_vips_image_open (path, error);
  VipsObject           *scope;
  VipsImage           **t, *out = NULL;

  if (in == NULL)
    return NULL;
  if (vips_band_format_iscomplex (in->BandFmt))
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED, "“%s” holds complex numbers, which have no picture", path);
      return NULL;
    }
  scope = VIPS_OBJECT (vips_image_new ());
  t = (VipsImage **) vips_object_local_array (scope, 4);
  if (to_srgb (in, &t[0], error)
      && (vips_cast (t[0], &t[1], VIPS_FORMAT_UCHAR, NULL)
          || (vips_image_hasalpha (t[1]) ? vips_copy (t[1], &t[2], NULL) : vips_addalpha (t[1], &t[2], NULL))
          || vips_extract_band (t[2], &out, 0, "n", 4, NULL)))
    vips_failed (error);
  g_object_unref (scope);
  return out;
}

/* -- a picture of two -- */

static void
to_floats (const guint8 *in, gsize n, float *out)
{
  for (gsize i = 0; i < n; i++)
    out[i] = in[i] / 255.0f;
}

static int
generate (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion       **in = sequence;
  const Pair        *pair = b;
  VipsRect           r = out->valid;
  gsize              n = (gsize) r.width * 4;
  g_autofree float  *fixed = g_new (float, n), *moved = g_new (float, n);

  if (vips_region_prepare (in[0], &r) || vips_region_prepare (in[1], &r))
    return -1;
  for (int y = r.top; y < r.top + r.height; y++)
    {
      guint8 *to = VIPS_REGION_ADDR (out, r.left, y);

      to_floats (VIPS_REGION_ADDR (in[0], r.left, y), n, fixed);
      to_floats (VIPS_REGION_ADDR (in[1], r.left, y), n, moved);
      pmt_compare_row (pair->mode, &pair->options, r.left, y, r.width, pair->whole, fixed, moved, fixed);
      for (gsize i = 0; i < n; i++)
        to[i] = (guint8) (fminf (fmaxf (fixed[i], 0), 1) * 255 + 0.5f);
    }
  return 0;
}

static void
pair_free (Pair *pair)
{
  g_object_unref (pair->inputs[0]);
  g_object_unref (pair->inputs[1]);
  g_free (pair);
}

static VipsImage *
compare_images (PmtCompareMode mode, const PmtCompareOptions *options, VipsImage *fixed, VipsImage *moved, GError **error)
{
  g_autoptr (VipsImage) out = vips_image_new ();
  Pair                 *pair = g_new0 (Pair, 1);

  *pair = (Pair) { mode, *options, { fixed->Xsize, fixed->Ysize }, { g_object_ref (fixed), g_object_ref (moved), NULL } };
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (pair_free), pair);
  if (vips_image_pipeline_array (out, VIPS_DEMAND_STYLE_THINSTRIP, pair->inputs) != 0
      || vips_image_generate (out, vips_start_many, generate, vips_stop_many, pair->inputs, pair) != 0)
    {
      vips_failed (error);
      return NULL;
    }
  vips_image_remove (out, VIPS_META_ICC_NAME);   /* it is sRGB now */
  vips_image_remove (out, PMT_VIPS_PATH);
  return g_steal_pointer (&out);
}

/* -- panels -- */

static VipsImage *
panel (VipsImage *image, GError **error)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 2), *out = NULL;
  double      factor = MIN (1, (double) PANEL_SIDE / MAX (image->Xsize, image->Ysize));

  if (vips_flatten (image, &t[0], NULL)
      || vips_resize (t[0], &t[1], factor, NULL) || vips_copy (t[1], &out, NULL))
    vips_failed (error);
  g_object_unref (scope);
  return out;
}

/* What the difference was before: the moving image laid on the fixed one's top-left corner. */
static VipsImage *
difference_before (const PmtCompareOptions *options, VipsImage *fixed, VipsImage *moving, GError **error)
{
  g_autoptr (VipsImage) laid = NULL;

  if (vips_embed (moving, &laid, 0, 0, fixed->Xsize, fixed->Ysize, NULL))
    {
      vips_failed (error);
      return NULL;
    }
  return compare_images (PMT_COMPARE_DIFFERENCE, options, fixed, laid, error);
}

static gboolean
add_panel (GPtrArray *panels, VipsImage *image, GError **error)
{
  VipsImage *small = image != NULL ? panel (image, error) : NULL;

  if (small != NULL)
    g_ptr_array_add (panels, small);
  return small != NULL;
}

static VipsImage *
join_panels (const PmtCompareOptions *options, VipsImage *fixed, VipsImage *moved, VipsImage *moving, GError **error)
{
  g_autoptr (GPtrArray) panels = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (VipsImage) before = moving != NULL ? difference_before (options, fixed, moving, error) : NULL;
  g_autoptr (VipsImage) after = compare_images (PMT_COMPARE_DIFFERENCE, options, fixed, moved, error);
  VipsImage            *out = NULL;

  if (after == NULL || (moving != NULL && before == NULL) || !add_panel (panels, fixed, error)
      || (moving != NULL && !add_panel (panels, moving, error)) || !add_panel (panels, moved, error)
      || (moving != NULL && !add_panel (panels, before, error)) || !add_panel (panels, after, error))
    return NULL;
  if (vips_arrayjoin ((VipsImage **) panels->pdata, &out, (int) panels->len, "across", (int) panels->len,
                      "shim", PANEL_SPACE, NULL) != 0)
    vips_failed (error);
  return out;
}

/* -- the command -- */

static gboolean
same_size (const Command *command, VipsImage *fixed, VipsImage *moved, GError **error)
{
  if (fixed->Xsize == moved->Xsize && fixed->Ysize == moved->Ysize)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "“%s” has %d × %d pixels and “%s” %d × %d; MOVED must lie in FIXED's frame, as “register -o” writes it",
               command->arguments[0], fixed->Xsize, fixed->Ysize, command->arguments[1], moved->Xsize, moved->Ysize);
  return FALSE;
}

static int
run (const Command *command, const Options *o, gboolean panels, PmtCompareMode mode)
{
  g_autoptr (PmtContext) context = command_context (o->threads, 1, o->quiet);
  g_autoptr (GError)     error = NULL;
  g_autoptr (VipsImage)  fixed = open_rgba (command->arguments[0], &error), moved = NULL, moving = NULL, picture = NULL;
  PmtCompareOptions      options;

  pmt_compare_options_init (&options);
  options.size = o->size;
  options.opacity = o->alpha;
  options.curtain = o->curtain;
  options.gain = o->gain;
  if (fixed == NULL || (moved = open_rgba (command->arguments[1], &error)) == NULL
      || !same_size (command, fixed, moved, &error)
      || (command->arguments[2] != NULL && (moving = open_rgba (command->arguments[2], &error)) == NULL))
    return command_fail (command, error);
  picture = panels ? join_panels (&options, fixed, moved, moving, &error)
                   : compare_images (mode, &options, fixed, moved, &error);
  if (picture == NULL)
    return command_fail (command, error);
  pmt_context_stage (context, "drawing", 0, 1);
  if (!pmt_vips_image_save (context, picture, o->image, &error))
    return command_fail (command, error);
  return STATUS_OK;
}

static int
check_and_run (const Command *command, const Options *o)
{
  gboolean       panels = g_strcmp0 (o->mode, "panels") == 0;
  PmtCompareMode mode = PMT_COMPARE_RED_CYAN;

  if (o->image == NULL)
    return command_usage (command, "where to? Name a picture with -o");
  if (!panels && o->mode != NULL && !pmt_compare_mode_from_nick (o->mode, &mode))
    return command_usage (command, "--mode is red-cyan, checker, curtain, difference, blend or panels, not “%s”", o->mode);
  if (o->size < 1 || !(o->alpha >= 0 && o->alpha <= 1) || !(o->curtain >= 0 && o->curtain <= 1) || !(o->gain > 0)
      || o->threads < 0)
    return command_usage (command, "--size and --gain must be above 0, --alpha and --curtain between 0 and 1");
  return run (command, o, panels, mode);
}

int
command_compare (int argc, char **argv)
{
  Options            o = { .alpha = 0.5, .curtain = 0.5, .gain = 1, .size = 64 };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.image, "Write the picture here", "P.png" },
      { "mode", 'm', 0, G_OPTION_ARG_STRING, &o.mode, "What to draw: see below (default red-cyan)", "MODE" },
      { "size", 0, 0, G_OPTION_ARG_INT, &o.size, "Side of the checker's squares in pixels (default 64)", "PX" },
      { "alpha", 0, 0, G_OPTION_ARG_DOUBLE, &o.alpha, "Opacity of MOVED in a blend, 0 to 1 (default 0.5)", "SHARE" },
      { "curtain", 0, 0, G_OPTION_ARG_DOUBLE, &o.curtain, "Where the curtain hangs, 0 to 1 of the width (default 0.5)",
        "SHARE" },
      { "gain", 0, 0, G_OPTION_ARG_DOUBLE, &o.gain, "The difference times this (default 1)", "FACTOR" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "compare", "FIXED MOVED [MOVING] -o P.png", summary, description, entries, 2, 3, &argc,
                     &argv, &status))
    status = check_and_run (&command, &o);
  g_free (o.image);
  g_free (o.mode);
  command_clear (&command);
  return status;
}
