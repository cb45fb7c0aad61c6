/* SPDX-License-Identifier: GPL-3.0-or-later */
/* huge-scene: pictures of any size for tests/bench/huge, made and warped in streams by libvips alone.
 *
 *   huge-scene truth KIND WIDTH HEIGHT T.json    a transform of an image onto itself: plane, shrink, lattice, plate or dense
 *   huge-scene scene BASE WIDTH HEIGHT OUT       BASE, enlarged, with grain of 3 px, so that there is something to see at any scale
 *   huge-scene warp IMAGE T.json OUT             through the transform, by vips_mapim(), bicubic: where each pixel looks comes from
 *                                                a grid of every 64th pixel, interpolated as libvips enlarges pictures */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "image/source-vips.h"
#include "transform/transform.h"

#define GRAIN   3      /* px */
#define SIGMA   14     /* of the grain, of 255, before it is enlarged */
#define NODE    64     /* px between places where the transform is asked */
#define BEND    0.001  /* of the longer side: how far bends displace */
#define PLATE   12     /* points of the plate along a side */

static gboolean
failed (GError **error)
{
  g_set_error (error, PMT_ERROR, PMT_ERROR_IO, "%s", vips_error_buffer ());
  return FALSE;
}

/* -- truths -- */

/* About the picture's centre: turned by 1.5°, and so many pixels of the moving image a pixel. */
static PmtMatrix3
plane (PmtSize size, double scale)
{
  double     c = scale * cos (1.5 * G_PI / 180), s = scale * sin (1.5 * G_PI / 180);
  PmtMatrix3 to = pmt_matrix3_translation (-size.width / 2.0, -size.height / 2.0);
  PmtMatrix3 turn = { { { c, -s, 0 }, { s, c, 0 }, { 0, 0, 1 } } };
  PmtMatrix3 back = pmt_matrix3_translation (size.width / 2.0, size.height / 2.0), half = pmt_matrix3_then (&to, &turn);

  return pmt_matrix3_then (&half, &back);
}

/* Waves of a quarter of the longer side. */
static PmtPoint
bend (PmtPoint p, PmtSize size)
{
  double side = MAX (size.width, size.height), k = 2 * G_PI / (0.25 * side);

  return (PmtPoint) { BEND * side * sin (k * p.x + 0.5) * cos (k * p.y), BEND * side * cos (k * p.x) * sin (k * p.y + 1) };
}

static PmtTransform *
append_grid (const PmtTransform *chain, PmtSize size, gboolean dense, GError **error)
{
  int                  n = dense ? 1000 : 40;
  PmtLattice           grid = { { 0, 0 }, { (double) size.width / (n - 1), (double) size.height / (n - 1) }, n, n, NULL };
  g_autofree PmtPoint *controls = g_new (PmtPoint, n * n);

  for (int i = 0; i < n * n; i++)
    controls[i] = bend ((PmtPoint) { i % n * grid.spacing.x, i / n * grid.spacing.y }, size);
  grid.displacement = controls;
  return dense ? pmt_transform_append_dense (chain, &grid, 0, size, NULL, error)
               : pmt_transform_append_lattice (chain, &grid, size, NULL, error);
}

static PmtTransform *
append_plate (const PmtTransform *chain, PmtSize size, GError **error)
{
  PmtPoint from[PLATE * PLATE], to[PLATE * PLATE];

  for (int i = 0; i < PLATE * PLATE; i++)
    {
      PmtPoint p = { (i % PLATE + 0.5) * size.width / PLATE, (i / PLATE + 0.5) * size.height / PLATE }, d = bend (p, size);

      from[i] = p;
      to[i] = (PmtPoint) { p.x + d.x, p.y + d.y };
    }
  return pmt_transform_append_thin_plate (chain, &(PmtThinPlate) { .n = PLATE * PLATE, .from = from, .to = to }, size, NULL, error);
}

static gboolean
write_truth (const char *kind, PmtSize size, const char *path, GError **error)
{
  g_autoptr (PmtTransform) none = pmt_transform_new (size, size), flat = NULL, chain = NULL;
  PmtMatrix3               matrix = plane (size, g_str_equal (kind, "shrink") ? 1.1 : 0.97);

  flat = pmt_transform_append_matrix (none, &matrix, size, NULL, error);
  if (flat == NULL)
    return FALSE;
  if (g_str_equal (kind, "plane") || g_str_equal (kind, "shrink"))
    chain = pmt_transform_ref (flat);
  else if (g_str_equal (kind, "plate"))
    chain = append_plate (flat, size, error);
  else
    chain = append_grid (flat, size, g_str_equal (kind, "dense"), error);
  return chain != NULL && pmt_transform_save (chain, path, error);
}

/* -- pictures -- */

