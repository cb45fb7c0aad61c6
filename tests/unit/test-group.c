/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Many images at once: poses against the truth, against chains of neighbours, and with images and pairs that lie. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "group/group.h"
#include "group/pair-graph-private.h"
#include "briefly.h"
#include "phantom.h"

#define SIDE   160

/* The sanitizers take their time: with them few frames, no stranger, which is
 * searched for in vain, and no strong noise. */
#define FRAMES   (BRIEFLY ? 3 : 6)

typedef struct
{
  int        n;
  PmtSource *source[8];
  PmtMatrix3 view[8];       /* image → painting */
} Stack;

/* How frame i lies: turned, scaled, shifted and a little oblique, none like another. */
static PmtMatrix3
view_of (int i)
{
  double a = 0.02 * (i - 2), s = 1 + 0.01 * (i % 3), x = 120 + 9.3 * i, y = 140 - 7.7 * (i % 4);

  return (PmtMatrix3) { { { s * cos (a), -s * sin (a), x }, { s * sin (a), s * cos (a), y }, { 1e-6 * i, -2e-6 * i, 1 } } };
}

static PmtSource *
picture (Phantom *phantom, const PmtMatrix3 *view, double gain, double noise, guint64 seed)
{
  PhantomCamera camera;

  phantom_camera_init (&camera, SIDE, SIDE);
  camera.view = *view;
  camera.gain = gain;
  camera.noise = noise;
  camera.noise_seed = seed;
  camera.bits = 16;
  return phantom_render_source (NULL, phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
}

static Phantom *
painting (guint64 seed)
{
  PhantomOptions options;

  phantom_options_init (&options);
  options.width = options.height = 520;
  options.density = 1;
  return phantom_new (seed, &options, NULL);
}

/* FRAMES of one painting, exposed 1 … 8 times. */
static void
stack_init (Stack *s, double noise)
{
  g_autoptr (Phantom) phantom = painting (5);

  *s = (Stack) { .n = FRAMES };
  for (int i = 0; i < FRAMES; i++)
    {
      s->view[i] = view_of (i);
      s->source[i] = picture (phantom, &s->view[i], pow (2, -(i % 4)), noise * pow (2, -(i % 4)), 100 + i);
    }
}

static void
stack_add_stranger (Stack *s)
{
  g_autoptr (Phantom) phantom = painting (77);

  s->view[s->n] = view_of (3);
  s->source[s->n] = picture (phantom, &s->view[s->n], 1, 0.01, 9);
  s->n++;
}

static void
stack_clear (Stack *s)
{
  for (int i = 0; i < s->n; i++)
    pmt_source_unref (s->source[i]);
}

static PmtSource *
open_one (int i, gpointer data, GError **error)
{
  return pmt_source_ref (((Stack *) data)->source[i]);
}

/* Mean distance of a transform a → b from the truth. */
static double
error_of (const Stack *s, const PmtTransform *transform, int a, int b)
{
  PmtMatrix3 back, truth;
  double     sum = 0;

  pmt_matrix3_invert (&s->view[b], &back);
  truth = pmt_matrix3_then (&s->view[a], &back);
  for (int k = 0; k < 9; k++)
    {
      PmtPoint p = { SIDE * (0.2 + 0.3 * (k % 3)), SIDE * (0.2 + 0.3 * (k / 3)) }, q, t = pmt_matrix3_map (&truth, p);

      pmt_transform_map (transform, 1, &p, &q);
      sum += hypot (q.x - t.x, q.y - t.y) / 9;
    }
  return sum;
}

static const PmtReason *
reason (const PmtGroup *g, const char *code)
{
  for (guint i = 0; i < g->reasons->len; i++)
    if (g_str_equal (((PmtReason *) g->reasons->pdata[i])->code, code))
      return g->reasons->pdata[i];
  return NULL;
}

/* -- real registrations -- */

/* Frames that lie nearly alike: the quickest of searches. */
static void
quick (PmtGroupOptions *o, PmtModel model)
{
  pmt_group_options_init (o);
  o->pair.model = model;
  o->pair.search = PMT_SEARCH_LOCAL;
  o->pair.preparation = "none";
}

/* What chaining neighbours alone gives, from the group's own registrations where it has them. */
static double
chained_error (const Stack *s, const PmtGroup *g)
{
  g_autoptr (PmtTransform) chain = pmt_transform_new ((PmtSize) { SIDE, SIDE }, (PmtSize) { SIDE, SIDE });
  double                   sum = 0;

  for (int i = 1; i < FRAMES; i++)
    for (guint k = 0; k < g->pairs->len; k++)
      {
        const PmtGroupPair *p = &g_array_index (g->pairs, PmtGroupPair, k);

        if (p->fixed == i - 1 && p->moving == i)
          {
            g_autoptr (PmtTransform) before = chain;

            chain = pmt_transform_compose (before, p->registration->transform, NULL);
            sum += error_of (s, chain, 0, i);
          }
      }
  return sum / (FRAMES - 1);
}

static void
assert_image_verdict (const PmtGroup *g, int i, PmtVerdict verdict)
{
  g_autoptr (PmtRegistration) r = pmt_group_image_registration (g, i);
  g_autofree char            *json = pmt_registration_to_json (r, NULL);

  g_assert_cmpint (r->verdict, ==, verdict);
  g_assert_cmpfloat (r->overlap, <=, 1);
  g_assert_true ((r->overlap > 0.2) == (verdict != PMT_VERDICT_FAILED));
  g_assert_nonnull (strstr (json, "\"method\" : \"group\""));
}

static void
test_sequence (void)
{
  Stack                s;
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;
  double               solved = 0;

  stack_init (&s, 0.02);
  quick (&o, PMT_MODEL_HOMOGRAPHY);
  o.order = PMT_GROUP_SEQUENCE;
  o.reference = 0;
  o.most_pairs = 8;
  g = pmt_group_register (NULL, s.n, open_one, &s, &o, NULL);
  g_assert_nonnull (g);
  g_assert_cmpint (g->verdict, ==, PMT_VERDICT_OK);
  g_assert_cmpint (g->placed, ==, FRAMES);
  g_assert_cmpint (g->reference, ==, 0);
  g_assert_cmpuint (g->pairs->len, >=, FRAMES);
  g_assert_cmpuint (g->loops->len, >, 0);
  for (int i = 1; i < FRAMES; i++)
    {
      double e = error_of (&s, g->images[i].transform, 0, i);

      solved += e / (FRAMES - 1);
      g_assert_cmpfloat (e, <, 0.1);      /* four times what one pair of such pictures is off by */
      g_assert_cmpfloat (g->images[i].error_p95, >, 0);
      assert_image_verdict (g, i, PMT_VERDICT_OK);
    }
  g_test_message ("solved %.4f px, chained %.4f px, closure %.4f px", solved, chained_error (&s, g), g->closure_median);
  /* what noise does to a picture it does to all pairs with it, so that chains of so few drift little */
  g_assert_cmpfloat (solved, <=, chained_error (&s, g) + 0.005);
  g_assert_cmpfloat (g->closure_median, <, 0.1);
  stack_clear (&s);
}

static void
test_stranger (void)
{
  Stack                s;
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;
  g_autofree char     *json = NULL;

  stack_init (&s, 0.01);
  for (int i = 3; i < FRAMES; i++)
    pmt_source_unref (s.source[i]);
  s.n = 3;
  stack_add_stranger (&s);
  quick (&o, PMT_MODEL_AFFINE);
  g = pmt_group_register (NULL, s.n, open_one, &s, &o, NULL);
  g_assert_nonnull (g);
  g_assert_cmpint (g->verdict, ==, PMT_VERDICT_UNCERTAIN);
  g_assert_cmpint (g->placed, ==, 3);
  g_assert_null (g->images[3].transform);
  g_assert_nonnull (g->images[3].reason);
  g_assert_false (reason (g, "placed")->passed);
  g_assert_true (reason (g, "closure")->passed);
  g_assert_cmpint (g->reference, !=, 3);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpfloat (error_of (&s, g->images[i].transform, g->reference, i), <, 0.15);
      assert_image_verdict (g, i, PMT_VERDICT_OK);
    }
  assert_image_verdict (g, 3, PMT_VERDICT_FAILED);
  json = pmt_group_to_json (g, NULL, NULL);
  g_assert_nonnull (strstr (json, "\"left-out-because\" : \"no reg"));
  stack_clear (&s);
}

