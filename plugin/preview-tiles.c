/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "preview-tiles.h"

#define MOST_TILES 400     /* kept, of 256 kB: four screens of 1280 × 800, both sides */

/* A tile that came; `pixels` NULL: it could not be drawn, and another try would be as vain. */
typedef struct
{
  PmtTile  tile;              /* with a reference to its overlay, as all tiles that are kept here */
  guint8  *pixels;
  guint    wanted_at;       /* the last call that wanted it */
} Drawn;

struct _PmtTiles
{
  void        (*arrived) (gpointer data);
  gpointer     data;
  GHashTable  *kept;          /* of Drawn, by its tile; the main thread's */
  guint        calls;
  GThread     *thread;

  GMutex       mutex;         /* guards the rest */
  GCond        changed;
  GArray      *wanted;        /* of PmtTile, what has not come yet */
  PmtTile      current;       /* is being drawn, unless cancellable is NULL */
  GCancellable *cancellable;
  GPtrArray   *fresh;         /* of Drawn, for the main thread */
  guint        idle;
  gboolean     ended;
};

/* The fixed side is the same for all overlays of one reference. */
static gconstpointer
owner_of (const PmtTile *tile)
{
  return tile->side == PMT_SIDE_FIXED ? (gconstpointer) tile->overlay->fixed_source : tile->overlay;
}

static guint
tile_hash (gconstpointer key)
{
  const PmtTile *tile = key;

  return g_direct_hash (owner_of (tile)) ^ ((guint) tile->side * 31u + (guint) tile->level) * 2654435761u
         ^ (guint) tile->column * 73856093u ^ (guint) tile->row * 19349663u;
}

static gboolean
tile_equal (gconstpointer a, gconstpointer b)
{
  const PmtTile *s = a, *t = b;

  return s->side == t->side && s->level == t->level && s->column == t->column && s->row == t->row
         && owner_of (s) == owner_of (t);
}

static void
drawn_free (gpointer data)
{
  Drawn *drawn = data;

  pmt_overlay_unref ((PmtOverlay *) drawn->tile.overlay);
  g_free (drawn->pixels);
  g_free (drawn);
}

static void
tile_clear (gpointer data)
{
  pmt_overlay_unref ((PmtOverlay *) ((PmtTile *) data)->overlay);
}

PmtRect
pmt_tile_rect (const PmtTile *tile)
{
  PmtSize frame = pmt_overlay_frame (tile->overlay, tile->level);

  return pmt_rect_intersect ((PmtRect) { 0, 0, frame.width, frame.height },
                             (PmtRect) { tile->column * PMT_TILE_SIDE, tile->row * PMT_TILE_SIDE, PMT_TILE_SIDE,
                                         PMT_TILE_SIDE });
}

static int
compare_age (gconstpointer a, gconstpointer b)
{
  const Drawn *s = *(Drawn *const *) a, *t = *(Drawn *const *) b;

  return s->wanted_at < t->wanted_at ? -1 : s->wanted_at > t->wanted_at;
}

/* Lets go of those that nobody has wanted for longest. */
static void
forget (PmtTiles *tiles)
{
  guint n = 0, surplus = g_hash_table_size (tiles->kept);
  g_autofree Drawn **all = NULL;

  if (surplus <= MOST_TILES)
    return;
  surplus -= MOST_TILES * 3 / 4;
  all = (Drawn **) g_hash_table_get_keys_as_array (tiles->kept, &n);
  for (guint i = 0; i < n; i++)
    all[i] = g_hash_table_lookup (tiles->kept, all[i]);
  qsort (all, n, sizeof *all, compare_age);
  for (guint i = 0; i < surplus; i++)
    if (all[i]->wanted_at != tiles->calls)
      g_hash_table_remove (tiles->kept, &all[i]->tile);
}

static gboolean
take_fresh (gpointer data)
{
  PmtTiles *tiles = data;

  g_mutex_lock (&tiles->mutex);
  tiles->idle = 0;
  for (guint i = 0; i < tiles->fresh->len; i++)
    {
      Drawn *drawn = g_ptr_array_index (tiles->fresh, i);

      drawn->wanted_at = tiles->calls;
      g_hash_table_replace (tiles->kept, &drawn->tile, drawn);
    }
  g_ptr_array_set_free_func (tiles->fresh, NULL);
  g_ptr_array_set_size (tiles->fresh, 0);
  g_ptr_array_set_free_func (tiles->fresh, drawn_free);
  g_mutex_unlock (&tiles->mutex);
  tiles->arrived (tiles->data);
  return G_SOURCE_REMOVE;
}

/* The next tile to draw; FALSE at the end. */
static gboolean
next (PmtTiles *tiles, PmtTile *tile, GCancellable **cancellable)
{
  gboolean any;

  g_mutex_lock (&tiles->mutex);
  while (!tiles->ended && tiles->wanted->len == 0)
    g_cond_wait (&tiles->changed, &tiles->mutex);
  any = !tiles->ended;
  if (any)
    {
      *tile = tiles->current = g_array_index (tiles->wanted, PmtTile, 0);
      pmt_overlay_ref ((PmtOverlay *) tile->overlay);
      g_array_remove_index (tiles->wanted, 0);
      *cancellable = tiles->cancellable = g_cancellable_new ();
    }
  g_mutex_unlock (&tiles->mutex);
  return any;
}

