/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "job.h"

#include <glib-unix.h>
#include <signal.h>

#include "base/error.h"
#include "eta.h"
#include "i18n.h"

#define NOTIFY_MS 100
/* What a look at the pictures takes of the part that is left to it. The rest is for another one: core may begin anew
 * when it looks at a picture from behind, which cannot be known before. */
#define LOOK_SHARE 0.9

struct _PmtJob
{
  PmtContext   *context;
  GCancellable *cancellable;
  PmtJobNotify  notify;
  gpointer      notify_data;
  guint         sigterm;
  char         *subject;
  double        from, to;
  double        told;           /* the last fraction; never goes back */
  PmtEta        eta;

  GMutex        mutex;          /* guards the rest, which the working thread writes */
  const char   *stage;
  double        fraction, seconds_left;
  double        began;          /* where in the part the present look at the pictures began */
};

typedef struct
{
  PmtJob     *job;
  PmtJobFunc  func;
  gpointer    data;
  gboolean    succeeded;
  GError     *error;
  GMainLoop  *loop;
} Work;

static void
take_progress (const char *stage, double fraction, double seconds_left, gpointer data)
{
  PmtJob *job = data;

  g_mutex_lock (&job->mutex);
  if (fraction < job->fraction)      /* it began anew */
    job->began += (1 - job->began) * LOOK_SHARE;
  job->stage = stage;
  job->fraction = fraction;
  job->seconds_left = seconds_left;
  g_mutex_unlock (&job->mutex);
}

static gboolean
terminated (gpointer data)
{
  pmt_job_cancel (data);
  return G_SOURCE_CONTINUE;
}

PmtJob *
pmt_job_new (PmtJobNotify notify, gpointer data)
{
  PmtJob *job = g_new0 (PmtJob, 1);

  job->context = pmt_context_new ();
  job->cancellable = g_cancellable_new ();
  job->notify = notify;
  job->notify_data = data;
  job->to = 1;
  g_mutex_init (&job->mutex);
  pmt_context_set_cancellable (job->context, job->cancellable);
  pmt_context_set_progress (job->context, take_progress, job);
  job->sigterm = g_unix_signal_add (SIGTERM, terminated, job);
  return job;
}

void
pmt_job_free (PmtJob *job)
{
  if (job == NULL)
    return;
  g_source_remove (job->sigterm);
  pmt_context_unref (job->context);
  g_object_unref (job->cancellable);
  g_mutex_clear (&job->mutex);
  g_free (job->subject);
  g_free (job);
}

void
pmt_job_cancel (PmtJob *job)
{
  g_cancellable_cancel (job->cancellable);
}

void
pmt_job_set_part (PmtJob *job, const char *subject, double from, double to)
{
  g_free (job->subject);
  job->subject = g_strdup (subject);
  job->from = from;
  job->to = to;
  job->stage = NULL;
  job->fraction = job->began = 0;
  job->seconds_left = -1;
}

/* part: 0 … 1 of the part; seconds_left: of what is done now, which is at `fraction`. */
static void
tell (PmtJob *job, const char *text, double part, double fraction, double seconds_left)
{
  g_autofree char *line = NULL;
  double left = seconds_left;
  int shown;

  if (job->notify == NULL)
    return;
  if (job->subject != NULL)
    line = text != NULL ? g_strdup_printf (_("%s: %s"), job->subject, text) : g_strdup (job->subject);
  /* The parts still to come take as long each, as far as we know. */
  if (left >= 0 && job->to > job->from)
    left += (1 - job->to) / (job->to - job->from) * (left / MAX (1 - fraction, 0.01));
  shown = pmt_eta_update (&job->eta, g_get_monotonic_time (), left);
  job->told = MAX (job->told, job->from + (job->to - job->from) * part);
  job->notify (line != NULL ? line : text, job->told, shown, job->notify_data);
}

static gboolean
notify_timeout (gpointer data)
{
  PmtJob *job = data;
  const char *stage;
  double fraction, seconds_left, part;

  g_mutex_lock (&job->mutex);
  stage = job->stage;
  fraction = job->fraction;
  seconds_left = job->seconds_left;
  part = job->began + (1 - job->began) * LOOK_SHARE * fraction;
  g_mutex_unlock (&job->mutex);
  tell (job, stage != NULL ? _(stage) : NULL, part, fraction, seconds_left);
  return G_SOURCE_CONTINUE;
}

static gboolean
finished (gpointer data)
{
  Work *work = data;

  g_main_loop_quit (work->loop);
  return G_SOURCE_REMOVE;
}

static gpointer
work_thread (gpointer data)
{
  Work *work = data;

  work->succeeded = work->func (work->job->context, work->data, &work->error);
  g_idle_add (finished, work);
  return NULL;
}

gboolean
pmt_job_run (PmtJob *job, PmtJobFunc func, gpointer data, GError **error)
{
  Work work = { job, func, data, FALSE, NULL, g_main_loop_new (NULL, FALSE) };
  guint timeout = g_timeout_add (NOTIFY_MS, notify_timeout, job);
  GThread *thread = g_thread_new ("pentimento", work_thread, &work);

  g_main_loop_run (work.loop);
  g_thread_join (thread);
  g_source_remove (timeout);
  g_main_loop_unref (work.loop);
  if (work.error != NULL)
    g_propagate_error (error, work.error);
  return work.succeeded;
}

gboolean
pmt_job_step (PmtJob *job, const char *text, double fraction, GError **error)
{
  tell (job, text, fraction, fraction, -1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  return pmt_context_check (job->context, error);
}