/* Where noise is strong, the mean of the others says more exactly than single images do where each lies. */
static void
test_running_mean (void)
{
  Stack                s;
  PmtGroupOptions      o;
  g_autoptr (PmtGroup) g = NULL;
  int                  from_mean = 0;

  stack_init (&s, 0.15);
  for (int i = 4; i < FRAMES; i++)
    pmt_source_unref (s.source[i]);
  s.n = 4;
  quick (&o, PMT_MODEL_SIMILARITY);
  o.mean = TRUE;
  o.reference = 0;
  o.most_pairs = s.n - 1;
  g = pmt_group_register (NULL, s.n, open_one, &s, &o, NULL);
  g_assert_nonnull (g);
  g_assert_cmpint (g->placed, ==, s.n);
  for (int i = 1; i < s.n; i++)
    {
      double e = error_of (&s, g->images[i].transform, 0, i);

      from_mean += g->images[i].from_mean;
      g_test_message ("image %d: %s, %.3f px, stated %.3f px", i, g->images[i].from_mean ? "mean" : "pairs", e, g->images[i].error_median);
      g_assert_cmpfloat (e, <, 1);
    }
  g_assert_cmpint (from_mean, >, 0);
  stack_clear (&s);
}

#define TEAR (7 * SIDE / 16)

