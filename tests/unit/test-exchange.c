/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Foreign files against their written definitions, with numbers worked out by hand (docs/formats.md names the definitions), there and
 * back, and refusals. What other programs themselves say of our files: tests/command/test-convert.py. */
#include <math.h>
#include <string.h>

#include "exchange/exchange.h"

static const PmtSize FIXED = { 200, 180 }, MOVING = { 50, 50 };

static PmtExchangeOptions
options_with (PmtPointModel model)
{
  PmtExchangeOptions options;

  pmt_exchange_options_init (&options);
  options.model = model;
  return options;
}

static PmtTransform *
one_step (const PmtMatrix3 *m)
{
  g_autoptr (PmtTransform) none = pmt_transform_new (FIXED, MOVING);
  g_autoptr (GError)       error = NULL;
  PmtTransform            *transform = pmt_transform_append_matrix (none, m, MOVING, NULL, &error);

  g_assert_no_error (error);
  return transform;
}

/* -- definitions -- */

#define ELASTIX_FRAME "(InitialTransformParameterFileName \"NoInitialTransform\")\n(HowToCombineTransforms \"Compose\")\n" \
                      "(FixedImageDimension 2)\n(Size 200 180)\n(Spacing 1 1)\n(Origin 0 0)\n(Direction 1 0 0 1)\n"
#define ITK_HEAD      "#Insight Transform File V1.0\n#Transform 0\n"
#define FIVES         "5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 "
#define THREES        "-3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3 -3"
#define ZEROS         " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"

