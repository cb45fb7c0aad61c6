/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pairs.h"

#include <math.h>
#include <string.h>
#include <vips/vips.h>

#include "base/error.h"

/* A painting is this much larger than the fixed picture, so that both cameras stay on it. */
#define MARGIN_HOMOGRAPHY 1.62
#define MARGIN_SIMILARITY 1.66
#define OBLIQUE_SIDE      0.55   /* of the fixed picture's: what it sees is stretched by up to 2.4 */

const Suite suites[] =
{
  { .name = "same", .title = "visible – visible, 1 MP, 16 bit, noise 1 %, homography",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_VISIBLE, .pose = POSE_HOMOGRAPHY, .side = 1000,
    .noise = 0.01, .goal_right = 1, .goal_median = 0.03, .test_count = 4 },
  { .name = "infrared", .title = "visible – infrared, all shared, similarity ±180°, 0.4–2.5×",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_INFRARED, .pose = POSE_SIMILARITY, .side = 700,
    .noise = 0.01, .goal_right = 0.95, .test_count = 6 },
  { .name = "xray", .title = "visible – X-ray, half private, similarity ±180°, 0.4–2.5×",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_XRAY, .private_share = 0.5, .pose = POSE_SIMILARITY,
    .side = 700, .noise = 0.01, .goal_right = 0.75, .test_count = 6 },
  { .name = "unrelated", .title = "pictures that have nothing in common",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_XRAY, .private_share = 0.2, .pose = POSE_SIMILARITY,
    .side = 700, .noise = 0.01, .unrelated = TRUE, .test_count = 6 },
  { .name = "xray-hard", .title = "visible – X-ray, 80 % private, similarity ±180°, 0.4–2.5×",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_XRAY, .private_share = 0.8, .pose = POSE_SIMILARITY,
    .side = 700, .noise = 0.01 },
  { .name = "ultraviolet", .title = "visible – ultraviolet, 30 % private, similarity ±180°, 0.4–2.5×",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_ULTRAVIOLET, .private_share = 0.3, .pose = POSE_SIMILARITY,
    .side = 700, .noise = 0.02 },
  { .name = "xrf", .title = "visible – lead map, 4× coarser, Poisson of 60 counts, 30 % private",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_XRF, .private_share = 0.3, .pose = POSE_HOMOGRAPHY,
    .side = 1000, .coarseness = 4, .noise = 0.005, .electrons = 60 },
  { .name = "oblique", .title = "visible – visible, seen from 45 … 65° aside, 20 % of the light changed",
    .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_VISIBLE, .pose = POSE_OBLIQUE, .side = 800, .noise = 0.02,
    .goal_right = 0.9, .test_count = 3 },
  { .name = "colour-field", .title = "colour field, visible – infrared, homography",
    .kind = PHANTOM_KIND_COLOUR_FIELD, .fixed = PHANTOM_BAND_VISIBLE, .moving = PHANTOM_BAND_INFRARED,
    .pose = POSE_HOMOGRAPHY, .side = 1000, .noise = 0.005 },
};
const int n_suites = G_N_ELEMENTS (suites);

struct _PairMaker
{
  const Suite *suite;
  int          painting;      /* which of the suite's paintings `phantom` is; -1 for none */
  Phantom     *phantom;
  GPtrArray   *photographs;   /* paths; NULL until looked for */
};

PairMaker *
pair_maker_new (void)
{
  PairMaker *maker = g_new0 (PairMaker, 1);

  maker->painting = -1;
  return maker;
}

void
pair_maker_free (PairMaker *maker)
{
  if (maker == NULL)
    return;
  phantom_free (maker->phantom);
  g_clear_pointer (&maker->photographs, g_ptr_array_unref);
  g_free (maker);
}

void
pair_maker_forget (PairMaker *maker)
{
  g_clear_pointer (&maker->phantom, phantom_free);
  maker->suite = NULL;
  maker->painting = -1;
}

void
pair_free (Pair *pair)
{
  if (pair == NULL)
    return;
  pmt_source_unref (pair->fixed);
  pmt_source_unref (pair->moving);
  g_free (pair->what);
  g_free (pair);
}

static double
margin (const Suite *suite)
{
  return suite->pose == POSE_HOMOGRAPHY ? MARGIN_HOMOGRAPHY : MARGIN_SIMILARITY;
}

