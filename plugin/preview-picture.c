/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A tile is compared once and kept as a surface until the way of comparing changes. The curtain is no way of its own here:
 * both sides are drawn whole, and the curtain clips them, so that pulling it costs nothing. */

#include "preview-picture.h"

#include <math.h>

#include "local-light.h"
#include "preview-tiles.h"

#define FRAME_US      10000     /* of comparing tiles, before a frame is shown with those that are ready */
#define MOST_SURFACES 300       /* of 256 kB: those beyond go that the last frame did not show */

/* What the tile shows; curtains have two parts. */
typedef enum { PART_WHOLE, PART_FIXED, PART_MOVED } Part;

typedef struct
{
  int              level, column, row;
  Part             part;
  cairo_surface_t *surface;
  guint            version, frame;     /* frame: the last that showed it */
} Compared;

struct _PmtPicture
{
  void             (*outdated) (gpointer data);
  gpointer          data;
  PmtOverlay       *overlay;     /* a reference */
  PmtCompareMode    mode;
  double            value;
  gboolean          after;
  gboolean          lit;           /* `light` is not as it is */
  guint8            light[256];    /* what values become */
  double            local;         /* strength of local contrast, before that; 0: none */
  PmtLocalLight    *local_light;   /* of the overlay; NULL before it is wanted */
  guint             version;       /* of what the value says */
  guint             frame;
  cairo_surface_t  *overviews[3];  /* by part; NULL when outdated */
  GHashTable       *compared;      /* of Compared, by itself */
  PmtTiles         *tiles;
  GArray           *wanted;        /* of PmtTile */
  gint64            deadline;      /* of comparing in this frame */
};

static guint
compared_hash (gconstpointer key)
{
  const Compared *self = key;

  return (guint) self->column * 73856093u ^ (guint) self->row * 19349663u
         ^ ((guint) self->level * 4u + self->part) * 2654435761u;
}

static gboolean
compared_equal (gconstpointer a, gconstpointer b)
{
  const Compared *s = a, *t = b;

  return s->column == t->column && s->row == t->row && s->level == t->level && s->part == t->part;
}

static void
compared_free (gpointer data)
{
  Compared *self = data;

  cairo_surface_destroy (self->surface);
  g_free (self);
}

static void
arrived (gpointer data)
{
  PmtPicture *picture = data;

  picture->outdated (picture->data);
}

PmtPicture *
pmt_picture_new (void (*outdated) (gpointer data), gpointer data)
{
  PmtPicture *picture = g_new0 (PmtPicture, 1);

  picture->outdated = outdated;
  picture->data = data;
  picture->compared = g_hash_table_new_full (compared_hash, compared_equal, NULL, compared_free);
  picture->wanted = g_array_new (FALSE, FALSE, sizeof (PmtTile));
  picture->tiles = pmt_tiles_new (arrived, picture);
  return picture;
}

static void
drop_overviews (PmtPicture *picture)
{
  for (guint i = 0; i < G_N_ELEMENTS (picture->overviews); i++)
    g_clear_pointer (&picture->overviews[i], cairo_surface_destroy);
}

void
pmt_picture_free (PmtPicture *picture)
{
  if (picture == NULL)
    return;
  pmt_tiles_free (picture->tiles);
  pmt_overlay_unref (picture->overlay);
  g_clear_pointer (&picture->local_light, pmt_local_light_free);
  drop_overviews (picture);
  g_hash_table_unref (picture->compared);
  g_array_unref (picture->wanted);
  g_free (picture);
}

void
pmt_picture_set_overlay (PmtPicture *picture, const PmtOverlay *overlay)
{
  if (picture->overlay != NULL && picture->overlay != overlay && picture->overlay->passing)
    pmt_tiles_forget (picture->tiles, picture->overlay);
  if (overlay != NULL)
    pmt_overlay_ref ((PmtOverlay *) overlay);
  pmt_overlay_unref (picture->overlay);
  g_clear_pointer (&picture->local_light, pmt_local_light_free);
  picture->overlay = (PmtOverlay *) overlay;
  drop_overviews (picture);
  g_hash_table_remove_all (picture->compared);
}

const PmtOverlay *
pmt_picture_get_overlay (const PmtPicture *picture)
{
  return picture->overlay;
}

void
pmt_picture_set_way (PmtPicture *picture, PmtCompareMode mode, double value, gboolean after)
{
  gboolean other = mode != picture->mode || after != picture->after;

  if (!other && value == picture->value)
    return;
  picture->mode = mode;
  picture->value = value;
  picture->after = after;
  if (!other && mode == PMT_COMPARE_CURTAIN)
    return;
  drop_overviews (picture);
  picture->version++;
  /* while a slider is pulled old tiles are better than none */
  if (other)
    g_hash_table_remove_all (picture->compared);
}

