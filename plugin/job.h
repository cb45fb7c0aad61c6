/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "base/context.h"

G_BEGIN_DECLS

/* A long computation beside a living main loop: the work runs on a thread of its own, the main thread handles events,
 * shows the progress and takes the cancellation. libgimp speaks with GIMP over one wire: only the main thread may
 * call it, so work that needs pixels of GIMP gets copies made before. SIGTERM cancels. */
typedef struct _PmtJob PmtJob;

/* On the main thread, a few times a second; `text` is translated, `fraction` never goes back, `seconds_left` is for a
 * person to read (eta.h), 0 while unknown. */
typedef void     (*PmtJobNotify) (const char *text, double fraction, int seconds_left, gpointer data);
typedef gboolean (*PmtJobFunc)   (PmtContext *context, gpointer data, GError **error);

PmtJob     *pmt_job_new         (PmtJobNotify notify, gpointer data);
void        pmt_job_free        (PmtJob *job);
void        pmt_job_cancel      (PmtJob *job);

/* What comes next takes the whole from fraction `from` to `to`; `subject` (a layer's name, may be NULL) is told with
 * the progress. */
void        pmt_job_set_part    (PmtJob *job, const char *subject, double from, double to);
/* Runs func on a thread and returns when it has ended. FALSE with its error, PMT_ERROR_CANCELLED when cancelled. */
gboolean    pmt_job_run         (PmtJob *job, PmtJobFunc func, gpointer data, GError **error);
/* For work on the main thread: tells the progress within the part and lets events be handled. FALSE when cancelled. */
gboolean    pmt_job_step        (PmtJob *job, const char *text, double fraction, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtJob, pmt_job_free)

G_END_DECLS
