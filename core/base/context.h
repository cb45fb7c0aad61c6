/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include <gio/gio.h>

G_BEGIN_DECLS

/* What a long computation needs beside its data: threads, seed, progress, cancellation. Reference counted; setters
 * are called before work starts, everything else from any thread. Every function that takes a context takes NULL for
 * one with the defaults: all processors, seed 1, silent. Nothing else in core is global but constant tables. */
typedef struct _PmtContext PmtContext;

/* `stage` is an untranslated phrase, constant while the stage lasts; `fraction` runs from 0 to 1 over the whole job
 * and never goes back; `seconds_left` is an estimate, < 0 while unknown. Called on the thread that runs the job. */
typedef void (*PmtProgressFunc) (const char *stage, double fraction, double seconds_left, gpointer data);

PmtContext *pmt_context_new   (void);
/* For a part of the job that runs beside others: the same seed and cancellation, `threads` of its own, silent. */
PmtContext *pmt_context_new_part (PmtContext *context, int threads);
PmtContext *pmt_context_ref   (PmtContext *context);
void        pmt_context_unref (PmtContext *context);

/* threads: 1 …; 0 for one per processor. Results are the same bits for any number. */
void        pmt_context_set_threads     (PmtContext *context, int threads);
int         pmt_context_get_threads     (PmtContext *context);
void        pmt_context_set_seed        (PmtContext *context, guint64 seed);
guint64     pmt_context_get_seed        (PmtContext *context);
void        pmt_context_set_cancellable (PmtContext *context, GCancellable *cancellable);
void        pmt_context_set_progress    (PmtContext *context, PmtProgressFunc func, gpointer data);

/* FALSE with PMT_ERROR_CANCELLED once cancelled. Cheap; call it at least every 50 ms of work. */
gboolean    pmt_context_check    (PmtContext *context, GError **error);
/* Enters a stage that takes the job from fraction `from` to `to`; pmt_context_progress() then moves within it. */
void        pmt_context_stage    (PmtContext *context, const char *stage, double from, double to);
void        pmt_context_progress (PmtContext *context, double fraction);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtContext, pmt_context_unref)

G_END_DECLS