static const struct
{
  const char *name, *nick, *text;
  PmtPoint    from, to;
  double      within;
}
definitions[] =
{
  /* A(x − c) + c + t at x = (10, 20), c = (3, 4): A·(7, 16) = (16.75, 10.25) */
  { "affine", "itk",
    ITK_HEAD "Transform: AffineTransform_double_2_2\nParameters: 1.25 0.5 -0.25 0.75 10 20.5\nFixedParameters: 3 4\n",
    { 10.5, 20.5 }, { 30.25, 35.25 }, 1e-12 },
  /* a quarter turn about (10, 5) brings (12, 5) to (10, 7) */
  { "rigid", "itk",
    ITK_HEAD "Transform: Euler2DTransform_double_2_2\nParameters: 1.5707963267948966 1 2\nFixedParameters: 10 5\n",
    { 12.5, 5.5 }, { 11.5, 9.5 }, 1e-12 },
  { "similarity", "itk",
    ITK_HEAD "Transform: Similarity2DTransform_float_2_2\nParameters: 2 1.5707963267948966 1 2\nFixedParameters: 10 5\n",
    { 12.5, 5.5 }, { 11.5, 11.5 }, 1e-12 },
  { "centred", "itk",
    ITK_HEAD "Transform: CenteredSimilarity2DTransform_double_2_2\nParameters: 2 1.5707963267948966 10 5 1 2\nFixedParameters:\n",
    { 12.5, 5.5 }, { 11.5, 11.5 }, 1e-12 },
  /* the last first: (1, 1) to (11, 1), then doubled */
  { "composite", "itk",
    ITK_HEAD "Transform: CompositeTransform_double_2_2\n#Transform 1\n"
             "Transform: ScaleTransform_double_2_2\nParameters: 2 2\nFixedParameters: 0 0\n#Transform 2\n"
             "Transform: TranslationTransform_double_2_2\nParameters: 10 0\nFixedParameters: \n",
    { 1.5, 1.5 }, { 22.5, 2.5 }, 1e-12 },
  { "spline-constant", "itk",
    ITK_HEAD "Transform: BSplineTransform_double_2_2\nParameters: " FIVES THREES "\nFixedParameters: 4 4 -10 -10 10 10 1 0 0 1\n",
    { 3.25, 7.5 }, { 8.25, 4.5 }, 1e-9 },
  /* the node at (0, 0) weighs (2/3)² there … */
  { "spline-node", "itk",
    ITK_HEAD "Transform: BSplineTransform_double_2_2\nParameters: 0 0 0 0 0 9 0 0 0 0 0 0 0 0 0 0" ZEROS
             "\nFixedParameters: 4 4 -10 -10 10 10 1 0 0 1\n",
    { 0.5, 0.5 }, { 4.5, 0.5 }, 1e-3 },
  /* … and 1/6 · 2/3 a node beside it */
  { "spline-beside", "itk",
    ITK_HEAD "Transform: BSplineTransform_double_2_2\nParameters: 0 0 0 0 0 9 0 0 0 0 0 0 0 0 0 0" ZEROS
             "\nFixedParameters: 4 4 -10 -10 10 10 1 0 0 1\n",
    { 10.5, 0.5 }, { 11.5, 0.5 }, 1e-3 },
  { "affine", "elastix",
    "(Transform \"AffineTransform\")\n(TransformParameters 1.25 0.5 -0.25 0.75 10 20.5)\n" ELASTIX_FRAME "(CenterOfRotationPoint 3 4)\n",
    { 10.5, 20.5 }, { 30.25, 35.25 }, 1e-12 },
  { "similarity", "elastix",
    "// a comment\n(Transform \"SimilarityTransform\")\n(TransformParameters 2 1.5707963267948966 1 2)\n" ELASTIX_FRAME
    "(CenterOfRotationPoint 10 5)\n",
    { 12.5, 5.5 }, { 11.5, 11.5 }, 1e-12 },
  /* GridIndex −1: the first node is a spacing before GridOrigin */
  { "spline", "elastix",
    "(Transform \"BSplineTransform\")\n(TransformParameters 0 0 0 0 0 9 0 0 0 0 0 0 0 0 0 0" ZEROS ")\n" ELASTIX_FRAME
    "(GridSize 4 4)\n(GridIndex -1 -1)\n(GridSpacing 10 10)\n(GridOrigin 0 0)\n(GridDirection 1 0 0 1)\n",
    { 10.5, 0.5 }, { 11.5, 0.5 }, 1e-3 },
  { "output", "elastix-points",
    "Point\t0\t; InputIndex = [ 10 10 ]\t; InputPoint = [ 9.5 9.5 ]\t; OutputPoint = [ 11.5 8.5 ]\t; Deformation = [ 2 -1 ]\n",
    { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "points", "fixed_x,fixed_y,moving_x,moving_y\n10,10,12,9\n", { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "bigwarp", "\"Pt-0\",\"true\",\"11.5\",\"8.5\",\"9.5\",\"9.5\"\n\"Pt-1\",\"false\",\"1\",\"1\",\"1\",\"1\"\n"
    "\"Pt-2\",\"true\",\"Infinity\",\"Infinity\",\"1\",\"1\"\n", { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "qgis", "#CRS: \nmapX,mapY,sourceX,sourceY,enable,dX,dY,residual\n10,-10,12,-9,1,0,0,0\n5,5,5,5,0,0,0,0\n",
    { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "gdal", "<VRTDataset rasterXSize=\"50\" rasterYSize=\"50\"><GCPList Projection=\"\">"
    "<GCP Id=\"1\" Pixel=\"12\" Line=\"9\" X=\"10\" Y=\"-10\"/></GCPList></VRTDataset>", { 10, 10 }, { 12, 9 }, 1e-12 },
  { "arguments", "gdal", "-gcp 12 9 10 -10 0\n", { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "hugin", "# hugin project file\np f0 w9 h9 v50 n\"TIFF\"\ni w200 h180 f0 v50 n\"a\"\ni w50 h50 f0 v50 n\"b\"\n"
    "c n1 N0 x11.5 y8.5 X9.5 Y9.5 t0\nc n0 N1 x1 y1 X30 Y30 t1\n", { 10, 10 }, { 12, 9 }, 1e-12 },
  /* half the view over a quarter of the width: twice tan (v/2)·…; both middles on the axis, so 10 px right of one are 10·(50/2)/tan(30°)
   * ÷ (200/2)/tan(45°) = 4.330127 px right of the other */
  { "poses", "hugin", "p f0 w9 h9 v50 n\"TIFF\"\ni w200 h180 f0 v90 r0 p0 y0 n\"a\"\ni w50 h50 f0 v60 r0 p0 y0 n\"b\"\n",
    { 110, 90 }, { 29.330127018922194, 25 }, 1e-9 },
  /* canvas (15, 16), less (10, 20), halved */
  { "patches", "trakem2", "<?xml version=\"1.0\"?>\n<!DOCTYPE trakem2_anything [ <!ELEMENT trakem2 (project)> ]>\n<trakem2>"
    "<t2_patch o_width=\"200\" o_height=\"180\" transform=\"matrix(1,0,0,1,5,6)\"/><t2_patch transform=\"matrix(2.0,0.0,0.0,2.0,10.0,20.0)\"/></trakem2>",
    { 10, 10 }, { 2.5, -2 }, 1e-12 },
  /* the source's (5, 10) turned a quarter to (−20, 10) and doubled on the way, moved by (100, 7) */
  { "models", "trakem2", "<iict_transform_list><iict_transform class=\"mpicbg.trakem2.transform.AffineModel2D\" data=\"0 2 -2 0 0 0\"/>"
    "<iict_transform class=\"mpicbg.trakem2.transform.TranslationModel2D\" data=\"100 7\"/></iict_transform_list>",
    { 80.5, 17.5 }, { 5.5, 10.5 }, 1e-12 },
  /* the moving image's (1, 0), turned by 90°, lies at (5, 7) of the canvas, where the fixed one shows ((5 − 10)·2, (7 − 20)·2) */
  { "placed", "svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"><image x=\"10\" y=\"20px\" width=\"100\" height=\"90\"/>"
    "<g transform=\"translate(5,6)\"><image width=\"50\" height=\"50\" transform=\"rotate(90)\"/></g></svg>",
    { -10, -26 }, { 1, 0 }, 1e-12 },
  /* 1 in is 96 units; the box is twice as wide as the square image is, which sits in its middle; about (30, 0): scaled */
  { "fitted", "svg", "<svg><image width=\"200\" height=\"180\" preserveAspectRatio=\"none\"/>"
    "<image width=\"2in\" height=\"1in\" transform=\"matrix(1 0 0 1 4 0)\"/></svg>", { 52, 0 }, { 0, 0 }, 1e-12 },
  { "affine", "annotation", "{ \"type\": \"Annotation\", \"body\": { \"transform\": { \"format\": \"pentimento-transform\", \"version\": 1, \"from\": \"fixed\", "
    "\"to\": \"moving\", \"pixel-centre\": 0.5, \"axes\": \"x right, y down\", \"fixed\": { \"width\": 0, \"height\": 0 }, \"moving\": { \"width\": 0, \"height\": 0 }, "
    "\"steps\": [ { \"kind\": \"projective\", \"matrix\": [[1, 0, 2], [0, 1, -1], [0, 0, 1]] } ] } } }", { 10, 10 }, { 12, 9 }, 1e-12 },
  { "pair", "georeference", "{ \"type\": \"Annotation\", \"target\": { \"source\": { \"width\": 50, \"height\": 50 } }, \"body\": { \"features\": [ "
    "{ \"properties\": { \"resourceCoords\": [12, 9] }, \"geometry\": { \"coordinates\": [10, -10] } } ] } }", { 10, 10 }, { 12, 9 }, 1e-12 },
};

static void
test_definitions (void)
{
  PmtExchangeOptions options = options_with (PMT_POINT_MODEL_AUTO);

  options.fixed = FIXED;
  options.moving = MOVING;
  for (guint i = 0; i < G_N_ELEMENTS (definitions); i++)
    for (int known = 0; known < 2; known++)   /* the format named, and recognised */
      {
        g_autoptr (GError)       error = NULL;
        PmtExchangeReport        report;
        g_autoptr (PmtTransform) t = pmt_exchange_parse (definitions[i].text, -1, known ? definitions[i].nick : NULL, &options, &report, &error);
        PmtPoint                 to;

        if (t == NULL)
          g_error ("%s, %s: %s", definitions[i].nick, definitions[i].name, error->message);
        pmt_transform_map (t, 1, &definitions[i].from, &to);
        if (!(hypot (to.x - definitions[i].to.x, to.y - definitions[i].to.y) <= definitions[i].within))
          g_error ("%s, %s: (%.12g, %.12g)", definitions[i].nick, definitions[i].name, to.x, to.y);
        g_assert_cmpstr (report.format, ==, definitions[i].nick);
        g_assert_cmpint (pmt_transform_get_fixed_size (t).width, ==, FIXED.width);
        g_assert_cmpint (pmt_transform_get_moving_size (t).height, ==, MOVING.height);
      }
}

/* -- there and back -- */

static double
farthest (const PmtTransform *a, const PmtTransform *b)
{
  double worst = 0;

  for (int k = 0; k < 21 * 19; k++)
    {
      PmtPoint p = { 10 * (k % 21), 10 * (k / 21) }, q, r;

      pmt_transform_map (a, 1, &p, &q);
      pmt_transform_map (b, 1, &p, &r);
      worst = fmax (worst, hypot (q.x - r.x, q.y - r.y));
    }
  return worst;
}

/* Text that is written reads as the same map; asymmetric matrices, so that no transposition hides. */
static void
check_round_trip (const char *nick, const PmtMatrix3 *m)
{
  PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_AUTO);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) there = one_step (m), back = NULL;
  PmtExchangeReport        report;
  g_autofree char         *text = pmt_exchange_print (there, nick, &options, &report, &error);

  g_assert_no_error (error);
  g_assert_false (report.inexact);
  back = pmt_exchange_parse (text, -1, NULL, &options, &report, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (report.format, ==, nick);
  g_assert_cmpfloat (farthest (there, back), <, 1e-6);
}

static void
test_round_trips (void)
{
  const PmtMatrix3   affine = { { { 0.3, 0.07, -4.25 }, { -0.05, 0.26, 3.5 }, { 0, 0, 1 } } };
  const PmtMatrix3   tilt = { { { 0.3, 0.07, -4.25 }, { -0.05, 0.26, 3.5 }, { 1e-4, -2e-4, 1 } } };
  const char *const  linear[] = { "pentimento", "points", "itk", "elastix", "bigwarp", "qgis", "gdal", "hugin", "trakem2", "svg", "annotation",
                                  "georeference" };
  const char *const  projective[] = { "pentimento", "points", "bigwarp", "qgis", "gdal", "hugin", "annotation", "georeference" };

  for (guint i = 0; i < G_N_ELEMENTS (linear); i++)
    {
      check_round_trip (linear[i], &affine);
      check_round_trip (linear[i], &pmt_matrix3_identity);
    }
  for (guint i = 0; i < G_N_ELEMENTS (projective); i++)
    check_round_trip (projective[i], &tilt);
}

/* What is written, to the letter. */
static void
test_texts (void)
{
  const PmtMatrix3         m = { { { 1.25, 0.5, 10 }, { -0.25, 0.75, 20.5 }, { 0, 0, 1 } } };
  g_autoptr (PmtTransform) t = one_step (&m);
  PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_AUTO);
  /* T(p) = A·p + t counts from the corner; from centres t' = A·(½, ½) + t − (½, ½) = (10.375, 20.25) */
  const struct { const char *nick, *part; } parts[] =
    {
      { "itk", "Transform: AffineTransform_double_2_2\nParameters: 1.25 0.5 -0.25 0.75 10.375 20.25\nFixedParameters: 0 0\n" },
      { "elastix", "(TransformParameters 1.25 0.5 -0.25 0.75 10.375 20.25)\n" },
      { "elastix", "(CenterOfRotationPoint 0 0)\n" },
      { "elastix", "(Size 200 180)\n" },
      /* the first pair is the fixed image's corner */
      { "points", "fixed_x,fixed_y,moving_x,moving_y\n0,0,10,20.5\n" },
      { "bigwarp", "\"Pt-0\",\"true\",\"9.5\",\"20\",\"-0.5\",\"-0.5\"\n" },
      { "qgis", "\n0,0,10,-20.5,1,0,0,0\n" },
      { "gdal", "<GCP Id=\"1\" Info=\"\" Pixel=\"10\" Line=\"20.5\" X=\"0\" Y=\"0\"/>" },
      { "gdal", "<VRTDataset rasterXSize=\"50\" rasterYSize=\"50\">" },
      { "hugin", "c n0 N1 x-0.5 y-0.5 X9.5 Y20 t0\n" },
      /* A⁻¹ = (0.75, −0.5; 0.25, 1.25)/1.0625, whatever its digits */
      { "trakem2", "o_width=\"50\" o_height=\"50\" transform=\"matrix(0.70588235294117" },
      { "svg", "<image x=\"0\" y=\"0\" width=\"200\" height=\"180\" preserveAspectRatio=\"none\" transform=\"matrix(1 0 0 1 0 0)\" xlink:href=\"a&amp;b.png\"/>" },
      { "annotation", "\"matrix\": [[1.25, 0.5, 10], [-0.25, 0.75, 20.5], [0, 0, 1]]" },
      { "georeference", "\"resourceCoords\": [10, 20.5] }, \"geometry\": { \"type\": \"Point\", \"coordinates\": [0, 0] }" },
      { "georeference", "\"type\": \"polynomial\", \"options\": { \"order\": 1 }" },
    };

  options.fixed_name = "a&b.png";
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = pmt_exchange_print (t, parts[i].nick, &options, NULL, &error);

      g_assert_no_error (error);
      if (strstr (text, parts[i].part) == NULL)
        g_error ("%s: “%s” is not in:\n%s", parts[i].nick, parts[i].part, text);
    }
}

/* ITK reads a composite only where it has no parameters of its own; its parts stand in the order of the last applied first. */
static void
test_composite (void)
{
  const PmtPoint           d[4] = { { 0, 0 }, { 1, 0 }, { 0, 2 }, { 0, 0 } };
  const PmtLattice         lattice = { { 0, 0 }, { 100, 100 }, 2, 2, d };
  g_autoptr (PmtTransform) none = pmt_transform_new (FIXED, MOVING), first = NULL, both = NULL;
  PmtMatrix3               m = pmt_matrix3_translation (3, 4);
  PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_AUTO);
  g_autoptr (GError)       error = NULL;
  g_autofree char         *text = NULL;
  const char              *composite, *affine, *spline;

  first = pmt_transform_append_lattice (none, &lattice, MOVING, NULL, &error);
  g_assert_no_error (error);
  both = pmt_transform_append_matrix (first, &m, MOVING, NULL, &error);
  text = pmt_exchange_print (both, "itk", &options, NULL, &error);
  g_assert_no_error (error);
  composite = strstr (text, "Transform: CompositeTransform_double_2_2\n#Transform 1\nTransform: AffineTransform_double_2_2\n");
  affine = strstr (text, "Parameters: 1 0 0 1 3 4\nFixedParameters: 0 0\n");
  spline = strstr (text, "#Transform 2\nTransform: BSplineTransform_double_2_2\n");
  g_assert_true (composite != NULL && affine > composite && spline > affine);
}

/* -- what cannot be held -- */

static void
test_nearest (void)
{
  /* the mean square of a perspective this weak is least for (1 + ε·…) that the figures below bound from both sides */
  const PmtMatrix3         tilt = { { { 1, 0, 0 }, { 0, 1, 0 }, { 1e-4, 0, 1 } } };
  const char *const        nicks[] = { "itk", "elastix", "trakem2", "svg" };
  g_autoptr (PmtTransform) t = one_step (&tilt);

  for (guint i = 0; i < G_N_ELEMENTS (nicks); i++)
    {
      PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_AUTO);
      g_autoptr (GError)       error = NULL;
      g_autoptr (PmtTransform) back = NULL;
      g_autofree char         *text = NULL;
      PmtExchangeReport        report;
      double                   worst;

      g_assert_null (pmt_exchange_print (t, nicks[i], &options, &report, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, "affine"));
      g_assert_true (report.inexact);
      g_clear_error (&error);
      options.nearest = TRUE;
      text = pmt_exchange_print (t, nicks[i], &options, &report, &error);
      g_assert_no_error (error);
      back = pmt_exchange_parse (text, -1, NULL, &options, NULL, &error);
      g_assert_no_error (error);
      /* x/(1 + 1e-4·x) bends by ½·(200/2)²·2e-4 ≈ 1 px between its ends, of which a line leaves two thirds at most */
      g_assert_cmpfloat (report.worst, >, 0.5);
      g_assert_cmpfloat (report.worst, <, 2.5);
      g_assert_cmpfloat (report.mean, <, report.worst);
      worst = farthest (t, back);   /* another grid, with the corners of the image's width */
      g_assert_cmpfloat (fabs (worst - report.worst), <, 1e-6);
    }
}