/* Left of TEAR one picture; right of it, which is more, another one that moved otherwise. */
static PmtSource *
torn (PmtSource *left, PmtSource *right)
{
  PmtRect            all = { 0, 0, SIDE, SIDE };
  int                bands = pmt_source_get_bands (left);
  gsize              stride = (gsize) SIDE * bands;
  g_autofree float  *a = g_new (float, stride * SIDE), *b = g_new (float, stride * SIDE);

  pmt_source_read (left, &all, a, stride, NULL);
  pmt_source_read (right, &all, b, stride, NULL);
  for (int y = 0; y < SIDE; y++)
    memcpy (a + y * stride + TEAR * bands, b + y * stride + TEAR * bands, (SIDE - TEAR) * bands * sizeof (float));
  return pmt_source_memory_new (SIDE, SIDE, bands, -1, 1, a, stride, NULL);
}

/* Image 1 is turned by 60°, which a search nearby does not find. */
static PmtMatrix3
turned (double x, double y)
{
  double a = G_PI / 3, c = SIDE / 2.0;

  return (PmtMatrix3) { { { cos (a), -sin (a), c - c * cos (a) + c * sin (a) + x },
                          { sin (a), cos (a), c - c * sin (a) - c * cos (a) + y }, { 0, 0, 1 } } };
}

/* Of image 0: what lies left of the tear in image 1. */
static PmtSource *
open_mask (int i, gpointer data, GError **error)
{
  g_autofree float *mask = g_new0 (float, SIDE * SIDE);
  PmtMatrix3        view = turned (0, 0), back;

  if (i != 0)
    return NULL;                          /* all of it */
  pmt_matrix3_invert (&view, &back);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      mask[y * SIDE + x] = pmt_matrix3_map (&back, (PmtPoint) { x + 0.5, y + 0.5 }).x < TEAR;
  return pmt_source_memory_new (SIDE, SIDE, 1, -1, 1, mask, SIDE, error);
}

/* Frames turned too far for a search nearby are found from where they are thought to lie; a mask of the fixed one tells which of
 * two movements counts. */
