/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hugin's projects: an “i” line an image (w h f v r p y TrX TrY TrZ … n"file"), a “c” line a pair of points (n N x y
 * X Y t). Points are counted from the first pixel's centre. The first image is our fixed one, the second the moving
 * one.
 *
 * With rectilinear images that look straight at a plane (p = y = TrZ = 0), a pixel at u from an image's middle lies
 * on the plane at R(r)·u/F + (TrX, TrY), with F = w/2/tan (v/2) and R turning from x towards y (down): a similarity.
 * So that is what the pose of the second image is written as, exactly where the transform is one; the pairs say the
 * rest to Hugin's optimiser. Read, pairs count before the poses. */
#include <math.h>
#include <string.h>

#include "exchange/format-private.h"

#define VIEW       50.0    /* degrees: what the fixed image is said to cover; any will do for a plane */
#define MAX_IMAGES 10000

static gboolean
recognise (const char *text)
{
  const char *image = g_str_has_prefix (text, "i ") ? text : strstr (text, "\ni ");

  return (_pmt_format_begins (text, '#', "p ") || _pmt_format_begins (text, '#', "i ")) && image != NULL
    && strstr (image, " n\"") != NULL;
}

/* -- reading -- */

typedef struct { double w, h, f, v, r, p, y, x_shift, y_shift, z_shift, bent; } Image;

typedef struct
{
  Image             images[2];
  int               n;
  PmtFormatContent *content;
} Project;

static const struct { const char *name; gsize offset; } variables[] =
{
  { "TrX", G_STRUCT_OFFSET (Image, x_shift) }, { "TrY", G_STRUCT_OFFSET (Image, y_shift) },
  { "TrZ", G_STRUCT_OFFSET (Image, z_shift) },
  { "w", G_STRUCT_OFFSET (Image, w) }, { "h", G_STRUCT_OFFSET (Image, h) }, { "f", G_STRUCT_OFFSET (Image, f) },
  { "v", G_STRUCT_OFFSET (Image, v) }, { "r", G_STRUCT_OFFSET (Image, r) }, { "p", G_STRUCT_OFFSET (Image, p) },
  { "y", G_STRUCT_OFFSET (Image, y) },
};

/* “a0.1”, “b=0”, … : a lens that distorts, or an image that is shifted or sheared within its frame. */
static gboolean
is_bent (const char *word)
{
  double value;

  return strlen (word) > 1 && strchr ("abcdegt", word[0]) != NULL && word[1] != '='
    && _pmt_format_number (word + 1, &value) && value != 0;
}

/* One word of an “i” line; “v=0”: as in image 0. */
static gboolean
take_variable (Project *project, Image *image, const char *word)
{
  if (is_bent (word))
    image->bent = 1;
  for (guint k = 0; k < G_N_ELEMENTS (variables); k++)
    if (g_str_has_prefix (word, variables[k].name))
      {
        const char *value = word + strlen (variables[k].name);
        double     *field = &G_STRUCT_MEMBER (double, image, variables[k].offset);

        if (*value == '=' && g_str_equal (value, "=0"))
          {
            *field = G_STRUCT_MEMBER (double, &project->images[0], variables[k].offset);
            return TRUE;
          }
        if (g_ascii_isdigit (*value) || *value == '-' || *value == '+' || *value == '.')
          return _pmt_format_number (value, field);
      }
  return TRUE;   /* of no concern here */
}

static gboolean
take_image (Project *project, const char *line, int number, GError **error)
{
  g_autofree char *plain = g_strndup (line, strcspn (line, "\""));   /* the name comes last but for paths of Vm… */
  g_auto (GStrv)   words = g_strsplit_set (plain, " \t", -1);
  Image            image = { .v = VIEW };

  if (project->n >= MAX_IMAGES)
    return _pmt_format_fail (error, number, "more than %d images", MAX_IMAGES);
  if (project->n++ >= 2)
    return TRUE;
  for (int i = 1; words[i] != NULL; i++)
    if (!take_variable (project, &image, words[i]))
      return _pmt_format_fail (error, number, "“%.40s” is no number", words[i]);
  if (!(image.w >= 1 && image.h >= 1 && image.w <= G_MAXINT && image.h <= G_MAXINT))
    return _pmt_format_fail (error, number, "an image without width and height");
  project->images[project->n - 1] = image;
  return TRUE;
}