static Phantom *
new_painting (const Suite *suite, int painting, GError **error)
{
  PhantomOptions options;

  phantom_options_init (&options);
  options.kind = suite->kind;
  options.width = options.height = (int) (margin (suite) * suite->side);
  options.private_share = suite->private_share;
  return phantom_new (1000 * g_str_hash (suite->name) + (guint64) painting, &options, error);
}

static Phantom *
get_painting (PairMaker *maker, const Suite *suite, int painting, GError **error)
{
  if (maker->suite != suite || maker->painting != painting)
    {
      g_clear_pointer (&maker->phantom, phantom_free);
      maker->suite = suite;
      maker->painting = painting;
      maker->phantom = new_painting (suite, painting, error);
      if (maker->phantom == NULL)
        maker->painting = -1;
    }
  return maker->phantom;
}

/* A camera whose picture's centre looks at (x, y) of the painting, turned, with `scale` pixels to a unit and a scale that
 * changes by px, py from the centre to the borders. */
static PmtMatrix3
view_of (int side, double angle, double scale, double px, double py, double x, double y)
{
  double     c = cos (angle) / scale, s = sin (angle) / scale;
  PmtMatrix3 to_centre = pmt_matrix3_translation (-side / 2.0, -side / 2.0);
  PmtMatrix3 turn = { { { c, -s, 0 }, { s, c, 0 }, { 2 * px / side, 2 * py / side, 1 } } };
  PmtMatrix3 to_painting = pmt_matrix3_translation (x, y);
  PmtMatrix3 view = pmt_matrix3_then (&to_centre, &turn);

  return pmt_matrix3_then (&view, &to_painting);
}

/* The plane of the painting seen under `tilt`, the nearer side towards `axis`. */
static PmtMatrix3
view_aside (int side, double angle, double tilt, double axis, double perspective, double x, double y)
{
  double     c = cos (axis), s = sin (axis);
  PmtMatrix3 turn = { { { c, s, 0 }, { -s, c, 0 }, { 0, 0, 1 } } };
  PmtMatrix3 back = { { { c, -s, 0 }, { s, c, 0 }, { 0, 0, 1 } } };
  PmtMatrix3 stretch = { { { 1 / cos (tilt), 0, 0 }, { 0, 1, 0 }, { 2 * perspective / side, 0, 1 } } };
  PmtMatrix3 view = view_of (side, angle, 1, 0, 0, 0, 0), to_painting = pmt_matrix3_translation (x, y);

  view = pmt_matrix3_then (&view, &turn);
  view = pmt_matrix3_then (&view, &stretch);
  view = pmt_matrix3_then (&view, &back);
  return pmt_matrix3_then (&view, &to_painting);
}

static void
set_oblique_cameras (const Suite *suite, PhantomRandom *random, PhantomCamera *fixed, PhantomCamera *moving, double *scale)
{
  double centre = margin (suite) * suite->side / 2, tilt = phantom_random_uniform (random, 45, 65) * G_PI / 180;
  int    moving_side = (int) lround (OBLIQUE_SIDE * suite->side);

  *scale = cos (tilt);      /* in the direction in which it shows least */
  phantom_camera_init (fixed, suite->side, suite->side);
  fixed->view = view_of (suite->side, 0, 1, 0, 0, centre, centre);
  phantom_camera_init (moving, moving_side, moving_side);
  moving->view = view_aside (moving_side, phantom_random_uniform (random, -15, 15) * G_PI / 180, tilt,
                             phantom_random_uniform (random, -G_PI, G_PI), phantom_random_uniform (random, 0.05, 0.1),
                             centre, centre);
}