/* A thin plate through the pairs of a homography is not the homography; what is said of it is so. */
static void
test_foreseen (void)
{
  const PmtMatrix3         tilt = { { { 1, 0, 0 }, { 0, 1, 0 }, { 1e-3, 0, 1 } } };
  g_autoptr (PmtTransform) t = one_step (&tilt), back = NULL;
  PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_THIN_PLATE);
  g_autoptr (GError)       error = NULL;
  PmtExchangeReport        report;
  g_autofree char         *text = pmt_exchange_print (t, "bigwarp", &options, &report, &error);
  double                   worst;

  g_assert_no_error (error);
  g_assert_cmpint (report.pairs, ==, 10 * 9);
  g_assert_cmpint (report.model, ==, PMT_POINT_MODEL_THIN_PLATE);
  g_assert_false (report.inexact);
  back = pmt_exchange_parse (text, -1, NULL, &options, NULL, &error);
  g_assert_no_error (error);
  worst = farthest (t, back);
  g_assert_cmpfloat (report.worst, >, 0.01);
  g_assert_cmpfloat (report.worst, <, 1);
  g_assert_cmpfloat (worst, <, 1.5 * report.worst + 0.05);   /* its smoothing was found here, and 0 there */
}

static void
test_sizes (void)
{
  const PmtMatrix3         m = { { { 1, 0, 3 }, { 0, 1, 4 }, { 0, 0, 1 } } };
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { 0, 0 }, (PmtSize) { 0, 0 });
  g_autoptr (PmtTransform) t = pmt_transform_append_matrix (none, &m, (PmtSize) { 0, 0 }, NULL, NULL);
  const char *const        needy[] = { "bigwarp", "qgis", "gdal", "hugin", "trakem2", "svg", "annotation", "georeference" };
  PmtExchangeOptions       options = options_with (PMT_POINT_MODEL_AUTO);

  for (guint i = 0; i < G_N_ELEMENTS (needy); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (pmt_exchange_print (t, needy[i], &options, NULL, &error));
      g_assert_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT);
      g_assert_nonnull (strstr (error->message, "size"));
    }
  options.fixed = FIXED;
  options.moving = MOVING;
  for (guint i = 0; i < G_N_ELEMENTS (needy); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char   *text = pmt_exchange_print (t, needy[i], &options, NULL, &error);

      g_assert_no_error (error);
    }
}

