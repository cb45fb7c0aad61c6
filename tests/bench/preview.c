/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Pans and zooms the preview of two large layers in a window and tells how long frames take, from the beginning of a
 * frame's work to its end, and how long the screen waits for its own pixels. Needs a display:
 *
 *     xvfb-run -s '-screen 0 1600x1000x24' preview [SIDE [BEND]]        10000 pixels a side unless told; BEND: a bent layer */

#include <gtk/gtk.h>
#include <math.h>
#include <stdlib.h>

#include "buffer-source.h"
#include "fit/point-fit.h"
#include "fit/snap.h"
#include "plugin/preview-area.h"
#include "plugin/preview-tiles.h"

#define AREA_WIDTH  1280
#define AREA_HEIGHT 800
#define FRAMES      240       /* of each movement */

typedef struct
{
  GtkWidget  *area;
  PmtPoint    hand;
  const char *what;
  int         frame, act;
  gint64      began, last;
  GArray     *times, *intervals;        /* ms */
} Bench;

/* Strokes and grain: nothing that a codec or a cache could make light of. */
static GeglBuffer *
painting_new (int side, guint seed)
{
  GeglBuffer *buffer = gegl_buffer_new (GEGL_RECTANGLE (0, 0, side, side), babl_format ("R'G'B' u8"));
  g_autofree guint8 *row = g_malloc ((gsize) side * 3);
  guint state = seed;

  for (int y = 0; y < side; y++)
    {
      for (int x = 0; x < 3 * side; x++)
        {
          state = state * 1664525u + 1013904223u;
          row[x] = (guint8) (128 + 70 * sin (x / 97.0 + y / 61.0) + (state >> 26));
        }
      gegl_buffer_set (buffer, GEGL_RECTANGLE (0, y, side, 1), 0, NULL, row, GEGL_AUTO_ROWSTRIDE);
    }
  return buffer;
}

static PmtTransform *
map_new (int side, gboolean bend)
{
  PmtSize size = { side, side };
  double turn = 0.02, cosine = cos (turn), sine = sin (turn);
  PmtMatrix3 matrix = { { { cosine, -sine, 40 }, { sine, cosine, -60 }, { 0, 0, 1 } } };
  g_autoptr (PmtTransform) none = pmt_transform_new (size, size);
  g_autoptr (PmtTransform) turned = pmt_transform_append_matrix (none, &matrix, size, NULL, NULL);
  PmtPoint shifts[32 * 32];
  PmtLattice lattice = { { 0, 0 }, { side / 30.0, side / 30.0 }, 32, 32, shifts };

  for (int i = 0; i < 32 * 32; i++)
    shifts[i] = (PmtPoint) { 12 * sin (i * 0.7), 12 * cos (i * 1.3) };
  return bend ? pmt_transform_append_lattice (turned, &lattice, size, NULL, NULL) : g_steal_pointer (&turned);
}