static void
set_cameras (const Suite *suite, PhantomRandom *random, PhantomCamera *fixed, PhantomCamera *moving, double *scale)
{
  double centre = margin (suite) * suite->side / 2, side = suite->side, angle, shift, perspective = 0, more;
  int    moving_side;

  if (suite->pose == POSE_HOMOGRAPHY)
    {
      angle = phantom_random_uniform (random, -10, 10) * G_PI / 180;
      *scale = phantom_random_uniform (random, 0.9, 1.1);
      perspective = 0.05;
      shift = 0.05 * side;
    }
  else
    {
      angle = phantom_random_uniform (random, -G_PI, G_PI);
      *scale = pow (2.5, phantom_random_uniform (random, -1, 1));
      shift = 0.08 * side;
    }
  more = suite->coarseness > 0 ? suite->coarseness : 1;
  *scale /= more;
  moving_side = suite->pose == POSE_HOMOGRAPHY ? (int) lround (side / more) : (int) lround (side * *scale);

  phantom_camera_init (fixed, suite->side, suite->side);
  fixed->view = view_of (suite->side, 0, 1, 0, 0, centre + phantom_random_uniform (random, -1, 1),
                         centre + phantom_random_uniform (random, -1, 1));
  phantom_camera_init (moving, moving_side, moving_side);
  moving->view = view_of (moving_side, angle, *scale, phantom_random_uniform (random, -perspective, perspective),
                          phantom_random_uniform (random, -perspective, perspective),
                          centre + phantom_random_uniform (random, -shift, shift),
                          centre + phantom_random_uniform (random, -shift, shift));
}

/* Lenses and sensors: 16 bits, the moving picture a little darker, with falling light. */
static void
set_sensors (const Suite *suite, PhantomRandom *random, PhantomCamera *fixed, PhantomCamera *moving)
{
  fixed->noise = moving->noise = suite->noise;
  fixed->bits = moving->bits = 16;
  fixed->noise_seed = phantom_random_next (random);
  moving->noise_seed = phantom_random_next (random);
  moving->electrons = suite->electrons;
  moving->gain = phantom_random_uniform (random, 0.75, 1);
  moving->offset = phantom_random_uniform (random, 0, 0.05);
  moving->vignetting = phantom_random_uniform (random, 0, 0.2);
  moving->gradient_x = phantom_random_uniform (random, -0.1, 0.1);
}

static Pair *
make_related (PairMaker *maker, PmtContext *context, const Suite *suite, int seed, GError **error)
{
  PhantomRandom    random = { g_str_hash (suite->name) * G_GUINT64_CONSTANT (0x100000000) + (guint64) seed };
  Phantom         *phantom = get_painting (maker, suite, seed / PAINTING_PAIRS, error);
  PhantomCamera    fixed, moving;
  PmtMatrix3       back;
  g_autoptr (Pair) pair = g_new0 (Pair, 1);

  if (phantom == NULL)
    return NULL;
  (suite->pose == POSE_OBLIQUE ? set_oblique_cameras : set_cameras) (suite, &random, &fixed, &moving, &pair->scale);
  set_sensors (suite, &random, &fixed, &moving);
  if (!pmt_matrix3_invert (&moving.view, &back))
    g_assert_not_reached ();
  pair->truth = pmt_matrix3_then (&fixed.view, &back);
  pair->fixed = phantom_render_source (context, phantom, suite->fixed, &fixed, error);
  pair->moving = pair->fixed ? phantom_render_source (context, phantom, suite->moving, &moving, error) : NULL;
  if (pair->moving == NULL)
    return NULL;
  pair->what = g_strdup_printf ("%s – %s, scale %.2f", phantom_band_to_nick (suite->fixed),
                                phantom_band_to_nick (suite->moving), pair->scale);
  return g_steal_pointer (&pair);
}

/* -- pairs that have nothing in common -- */

#define PHOTOGRAPH_FOLDER "/usr/share/backgrounds/mate"
#define PHOTOGRAPH_SIDE   800

static gint
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
find_photographs (PairMaker *maker)
{
  static const char *const folders[] = { "abstract", "nature" };

  maker->photographs = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (PHOTOGRAPH_FOLDER, folders[i], NULL);
      g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
      const char      *name;

      while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
        if (g_str_has_suffix (name, ".jpg") && strchr (name, '_') == NULL)   /* one size of each */
          g_ptr_array_add (maker->photographs, g_build_filename (path, name, NULL));
    }
  g_ptr_array_sort (maker->photographs, compare_paths);
}

static PmtSource *
open_photograph (const char *path, GError **error)
{
  VipsImage *image = NULL, *grey = NULL, *real = NULL;
  PmtSource *source = NULL;
  float     *pixels;
  gsize      size;

  if (vips_thumbnail (path, &image, PHOTOGRAPH_SIDE, NULL) == 0
      && vips_colourspace (image, &grey, VIPS_INTERPRETATION_B_W, NULL) == 0
      && vips_cast (grey, &real, VIPS_FORMAT_FLOAT, NULL) == 0
      && (pixels = vips_image_write_to_memory (real, &size)) != NULL)
    {
      source = pmt_source_memory_new (real->Xsize, real->Ysize, real->Bands, -1, 0, pixels,
                                      (gsize) real->Xsize * real->Bands, error);
      g_free (pixels);
    }
  else
    g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "%s: %s", path, vips_error_buffer ());
  g_clear_object (&image);
  g_clear_object (&grey);
  g_clear_object (&real);
  return source;
}