void
pmt_picture_value_options (double value, int width, PmtCompareOptions *options)
{
  pmt_compare_options_init (options);
  options->opacity = options->curtain = CLAMP (value, 0, 1);
  options->gain = MAX (value, 1);
  options->size = MAX ((int) lround (width / MAX (value, 1)), 1);
}

/* width: of the frame in which is compared. */
static void
fill_options (const PmtPicture *picture, Part part, int width, PmtCompareOptions *options)
{
  pmt_picture_value_options (picture->value, width, options);
  options->curtain = part == PART_FIXED ? 1 : 0;
}

void
pmt_picture_set_light (PmtPicture *picture, double brightness, double contrast, double local)
{
  for (int v = 0; v < 256; v++)
    picture->light[v] = (guint8) (CLAMP (127.5 + (v - 127.5 + 255 * brightness) * contrast, 0, 255) + 0.5);
  picture->lit = brightness != 0 || contrast != 1 || local > 0;
  picture->local = local;
  drop_overviews (picture);
  picture->version++;
}

static void
add_local_light (PmtPicture *picture, cairo_surface_t *surface, const PmtRect *rect, PmtSize frame)
{
  const PmtOverlay *overlay = picture->overlay;

  if (picture->local_light == NULL)
    picture->local_light = pmt_local_light_new (overlay->fixed, overlay->width, overlay->height);
  pmt_local_light_apply (picture->local_light, picture->local, rect, frame, cairo_image_surface_get_data (surface),
                         (gsize) cairo_image_surface_get_stride (surface));
}

/* Over a surface of RGB24, which shows `rect` of the picture, `frame` pixels large at that scale. */
static void
light_up (PmtPicture *picture, cairo_surface_t *surface, const PmtRect *rect, PmtSize frame)
{
  int width = cairo_image_surface_get_width (surface), height = cairo_image_surface_get_height (surface);
  int stride = cairo_image_surface_get_stride (surface);
  guint8 *row = cairo_image_surface_get_data (surface);

  if (!picture->lit || !pmt_overlay_is_alone (picture->overlay))
    return;
  if (picture->local > 0)
    add_local_light (picture, surface, rect, frame);
  for (int y = 0; y < height; y++, row += stride)
    for (int i = 0; i < 4 * width; i++)
      row[i] = picture->light[row[i]];
}

/* A picture alone is behind a curtain that is wholly drawn. */
static PmtCompareMode
mode_of (const PmtPicture *picture)
{
  return pmt_overlay_is_alone (picture->overlay) ? PMT_COMPARE_CURTAIN : picture->mode;
}

static cairo_surface_t *
overview (PmtPicture *picture, Part part)
{
  cairo_surface_t **surface = &picture->overviews[part];
  PmtCompareOptions options;

  if (*surface != NULL)
    return *surface;
  fill_options (picture, part, picture->overlay->width, &options);
  *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, picture->overlay->width, picture->overlay->height);
  cairo_surface_flush (*surface);
  pmt_overlay_draw (picture->overlay, mode_of (picture), &options, picture->after, cairo_image_surface_get_data (*surface),
                    (gsize) cairo_image_surface_get_stride (*surface));
  light_up (picture, *surface, &(PmtRect) { 0, 0, picture->overlay->width, picture->overlay->height },
            (PmtSize) { picture->overlay->width, picture->overlay->height });
  cairo_surface_mark_dirty (*surface);
  return *surface;
}

static cairo_surface_t *
compare (PmtPicture *picture, const PmtTile *tile, Part part, const guint8 *fixed, const guint8 *moved)
{
  PmtSize frame = pmt_overlay_frame (picture->overlay, tile->level);
  PmtRect rect = pmt_tile_rect (tile);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, rect.width, rect.height);
  PmtCompareOptions options;

  fill_options (picture, part, frame.width, &options);
  cairo_surface_flush (surface);
  pmt_overlay_compare (mode_of (picture), &options, &rect, frame, fixed, moved, cairo_image_surface_get_data (surface),
                       (gsize) cairo_image_surface_get_stride (surface));
  light_up (picture, surface, &rect, frame);
  cairo_surface_mark_dirty (surface);
  return surface;
}

static gboolean
is_forgotten (gpointer key, gpointer value, gpointer data)
{
  return ((const Compared *) key)->frame != ((const PmtPicture *) data)->frame;
}