static void
test_poses_and_masks (void)
{
  g_autoptr (Phantom)      phantom = painting (5);
  Stack                    s = { .n = 2 };
  PmtSize                  size = { SIDE, SIDE };
  PmtMatrix3               off = turned (-3, 2), other = turned (109, 163), thought;
  g_autoptr (PmtTransform) identity = pmt_transform_new (size, size), second = NULL;
  g_autoptr (PmtSource)    left = NULL, right = NULL;
  g_autoptr (PmtGroup)     g = NULL;
  PmtGroupOptions          o;

  s.view[0] = pmt_matrix3_translation (120, 150);
  s.view[1] = turned (120, 150);
  s.source[0] = picture (phantom, &s.view[0], 1, 0.01, 1);
  left = picture (phantom, &s.view[1], 1, 0.01, 2);
  right = picture (phantom, &other, 1, 0.01, 3);
  s.source[1] = torn (left, right);
  pmt_matrix3_invert (&off, &thought);
  second = pmt_transform_append_matrix (identity, &thought, size, NULL, NULL);
  quick (&o, PMT_MODEL_RIGID);
  o.reference = 0;
  o.fixed_mask = open_mask;
  g = pmt_group_register (NULL, 2, open_one, &s, &o, NULL);
  g_assert_cmpint (g->placed, ==, 1);
  pmt_group_free (g);
  o.pose = (const PmtTransform *const[]) { identity, second };
  g = pmt_group_register (NULL, 2, open_one, &s, &o, NULL);
  g_assert_cmpint (g->placed, ==, 2);
  g_test_message ("%.4f px", error_of (&s, g->images[1].transform, 0, 1));
  g_assert_cmpfloat (error_of (&s, g->images[1].transform, 0, 1), <, 0.2);
  stack_clear (&s);
}

static PmtSource *
open_broken (int i, gpointer data, GError **error)
{
  if (i != 1)
    return open_one (i, data, error);
  g_set_error_literal (error, PMT_ERROR, PMT_ERROR_IO, "no such file");
  return NULL;
}

