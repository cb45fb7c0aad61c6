/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map tells apart what the images support and what they don't, and survives being written and read. */
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "phantom.h"
#include "register.h"

#define W 420
#define H 300
#define SHIFT 60     /* the fixed image's left 60 px are not in the moving one */

static void
render (guint64 seed, double dx, double dy, guint64 noise, float *out)
{
  PhantomOptions        options;
  PhantomCamera         camera;
  Phantom              *phantom;
  g_autoptr (PmtSource) source = NULL;

  phantom_options_init (&options);
  options.width = options.height = 600;
  options.density = 1;
  phantom = phantom_new (seed, &options, NULL);
  phantom_camera_init (&camera, W, H);
  camera.view = pmt_matrix3_translation (60 + dx, 80 + dy);
  camera.noise = 0.01;
  camera.noise_seed = noise;
  camera.bits = 16;
  source = phantom_render_source (NULL, phantom, PHANTOM_BAND_XRAY, &camera, NULL);
  g_assert_cmpint (pmt_source_get_bands (source), ==, 1);
  g_assert_true (pmt_source_read (source, &(PmtRect) { 0, 0, W, H }, out, W, NULL));
  phantom_free (phantom);
}

/* Two pictures of one painting; what the moving one shows at x ≥ `from` of the fixed frame is of another painting, or of
 * the same one `moved` px to the side. */
static PmtRegistration *
registration (int from, guint64 seed, double moved)
{
  PmtRegisterOptions    options;
  g_autofree float     *fixed = g_new (float, W * H), *moving = g_new (float, W * H), *other = g_new (float, W * H);
  g_autoptr (PmtSource) a = NULL, b = NULL;
  g_autoptr (GError)    error = NULL;
  PmtRegistration      *r;

  render (5, 0, 0, 1, fixed);
  render (5, SHIFT, 0, 2, moving);
  render (seed, SHIFT + moved, 0, 3, other);
  for (int y = 0; y < H; y++)
    for (int x = MAX (from - SHIFT, 0); x < W; x++)
      moving[y * W + x] = other[y * W + x];
  a = pmt_source_memory_new (W, H, 1, -1, 1, fixed, W, &error);
  b = pmt_source_memory_new (W, H, 1, -1, 1, moving, W, &error);
  pmt_register_options_init (&options);
  options.model = PMT_MODEL_TRANSLATION;     /* a freer one would bend to what was moved */
  r = pmt_register (NULL, a, b, &options, &error);
  g_assert_no_error (error);
  g_assert_nonnull (r->confidence);
  for (int row = 0; row < r->confidence->rows; row++)
    {
      char line[65] = "";

      for (int k = 0; k < r->confidence->columns; k++)
        line[k] = pmt_confidence_kind_to_letter (r->confidence->cell[row * r->confidence->columns + k].kind);
      g_test_message ("%s", line);
    }
  return r;
}

/* Share of a kind among the cells whose centres lie at from ≤ x < to of the fixed image. */
static double
share (const PmtConfidence *map, PmtConfidenceKind kind, double from, double to)
{
  int all = 0, is = 0;

  for (int k = 0; k < map->columns * map->rows; k++)
    {
      double x = (k % map->columns + 0.5) * W / map->columns;

      if (x >= from && x < to)
        {
          all++;
          is += map->cell[k].kind == kind;
        }
    }
  return (double) is / all;
}

static double
mean_error (const PmtConfidence *map, PmtConfidenceKind kind)
{
  double sum = 0;
  int    n = 0;

  for (int k = 0; k < map->columns * map->rows; k++)
    if (map->cell[k].kind == kind)
      {
        sum += map->cell[k].error;
        n++;
      }
  return sum / n;
}

static void
test_all_supported (void)
{
  g_autoptr (PmtRegistration) r = registration (W + SHIFT, 5, 0);
  const PmtConfidence        *map = r->confidence;

  g_assert_cmpint (map->columns, ==, 20);
  g_assert_cmpint (map->rows, ==, 14);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_OUTSIDE, 0, SHIFT - 2), ==, 1);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_OUTSIDE, SHIFT + 2, W), ==, 0);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_SUPPORTED, SHIFT + 2, W), >, 0.95);
  g_assert_true (isnan (pmt_confidence_at (map, W, H, 3, 3)->error));
  g_assert_cmpfloat (mean_error (map, PMT_CONFIDENCE_SUPPORTED), <, 0.3);
  g_assert_cmpfloat (pmt_confidence_at (map, W, H, W - 1, H - 1)->error, >, 0);
}