/* The tile, compared; NULL where it has not come, or has to wait for the next frame. An outdated one is compared again only
 * with `renewed`. */
static cairo_surface_t *
surface_of (PmtPicture *picture, const PmtTile *fixed, const PmtTile *moved, Part part, gboolean renewed)
{
  Compared key = { .level = fixed->level, .column = fixed->column, .row = fixed->row, .part = part };
  Compared *kept = g_hash_table_lookup (picture->compared, &key);
  const guint8 *under, *over;

  if (kept != NULL)
    kept->frame = picture->frame;
  if (kept != NULL && (kept->version == picture->version || !renewed))
    return kept->surface;
  if (g_get_monotonic_time () > picture->deadline)
    {
      picture->outdated (picture->data);
      return kept != NULL ? kept->surface : NULL;
    }
  under = pmt_tiles_get (picture->tiles, fixed);
  over = pmt_tiles_get (picture->tiles, moved);
  if (under == NULL || over == NULL)
    return kept != NULL ? kept->surface : NULL;
  if (kept == NULL)
    {
      key.frame = picture->frame;
      kept = g_memdup2 (&key, sizeof key);
      g_hash_table_add (picture->compared, kept);
    }
  g_clear_pointer (&kept->surface, cairo_surface_destroy);
  kept->surface = compare (picture, fixed, part, under, over);
  kept->version = picture->version;
  return kept->surface;
}

/* -- which tiles: those that are seen from the middle on, then their neighbours, then the seen ones of the other side -- */

typedef struct { int left, top, right, bottom; } Range;      /* columns and rows, right and bottom excluded */

static Range
range_of (const PmtView *view, int level)
{
  PmtRect seen = pmt_view_visible (view);
  double side = PMT_TILE_SIDE * exp2 (level);

  return (Range) { (int) floor (seen.x / side), (int) floor (seen.y / side),
                   (int) ceil ((seen.x + seen.width) / side), (int) ceil ((seen.y + seen.height) / side) };
}

static int
compare_distance (gconstpointer a, gconstpointer b, gpointer data)
{
  const PmtPoint *middle = data;
  const PmtTile *s = a, *t = b;
  double from = hypot (s->column + 0.5 - middle->x, s->row + 0.5 - middle->y);
  double to = hypot (t->column + 0.5 - middle->x, t->row + 0.5 - middle->y);

  return from < to ? -1 : from > to;
}

static void
want (PmtPicture *picture, PmtSide side, int level, Range range, const Range *without)
{
  PmtSize frame = pmt_overlay_frame (picture->overlay, level);

  for (int row = MAX (range.top, 0); row < range.bottom; row++)
    for (int column = MAX (range.left, 0); column < range.right; column++)
      {
        PmtTile tile = { picture->overlay, side, level, column, row };

        if (column * PMT_TILE_SIDE >= frame.width || row * PMT_TILE_SIDE >= frame.height
            || (without != NULL && column >= without->left && column < without->right && row >= without->top
                && row < without->bottom))
          continue;
        g_array_append_val (picture->wanted, tile);
      }
}

static void
want_seen (PmtPicture *picture, const PmtView *view, int level, Range seen)
{
  Range wide = { seen.left - 1, seen.top - 1, seen.right + 1, seen.bottom + 1 };
  PmtSide now = picture->after ? PMT_SIDE_AFTER : PMT_SIDE_BEFORE;
  gboolean alone = pmt_overlay_is_alone (picture->overlay);
  double side = PMT_TILE_SIDE * exp2 (level);
  PmtPoint middle = { view->centre.x / side, view->centre.y / side };

  g_array_set_size (picture->wanted, 0);
  want (picture, PMT_SIDE_FIXED, level, seen, NULL);
  if (!alone)
    want (picture, now, level, seen, NULL);
  g_array_sort_with_data (picture->wanted, compare_distance, &middle);
  want (picture, PMT_SIDE_FIXED, level, wide, &seen);
  if (!alone)
    {
      want (picture, now, level, wide, &seen);
      want (picture, picture->after ? PMT_SIDE_BEFORE : PMT_SIDE_AFTER, level, seen, NULL);
    }
  pmt_tiles_want (picture->tiles, (const PmtTile *) (gpointer) picture->wanted->data, picture->wanted->len);
}

/* -- drawing -- */

