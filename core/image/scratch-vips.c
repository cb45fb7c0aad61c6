/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libvips itself would decode such a file to rows in a temporary file and look at them through windows of memory. A small
 * rectangle of a wide image then costs a page of memory for each of its rows, which takes as long as all the rest; and who
 * kills the process meanwhile has the file to remove. */
#include "image/scratch-vips-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#define SMALLEST (100 << 20)   /* bytes of pixels; less is kept in memory by libvips */
#define TILE     256

typedef struct
{
  char       *path;
  PmtVipsOpen open;
  GMutex      lock;
  gboolean    tried;
  int         fd;       /* −1: none; libvips closes files and opens them again, by this one's name */
  VipsImage  *pixels;   /* NULL: not there yet, or failed */
} Scratch;

gboolean
_pmt_vips_wants_scratch (VipsImage *image, const char *path)
{
  g_autofree char  *name = vips_filename_get_filename (path);
  const char       *loader = vips_foreign_find_load (name);
  VipsForeignFlags  flags = loader != NULL ? vips_foreign_flags (loader, name) : 0;

  if (loader == NULL)
    vips_error_clear ();
  return (flags & VIPS_FOREIGN_SEQUENTIAL) != 0 && (flags & VIPS_FOREIGN_PARTIAL) == 0 && image->Coding == VIPS_CODING_NONE
         && !vips_band_format_iscomplex (image->BandFmt) && image->BandFmt != VIPS_FORMAT_DOUBLE   /* libvips's TIFF has none */
         && VIPS_IMAGE_SIZEOF_IMAGE (image) > SMALLEST;
}

/* A file without a name; −1 where there can be none. */
static int
open_nameless (void)
{
  const char      *told = g_getenv ("TMPDIR");
  g_autofree char *name = g_build_filename (told != NULL ? told : "/var/tmp", ".pentimento-XXXXXX", NULL);
  int              fd = g_mkstemp_full (name, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    vips_error_system (errno, "pentimento", "no temporary file can be made in “%s”", told != NULL ? told : "/var/tmp");
  else
    g_unlink (name);
  return fd;
}

/* Pixels alone, whatever they mean, so that nothing is converted on the way. */
static int
write_tiles (VipsImage *in, int fd)
{
  VipsTarget *target = vips_target_new_to_descriptor (fd);
  VipsImage  *bare = NULL;
  int         failed = target == NULL || vips_copy (in, &bare, "interpretation", VIPS_INTERPRETATION_MULTIBAND, NULL);

  if (!failed)
    {
      vips_image_remove (bare, VIPS_META_ICC_NAME);
      failed = vips_tiffsave_target (bare, target, "tile", TRUE, "tile_width", TILE, "tile_height", TILE, "bigtiff", TRUE, NULL);
    }
  g_clear_object (&bare);
  g_clear_object (&target);
  return failed;
}

static gboolean
is_alike (const VipsImage *a, const VipsImage *b)
{
  return a->Xsize == b->Xsize && a->Ysize == b->Ysize && a->Bands == b->Bands && a->BandFmt == b->BandFmt;
}

static VipsImage *
decode (Scratch *scratch, VipsImage *like)
{
  VipsImage       *in = scratch->open (scratch->path, VIPS_ACCESS_SEQUENTIAL), *pixels = NULL;
  g_autofree char *link = NULL;

  scratch->fd = in != NULL && is_alike (in, like) ? open_nameless () : -1;
  link = g_strdup_printf ("/proc/self/fd/%d", scratch->fd);
  if (scratch->fd >= 0 && write_tiles (in, scratch->fd) == 0)
    pixels = vips_image_new_from_file (link, "access", VIPS_ACCESS_RANDOM, NULL);
  if (pixels != NULL && !is_alike (pixels, like))
    {
      vips_error ("pentimento", "the temporary file is not what was written");
      g_clear_object (&pixels);
    }
  g_clear_object (&in);
  return pixels;
}

static void *
start (VipsImage *out, void *a, void *b)
{
  Scratch *scratch = a;

  g_mutex_lock (&scratch->lock);
  if (!scratch->tried)
    scratch->pixels = decode (scratch, out);
  scratch->tried = TRUE;
  g_mutex_unlock (&scratch->lock);
  if (scratch->pixels == NULL)
    vips_error ("pentimento", "cannot decode “%s”", scratch->path);
  return scratch->pixels != NULL ? vips_region_new (scratch->pixels) : NULL;
}

static int
pass (VipsRegion *out, void *sequence, void *a, void *b, gboolean *stop)
{
  VipsRegion *in = sequence;
  VipsRect    area = out->valid;

  return vips_region_prepare (in, &area) || vips_region_region (out, in, &area, area.left, area.top);
}

static void
scratch_free (Scratch *scratch)
{
  g_clear_object (&scratch->pixels);
  if (scratch->fd >= 0)
    close (scratch->fd);
  g_mutex_clear (&scratch->lock);
  g_free (scratch->path);
  g_free (scratch);
}

VipsImage *
_pmt_vips_scratch_new (VipsImage *image, const char *path, PmtVipsOpen open)
{
  VipsImage *out = vips_image_new ();
  Scratch   *scratch = g_new0 (Scratch, 1);

  scratch->path = g_strdup (path);
  scratch->open = open;
  scratch->fd = -1;
  g_mutex_init (&scratch->lock);
  g_signal_connect_swapped (out, "postclose", G_CALLBACK (scratch_free), scratch);
  if (vips_image_pipelinev (out, VIPS_DEMAND_STYLE_SMALLTILE, image, NULL) != 0
      || vips_image_generate (out, start, pass, vips_stop_one, scratch, NULL) != 0)
    g_clear_object (&out);
  return out;
}
