/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What it takes to solve for the poses of many tiles, with links that are made up: no pixels are looked at. Tiles lie in a square and
 * overlap; each is linked to four neighbours (right, below, and across both corners), with --overview also to an overview.
 *
 *     pose-graph --across 50 100 --overview */
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "group/pair-graph-private.h"

#define SIDE    1000      /* px of a tile */
#define STEP    850       /* px from one to the next */
#define COARSER 10.0
#define NEAR    0.1       /* px: σ of neighbours' links … */
#define FAR     0.6       /* … and of links to the overview */

typedef struct
{
  PmtPoseGraph graph;
  GPtrArray   *registrations;
  PmtMatrix3  *truth;                  /* painting, in tile px → image */
  GRand       *rand;
} Made;

static double
normal (GRand *rand)
{
  double u = g_rand_double_range (rand, 1e-12, 1), v = g_rand_double_range (rand, 0, 2 * G_PI);

  return sqrt (-2 * log (u)) * cos (v);
}

static double
seconds (void)
{
  struct rusage u;

  getrusage (RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + 1e-6 * (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void
add_link (Made *m, int a, int b, double sigma)
{
  PmtRegistration         *r = g_new0 (PmtRegistration, 1);
  PmtSize                  from = m->graph.node[a].size, to = m->graph.node[b].size;
  g_autoptr (PmtTransform) identity = pmt_transform_new (from, to);
  PmtMatrix3               back, map, off = pmt_matrix3_translation (sigma * normal (m->rand), sigma * normal (m->rand));

  pmt_matrix3_invert (&m->truth[a], &back);
  map = pmt_matrix3_then (&back, &m->truth[b]);
  map = pmt_matrix3_then (&map, &off);
  r->transform = pmt_transform_append_matrix (identity, &map, to, NULL, NULL);
  r->error_median = r->error_p95 = 1.1774 * sigma;
  g_ptr_array_add (m->registrations, r);
  _pmt_pose_link_init (&m->graph.link[m->graph.n_links++], a, b, r, from, to);
}

/* Image 0 is the overview, or else the first tile. */
static void
make (Made *m, int across, gboolean overview)
{
  int n = across * across + overview;

  *m = (Made) { .graph = { .n = n, .model = PMT_MODEL_AFFINE }, .truth = g_new (PmtMatrix3, n), .rand = g_rand_new_with_seed (4) };
  m->registrations = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_registration_free);
  m->graph.node = g_new0 (PmtPoseNode, n);
  m->graph.link = g_new0 (PmtPoseLink, (gsize) n * 5);
  for (int i = overview; i < n; i++)
    {
      double x = STEP * ((i - overview) % across), y = STEP * ((i - overview) / across), a = 0.01 * normal (m->rand);

      m->graph.node[i].size = (PmtSize) { SIDE, SIDE };
      m->truth[i] = (PmtMatrix3) { { { cos (a), -sin (a), -x }, { sin (a), cos (a), -y }, { 0, 0, 1 } } };
      m->truth[i].m[0][2] = -(cos (a) * x - sin (a) * y);
      m->truth[i].m[1][2] = -(sin (a) * x + cos (a) * y);
    }
  if (overview)
    {
      m->graph.node[0].size = (PmtSize) { (int) (across * STEP / COARSER) + 50, (int) (across * STEP / COARSER) + 50 };
      m->truth[0] = pmt_matrix3_scaling (1 / COARSER, 1 / COARSER);
    }
  for (int i = overview; i < n; i++)
    for (int k = 0; k < 4; k++)
      {
        int x = (i - overview) % across + (k == 3 ? -1 : k != 1), y = (i - overview) / across + (k != 0);

        if (x >= 0 && x < across && y < across)
          add_link (m, i, overview + y * across + x, NEAR);
      }
  for (int i = 1; i < n && overview; i++)
    add_link (m, 0, i, FAR);
}

static int
by_value (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Median distance of tiles' middles from where they are, by the reference, tile px. */
static double
median_error (const Made *m)
{
  g_autofree double *error = g_new (double, m->graph.n);
  int                n = 0;
  PmtMatrix3         back;

  pmt_matrix3_invert (&m->truth[m->graph.reference], &back);
  for (int i = 0; i < m->graph.n; i++)
    if (i != m->graph.reference && m->graph.node[i].placed)
      {
        PmtMatrix3 truth = pmt_matrix3_then (&back, &m->truth[i]), inverse;
        PmtPoint   p = { SIDE / 2.0, SIDE / 2.0 }, q;

        pmt_matrix3_invert (&truth, &inverse);
        q = pmt_matrix3_map (&m->graph.node[i].matrix, pmt_matrix3_map (&inverse, p));
        error[n++] = hypot (q.x - p.x, q.y - p.y);
      }
  qsort (error, n, sizeof *error, by_value);
  return n > 0 ? error[n / 2] : NAN;
}

static void
run (int across, gboolean overview)
{
  Made                 m;
  double               at[5];
  gboolean             solved;
  g_autofree gboolean *member = NULL;
  g_autoptr (GArray)   loops = g_array_new (FALSE, FALSE, sizeof (PmtGroupLoop));
  struct rusage        usage;

  at[0] = seconds ();
  make (&m, across, overview);
  member = g_new0 (gboolean, m.graph.n);
  at[1] = seconds ();
  _pmt_pair_graph_component (&m.graph, overview ? 0 : -1, member);
  _pmt_loops_find (&m.graph, FALSE, loops);
  at[2] = seconds ();
  _pmt_pair_graph_tree (&m.graph, member, overview ? 0 : -1);
  at[3] = seconds ();
  solved = _pmt_pose_graph_agree (&m.graph, NULL, NULL);
  at[4] = seconds ();
  getrusage (RUSAGE_SELF, &usage);
  g_print ("%6d tiles, %6d links, %s: links %.1f s, %u loops %.1f s, tree %.1f s, solution %.1f s (factor of %" G_GSIZE_FORMAT
           " blocks); peak %.0f MiB; off by %.3f px%s\n", across * across, m.graph.n_links, overview ? "overview" : "no overview",
           at[1] - at[0], loops->len, at[2] - at[1], at[3] - at[2], at[4] - at[3],
           m.graph.inverse != NULL ? _pmt_block_matrix_fill (m.graph.inverse) : 0, usage.ru_maxrss / 1024.0, median_error (&m),
           solved ? "" : "; not solved");
  _pmt_pose_graph_clear (&m.graph);
  g_ptr_array_unref (m.registrations);
  g_free (m.truth);
  g_rand_free (m.rand);
}

int
main (int argc, char **argv)
{
  gboolean                   overview = FALSE;
  g_autoptr (GOptionContext) context = g_option_context_new ("ACROSS… - solving for many poses");
  const GOptionEntry         entries[] =
    { { "overview", 0, 0, G_OPTION_ARG_NONE, &overview, "Each tile is linked to an overview as well", NULL }, G_OPTION_ENTRY_NULL };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL))
    return 2;
  for (int i = 1; i < argc; i++)
    {
      int across = atoi (argv[i]);

      if (across >= 2 && across <= 200)
        run (across, overview);
    }
  return 0;
}