static gboolean
save (VipsImage *image, const char *path, GError **error)
{
  gboolean         tiff = g_str_has_suffix (path, ".tif"), big = (double) image->Xsize * image->Ysize > 3.9e9;
  g_autofree char *target = g_strconcat (path, tiff ? big ? "[tile,bigtiff]" : "[tile]" : "", NULL);

  return vips_image_write_to_file (image, target, NULL) == 0 || failed (error);
}

static gboolean
write_scene (const char *base, PmtSize size, const char *path, GError **error)
{
  VipsObject *scope = VIPS_OBJECT (vips_image_new ());
  VipsImage **t = (VipsImage **) vips_object_local_array (scope, 8);
  gboolean    done;

  done = (t[0] = vips_image_new_from_file (base, NULL)) != NULL
         && vips_resize (t[0], &t[1], (double) size.width / t[0]->Xsize, "vscale", (double) size.height / t[0]->Ysize,
                         "kernel", VIPS_KERNEL_CUBIC, NULL) == 0
         && vips_gaussnoise (&t[2], size.width / GRAIN + 4, size.height / GRAIN + 4, "mean", 0.0, "sigma", (double) SIGMA,
                             "seed", 1, NULL) == 0
         && vips_cast (t[2], &t[3], VIPS_FORMAT_CHAR, NULL) == 0
         && vips_resize (t[3], &t[4], GRAIN, "kernel", VIPS_KERNEL_CUBIC, NULL) == 0
         && vips_extract_area (t[4], &t[5], 0, 0, size.width, size.height, NULL) == 0
         && vips_add (t[1], t[5], &t[6], NULL) == 0 && vips_cast (t[6], &t[7], VIPS_FORMAT_UCHAR, NULL) == 0;
  done = done ? save (t[7], path, error) : failed (error);
  g_object_unref (scope);
  return done;
}

/* Displacements at the middles of squares of NODE px, one square more on each side. */
static VipsImage *
displacements (const PmtTransform *chain, PmtSize size)
{
  int               columns = size.width / NODE + 3, rows = size.height / NODE + 3;
  g_autofree float *d = g_new (float, 2 * (gsize) columns * rows);

  for (int i = 0; i < columns * rows; i++)
    {
      PmtPoint p = { (i % columns - 0.5) * NODE, (i / columns - 0.5) * NODE }, q;

      pmt_transform_map (chain, 1, &p, &q);
      d[2 * i] = (float) (q.x - p.x);
      d[2 * i + 1] = (float) (q.y - p.y);
    }
  return vips_image_new_from_memory_copy (d, 2 * sizeof (float) * columns * rows, columns, rows, 2, VIPS_FORMAT_FLOAT);
}

static gboolean
write_warped (const char *path, const char *json, const char *out, GError **error)
{
  g_autoptr (PmtTransform) chain = pmt_transform_load (json, error);
  VipsObject              *scope;
  VipsImage              **t;
  PmtSize                  size;
  gboolean                 done;

  if (chain == NULL)
    return FALSE;
  scope = VIPS_OBJECT (vips_image_new ());
  t = (VipsImage **) vips_object_local_array (scope, 8);
  size = pmt_transform_get_fixed_size (chain);
  done = (t[0] = vips_image_new_from_file (path, NULL)) != NULL && (t[1] = displacements (chain, size)) != NULL
         && vips_resize (t[1], &t[2], NODE, "kernel", VIPS_KERNEL_CUBIC, NULL) == 0
         && vips_extract_area (t[2], &t[3], NODE, NODE, size.width, size.height, NULL) == 0
         && vips_xyz (&t[4], size.width, size.height, NULL) == 0 && vips_add (t[4], t[3], &t[5], NULL) == 0;
  if (done)
    {
      VipsInterpolate *bicubic = vips_interpolate_new ("bicubic");

      done = vips_mapim (t[0], &t[6], t[5], "interpolate", bicubic, NULL) == 0;
      g_object_unref (bicubic);
    }
  done = done ? save (t[6], out, error) : failed (error);
  g_object_unref (scope);
  return done;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean           done = FALSE, sized = argc == 6;
  PmtSize            size = { sized ? atoi (argv[3]) : 0, sized ? atoi (argv[4]) : 0 };

  if (VIPS_INIT (argv[0]) != 0)
    return 1;
  if (sized && g_str_equal (argv[1], "truth"))
    done = write_truth (argv[2], size, argv[5], &error);
  else if (sized && g_str_equal (argv[1], "scene"))
    done = write_scene (argv[2], size, argv[5], &error);
  else if (argc == 5 && g_str_equal (argv[1], "warp"))
    done = write_warped (argv[2], argv[3], argv[4], &error);
  else
    fprintf (stderr, "huge-scene: truth KIND WIDTH HEIGHT T.json | scene BASE WIDTH HEIGHT OUT | warp IMAGE T.json OUT\n");
  if (error != NULL)
    fprintf (stderr, "huge-scene: %s\n", error->message);
  vips_shutdown ();
  return done ? 0 : 1;
}
