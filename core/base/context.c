/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/context.h"

#include "base/error.h"

struct _PmtContext
{
  gatomicrefcount  references;
  int              threads;
  guint64          seed;
  GCancellable    *cancellable;
  PmtProgressFunc  progress;
  gpointer         progress_data;

  const char      *stage;
  double           from, to;      /* the stage's share of the job */
  double           reported;      /* the last fraction told; never goes back */
  gint64           started;       /* monotonic µs of the first stage; 0 before */
};

PmtContext *
pmt_context_new (void)
{
  PmtContext *context = g_new0 (PmtContext, 1);

  g_atomic_ref_count_init (&context->references);
  context->seed = 1;
  return context;
}

PmtContext *
pmt_context_new_part (PmtContext *context, int threads)
{
  PmtContext *part = pmt_context_new ();

  part->threads = MAX (threads, 0);
  part->seed = pmt_context_get_seed (context);
  if (context != NULL)
    g_set_object (&part->cancellable, context->cancellable);
  return part;
}

PmtContext *
pmt_context_ref (PmtContext *context)
{
  g_atomic_ref_count_inc (&context->references);
  return context;
}

void
pmt_context_unref (PmtContext *context)
{
  if (context == NULL || !g_atomic_ref_count_dec (&context->references))
    return;
  g_clear_object (&context->cancellable);
  g_free (context);
}

void
pmt_context_set_threads (PmtContext *context, int threads)
{
  context->threads = MAX (threads, 0);
}

int
pmt_context_get_threads (PmtContext *context)
{
  return context != NULL && context->threads > 0 ? context->threads : (int) g_get_num_processors ();
}

void
pmt_context_set_seed (PmtContext *context, guint64 seed)
{
  context->seed = seed;
}

guint64
pmt_context_get_seed (PmtContext *context)
{
  return context != NULL ? context->seed : 1;
}

void
pmt_context_set_cancellable (PmtContext *context, GCancellable *cancellable)
{
  g_set_object (&context->cancellable, cancellable);
}

void
pmt_context_set_progress (PmtContext *context, PmtProgressFunc func, gpointer data)
{
  context->progress = func;
  context->progress_data = data;
}

gboolean
pmt_context_check (PmtContext *context, GError **error)
{
  if (context == NULL || !g_cancellable_is_cancelled (context->cancellable))
    return TRUE;
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_CANCELLED, "cancelled");
  return FALSE;
}

/* Time left by the share done so far; unknown until 5 % and half a second have passed. */
static double
seconds_left (const PmtContext *context)
{
  double elapsed = (g_get_monotonic_time () - context->started) / 1e6;

  if (context->reported < 0.05 || elapsed < 0.5)
    return -1;
  return elapsed * (1 - context->reported) / context->reported;
}

static void
report (PmtContext *context, double fraction)
{
  context->reported = MAX (context->reported, CLAMP (fraction, 0, 1));
  if (context->progress != NULL)
    context->progress (context->stage, context->reported, seconds_left (context), context->progress_data);
}

void
pmt_context_stage (PmtContext *context, const char *stage, double from, double to)
{
  if (context == NULL)
    return;
  if (context->started == 0 || from <= 0)   /* a new job on the same context begins anew */
    {
      context->started = g_get_monotonic_time ();
      context->reported = 0;
    }
  context->stage = stage;
  context->from = from;
  context->to = to;
  report (context, from);
}

void
pmt_context_progress (PmtContext *context, double fraction)
{
  if (context != NULL)
    report (context, context->from + (context->to - context->from) * CLAMP (fraction, 0, 1));
}