/* n, N, x, y, X, Y, t of a “c” line; what is not there is 0. */
static gboolean
take_pair (Project *project, const char *line, int number, GError **error)
{
  static const char letters[] = "nNxyXYt";
  g_auto (GStrv)    words = g_strsplit_set (line, " \t", -1);
  double            v[7] = { 0 };
  PmtPoint          p, q;

  for (int i = 1; words[i] != NULL; i++)
    {
      const char *letter = *words[i] != 0 ? strchr (letters, *words[i]) : NULL;

      if (letter != NULL && !_pmt_format_number (words[i] + 1, &v[letter - letters]))
        return _pmt_format_fail (error, number, "“%.40s” is no number", words[i]);
    }
  if (v[6] != 0 || !((v[0] == 0 && v[1] == 1) || (v[0] == 1 && v[1] == 0)))
    return TRUE;   /* a line's, or other images' */
  p = (PmtPoint) { v[2] + 0.5, v[3] + 0.5 };
  q = (PmtPoint) { v[4] + 0.5, v[5] + 0.5 };
  _pmt_format_add_pair (project->content, v[0] == 0 ? p : q, v[0] == 0 ? q : p);
  return TRUE;
}

/* An image's pixels to the plane. */
static gboolean
place (const Image *image, int number, PmtMatrix3 *m, GError **error)
{
  double     scale = 2 * tan (image->v * G_PI / 360) / image->w;
  PmtMatrix3 middle = pmt_matrix3_translation (-0.5 * image->w, -0.5 * image->h), turn;

  if (image->f != 0 || image->p != 0 || image->y != 0 || image->z_shift != 0 || image->bent != 0 || !(scale > 0))
    return _pmt_format_refuse (error, "there is no pair of points between the first two images, and image %d is not "
                                      "one that looks straight "
                               "at a plane through a lens without distortion", number);
  turn = _pmt_linear_turn (scale, image->r * G_PI / 180, (PmtPoint) { image->x_shift, image->y_shift },
                           (PmtPoint) { 0, 0 });
  *m = pmt_matrix3_then (&middle, &turn);
  return TRUE;
}

static gboolean
read_hugin (const PmtFormatText *text, PmtFormatContent *content, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text->text, "\n", -1);
  Project        project = { .content = content };
  PmtMatrix3     fixed, moving;

  for (int i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strchomp (lines[i]);

      if (g_str_has_prefix (line, "i ") ? !take_image (&project, line, i + 1, error)
                                        : g_str_has_prefix (line, "c ") && !take_pair (&project, line, i + 1, error))
        return FALSE;
    }
  if (project.n < 2)
    return _pmt_format_fail (error, 0, "there are not two images in it");
  content->fixed = (PmtSize) { (int) project.images[0].w, (int) project.images[0].h };
  content->moving = (PmtSize) { (int) project.images[1].w, (int) project.images[1].h };
  if (content->from->len > 0)
    return TRUE;
  return place (&project.images[0], 0, &fixed, error) && place (&project.images[1], 1, &moving, error)
         && _pmt_linear_relate (content, &fixed, &moving, "hugin", error);
}

/* -- writing -- */

/* The moving image's view (degrees), roll (degrees) and shift on the plane of the similarity that is nearest to the
 * pairs. */