/* Fills pixels left … right, top … bottom of the area: on whole ones, so that tiles meet without a seam. */
static void
paint (cairo_t *cr, cairo_surface_t *surface, double left, double top, double right, double bottom)
{
  double x = round (left), y = round (top), width = round (right) - x, height = round (bottom) - y;
  double grow = width / cairo_image_surface_get_width (surface);

  cairo_save (cr);
  cairo_rectangle (cr, x, y, width, height);
  cairo_clip (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, grow, height / cairo_image_surface_get_height (surface));
  cairo_set_source_surface (cr, surface, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), grow >= 0.5 ? CAIRO_FILTER_BILINEAR : CAIRO_FILTER_GOOD);
  cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
}

static void
draw_overview (PmtPicture *picture, cairo_t *cr, const PmtView *view, Part part)
{
  PmtPoint origin = pmt_view_origin (view);

  paint (cr, overview (picture, part), origin.x, origin.y, origin.x + view->image.width * view->scale,
         origin.y + view->image.height * view->scale);
}

static void
draw_tiles (PmtPicture *picture, cairo_t *cr, const PmtView *view, Part part)
{
  PmtPoint origin = pmt_view_origin (view);
  int level = pmt_view_level (view), columns;
  double grow = view->scale * exp2 (level), side = PMT_TILE_SIDE * grow;
  Range seen = range_of (view, level);
  g_autofree cairo_surface_t **surfaces = NULL;
  gboolean missing = FALSE;
  int n;

  columns = seen.right - seen.left;
  n = columns * (seen.bottom - seen.top);
  surfaces = g_new0 (cairo_surface_t *, n);
  /* first those that are not there at all, then outdated ones, each time from another one on */
  for (int pass = 0; pass < 2; pass++)
    for (int j = 0; j < n; j++)
      {
        int i = (int) ((j + picture->frame * 5) % n);
        PmtTile fixed = { picture->overlay, PMT_SIDE_FIXED, level, seen.left + i % columns, seen.top + i / columns };
        PmtTile moved = fixed;

        if (!pmt_overlay_is_alone (picture->overlay))
          moved.side = picture->after ? PMT_SIDE_AFTER : PMT_SIDE_BEFORE;
        surfaces[i] = surface_of (picture, &fixed, &moved, part, pass == 1);
      }
  for (int i = 0; i < n; i++)
    missing |= surfaces[i] == NULL;
  if (missing)
    draw_overview (picture, cr, view, part);
  for (int i = 0; i < n; i++)
    {
      cairo_surface_t *surface = surfaces[i];
      double x = origin.x + (seen.left + i % columns) * side, y = origin.y + (seen.top + i / columns) * side;

      if (surface != NULL)
        paint (cr, surface, x, y, x + cairo_image_surface_get_width (surface) * grow,
               y + cairo_image_surface_get_height (surface) * grow);
    }
}

static void
draw_clipped (PmtPicture *picture, cairo_t *cr, const PmtView *view, Part part, double from, double to, gboolean fine)
{
  cairo_save (cr);
  cairo_rectangle (cr, from, 0, to - from, view->area.height);
  cairo_clip (cr);
  if (fine)
    draw_tiles (picture, cr, view, part);
  else
    draw_overview (picture, cr, view, part);
  cairo_restore (cr);
}

void
pmt_picture_draw (PmtPicture *picture, cairo_t *cr, const PmtView *view)
{
  PmtPoint origin = pmt_view_origin (view);
  double curtain = round (origin.x + picture->value * view->image.width * view->scale);
  gboolean fine = view->scale * view->image.width > picture->overlay->width * 1.0001;

  if (fine)
    want_seen (picture, view, pmt_view_level (view), range_of (view, pmt_view_level (view)));
  if (g_hash_table_size (picture->compared) > MOST_SURFACES)
    g_hash_table_foreach_remove (picture->compared, is_forgotten, picture);
  picture->frame++;
  picture->deadline = g_get_monotonic_time () + FRAME_US;
  cairo_rectangle (cr, origin.x, origin.y, round (view->image.width * view->scale),
                   round (view->image.height * view->scale));
  cairo_clip (cr);
  if (pmt_overlay_is_alone (picture->overlay))
    {
      draw_clipped (picture, cr, view, PART_FIXED, 0, view->area.width, fine);
      return;
    }
  if (picture->mode != PMT_COMPARE_CURTAIN)
    {
      draw_clipped (picture, cr, view, PART_WHOLE, 0, view->area.width, fine);
      return;
    }
  curtain = CLAMP (curtain, 0, view->area.width);
  if (curtain > 0)
    draw_clipped (picture, cr, view, PART_FIXED, 0, curtain, fine);
  if (curtain < view->area.width)
    draw_clipped (picture, cr, view, PART_MOVED, curtain, view->area.width, fine);
}