static const PhantomBand any_band[] = { PHANTOM_BAND_VISIBLE, PHANTOM_BAND_INFRARED, PHANTOM_BAND_XRAY,
                                        PHANTOM_BAND_ULTRAVIOLET };

/* Picture `which` (0 or 1) of an unrelated pair: a phantom of its own, or every third time a photograph. */
static PmtSource *
make_stranger (PairMaker *maker, PmtContext *context, const Suite *suite, int seed, int which, PhantomRandom *random,
               GString *what, GError **error)
{
  guint64             chance = phantom_random_next (random);
  PhantomBand         band = any_band[chance % G_N_ELEMENTS (any_band)];
  PhantomCamera       cameras[2];
  double              scale;
  g_autoptr (Phantom) phantom = NULL;

  set_cameras (suite, random, &cameras[0], &cameras[1], &scale);
  set_sensors (suite, random, &cameras[0], &cameras[1]);
  if (maker->photographs->len >= 2 && chance / 8 % 3 == 0)
    {
      guint       half = maker->photographs->len / 2, index = (guint) (chance / 64 % half) + (which ? half : 0);
      const char *path = g_ptr_array_index (maker->photographs, index);

      g_string_append_printf (what, "%s%s", which ? " – " : "", path);
      return open_photograph (path, error);
    }
  g_string_append_printf (what, "%s%s", which ? " – " : "", phantom_band_to_nick (band));
  phantom = new_painting (suite, 2 * seed + which, error);
  return phantom != NULL ? phantom_render_source (context, phantom, band, &cameras[which], error) : NULL;
}

static Pair *
make_unrelated (PairMaker *maker, PmtContext *context, const Suite *suite, int seed, GError **error)
{
  PhantomRandom    random = { g_str_hash (suite->name) * G_GUINT64_CONSTANT (0x100000000) + (guint64) seed };
  g_autoptr (Pair) pair = g_new0 (Pair, 1);
  GString         *what = g_string_new (NULL);

  if (maker->photographs == NULL)
    find_photographs (maker);
  pair->scale = 1;
  pair->truth = pmt_matrix3_identity;
  pair->fixed = make_stranger (maker, context, suite, seed, 0, &random, what, error);
  if (pair->fixed != NULL)
    pair->moving = make_stranger (maker, context, suite, seed, 1, &random, what, error);
  pair->what = g_string_free (what, FALSE);
  return pair->moving != NULL ? g_steal_pointer (&pair) : NULL;
}

Pair *
pair_maker_make (PairMaker *maker, PmtContext *context, const Suite *suite, int seed, GError **error)
{
  return suite->unrelated ? make_unrelated (maker, context, suite, seed, error)
                          : make_related (maker, context, suite, seed, error);
}

#define GRID 15

double
pair_error (const Pair *pair, PairMapFunc map, gpointer data)
{
  double   width = pmt_source_get_width (pair->fixed), height = pmt_source_get_height (pair->fixed), sum = 0;
  PmtPoint in[GRID * GRID], out[GRID * GRID];
  int      n = 0;

  for (int k = 0; k < GRID * GRID; k++)
    {
      PmtPoint p = { width * (k % GRID + 0.5) / GRID, height * (k / GRID + 0.5) / GRID };
      PmtPoint q = pmt_matrix3_map (&pair->truth, p);

      if (q.x >= 0 && q.y >= 0 && q.x <= pmt_source_get_width (pair->moving)
          && q.y <= pmt_source_get_height (pair->moving))
        in[n++] = p;
    }
  if (n == 0)
    return NAN;
  map (data, n, in, out);
  for (int k = 0; k < n; k++)
    {
      PmtPoint q = pmt_matrix3_map (&pair->truth, in[k]);
      double   distance = hypot (out[k].x - q.x, out[k].y - q.y);

      sum += isfinite (distance) ? distance : HUGE_VAL;
    }
  return sum / n / MAX (pair->scale, 1);
}