/* The right third shows something else: nothing there is called supported, and its error is larger. */
static void
test_private_part (void)
{
  g_autoptr (PmtRegistration) r = registration (280, 99, 0);
  const PmtConfidence        *map = r->confidence;

  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_SUPPORTED, SHIFT + 10, 240), >, 0.9);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_SUPPORTED, 330, W), <, 0.05);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_EXTRAPOLATED, 330, W), >, 0.7);
  g_assert_cmpfloat (mean_error (map, PMT_CONFIDENCE_EXTRAPOLATED), >, 1.3 * mean_error (map, PMT_CONFIDENCE_SUPPORTED));
}

/* The right third is the same painting, moved by 7 px: it contradicts, by so much. */
static void
test_moved_part (void)
{
  g_autoptr (PmtRegistration) r = registration (280, 5, 7);
  const PmtConfidence        *map = r->confidence;

  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_SUPPORTED, SHIFT + 10, 240), >, 0.9);
  g_assert_cmpfloat (share (map, PMT_CONFIDENCE_CONTRADICTED, 330, W), >, 0.8);
  g_assert_cmpfloat (fabs (mean_error (map, PMT_CONFIDENCE_CONTRADICTED) - 7), <, 1.5);
}

static void
assert_same (const PmtRegistration *a, const PmtRegistration *b)
{
  g_assert_cmpint (a->verdict, ==, b->verdict);
  g_assert_cmpint (a->model, ==, b->model);
  g_assert_cmpint (a->modality, ==, b->modality);
  g_assert_cmpstr (a->proposer, ==, b->proposer);
  g_assert_cmpstr (a->preparation, ==, b->preparation);
  g_assert_cmpint (a->tiles, ==, b->tiles);
  g_assert_cmpint (b->fixed_size.width, ==, W);
  g_assert_cmpint (b->moving_size.height, ==, H);
  g_assert_cmpint (a->inliers, ==, b->inliers);
  g_assert_cmpfloat (a->error_p95, ==, b->error_p95);
  g_assert_cmpint (a->reasons->len, ==, b->reasons->len);
  for (guint i = 0; i < a->reasons->len; i++)
    {
      const PmtReason *p = g_ptr_array_index (a->reasons, i), *q = g_ptr_array_index (b->reasons, i);

      g_assert_cmpstr (p->code, ==, q->code);
      g_assert_cmpstr (p->text, ==, q->text);
      g_assert_cmpstr (p->advice, ==, q->advice);
      g_assert_cmpint (p->passed, ==, q->passed);
      g_assert_true (p->value == q->value || !isfinite (p->value));
    }
  for (int m = 0; m < PMT_MODELS; m++)
    g_assert_true (a->held_out[m] == b->held_out[m] || (!isfinite (a->held_out[m]) && isnan (b->held_out[m])));
  g_assert_cmpint (a->bend.tried, ==, b->bend.tried);
  g_assert_cmpint (a->timings->len, ==, b->timings->len);
  g_assert_cmpstr (g_array_index (b->timings, PmtTiming, 1).stage, ==, g_array_index (a->timings, PmtTiming, 1).stage);
}

static void
test_round_trip (void)
{
  g_autoptr (PmtRegistration) r = registration (280, 99, 0), back = NULL;
  g_autofree char            *json = pmt_registration_to_json (r, NULL);
  g_autoptr (GError)          error = NULL;

  back = pmt_registration_from_json (json, -1, &error);
  g_assert_no_error (error);
  assert_same (r, back);
  g_assert_cmpint (back->confidence->columns, ==, r->confidence->columns);
  for (int k = 0; k < r->confidence->columns * r->confidence->rows; k++)
    {
      const PmtConfidenceCell *p = &r->confidence->cell[k], *q = &back->confidence->cell[k];

      g_assert_cmpint (p->kind, ==, q->kind);
      g_assert_cmpfloat (fabsf (p->support - q->support), <=, 0.00501f);
      g_assert_true (isnan (p->error) ? isnan (q->error) : q->error >= p->error && q->error <= p->error + 1 / 63.0);
    }
}

#define HEAD "{\"format\":\"pentimento-report\",\"version\":1,\"verdict\":\"ok\",\"model\":\"rigid\",\"modality\":\"same\""