static gboolean
find_pose (const PmtFormatContent *content, double *view, double *roll, PmtPoint *shift, GError **error)
{
  PmtPointOptions         options = { PMT_POINT_MODEL_SIMILARITY, 0 };
  g_autoptr (PmtPointFit) fit = pmt_point_fit_new ((int) content->from->len, (const PmtPoint *) content->from->data,
                                                   (const PmtPoint *) content->to->data, content->fixed,
                                                     content->moving, &options, error);
  double                  focal = 0.5 * content->fixed.width / tan (VIEW * G_PI / 360), angle, u, v;
  PmtPoint                middle = { 0.5 * content->fixed.width, 0.5 * content->fixed.height };
  PmtMatrix3              m;

  if (fit == NULL)
    return FALSE;
  if (!_pmt_linear_get (fit->transform, &m))
    return _pmt_format_refuse (error, "Hugin’s pose holds similarities");
  angle = atan2 (m.m[1][0], m.m[0][0]);
  focal *= hypot (m.m[0][0], m.m[1][0]);
  middle = pmt_matrix3_map (&m, middle);
  u = (middle.x - 0.5 * content->moving.width) / focal;
  v = (middle.y - 0.5 * content->moving.height) / focal;
  *view = 360 / G_PI * atan (0.5 * content->moving.width / focal);
  *roll = -180 / G_PI * angle;
  *shift = (PmtPoint) { -cos (angle) * u - sin (angle) * v, sin (angle) * u - cos (angle) * v };
  return TRUE;
}

static void
put_image (GString *text, PmtSize size, double view, double roll, PmtPoint shift, const char *name)
{
  const double             v[4] = { view, roll, shift.x, shift.y };
  static const char *const names[4] = { "v", "r", "TrX", "TrY" };

  g_string_append_printf (text, "i w%d h%d f0", size.width, size.height);
  for (int k = 0; k < 4; k++)
    {
      g_string_append_printf (text, " %s", names[k]);
      _pmt_json_put_number (text, v[k]);
    }
  g_string_append_printf (text, " p0 y0 TrZ0 Tpy0 Tpp0 a0 b0 c0 d0 e0 g0 t0 n\"%s\"\n", name);
}

static gboolean
write_hugin (const PmtFormatContent *content, const char *path, GString *text, GString *partner, GError **error)
{
  double   view = 0, roll = 0;
  PmtPoint shift = { 0, 0 };

  if (!_pmt_format_need_sizes (content, TRUE, error) || !find_pose (content, &view, &roll, &shift, error))
    return FALSE;
  if (strpbrk (content->fixed_name, "\"\r\n") != NULL || strpbrk (content->moving_name, "\"\r\n") != NULL)
    return _pmt_format_refuse (error, "Hugin cannot hold an image’s name that has a quotation mark in it");
  g_string_append_printf (text, "# hugin project file\np f0 w%d h%d v", content->fixed.width, content->fixed.height);
  _pmt_json_put_number (text, VIEW);
  g_string_append (text, " n\"TIFF_m c:LZW r:CROP\"\nm i0\n\n");
  put_image (text, content->fixed, VIEW, 0, (PmtPoint) { 0, 0 }, content->fixed_name);
  put_image (text, content->moving, view, roll, shift, content->moving_name);
  g_string_append (text, "\nv v1 r1 TrX1 TrY1\nv\n\n");
  for (guint i = 0; i < content->from->len; i++)
    {
      PmtPoint     p = g_array_index (content->from, PmtPoint, i), q = g_array_index (content->to, PmtPoint, i);
      const double v[4] = { p.x - 0.5, p.y - 0.5, q.x - 0.5, q.y - 0.5 };

      g_string_append (text, "c n0 N1");
      for (int k = 0; k < 4; k++)
        {
          g_string_append_printf (text, " %c", "xyXY"[k]);
          _pmt_json_put_number (text, v[k]);
        }
      g_string_append (text, " t0\n");
    }
  return TRUE;
}

static const char *const endings[] = { ".pto", NULL };

const PmtFormat _pmt_format_hugin =
{
  .info = { "hugin", "Hugin’s project", endings, PMT_FORMAT_READS | PMT_FORMAT_WRITES,
            "pairs of points; a similarity as pose" },
  .reach = PMT_REACH_PAIRS,
  .target = PMT_POINT_MODEL_SIMILARITY,
  .recognise = recognise,
  .read = read_hugin,
  .write = write_hugin,
};