/* -- refusals -- */

static const struct { const char *nick, *text, *says; PmtError code; } refusals[] =
{
  { NULL, "", "no format", PMT_ERROR_UNSUPPORTED },
  { NULL, "once upon a time", "no format", PMT_ERROR_UNSUPPORTED },
  { "itk", ITK_HEAD, "no transform", PMT_ERROR_FORMAT },
  { "itk", ITK_HEAD "Parameters: 1\n", "line 3: parameters before", PMT_ERROR_FORMAT },
  { "itk", ITK_HEAD "Transform: AffineTransform_double_3_3\n", "two dimensions", PMT_ERROR_UNSUPPORTED },
  { "itk", ITK_HEAD "Transform: AffineTransform_double_2_2\nParameters: 1 2 x\n", "line 4: not all of these are numbers", PMT_ERROR_FORMAT },
  { "itk", ITK_HEAD "Transform: AffineTransform_double_2_2\nParameters: 1 2 nan 4 5 6\n", "line 4", PMT_ERROR_FORMAT },
  { "itk", ITK_HEAD "Transform: AffineTransform_double_2_2\nParameters: 1 2 2 4 5 6\nFixedParameters: 0 0\n", "singular", PMT_ERROR_BAD_INPUT },
  { "itk", ITK_HEAD "Transform: VelocityTransform_double_2_2\nParameters: 1\n", "“VelocityTransform” are not read", PMT_ERROR_UNSUPPORTED },
  { "itk", ITK_HEAD "Transform: BSplineTransform_double_2_2\nParameters: 1 2 3\nFixedParameters: 4 4 0 0 1 1 1 0 0 1\n", "32", PMT_ERROR_FORMAT },
  { "itk", ITK_HEAD "Transform: BSplineTransform_double_2_2\nParameters: 1 2 3\nFixedParameters: 1e9 1e9 0 0 1 1 1 0 0 1\n", "nodes", PMT_ERROR_UNSUPPORTED },
  { "elastix", "(Transform \"AffineTransform\"\n", "line 1", PMT_ERROR_FORMAT },
  { "elastix", "(Transform \"AffineTransform\")\n", "“TransformParameters” is missing", PMT_ERROR_FORMAT },
  { "elastix", "(Transform \"AffineTransform\")\n(Transform \"AffineTransform\")\n", "twice", PMT_ERROR_FORMAT },
  { "elastix", "(Transform \"SplineKernelTransform\")\n(TransformParameters 1)\n", "“SplineKernelTransform” is not read", PMT_ERROR_UNSUPPORTED },
  { "elastix", "(Transform \"TranslationTransform\")\n(TransformParameters 1 2)\n(Spacing 0.5 0.5)\n", "spacing 1", PMT_ERROR_UNSUPPORTED },
  { "elastix", "(Transform \"TranslationTransform\")\n(TransformParameters 1 2)\n(InitialTransformParameterFileName \"a.txt\")\n", "a.txt",
    PMT_ERROR_UNSUPPORTED },
  { "elastix-points", "point\n1\n1 2\n", "two files", PMT_ERROR_UNSUPPORTED },
  { "bigwarp", "\"Pt-0\",\"true\",\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"\n", "line 1", PMT_ERROR_FORMAT },
  { "bigwarp", "\"Pt-0\",\"false\",\"1\",\"2\",\"3\",\"4\"\n", "no points", PMT_ERROR_BAD_INPUT },
  { "qgis", "mapX,mapY,sourceX,sourceY,enable\n1,2,3\n", "line 2", PMT_ERROR_FORMAT },
  { "gdal", "<VRTDataset><GCP X=\"1\" Y=\"2\" Pixel=\"3\"/></VRTDataset>", "“Line” is no number", PMT_ERROR_FORMAT },
  { "gdal", "<VRTDataset><GCPList>", "no XML", PMT_ERROR_FORMAT },
  { "gdal", "-gcp 1 2 3\n", "point 0", PMT_ERROR_FORMAT },
  { "hugin", "p f0\ni w10 h10 n\"a\"\n", "not two images", PMT_ERROR_FORMAT },
  { "hugin", "p f0\ni w10 h10 v50 n\"a\"\ni w10 h10 v50 p3 n\"b\"\n", "no pair of points", PMT_ERROR_UNSUPPORTED },
  { "hugin", "p f0\ni w10 h10 vx n\"a\"\ni w10 hh n\"b\"\n", "line 3", PMT_ERROR_FORMAT },
  { "trakem2", "<trakem2><t2_patch transform=\"matrix(1,0,0,1)\"/></trakem2>", "line 1", PMT_ERROR_FORMAT },
  { "trakem2", "<trakem2><t2_patch transform=\"matrix(1,0,0,1,0,0)\"><ict_transform class=\"a\" data=\"\"/></t2_patch></trakem2>", "its own",
    PMT_ERROR_UNSUPPORTED },
  { "trakem2", "<ict_transform class=\"a.MovingLeastSquares\" data=\"1\"/>", "MovingLeastSquares", PMT_ERROR_UNSUPPORTED },
  { "trakem2", "<trakem2/>", "neither", PMT_ERROR_FORMAT },
  { "svg", "<svg><image width=\"1\" height=\"1\"/></svg>", "not two images", PMT_ERROR_FORMAT },
  { "svg", "<svg><image width=\"100%\" height=\"1\"/></svg>", "“width”", PMT_ERROR_FORMAT },
  { "svg", "<svg><g transform=\"turn(3)\"/></svg>", "“turn(3)”", PMT_ERROR_FORMAT },
  { "svg", "<svg><image width=\"1\" height=\"1\"/><image width=\"1\" height=\"1\" transform=\"scale(0)\"/></svg>", "no inverse", PMT_ERROR_FORMAT },
  { "annotation", "{ \"type\": \"Annotation\" }", "“body” is missing", PMT_ERROR_FORMAT },
  { "annotation", "[]", "must be a JSON object", PMT_ERROR_FORMAT },
  { "georeference", "{ \"body\": { \"features\": [ { \"properties\": { \"resourceCoords\": [1] }, \"geometry\": {} } ] } }", "features[0]", PMT_ERROR_FORMAT },
  { "georeference", "{ \"items\": [ {}, {} ] }", "2 annotations", PMT_ERROR_UNSUPPORTED },
  { "field", "", "no text", PMT_ERROR_UNSUPPORTED },
};

static void
test_refusals (void)
{
  PmtExchangeOptions options = options_with (PMT_POINT_MODEL_AUTO);

  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autoptr (GError) error = NULL;

      if (pmt_exchange_parse (refusals[i].text, -1, refusals[i].nick, &options, NULL, &error) != NULL)
        g_error ("%s: not refused:\n%s", refusals[i].nick, refusals[i].text);
      if (!g_error_matches (error, PMT_ERROR, refusals[i].code) || strstr (error->message, refusals[i].says) == NULL)
        g_error ("%s: code %d, “%s”, for:\n%s", refusals[i].nick, error->code, error->message, refusals[i].text);
    }
}