static PmtOverlay *
overlay_new (int side, gboolean bend)
{
  g_autoptr (GeglBuffer) one = painting_new (side, 1), two = painting_new (side, 2);
  const Babl *format = babl_format ("R'G'B'A float");
  g_autoptr (PmtSource) fixed = pmt_gegl_source_new (one, NULL, format, NULL);
  g_autoptr (PmtSource) moving = pmt_gegl_source_new (two, NULL, format, NULL);
  g_autoptr (PmtTransform) before = map_new (side, FALSE), after = map_new (side, bend);
  g_autoptr (GError) error = NULL;
  PmtOverlay *overlay;
  gint64 began = g_get_monotonic_time ();

  if (after == NULL)
    g_error ("the bend folds");
  overlay = pmt_overlay_new (NULL, fixed, moving, before, after, 1400, &error);
  if (overlay == NULL)
    g_error ("%s", error->message);
  g_print ("overview: %.2f s\n", (double) (g_get_monotonic_time () - began) / 1e6);
  return overlay;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static double
share (GArray *values, double p)
{
  g_array_sort (values, compare_doubles);
  return values->len > 0 ? g_array_index (values, double, (guint) (p * (values->len - 1))) : NAN;
}

static void
tell (Bench *bench)
{
  g_print ("%-34s frame ms: median %.1f, p95 %.1f, most %.1f; between frames: p95 %.1f\n", bench->what,
           share (bench->times, 0.5), share (bench->times, 0.95), share (bench->times, 1), share (bench->intervals, 0.95));
  g_array_set_size (bench->times, 0);
  g_array_set_size (bench->intervals, 0);
}

static void
button (Bench *bench, GdkEventType type)
{
  GdkEvent *event = gdk_event_new (type);

  event->button.window = g_object_ref (gtk_widget_get_window (bench->area));
  event->button.button = GDK_BUTTON_PRIMARY;
  event->button.x = bench->hand.x;
  event->button.y = bench->hand.y;
  gtk_widget_event (bench->area, event);
  gdk_event_free (event);
}

static void
drag (Bench *bench, double x, double y)
{
  GdkEvent *event = gdk_event_new (GDK_MOTION_NOTIFY);

  bench->hand = (PmtPoint) { x, y };
  event->motion.window = g_object_ref (gtk_widget_get_window (bench->area));
  event->motion.state = GDK_BUTTON1_MASK;
  event->motion.x = x;
  event->motion.y = y;
  gtk_widget_event (bench->area, event);
  gdk_event_free (event);
}

static void
begun (GdkFrameClock *clock, gpointer data)
{
  Bench *bench = data;

  bench->began = g_get_monotonic_time ();
}

static void
ended (GdkFrameClock *clock, gpointer data)
{
  Bench *bench = data;
  gint64 now = g_get_monotonic_time ();
  double ms = (double) (now - bench->began) / 1e3, since = (double) (now - bench->last) / 1e3;

  g_array_append_val (bench->times, ms);
  if (bench->last != 0)
    g_array_append_val (bench->intervals, since);
  bench->last = now;
}

/* Each act begins with its zoom; then the hand goes round in circles, or the slider to and fro. */
static const struct { const char *what; int in; PmtCompareMode mode; gboolean slide; double speed; } acts[] =
{
  { "pan at 1:1, red and cyan", 0, PMT_COMPARE_RED_CYAN, FALSE, 12 },
  { "fast pan at 1:1, curtain", 0, PMT_COMPARE_CURTAIN, FALSE, 40 },
  { "pan at 35 %, blend", -3, PMT_COMPARE_BLEND, FALSE, 12 },
  { "pan at 400 %, difference", 4, PMT_COMPARE_DIFFERENCE, FALSE, 12 },
  { "opacity at 1:1", 0, PMT_COMPARE_BLEND, TRUE, 0 },
  { "opacity, all of it", -99, PMT_COMPARE_BLEND, TRUE, 0 },
  { "curtain, all of it", -99, PMT_COMPARE_CURTAIN, TRUE, 0 },
};

static void
begin_act (Bench *bench)
{
  const int act = bench->act;

  bench->what = acts[act].what;
  pmt_preview_area_set_way (bench->area, acts[act].mode, acts[act].mode == PMT_COMPARE_DIFFERENCE ? 2 : 0.3, TRUE);
  pmt_preview_area_zoom (bench->area, acts[act].in == -99 ? PMT_ZOOM_FIT : PMT_ZOOM_PIXELS);
  for (int i = 0; i < ABS (acts[act].in) && acts[act].in != -99; i++)
    pmt_preview_area_zoom (bench->area, acts[act].in < 0 ? PMT_ZOOM_OUT : PMT_ZOOM_IN);
  bench->hand = (PmtPoint) { AREA_WIDTH / 2, AREA_HEIGHT / 2 };
  bench->last = 0;
  button (bench, GDK_BUTTON_PRESS);
}

static gboolean
tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Bench *bench = data;
  double angle = bench->frame * 0.05, speed;

  if (bench->act == (int) G_N_ELEMENTS (acts))
    {
      gtk_main_quit ();
      return G_SOURCE_REMOVE;
    }
  if (bench->frame == 0)
    begin_act (bench);
  speed = acts[bench->act].speed;
  if (acts[bench->act].slide)
    pmt_preview_area_set_way (bench->area, acts[bench->act].mode, 0.5 + 0.4 * sin (angle), TRUE);
  else
    drag (bench, bench->hand.x + speed * cos (angle), bench->hand.y + speed * sin (angle));
  if (++bench->frame == FRAMES)
    {
      button (bench, GDK_BUTTON_RELEASE);
      tell (bench);
      bench->frame = 0;
      bench->act++;
    }
  return G_SOURCE_CONTINUE;
}

