/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loop shared by threads: each takes the next index until none is left. The caller's thread is one of them; the
 * others live as long as the loop does (starting a thread costs some 20 µs, a loop's item should cost more). */
#include "base/parallel.h"

typedef struct
{
  PmtContext      *context;
  int              count;
  PmtParallelFunc  func;
  gpointer         data;
  int              next;          /* atomic */
  int              stop;          /* atomic */
  GMutex           lock;
  int              error_index;
  GError          *error;
} Loop;

typedef struct
{
  Loop *loop;
  int   thread;
} Worker;

static GPrivate inside = G_PRIVATE_INIT (NULL);   /* non-NULL on a thread that runs an item */

static void
keep_first_error (Loop *loop, int index, GError *error)
{
  g_mutex_lock (&loop->lock);
  if (loop->error == NULL || index < loop->error_index)
    {
      g_clear_error (&loop->error);
      loop->error = error;
      loop->error_index = index;
    }
  else
    g_error_free (error);
  g_mutex_unlock (&loop->lock);
  g_atomic_int_set (&loop->stop, 1);
}

static gpointer
work (gpointer data)
{
  Worker  *worker = data;
  Loop    *loop = worker->loop;
  gpointer outer = g_private_get (&inside);

  g_private_set (&inside, loop);
  while (!g_atomic_int_get (&loop->stop))
    {
      int     index = g_atomic_int_add (&loop->next, 1);
      GError *error = NULL;

      if (index >= loop->count)
        break;
      if (!pmt_context_check (loop->context, &error) || !loop->func (index, worker->thread, loop->data, &error))
        keep_first_error (loop, index, error);
    }
  g_private_set (&inside, outer);
  return NULL;
}

gboolean
pmt_parallel_for (PmtContext *context, int count, PmtParallelFunc func, gpointer data, GError **error)
{
  Loop      loop = { .context = context, .count = count, .func = func, .data = data };
  int       threads = g_private_get (&inside) != NULL ? 1 : MIN (pmt_context_get_threads (context), count);
  g_autofree GThread **others = g_new0 (GThread *, MAX (threads, 1));
  g_autofree Worker   *workers = g_new0 (Worker, MAX (threads, 1));

  g_mutex_init (&loop.lock);
  for (int t = 0; t < MAX (threads, 1); t++)
    workers[t] = (Worker) { &loop, t };
  for (int t = 1; t < threads; t++)
    others[t] = g_thread_try_new ("pentimento", work, &workers[t], NULL);   /* NULL: fewer threads, same result */
  work (&workers[0]);
  for (int t = 1; t < threads; t++)
    if (others[t] != NULL)
      g_thread_join (others[t]);
  g_mutex_clear (&loop.lock);

  if (loop.error == NULL)
    return TRUE;
  g_propagate_error (error, loop.error);
  return FALSE;
}