static void
test_bad_input (void)
{
  Stack                s;
  PmtGroupOptions      o;
  g_autoptr (GError)   error = NULL;
  g_autoptr (PmtGroup) g = NULL;

  stack_init (&s, 0.01);
  quick (&o, PMT_MODEL_SIMILARITY);
  o.reference = 9;
  g_assert_null (pmt_group_register (NULL, 3, open_one, &s, &o, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  o.reference = 1;
  g_assert_null (pmt_group_register (NULL, 3, open_broken, &s, &o, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
  g_clear_error (&error);
  o.reference = -1;
  g = pmt_group_register (NULL, 3, open_broken, &s, &o, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g->placed, ==, 2);
  g_assert_cmpstr (g->images[1].reason, ==, "no such file");
  stack_clear (&s);
}

/* -- the graph alone, with registrations that are made up -- */

#define TILES 7

typedef struct
{
  PmtPoseGraph graph;
  GPtrArray   *registrations;
  PmtMatrix3   truth[TILES];
} Made;

static void
made_init (Made *m)
{
  *m = (Made) { .graph = { .n = TILES, .model = PMT_MODEL_AFFINE, .reference = 0 } };
  m->registrations = g_ptr_array_new_with_free_func ((GDestroyNotify) pmt_registration_free);
  m->graph.node = g_new0 (PmtPoseNode, TILES);
  for (int i = 0; i < TILES; i++)
    {
      m->graph.node[i].size = (PmtSize) { 300, 200 };
      m->truth[i] = (PmtMatrix3) { { { 1 + 0.01 * i, 0.02 * i, 3.0 * i }, { -0.01 * i, 1, -2.0 * i }, { 0, 0, 1 } } };
    }
}

/* Off the truth by (dx, dy), and stating σ. */
static void
made_link (Made *m, int a, int b, double dx, double dy, double sigma)
{
  PmtRegistration         *r = g_new0 (PmtRegistration, 1);
  PmtSize                  size = { 300, 200 };
  g_autoptr (PmtTransform) identity = pmt_transform_new (size, size);
  PmtMatrix3               back, map, off = pmt_matrix3_translation (dx, dy);

  pmt_matrix3_invert (&m->truth[a], &back);
  map = pmt_matrix3_then (&back, &m->truth[b]);
  map = pmt_matrix3_then (&map, &off);
  r->transform = pmt_transform_append_matrix (identity, &map, size, NULL, NULL);
  r->error_median = r->error_p95 = 1.1774 * sigma;
  g_ptr_array_add (m->registrations, r);
  m->graph.link = g_renew (PmtPoseLink, m->graph.link, m->graph.n_links + 1);
  g_assert_true (_pmt_pose_link_init (&m->graph.link[m->graph.n_links++], a, b, r, size, size));
}

static void
made_solve (Made *m)
{
  gboolean           member[TILES];
  g_autoptr (GArray) loops = g_array_new (FALSE, FALSE, sizeof (PmtGroupLoop));

  _pmt_pair_graph_component (&m->graph, 0, member);
  _pmt_loops_find (&m->graph, FALSE, loops);
  _pmt_pair_graph_tree (&m->graph, member, 0);
  g_assert_true (_pmt_pose_graph_agree (&m->graph, NULL, NULL));
}

static double
made_error (const Made *m, int i)
{
  PmtPoint p = { 150, 100 }, q = pmt_matrix3_map (&m->graph.node[i].matrix, p), t = pmt_matrix3_map (&m->truth[i], p);

  return hypot (q.x - t.x, q.y - t.y);
}

static void
made_clear (Made *m)
{
  _pmt_pose_graph_clear (&m->graph);
  g_ptr_array_unref (m->registrations);
}

/* Drift along a chain is taken away by one link that closes it: each link gives by the same share. */
static void
test_drift (void)
{
  Made m;

  made_init (&m);
  for (int i = 1; i < TILES; i++)
    made_link (&m, i - 1, i, 0.3, 0, 0.3);
  made_solve (&m);
  g_assert_cmpfloat (made_error (&m, TILES - 1), >, 1.5);
  g_assert_cmpfloat (_pmt_pose_graph_error (&m.graph, TILES - 1, 0.5), >, _pmt_pose_graph_error (&m.graph, 1, 0.5));
  made_link (&m, 0, TILES - 1, 0, 0, 0.3);
  made_solve (&m);
  for (int l = 0; l < m.graph.n_links; l++)
    g_assert_true (m.graph.link[l].used);
  g_assert_cmpfloat (made_error (&m, TILES - 1), <, 0.4);
  made_clear (&m);
}

/* Errors that are each link's own: what is solved is nearer to the truth than the chain, over many draws. */
static void
test_better_than_chain (void)
{
  PhantomRandom random = { 7 };
  double        chained = 0, solved = 0;

  for (int draw = 0; draw < 30; draw++)
    {
      Made m;

      made_init (&m);
      for (int step = 1; step <= 3; step++)
        for (int i = step; i < TILES; i++)
          {
            double dx = 0.3 * phantom_random_normal (&random), dy = 0.3 * phantom_random_normal (&random);

            made_link (&m, i - step, i, dx, dy, 0.3);
            if (i + 1 == TILES && step == 1)
              {
                made_solve (&m);
                chained += made_error (&m, TILES - 1);
              }
          }
      made_solve (&m);
      solved += made_error (&m, TILES - 1);
      made_clear (&m);
    }
  g_test_message ("solved %.3f px, chained %.3f px", solved / 30, chained / 30);
  g_assert_cmpfloat (solved, <, 0.8 * chained);
}

/* A link that is off by 40 px and sure of itself bends nothing; nor where it came to lie in the tree. */
static void
test_liar (void)
{
  Made m;

  made_init (&m);
  made_link (&m, 0, 1, 40, 0, 0.01);
  made_link (&m, 0, 2, 0, 0, 0.1);
  made_link (&m, 1, 2, 0, 0, 0.1);
  made_link (&m, 0, 3, 0, 0, 0.1);
  made_link (&m, 1, 3, 0, 0, 0.1);
  made_link (&m, 2, 3, 0, 0, 0.1);
  made_solve (&m);
  g_assert_false (m.graph.link[0].used);
  for (int i = 1; i < 4; i++)
    g_assert_cmpfloat (made_error (&m, i), <, 1e-3);
  g_assert_false (m.graph.node[5].placed);
  made_clear (&m);
}

/* What each link says counts by its covariance: of two ways to the same place the surer one wins. */
static void
test_weights (void)
{
  Made m;

  made_init (&m);
  made_link (&m, 0, 1, 0, 0, 0.05);
  made_link (&m, 1, 2, 0, 0, 0.05);
  made_link (&m, 0, 2, 0.4, 0, 0.5);
  made_solve (&m);
  g_assert_true (m.graph.link[2].used);
  g_assert_cmpfloat (made_error (&m, 2), <, 0.02);
  made_clear (&m);
}

static void
test_rigid_stays_rigid (void)
{
  Made              m;
  const PmtMatrix3 *h;

  made_init (&m);
  m.graph.model = PMT_MODEL_RIGID;
  for (int i = 0; i < 3; i++)
    m.truth[i] = (PmtMatrix3) { { { cos (0.3 * i), -sin (0.3 * i), 5.0 * i }, { sin (0.3 * i), cos (0.3 * i), 3.0 * i }, { 0, 0, 1 } } };
  made_link (&m, 0, 1, 0.2, 0, 0.2);
  made_link (&m, 1, 2, 0, 0.3, 0.2);
  made_link (&m, 0, 2, -0.2, 0, 0.2);
  made_solve (&m);
  h = &m.graph.node[2].matrix;
  g_assert_cmpfloat_with_epsilon (pmt_matrix3_determinant (h), 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (h->m[0][0] * h->m[0][1] + h->m[1][0] * h->m[1][1], 0, 1e-9);
  made_clear (&m);
}

/* -- what the images have in common -- */

static void
test_common_rect (void)
{
  PmtSize                  size = { 400, 300 };
  g_autoptr (PmtTransform) identity = pmt_transform_new (size, size), shifted = NULL, far = NULL;
  const PmtMatrix3         shift = pmt_matrix3_translation (-30.5, 20), away = pmt_matrix3_translation (900, 0);
  PmtRect                  rect;

  shifted = pmt_transform_append_matrix (identity, &shift, size, NULL, NULL);
  far = pmt_transform_append_matrix (identity, &away, size, NULL, NULL);
  g_assert_true (pmt_group_common_rect (2, (const PmtTransform *const[]) { identity, shifted }, &rect));
  g_assert_cmpint (rect.x, ==, 31);
  g_assert_cmpint (rect.y, ==, 0);
  g_assert_cmpint (rect.width, ==, 369);
  g_assert_cmpint (rect.height, ==, 280);
  g_assert_false (pmt_group_common_rect (2, (const PmtTransform *const[]) { identity, far }, &rect));
  g_assert_true (pmt_rect_is_empty (rect));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/group/graph/drift", test_drift);
  g_test_add_func ("/group/graph/better-than-chain", test_better_than_chain);
  g_test_add_func ("/group/graph/liar", test_liar);
  g_test_add_func ("/group/graph/weights", test_weights);
  g_test_add_func ("/group/graph/rigid", test_rigid_stays_rigid);
  g_test_add_func ("/group/common-rect", test_common_rect);
  g_test_add_func ("/group/sequence", test_sequence);
  if (!BRIEFLY)
    g_test_add_func ("/group/stranger", test_stranger);
  if (!BRIEFLY)
    g_test_add_func ("/group/running-mean", test_running_mean);
  g_test_add_func ("/group/poses-and-masks", test_poses_and_masks);
  g_test_add_func ("/group/bad-input", test_bad_input);
  return g_test_run ();
}