static void
test_reading (void)
{
  static const char *const good[] =
    {
      HEAD "}", HEAD ",\"mirrored\":true}", HEAD ",\"bend\":{}}", HEAD ",\"held-out\":[{\"model\":\"deformable\",\"error-px\":1}]}", HEAD ",\"reasons\":null,\"confidence\":null,\"new\":[{}]}",
      HEAD ",\"confidence\":{\"columns\":2,\"rows\":1,\"kinds\":[\"+.\"],\"support-percent\":[[100,0]],"
        "\"error-p95-px\":[[0.5,null]]}}"
    };
  static const char *const bad[] =
    {
      "", "[]", "{}", "{\"format\":7}", "{\"format\":\"pentimento-transform\",\"version\":1}",
      "{\"format\":\"pentimento-report\",\"version\":2,\"verdict\":\"ok\",\"model\":\"rigid\",\"modality\":\"same\"}",
      "{\"format\":\"pentimento-report\",\"version\":1,\"verdict\":\"fine\",\"model\":\"rigid\",\"modality\":\"same\"}",
      HEAD ",\"tiles\":-1}", HEAD ",\"mirrored\":1}", HEAD ",\"fixed\":[3,4]}", HEAD ",\"moving\":{\"width\":3}}", HEAD ",\"overlap\":\"much\"}", HEAD ",\"found-by\":{}}", HEAD ",\"reasons\":[1]}",
      HEAD ",\"reasons\":[{\"code\":\"a\",\"text\":\"b\"}]}", HEAD ",\"reasons\":[{\"passed\":true}]}",
      HEAD ",\"bend\":true}", HEAD ",\"bend\":{\"taken\":1}}", HEAD ",\"bend\":{\"gain-over-null\":[]}}",
      HEAD ",\"held-out\":[{\"model\":\"jelly\",\"error-px\":1}]}", HEAD ",\"seconds\":[]}",
      HEAD ",\"confidence\":{\"columns\":65,\"rows\":1,\"kinds\":[],\"support-percent\":[],\"error-p95-px\":[]}}",
      HEAD ",\"confidence\":{\"columns\":2,\"rows\":1,\"kinds\":[\"+\"],\"support-percent\":[[1,1]],\"error-p95-px\":[[1,1]]}}",
      HEAD ",\"confidence\":{\"columns\":1,\"rows\":1,\"kinds\":[\"?\"],\"support-percent\":[[1]],\"error-p95-px\":[[1]]}}",
      HEAD ",\"confidence\":{\"columns\":1,\"rows\":1,\"kinds\":[7],\"support-percent\":[[1]],\"error-p95-px\":[[1]]}}",
      HEAD ",\"confidence\":{\"columns\":1,\"rows\":1,\"kinds\":[[]],\"support-percent\":[[1]],\"error-p95-px\":[[1]]}}",
      HEAD ",\"confidence\":{\"columns\":1,\"rows\":1,\"kinds\":[\"+\"],\"support-percent\":[1],\"error-p95-px\":[[1]]}}",
      HEAD ",\"confidence\":{\"columns\":1,\"rows\":1,\"kinds\":[\"+\"],\"support-percent\":[[\"a\"]],\"error-p95-px\":[[1]]}}",
    };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError)          error = NULL;
      g_autoptr (PmtRegistration) r = pmt_registration_from_json (good[i], -1, &error);

      g_assert_no_error (error);
      g_assert_cmpint (r->model, ==, PMT_MODEL_RIGID);
      g_assert_true (isnan (r->error_p95));
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError)          error = NULL;
      g_autoptr (PmtRegistration) r = pmt_registration_from_json (bad[i], -1, &error);

      if (r != NULL)
        g_test_message ("taken: %s", bad[i]);
      g_assert_null (r);
      g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
    }
}

static void
test_bend (void)
{
  static const char text[] = HEAD ",\"bend\":{\"taken\":true,\"held-out-plane-px\":1.5,\"held-out-px\":0.25,"
                                  "\"gain-over-null\":0.75,\"log-area-deviation\":null,\"equivariance-px\":0.125}}";
  g_autoptr (PmtRegistration) r = pmt_registration_from_json (text, -1, NULL), again = NULL;
  g_autofree char            *json = pmt_registration_to_json (r, NULL);

  again = pmt_registration_from_json (json, -1, NULL);
  for (int k = 0; k < 2; k++)
    {
      PmtBendTrial b = (k == 0 ? r : again)->bend;

      g_assert_true (b.tried && b.taken && b.held_out_plane == 1.5 && b.held_out == 0.25 && b.gain == 0.75
                     && isnan (b.log_area_deviation) && b.equivariance == 0.125);
    }
}

static void
test_letters (void)
{
  PmtConfidenceKind kind;

  for (int k = 0; k < PMT_CONFIDENCE_KINDS; k++)
    {
      g_assert_true (pmt_confidence_kind_from_letter (pmt_confidence_kind_to_letter (k), &kind));
      g_assert_cmpint (kind, ==, k);
    }
  g_assert_false (pmt_confidence_kind_from_letter ('?', &kind));
  g_assert_null (pmt_confidence_new (0, 3));
  g_assert_null (pmt_confidence_new (3, 65));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/confidence/supported", test_all_supported);
  g_test_add_func ("/confidence/private", test_private_part);
  g_test_add_func ("/confidence/moved", test_moved_part);
  g_test_add_func ("/confidence/round-trip", test_round_trip);
  g_test_add_func ("/confidence/reading", test_reading);
  g_test_add_func ("/confidence/bend", test_bend);
  g_test_add_func ("/confidence/letters", test_letters);
  return g_test_run ();
}
