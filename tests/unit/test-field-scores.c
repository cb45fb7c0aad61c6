/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Scores of pieces where all is valid, against those of the same pieces with a pixel missing that no shift reaches, which take the long
 * way; and against the definition at one shift. */
#include <math.h>

#include "feature/field-private.h"
#include "match/score-volume-private.h"

#define MARGIN 12
#define RADIUS 5
#define SIDE   (2 * RADIUS + 1)

/* Soft spots, a little elsewhere in the second. */
static PmtGrey *
picture (int tile, double shift)
{
  int      n = tile + 2 * MARGIN;
  PmtGrey *grey = g_new0 (PmtGrey, 1);

  grey->value = pmt_plane_new (n, n, NULL);
  grey->mask = pmt_plane_new (n, n, NULL);
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++)
      {
        double u = x + shift, v = y - shift;

        pmt_plane_row (grey->value, y)[x] = (float) (128 + 60 * sin (0.31 * u + 0.2 * v) * cos (0.27 * v) + 30 * sin (0.7 * u - 0.5 * v));
        pmt_plane_row (grey->mask, y)[x] = 1;
      }
  return grey;
}

static double
energy (const PmtField *f, int x, int y)
{
  double sum = 0;

  for (int k = 0; k < 4; k++)
    sum += pow (f->data[k / 2][2 * (y * f->width + x) + k % 2], 2);
  return sum;
}

static double
defined (const PmtField *a, const PmtField *b, int tile, int dx, int dy)
{
  double sum = 0, ea = 0, eb = 0;

  for (int y = MARGIN; y < MARGIN + tile; y++)
    for (int x = MARGIN; x < MARGIN + tile; x++)
      {
        for (int k = 0; k < 4; k++)
          sum += a->data[k / 2][2 * (y * a->width + x) + k % 2] * b->data[k / 2][2 * ((y + dy) * b->width + x + dx) + k % 2];
        ea += energy (a, x, y);
        eb += energy (b, x + dx, y + dy);
      }
  return sum / sqrt (ea * eb + 1e-3 * tile * tile);
}

static void
test_both_ways (void)
{
  static const PmtFieldFunc features[] = { _pmt_gradient_direction, _pmt_local_contrast };
  static const int          tiles[] = { 24, 28, 37, 64 };

  for (guint f = 0; f < G_N_ELEMENTS (features); f++)
    for (guint t = 0; t < G_N_ELEMENTS (tiles); t++)
      {
        int                  tile = tiles[t];
        g_autoptr (PmtGrey)  one = picture (tile, 0), two = picture (tile, 1.3);
        g_autoptr (PmtField) a = features[f] (one, NULL), b = features[f] (two, NULL);
        float                whole[SIDE * SIDE], holed[SIDE * SIDE];

        g_assert_true (_pmt_field_scores (a, b, MARGIN, RADIUS, whole, NULL));
        pmt_plane_row (b->mask, 0)[0] = 0;
        g_assert_true (_pmt_field_scores (a, b, MARGIN, RADIUS, holed, NULL));
        for (int k = 0; k < SIDE * SIDE; k++)
          {
            g_assert_cmpfloat (fabs (whole[k] - holed[k]), <, 1e-5);
            if (k % 17 == 0)
              g_assert_cmpfloat (fabs (whole[k] - defined (a, b, tile, k % SIDE - RADIUS, k / SIDE - RADIUS)), <, 1e-5);
          }
      }
}

/* Too little in common is told. */
static void
test_masked_away (void)
{
  g_autoptr (PmtGrey)  one = picture (32, 0), two = picture (32, 0);
  g_autoptr (PmtField) a = NULL, b = NULL;
  float                score[SIDE * SIDE];

  for (int y = 0; y < two->mask->height; y++)
    for (int x = 0; x < two->mask->width; x++)
      pmt_plane_row (two->mask, y)[x] = x > 32;
  a = _pmt_gradient_direction (one, NULL);
  b = _pmt_gradient_direction (two, NULL);
  g_assert_false (_pmt_field_scores (a, b, MARGIN, RADIUS, score, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/field-scores/both-ways", test_both_ways);
  g_test_add_func ("/field-scores/masked-away", test_masked_away);
  return g_test_run ();
}
