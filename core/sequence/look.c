/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sequence/look.h"

#include <string.h>

#include "base/error.h"
#include "base/select-private.h"

#define DARK 0.15     /* of the median contrast */

const char *
pmt_frame_state_to_nick (PmtFrameState state)
{
  static const char *const nicks[] = { "good", "unreadable", "dark", "repeated" };

  return nicks[state];
}

static void
clear_look (gpointer data)
{
  g_free (((PmtFrameLook *) data)->problem);
}

/* Fowler, Noll and Vo, eight bytes at a time. */
static guint64
sum_bytes (const guint8 *data, gsize n)
{
  guint64 sum = 14695981039346656037u;

  for (gsize i = 0; i + 8 <= n; i += 8)
    {
      guint64 word;

      memcpy (&word, data + i, 8);
      sum = (sum ^ word) * 1099511628211u;
    }
  return sum;
}

static void
look (VipsImage *image, PmtFrameLook *l)
{
  g_autofree void *pixels = NULL;
  size_t           bytes = 0;

  l->size = (PmtSize) { image->Xsize, image->Ysize };
  pixels = vips_image_write_to_memory (image, &bytes);
  if (pixels == NULL || vips_deviate (image, &l->deviation, NULL) != 0 || !(l->deviation >= 0))
    {
      l->state = PMT_FRAME_UNREADABLE;
      l->problem = g_strdup ("its values make no sense");
      vips_error_clear ();
      return;
    }
  l->sum = sum_bytes (pixels, bytes);
}

/* Contrast beside the others, and who is dark. */
static void
compare_contrast (GArray *looks)
{
  g_autofree float *values = g_new (float, MAX (looks->len, 1));
  int               n = 0;
  double            median;

  for (guint i = 0; i < looks->len; i++)
    if (g_array_index (looks, PmtFrameLook, i).state == PMT_FRAME_GOOD)
      values[n++] = (float) g_array_index (looks, PmtFrameLook, i).deviation;
  median = _pmt_median_float (values, n);
  for (guint i = 0; i < looks->len; i++)
    {
      PmtFrameLook *l = &g_array_index (looks, PmtFrameLook, i);

      l->contrast = median > 0 ? l->deviation / median : 0;
      if (l->state == PMT_FRAME_GOOD && l->contrast < DARK)
        l->state = PMT_FRAME_DARK;
    }
}

GArray *
pmt_frames_look (PmtContext *context, const char *where, double from, double to, GError **error)
{
  g_autoptr (PmtFrames) frames = pmt_frames_open (where, error);
  g_autoptr (GArray)    looks = g_array_new (FALSE, TRUE, sizeof (PmtFrameLook));
  PmtSize               size = { 0, 0 };

  g_array_set_clear_func (looks, clear_look);
  pmt_context_stage (context, "looking at the frames", from, to);
  while (frames != NULL && pmt_context_check (context, error))
    {
      g_autoptr (VipsImage) image = NULL;
      PmtFrameLook          l = { .state = PMT_FRAME_GOOD };

      if (!pmt_frames_next (frames, &image, &l.problem, error))
        return NULL;
      if (image == NULL && l.problem == NULL)
        {
          compare_contrast (looks);
          return g_steal_pointer (&looks);
        }
      l.state = image != NULL ? PMT_FRAME_GOOD : PMT_FRAME_UNREADABLE;
      if (image != NULL)
        look (image, &l);
      g_array_append_val (looks, l);
      if (l.state == PMT_FRAME_GOOD && size.width != 0 && (l.size.width != size.width || l.size.height != size.height))
        {
          g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "frame %u of “%s” has %d × %d pixels, and those before have %d × %d",
                       looks->len, where, l.size.width, l.size.height, size.width, size.height);
          return NULL;
        }
      size = l.state == PMT_FRAME_GOOD ? l.size : size;
    }
  return NULL;
}

void
pmt_looks_compare (GArray *fixed, GArray *moving, int offset)
{
  for (int i = 1; i < (int) fixed->len; i++)
    {
      PmtFrameLook *f = &g_array_index (fixed, PmtFrameLook, i);
      PmtFrameLook *m = i + offset >= 1 && i + offset < (int) moving->len ? &g_array_index (moving, PmtFrameLook, i + offset) : NULL;
      gboolean      f_same = f->state == PMT_FRAME_GOOD && f->sum == (f - 1)->sum && (f - 1)->state != PMT_FRAME_UNREADABLE;
      gboolean      m_same = m != NULL && m->state == PMT_FRAME_GOOD && m->sum == (m - 1)->sum && (m - 1)->state != PMT_FRAME_UNREADABLE;

      if (f_same && m != NULL && !m_same)
        f->state = PMT_FRAME_REPEATED;
      if (m_same && !f_same)
        m->state = PMT_FRAME_REPEATED;
    }
}
