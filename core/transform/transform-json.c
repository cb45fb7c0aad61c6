/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transforms to and from JSON; docs/transform-format.md describes the format. The writer is by hand, so that the bytes
 * are canonical: fixed order, fixed white space, 17 significant digits (enough for every double to come back exactly). */
#include <math.h>
#include <string.h>

#include "base/atomic-file.h"
#include "base/read-file.h"
#include "transform/transform-private.h"

#define FORMAT      "pentimento-transform"
#define VERSION     1
#define MAX_STEPS   10000
#define MAX_SIDE    G_MAXINT
#define MAX_BYTES   (64 << 20)

static const char *const file_members[] =
  { "format", "version", "from", "to", "pixel-centre", "axes", "fixed", "moving", "steps", NULL };
static const char *const size_members[] = { "width", "height", NULL };
static const char *const step_members[] = { "kind", "provenance", NULL };
static const char *const provenance_members[] =
  { "method", "model", "reference", "verdict", "date", "version", "error-median", "error-p95", "overlap", NULL };

/* One rule for the six strings and three figures: name and where they are kept. */
typedef struct { const char *name; gsize offset; } Field;

static const Field texts[] =
{
  { "method", G_STRUCT_OFFSET (PmtProvenance, method) },
  { "model", G_STRUCT_OFFSET (PmtProvenance, model) },
  { "reference", G_STRUCT_OFFSET (PmtProvenance, reference) },
  { "verdict", G_STRUCT_OFFSET (PmtProvenance, verdict) },
  { "date", G_STRUCT_OFFSET (PmtProvenance, date) },
  { "version", G_STRUCT_OFFSET (PmtProvenance, version) },
};

static const Field figures[] =
{
  { "error-median", G_STRUCT_OFFSET (PmtProvenance, error_median) },
  { "error-p95", G_STRUCT_OFFSET (PmtProvenance, error_p95) },
  { "overlap", G_STRUCT_OFFSET (PmtProvenance, overlap) },
};

/* -- writing -- */

/* Takes back the comma of the last member, before a bracket closes. */
static void
end_members (GString *json)
{
  if (g_str_has_suffix (json->str, ",\n"))
    {
      g_string_truncate (json, json->len - 2);
      g_string_append_c (json, '\n');
    }
}

static void
put_provenance (GString *json, const PmtProvenance *provenance)
{
  g_string_append (json, "      \"provenance\": {\n");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      const char *text = G_STRUCT_MEMBER (char *, provenance, texts[i].offset);

      if (text == NULL)
        continue;
      g_string_append_printf (json, "        \"%s\": ", texts[i].name);
      _pmt_json_put_string (json, text);
      g_string_append (json, ",\n");
    }
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      double value = G_STRUCT_MEMBER (double, provenance, figures[i].offset);

      if (!isfinite (value))
        continue;
      g_string_append_printf (json, "        \"%s\": ", figures[i].name);
      _pmt_json_put_number (json, value);
      g_string_append (json, ",\n");
    }
  end_members (json);
  g_string_append (json, "      },\n");
}

static void
put_step (GString *json, const PmtStep *step)
{
  g_string_append_printf (json, "    {\n      \"kind\": \"%s\",\n", step->klass->kind);
  step->klass->to_json (step, json, "      ");
  if (step->provenance != NULL)
    put_provenance (json, step->provenance);
  end_members (json);
  g_string_append (json, "    },\n");
}

char *
pmt_transform_to_json (const PmtTransform *transform)
{
  GString *json = g_string_new (NULL);
  PmtSize  fixed = pmt_transform_get_fixed_size (transform), moving = pmt_transform_get_moving_size (transform);

  g_string_append_printf (json,
                          "{\n"
                          "  \"format\": \"" FORMAT "\",\n"
                          "  \"version\": %d,\n"
                          "  \"from\": \"fixed\",\n"
                          "  \"to\": \"moving\",\n"
                          "  \"pixel-centre\": 0.5,\n"
                          "  \"axes\": \"x right, y down\",\n"
                          "  \"fixed\": { \"width\": %d, \"height\": %d },\n"
                          "  \"moving\": { \"width\": %d, \"height\": %d },\n"
                          "  \"steps\": [\n",
                          VERSION, fixed.width, fixed.height, moving.width, moving.height);
  for (int i = 0; i < pmt_transform_get_length (transform); i++)
    put_step (json, _pmt_transform_get_step (transform, i));
  end_members (json);
  g_string_append (json, "  ]\n}\n");
  return g_string_free (json, FALSE);
}

gboolean
pmt_transform_save (const PmtTransform *transform, const char *path, GError **error)
{
  g_autofree char *json = pmt_transform_to_json (transform);

  return pmt_atomic_file_write (path, json, strlen (json), error);
}

/* -- reading -- */

/* A member that can have only one value in this version, and must say so. */
static gboolean
expect_string (JsonObject *object, const char *member, const char *expected, GError **error)
{
  const char *found = _pmt_json_string (object, member, "transform", error);

  if (found == NULL)
    return FALSE;
  if (!g_str_equal (found, expected))
    {
      g_autofree char *here = g_strdup_printf ("transform.%s", member);

      return _pmt_json_fail (error, here, "must be “%s”, not “%.100s”", expected, found);
    }
  return TRUE;
}