/* Hands over what was drawn, unless it was cancelled. */
static void
hand_over (PmtTiles *tiles, const PmtTile *tile, guint8 *pixels, gboolean cancelled)
{
  g_mutex_lock (&tiles->mutex);
  g_clear_object (&tiles->cancellable);
  if (cancelled)
    {
      g_free (pixels);
      pmt_overlay_unref ((PmtOverlay *) tile->overlay);
    }
  else
    {
      Drawn *drawn = g_new0 (Drawn, 1);

      drawn->tile = *tile;
      drawn->pixels = pixels;
      g_ptr_array_add (tiles->fresh, drawn);
      if (tiles->idle == 0)
        tiles->idle = g_idle_add (take_fresh, tiles);
    }
  g_mutex_unlock (&tiles->mutex);
}

static gpointer
draw_tiles (gpointer data)
{
  PmtTiles *tiles = data;
  GCancellable *cancellable;
  PmtTile tile;

  while (next (tiles, &tile, &cancellable))
    {
      g_autoptr (PmtContext) context = pmt_context_new ();
      g_autoptr (GError) error = NULL;
      PmtRect rect = pmt_tile_rect (&tile);
      guint8 *pixels = g_try_malloc_n ((gsize) rect.width * rect.height, 4);

      pmt_context_set_cancellable (context, cancellable);
      if (pixels != NULL && !pmt_overlay_read (tile.overlay, context, tile.side, tile.level, &rect, pixels, &error))
        g_clear_pointer (&pixels, g_free);
      hand_over (tiles, &tile, pixels, g_error_matches (error, PMT_ERROR, PMT_ERROR_CANCELLED));
    }
  return NULL;
}

PmtTiles *
pmt_tiles_new (void (*arrived) (gpointer data), gpointer data)
{
  PmtTiles *tiles = g_new0 (PmtTiles, 1);

  tiles->arrived = arrived;
  tiles->data = data;
  tiles->kept = g_hash_table_new_full (tile_hash, tile_equal, NULL, drawn_free);
  tiles->wanted = g_array_new (FALSE, FALSE, sizeof (PmtTile));
  g_array_set_clear_func (tiles->wanted, tile_clear);
  tiles->fresh = g_ptr_array_new_with_free_func (drawn_free);
  g_mutex_init (&tiles->mutex);
  g_cond_init (&tiles->changed);
  tiles->thread = g_thread_new ("preview", draw_tiles, tiles);
  return tiles;
}

void
pmt_tiles_free (PmtTiles *tiles)
{
  if (tiles == NULL)
    return;
  g_mutex_lock (&tiles->mutex);
  tiles->ended = TRUE;
  if (tiles->cancellable != NULL)
    g_cancellable_cancel (tiles->cancellable);
  g_cond_signal (&tiles->changed);
  g_mutex_unlock (&tiles->mutex);
  g_thread_join (tiles->thread);
  if (tiles->idle != 0)
    g_source_remove (tiles->idle);
  g_hash_table_unref (tiles->kept);
  g_array_unref (tiles->wanted);
  g_ptr_array_unref (tiles->fresh);
  g_cond_clear (&tiles->changed);
  g_mutex_clear (&tiles->mutex);
  g_free (tiles);
}

static gboolean
is_fresh (const PmtTiles *tiles, const PmtTile *tile)
{
  for (guint i = 0; i < tiles->fresh->len; i++)
    if (tile_equal (&((const Drawn *) g_ptr_array_index (tiles->fresh, i))->tile, tile))
      return TRUE;
  return FALSE;
}

void
pmt_tiles_want (PmtTiles *tiles, const PmtTile *wanted, guint n)
{
  gboolean still = FALSE;

  tiles->calls++;
  g_mutex_lock (&tiles->mutex);
  g_array_set_size (tiles->wanted, 0);
  for (guint i = 0; i < n; i++)
    {
      Drawn *drawn = g_hash_table_lookup (tiles->kept, &wanted[i]);
      gboolean current = tiles->cancellable != NULL && !g_cancellable_is_cancelled (tiles->cancellable)
                         && tile_equal (&tiles->current, &wanted[i]);

      still |= current;
      if (drawn != NULL)
        drawn->wanted_at = tiles->calls;
      else if (!current && !is_fresh (tiles, &wanted[i]))
        {
          pmt_overlay_ref ((PmtOverlay *) wanted[i].overlay);
          g_array_append_val (tiles->wanted, wanted[i]);
        }
    }
  if (tiles->cancellable != NULL && !still)
    g_cancellable_cancel (tiles->cancellable);
  g_cond_signal (&tiles->changed);
  g_mutex_unlock (&tiles->mutex);
  forget (tiles);
}

static gboolean
is_of (gconstpointer data, gconstpointer overlay)
{
  const Drawn *drawn = data;

  return drawn->tile.overlay == overlay && drawn->tile.side != PMT_SIDE_FIXED;
}

static gboolean
is_kept_of (gpointer key, gpointer value, gpointer overlay)
{
  return is_of (value, overlay);
}

void
pmt_tiles_forget (PmtTiles *tiles, const PmtOverlay *overlay)
{
  g_mutex_lock (&tiles->mutex);
  g_array_set_size (tiles->wanted, 0);      /* what is still wanted will be wanted again with the next frame */
  if (tiles->cancellable != NULL && tiles->current.overlay == overlay)
    g_cancellable_cancel (tiles->cancellable);
  for (guint i = tiles->fresh->len; i > 0; i--)
    if (is_of (g_ptr_array_index (tiles->fresh, i - 1), overlay))
      g_ptr_array_remove_index (tiles->fresh, i - 1);
  g_mutex_unlock (&tiles->mutex);
  g_hash_table_foreach_remove (tiles->kept, is_kept_of, (gpointer) overlay);
}

const guint8 *
pmt_tiles_get (PmtTiles *tiles, const PmtTile *tile)
{
  const Drawn *drawn = g_hash_table_lookup (tiles->kept, tile);

  return drawn != NULL ? drawn->pixels : NULL;
}
