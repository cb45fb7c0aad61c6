/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which frames show enough, where those lie, and from these where all do. */
#include <math.h>

#include "base/error.h"
#include "sequence.h"

#define LEAST_SIGMA  0.05     /* px: no registration is believed to be better than this */
#define UNSURE_LEAST 5        /* uncertain registrations that must agree where none is sure */

PmtFrameLook *
sequence_look (const Sequence *s, int i, int camera)
{
  return &g_array_index (s->look[camera], PmtFrameLook, s->first + i + (camera == 1 ? s->offset : 0));
}

gboolean
sequence_is_good (const Sequence *s, int i)
{
  return sequence_look (s, i, 0)->state == PMT_FRAME_GOOD && sequence_look (s, i, 1)->state == PMT_FRAME_GOOD;
}

gboolean
sequence_open (const Sequence *s, PmtFrames *frames[2], GError **error)
{
  for (int camera = 0; camera < 2; camera++)
    {
      frames[camera] = pmt_frames_open (s->where[camera], error);
      for (int i = 0; frames[camera] != NULL && i < s->first + (camera == 1 ? s->offset : 0); i++)
        if (!pmt_frames_skip (frames[camera], error))
          return FALSE;
      if (frames[camera] == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
find_common (Sequence *s, GError **error)
{
  int last;

  s->first = MAX (0, -s->offset);
  last = MIN ((int) s->look[0]->len, (int) s->look[1]->len - s->offset);
  s->n = last - s->first;
  if (s->n < 1)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "with an offset of %d the %u frames of “%s” and the %u of “%s” have none in common",
                 s->offset, s->look[0]->len, s->where[0], s->look[1]->len, s->where[1]);
  for (int camera = 0; camera < 2; camera++)
    for (int i = 0; i < s->n && s->size[camera].width == 0; i++)
      s->size[camera] = sequence_look (s, i, camera)->size;
  return s->n >= 1;
}

/* Of each of so many parts of the time the frame in which both cameras see most. */
static void
choose (Sequence *s)
{
  int parts = MIN (s->most_pairs, s->n);

  s->chosen = g_array_new (FALSE, FALSE, sizeof (int));
  for (int part = 0; part < parts; part++)
    {
      int    from = (int) ((gint64) part * s->n / parts), to = (int) ((gint64) (part + 1) * s->n / parts), best = -1;
      double most = 0;

      for (int i = from; i < to; i++)
        {
          double contrast = fmin (sequence_look (s, i, 0)->contrast, sequence_look (s, i, 1)->contrast);

          if (sequence_is_good (s, i) && contrast > most)
            {
              most = contrast;
              best = i;
            }
        }
      if (best >= 0)
        g_array_append_val (s->chosen, best);
    }
}

static PmtRegistration *
register_near (PmtContext *context, const Sequence *s, PmtSource *fixed, PmtSource *moving, const PmtTransform *near, GError **error)
{
  PmtRegisterOptions o = s->options;

  if (near != NULL)
    {
      o.initial = near;
      o.search = PMT_SEARCH_LOCAL;
    }
  return pmt_register (context, fixed, moving, &o, error);
}

/* From where the last one lay; everywhere where that is no good. *last: a pair to begin the next one from. */
static gboolean
add_pair (PmtContext *context, Sequence *s, int i, VipsImage *image[2], PmtTransform **last, GError **error)
{
  g_autoptr (PmtSource)       fixed = pmt_source_vips_new (image[0], PMT_LIGHT_STORED, error), moving = NULL;
  g_autoptr (PmtRegistration) r = NULL;
  PmtRigPair                  pair = { .frame = i };

  moving = fixed != NULL ? pmt_source_vips_new (image[1], PMT_LIGHT_STORED, error) : NULL;
  r = moving != NULL ? register_near (context, s, fixed, moving, *last, error) : NULL;
  if (r != NULL && r->verdict == PMT_VERDICT_FAILED && *last != NULL)
    {
      g_clear_pointer (&r, pmt_registration_free);
      r = register_near (context, s, fixed, moving, NULL, error);
    }
  if (r == NULL)
    return FALSE;
  if (r->verdict == PMT_VERDICT_FAILED || !pmt_transform_get_matrix (r->transform, &pair.matrix))
    {
      s->failed++;
      return TRUE;
    }
  pair.sigma = fmax (isfinite (r->error_median) ? r->error_median : 1, LEAST_SIGMA) * (r->verdict == PMT_VERDICT_OK ? 1 : 4);
  pair.sure = r->verdict == PMT_VERDICT_OK;
  g_array_append_val (s->pairs, pair);
  if (r->verdict == PMT_VERDICT_OK)
    {
      g_clear_pointer (last, pmt_transform_unref);
      *last = pmt_transform_ref (r->transform);
    }
  return TRUE;
}

static gboolean
register_chosen (PmtContext *context, Sequence *s, PmtFrames *frames[2], GError **error)
{
  g_autoptr (PmtTransform) last = NULL;
  int                      at = 0;

  for (guint k = 0; k < s->chosen->len; k++)
    {
      int                   i = g_array_index (s->chosen, int, k);
      g_autoptr (VipsImage) fixed = NULL, moving = NULL;
      g_autofree char      *problem = NULL, *other = NULL;
      VipsImage            *image[2];
      double                share = 0.8 / s->chosen->len;

      for (; at < i; at++)
        if (!pmt_frames_skip (frames[0], error) || !pmt_frames_skip (frames[1], error))
          return FALSE;
      if (!pmt_frames_next (frames[0], &fixed, &problem, error) || !pmt_frames_next (frames[1], &moving, &other, error))
        return FALSE;
      at++;
      pmt_context_stage (context, "registering frames", 0.2 + share * k, 0.2 + share * (k + 1));
      image[0] = fixed;
      image[1] = moving;
      if (fixed != NULL && moving != NULL)
        {
          g_autoptr (PmtContext) part = pmt_context_new_part (context, pmt_context_get_threads (context));

          if (!add_pair (part, s, i, image, &last, error))
            return FALSE;
        }
    }
  return TRUE;
}

/* What speaks for the whole: pairs that agree over time. Those that are all uncertain of themselves may agree by chance. */
static void
judge (Sequence *s)
{
  int tried = (int) s->chosen->len, sure = 0;

  for (guint k = 0; k < s->pairs->len; k++)
    {
      const PmtRigPair *pair = &g_array_index (s->pairs, PmtRigPair, k);

      s->used += pair->weight > 0;
      sure += pair->weight > 0 && pair->sure;
    }
  if (s->used < 2 || 4 * s->used < tried || (sure == 0 && s->used < UNSURE_LEAST))
    s->verdict = PMT_VERDICT_FAILED;
  else if (s->used < 3 || 2 * s->used < tried || sure < 2)
    s->verdict = PMT_VERDICT_UNCERTAIN;
  else
    s->verdict = PMT_VERDICT_OK;
}

gboolean
sequence_measure (PmtContext *context, Sequence *s, GError **error)
{
  PmtFrames *frames[2] = { NULL, NULL };
  gboolean   done;

  for (int camera = 0; camera < 2; camera++)
    {
      s->look[camera] = pmt_frames_look (context, s->where[camera], 0.1 * camera, 0.1 * (camera + 1), error);
      if (s->look[camera] == NULL)
        return FALSE;
    }
  pmt_looks_compare (s->look[0], s->look[1], s->offset);
  if (!find_common (s, error))
    return FALSE;
  choose (s);
  s->pairs = g_array_new (FALSE, FALSE, sizeof (PmtRigPair));
  done = sequence_open (s, frames, error) && register_chosen (context, s, frames, error);
  pmt_frames_free (frames[0]);
  pmt_frames_free (frames[1]);
  if (!done)
    return FALSE;
  s->verdict = PMT_VERDICT_FAILED;
  if (s->pairs->len < 2)
    return TRUE;
  s->frame = g_new0 (PmtMatrix3, s->n);
  if (!pmt_rig_solve (s->pairs, s->size[0], s->n, s->smooth > 0 ? s->smooth : fmax (s->n / 4.0, 1), &s->rig, s->frame, error))
    return FALSE;
  judge (s);
  return TRUE;
}

PmtTransform *
sequence_transform (const Sequence *s, int i, GError **error)
{
  g_autoptr (PmtTransform) none = pmt_transform_new (s->size[0], s->size[1]);
  PmtProvenance            provenance;
  PmtTransform            *transform;

  pmt_provenance_init (&provenance);
  provenance.method = g_strdup ("sequence");
  provenance.verdict = g_strdup (pmt_verdict_to_nick (s->verdict));
  transform = pmt_transform_append_matrix (none, &s->frame[i], s->size[1], &provenance, error);
  pmt_provenance_clear (&provenance);
  return transform;
}