/* Elements without end cost no stack, and no minutes. */
static void
test_deep (void)
{
  PmtExchangeOptions  options = options_with (PMT_POINT_MODEL_AUTO);
  g_autoptr (GString) text = g_string_new ("<svg>");
  g_autoptr (GError)  error = NULL;

  for (int i = 0; i < 100000; i++)
    g_string_append (text, "<g>");
  g_assert_null (pmt_exchange_parse (text->str, -1, "svg", &options, NULL, &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, "nested"));
}

static void
test_table (void)
{
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < pmt_exchange_get_n_formats (); i++)
    {
      const PmtFormatInfo *info = pmt_exchange_get_format (i);

      g_assert_true (pmt_exchange_find_format (info->nick) == info);
      for (const char *const *ending = info->endings; *ending != NULL; ending++)
        {
          g_autofree char *path = g_strdup_printf ("a.b/C%s", *ending), *upper = g_ascii_strup (path, -1);

          g_assert_true (pmt_exchange_format_for (path, NULL) == info);
          g_assert_true (pmt_exchange_format_for (upper, NULL) == info);
        }
    }
  g_assert_cmpstr (pmt_exchange_format_for ("a.tif[compression=lzw]", NULL)->nick, ==, "field");
  g_assert_null (pmt_exchange_format_for ("a.png", &error));
  g_assert_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/exchange/table", test_table);
  g_test_add_func ("/exchange/definitions", test_definitions);
  g_test_add_func ("/exchange/round-trips", test_round_trips);
  g_test_add_func ("/exchange/texts", test_texts);
  g_test_add_func ("/exchange/composite", test_composite);
  g_test_add_func ("/exchange/nearest", test_nearest);
  g_test_add_func ("/exchange/foreseen", test_foreseen);
  g_test_add_func ("/exchange/sizes", test_sizes);
  g_test_add_func ("/exchange/refusals", test_refusals);
  g_test_add_func ("/exchange/deep", test_deep);
  return g_test_run ();
}
