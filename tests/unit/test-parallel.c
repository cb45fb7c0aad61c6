/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/error.h"
#include "base/parallel.h"

#define COUNT 1000

typedef struct
{
  int         visits[COUNT];      /* atomic */
  int         threads_seen[8];    /* atomic */
  int         fail_from, fail_step;
  PmtContext *context;
} Job;

static gboolean
visit (int index, int thread, gpointer data, GError **error)
{
  Job *job = data;

  g_assert_cmpint (thread, >=, 0);
  g_assert_cmpint (thread, <, 8);
  g_atomic_int_inc (&job->visits[index]);
  g_atomic_int_inc (&job->threads_seen[thread]);
  if (job->fail_step > 0 && index >= job->fail_from && (index - job->fail_from) % job->fail_step == 0)
    {
      g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "item %d", index);
      return FALSE;
    }
  return TRUE;
}

static void
test_every_item_once (void)
{
  for (int threads = 1; threads <= 8; threads += 3)
    {
      g_autoptr (PmtContext) context = pmt_context_new ();
      g_autofree Job        *job = g_new0 (Job, 1);

      pmt_context_set_threads (context, threads);
      g_assert_true (pmt_parallel_for (context, COUNT, visit, job, NULL));
      for (int i = 0; i < COUNT; i++)
        g_assert_cmpint (job->visits[i], ==, 1);
      for (int t = threads; t < 8; t++)
        g_assert_cmpint (job->threads_seen[t], ==, 0);
    }
}

static void
test_nothing_to_do (void)
{
  g_autofree Job *job = g_new0 (Job, 1);

  g_assert_true (pmt_parallel_for (NULL, 0, visit, job, NULL));
  g_assert_cmpint (job->visits[0], ==, 0);
}

/* On one thread the first failing item is reported and nothing after it is run; on several, one that failed. */
static void
test_error (void)
{
  for (int threads = 1; threads <= 4; threads++)
    {
      g_autoptr (PmtContext) context = pmt_context_new ();
      g_autofree Job        *job = g_new0 (Job, 1);
      g_autoptr (GError)     error = NULL;

      pmt_context_set_threads (context, threads);
      job->fail_from = 100;
      job->fail_step = 1;
      g_assert_false (pmt_parallel_for (context, COUNT, visit, job, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_assert_cmpstr (error->message, ==, "item 100");   /* taken first, so run whatever else fails */
      if (threads == 1)
        g_assert_cmpint (job->visits[101], ==, 0);
      g_assert_cmpint (job->visits[COUNT - 1], ==, 0);
      g_assert_false (pmt_parallel_for (context, COUNT, visit, job, NULL));
    }
}

static gboolean
nest (int index, int thread, gpointer data, GError **error)
{
  Job *jobs = data;

  return pmt_parallel_for (jobs[index].context, COUNT, visit, &jobs[index], error);
}

static void
test_nested_runs_serially (void)
{
  g_autoptr (PmtContext) context = pmt_context_new ();
  g_autofree Job        *jobs = g_new0 (Job, 4);

  pmt_context_set_threads (context, 4);
  for (int i = 0; i < 4; i++)
    jobs[i].context = context;
  g_assert_true (pmt_parallel_for (context, 4, nest, jobs, NULL));
  for (int j = 0; j < 4; j++)
    {
      g_assert_cmpint (jobs[j].threads_seen[0], ==, COUNT);
      for (int i = 0; i < COUNT; i++)
        g_assert_cmpint (jobs[j].visits[i], ==, 1);
    }
}

static gboolean
cancel_at_ten (int index, int thread, gpointer data, GError **error)
{
  if (index == 10)
    g_cancellable_cancel (data);
  return TRUE;
}

static void
test_cancelled (void)
{
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError)       error = NULL;

  pmt_context_set_cancellable (context, cancellable);
  g_assert_false (pmt_parallel_for (context, COUNT, cancel_at_ten, cancellable, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/parallel/every-item-once", test_every_item_once);
  g_test_add_func ("/parallel/nothing-to-do", test_nothing_to_do);
  g_test_add_func ("/parallel/error", test_error);
  g_test_add_func ("/parallel/nested-runs-serially", test_nested_runs_serially);
  g_test_add_func ("/parallel/cancelled", test_cancelled);
  return g_test_run ();
}