static void
nothing (gpointer data)
{
}

/* -- how long a screen waits for its own pixels -- */

static void
time_screen (const PmtOverlay *overlay, int level)
{
  PmtTiles *tiles = pmt_tiles_new (nothing, NULL);
  PmtTile wanted[2 * 5 * 4];
  PmtSize frame = pmt_overlay_frame (overlay, level);
  gint64 began = g_get_monotonic_time ();
  gboolean missing = TRUE;
  int n = 0;

  for (int i = 0; i < 2 * 5 * 4; i++)
    wanted[n++] = (PmtTile) { overlay, i < 20 ? PMT_SIDE_FIXED : PMT_SIDE_AFTER, level,
                              frame.width / 2 / PMT_TILE_SIDE - 2 + i % 5, frame.height / 2 / PMT_TILE_SIDE - 2 + i / 5 % 4 };
  pmt_tiles_want (tiles, wanted, n);
  while (missing)
    {
      g_main_context_iteration (NULL, TRUE);
      missing = FALSE;
      for (int i = 0; i < n; i++)
        missing |= pmt_tiles_get (tiles, &wanted[i]) == NULL;
    }
  g_print ("a screen of %d × %d pixels at level %d: %.0f ms\n", 5 * PMT_TILE_SIDE, 4 * PMT_TILE_SIDE, level,
           (double) (g_get_monotonic_time () - began) / 1e3);
  pmt_tiles_free (tiles);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  double s = *(const double *) a, t = *(const double *) b;

  return s < t ? -1 : s > t;
}

static double
since (gint64 began)
{
  return (double) (g_get_monotonic_time () - began) / 1e3;
}

/* What a person sees of a result that follows a point: eight pairs, one of which moves; from then until the pixels of a view of
 * 900 × 300 are there. */
static double
follow_point (PmtTiles *tiles, const PmtOverlay *fixed, const PmtOverlay *moving, const PmtTransform *before,
              PmtPointModel model, double by)
{
  PmtPointOptions options = { model, NAN };
  PmtPoint from[8], to[8];
  double side = fixed->whole.width;
  gint64 began;
  gboolean missing = TRUE;
  double time;

  for (int k = 0; k < 8; k++)
    {
      from[k] = (PmtPoint) { side * (0.1 + 0.8 * (k % 3) / 2 + 0.02 * (k / 3)), side * (0.1 + 0.8 * (k / 3) / 2) };
      to[k] = (PmtPoint) { 0.999 * from[k].x - 0.02 * from[k].y + 40 + (k == 4 ? by : sin (k)),
                           0.02 * from[k].x + 0.999 * from[k].y - 60 + cos (k) };
    }
  began = g_get_monotonic_time ();
  {
    g_autoptr (PmtPointFit) fit = pmt_point_fit_new (8, from, to, fixed->whole, moving->whole, &options, NULL);
    g_autoptr (PmtOverlay) both = pmt_overlay_new_of (NULL, fixed, moving, before, fit->transform, NULL);
    PmtTile wanted[5 * 3];

    for (int i = 0; i < 15; i++)
      wanted[i] = (PmtTile) { both, PMT_SIDE_AFTER, 0, (int) (side / 2) / PMT_TILE_SIDE + i % 5,
                              (int) (side / 2) / PMT_TILE_SIDE + i / 5 };
    pmt_tiles_want (tiles, wanted, 15);
    while (missing)
      {
        g_main_context_iteration (NULL, TRUE);
        missing = FALSE;
        for (int i = 0; i < 15; i++)
          missing |= pmt_tiles_get (tiles, &wanted[i]) == NULL;
      }
    time = since (began);
    pmt_tiles_forget (tiles, both);
  }
  return time;
}