static gboolean
check_header (JsonObject *object, GError **error)
{
  gint64    version;
  double    centre;
  JsonNode *node;

  if (!expect_string (object, "format", FORMAT, error)
      || !_pmt_json_integer (object, "version", "transform", 1, G_MAXINT32, &version, error))
    return FALSE;
  if (version != VERSION)
    return _pmt_json_fail (error, "transform.version", "is %d; this program knows version %d only", (int) version, VERSION);
  if (!_pmt_json_only (object, "transform", file_members, NULL, error)
      || !expect_string (object, "from", "fixed", error) || !expect_string (object, "to", "moving", error)
      || !expect_string (object, "axes", "x right, y down", error))
    return FALSE;
  node = json_object_get_member (object, "pixel-centre");
  if (node == NULL)
    return _pmt_json_fail (error, "transform", "the member “pixel-centre” is missing");
  if (!_pmt_json_number_node (node, "transform.pixel-centre", &centre, error))
    return FALSE;
  return centre == 0.5 || _pmt_json_fail (error, "transform.pixel-centre", "must be 0.5");
}

static gboolean
read_size (JsonObject *object, const char *member, PmtSize *size, GError **error)
{
  g_autofree char *here = g_strdup_printf ("transform.%s", member);
  JsonObject      *pair = _pmt_json_object (object, member, "transform", error);
  gint64           width, height;

  if (pair == NULL || !_pmt_json_only (pair, here, size_members, NULL, error)
      || !_pmt_json_integer (pair, "width", here, 0, MAX_SIDE, &width, error)
      || !_pmt_json_integer (pair, "height", here, 0, MAX_SIDE, &height, error))
    return FALSE;
  if ((width == 0) != (height == 0))
    return _pmt_json_fail (error, here, "width and height must both be 0 (unknown) or both be known");
  *size = (PmtSize) { (int) width, (int) height };
  return TRUE;
}

static gboolean
read_figure (JsonObject *object, const Field *field, const char *place, PmtProvenance *provenance, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.%s", place, field->name);

  return !json_object_has_member (object, field->name)
         || _pmt_json_number_node (json_object_get_member (object, field->name), here,
                                   &G_STRUCT_MEMBER (double, provenance, field->offset), error);
}

static gboolean
read_provenance (JsonObject *step, const char *place, PmtProvenance *provenance, GError **error)
{
  g_autofree char *here = g_strdup_printf ("%s.provenance", place);
  JsonObject      *object = _pmt_json_object (step, "provenance", place, error);

  if (object == NULL || !_pmt_json_only (object, here, provenance_members, NULL, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (json_object_has_member (object, texts[i].name))
      {
        const char *text = _pmt_json_string (object, texts[i].name, here, error);

        if (text == NULL)
          return FALSE;
        G_STRUCT_MEMBER (char *, provenance, texts[i].offset) = g_strdup (text);
      }
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    if (!read_figure (object, &figures[i], here, provenance, error))
      return FALSE;
  return TRUE;
}

static PmtStep *
read_step (JsonNode *node, const char *place, GError **error)
{
  JsonObject         *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const PmtStepClass *klass;
  const char         *kind;
  g_autoptr (PmtStep) step = NULL;

  if (object == NULL)
    {
      _pmt_json_fail (error, place, "must be an object, not %s", json_node_type_name (node));
      return NULL;
    }
  kind = _pmt_json_string (object, "kind", place, error);
  if (kind == NULL)
    return NULL;
  klass = _pmt_step_class_by_kind (kind);
  if (klass == NULL)
    {
      _pmt_json_fail (error, place, "this program knows no step of kind “%.100s”", kind);
      return NULL;
    }
  if (!_pmt_json_only (object, place, step_members, klass->members, error))
    return NULL;
  step = klass->from_json (object, place, error);
  if (step != NULL && json_object_has_member (object, "provenance"))
    {
      step->provenance = g_new (PmtProvenance, 1);
      pmt_provenance_init (step->provenance);
      if (!read_provenance (object, place, step->provenance, error))
        return NULL;
    }
  return g_steal_pointer (&step);
}

static PmtTransform *
read_transform (JsonObject *object, GError **error)
{
  g_autoptr (PmtTransform) transform = NULL;
  PmtSize                  fixed, moving;
  JsonArray               *steps;

  if (!check_header (object, error) || !read_size (object, "fixed", &fixed, error)
      || !read_size (object, "moving", &moving, error))
    return NULL;
  steps = _pmt_json_array (object, "steps", "transform", error);
  if (steps == NULL)
    return NULL;
  if (json_array_get_length (steps) > MAX_STEPS)
    {
      _pmt_json_fail (error, "steps", "%u steps are more than the %d allowed", json_array_get_length (steps), MAX_STEPS);
      return NULL;
    }
  transform = pmt_transform_new (fixed, moving);
  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      g_autofree char *place = g_strdup_printf ("steps[%u]", i);
      PmtStep         *step = read_step (json_array_get_element (steps, i), place, error);

      if (step == NULL)
        return NULL;
      _pmt_transform_add (transform, step);
    }
  return g_steal_pointer (&transform);
}

PmtTransform *
pmt_transform_from_json (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonNode) root = _pmt_json_parse (text, length, error);

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      _pmt_json_fail (error, "text", "must be a JSON object, not %s", json_node_type_name (root));
      return NULL;
    }
  return read_transform (json_node_get_object (root), error);
}

PmtTransform *
pmt_transform_load (const char *path, GError **error)
{
  g_autoptr (GString) text = pmt_file_read (path, MAX_BYTES, error);
  PmtTransform       *transform = text != NULL ? pmt_transform_from_json (text->str, (gssize) text->len, error) : NULL;

  if (text != NULL && transform == NULL)
    g_prefix_error (error, "%s: ", path);
  return transform;
}