static void
time_following (const PmtOverlay *overlay)
{
  static const PmtPointModel models[] = { PMT_POINT_MODEL_AUTO, PMT_POINT_MODEL_HOMOGRAPHY, PMT_POINT_MODEL_THIN_PLATE };
  gint64 began = g_get_monotonic_time ();
  g_autoptr (PmtOverlay) fixed = pmt_overlay_new_alone (NULL, overlay->fixed_source, 700, NULL);
  g_autoptr (PmtOverlay) moving = pmt_overlay_new_alone (NULL, overlay->moving_source, 700, NULL);
  g_autoptr (PmtSnapper) snapper = NULL;
  PmtTiles *tiles = pmt_tiles_new (nothing, NULL);

  g_print ("control points: overviews of both layers %.0f ms", since (began));
  began = g_get_monotonic_time ();
  snapper = pmt_snapper_new (NULL, overlay->fixed_source, overlay->moving_source, NULL);
  g_print (", for snapping %.0f ms\n", since (began));
  for (guint m = 0; m < G_N_ELEMENTS (models); m++)
    {
      double times[25];

      for (int i = 0; i < 25; i++)
        times[i] = follow_point (tiles, fixed, moving, overlay->map_before, models[m], 0.3 * i);
      qsort (times, 25, sizeof *times, compare_times);
      g_print ("a point moved, %s: the visible part follows within %.0f ms (median), %.0f ms (at most)\n",
               pmt_point_model_to_nick (models[m]), times[12], times[24]);
    }
  pmt_tiles_free (tiles);
}

static void
pulled (double curtain, gpointer data)
{
}

int
main (int argc, char **argv)
{
  static const PmtPreviewAreaFuncs funcs = { .zoomed = nothing, .pulled = pulled };
  int side = argc > 1 ? atoi (argv[1]) : 10000;
  Bench bench = { .times = g_array_new (FALSE, FALSE, sizeof (double)),
                  .intervals = g_array_new (FALSE, FALSE, sizeof (double)) };
  PmtOverlay *overlay;
  GtkWidget *window;
  GdkFrameClock *clock;

  gegl_init (NULL, NULL);
  gtk_init (&argc, &argv);
  overlay = overlay_new (side, argc > 2);
  for (int level = 2; level >= -2; level -= 2)
    time_screen (overlay, level);
  time_following (overlay);
  window = gtk_window_new (GTK_WINDOW_TOPLEVEL);
  bench.area = pmt_preview_area_new (&funcs, &bench);
  gtk_widget_set_size_request (bench.area, AREA_WIDTH, AREA_HEIGHT);
  gtk_container_add (GTK_CONTAINER (window), bench.area);
  pmt_preview_area_show (bench.area, overlay, NULL);
  gtk_widget_show_all (window);
  clock = gtk_widget_get_frame_clock (window);
  g_signal_connect (clock, "before-paint", G_CALLBACK (begun), &bench);
  g_signal_connect (clock, "after-paint", G_CALLBACK (ended), &bench);
  gtk_widget_add_tick_callback (bench.area, tick, &bench, NULL);
  gtk_main ();
  gtk_widget_destroy (window);
  pmt_overlay_unref (overlay);
  return 0;
}
