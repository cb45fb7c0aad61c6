/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fields on a grid of 16-bit controls: evaluation, the search for folds, their part of a transform's file. */
#include "transform/spline-grid-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"
#include "transform/bend-private.h"
#include "transform/cubic-weights-private.h"

#define PAD          PMT_GRID_PAD
#define MAX_PLACE    1e9      /* px, of the origin */
#define MIN_SPACING  1e-3     /* px */
#define MAX_SPACING  1e9
#define MIN_QUANTUM  1e-6     /* px */
#define MAX_QUANTUM  1e4
#define FINE         (1.0 / 1024)   /* px: the quantum where it may be chosen */
#define SURELY_SHORT (1 << 20)      /* nodes whose text is below PMT_GRID_MAX_TEXT, whatever they hold: 20 bits a number */
#define SAMPLES      4        /* a cell and axis, for the search for folds */

static inline gint16 *
node (const PmtSplineGrid *grid, int i, int j)
{
  return grid->control[(gsize) (j + PAD) * (gsize) grid->stride + (gsize) (i + PAD)];
}

/* -- evaluation -- */

PMT_CLONES PmtPoint
_pmt_spline_grid_at (const PmtSplineGrid *grid, PmtPoint p, double slope[2][2])
{
  double   fx, fy, wx[4], wy[4], vx[4], vy[4], q = grid->quantum;
  int      i = _pmt_cubic_cell ((p.x - grid->origin.x) / grid->spacing.x, grid->columns, &fx);
  int      j = _pmt_cubic_cell ((p.y - grid->origin.y) / grid->spacing.y, grid->rows, &fy);
  PmtPoint d = { 0, 0 }, a = { 0, 0 }, b = { 0, 0 };

  _pmt_cubic_weights (fx, wx, vx);
  _pmt_cubic_weights (fy, wy, vy);
  for (int k = 0; k < 4; k++)
    {
      const gint16 *c = node (grid, i - 1, j - 1 + k);
      PmtPoint      line = { wx[0] * c[0] + wx[1] * c[2] + wx[2] * c[4] + wx[3] * c[6],
                             wx[0] * c[1] + wx[1] * c[3] + wx[2] * c[5] + wx[3] * c[7] };
      PmtPoint      tilt = { vx[0] * c[0] + vx[1] * c[2] + vx[2] * c[4] + vx[3] * c[6],
                             vx[0] * c[1] + vx[1] * c[3] + vx[2] * c[5] + vx[3] * c[7] };

      d.x += wy[k] * line.x, d.y += wy[k] * line.y;
      a.x += wy[k] * tilt.x, a.y += wy[k] * tilt.y;
      b.x += vy[k] * line.x, b.y += vy[k] * line.y;
    }
  slope[0][0] = q * a.x / grid->spacing.x, slope[0][1] = q * b.x / grid->spacing.y;
  slope[1][0] = q * a.y / grid->spacing.x, slope[1][1] = q * b.y / grid->spacing.y;
  return (PmtPoint) { q * d.x, q * d.y };
}

/* -- folds -- */

/* An interval. */
typedef struct { double low, high; } Range;

static inline void
widen (Range *range, double value)
{
  range->low = fmin (range->low, value);
  range->high = fmax (range->high, value);
}

static inline double
largest_product (Range a, Range b)
{
  return fmax (fmax (a.low * b.low, a.low * b.high), fmax (a.high * b.low, a.high * b.high));
}

static inline double
least_product (Range a, Range b)
{
  return fmin (fmin (a.low * b.low, a.low * b.high), fmin (a.high * b.low, a.high * b.high));
}

/* A bound of the determinant within the cell behind control (i, j): derivatives of a B-spline are convex
 * combinations of differences of neighbouring controls. */
static double
bound_of_cell (const PmtSplineGrid *grid, int i, int j)
{
  double qx = grid->quantum / grid->spacing.x, qy = grid->quantum / grid->spacing.y;
  Range  range[4] = { { INFINITY, -INFINITY }, { INFINITY, -INFINITY }, { INFINITY, -INFINITY }, { INFINITY, -INFINITY } };

  for (int y = j - 1; y <= j + 2; y++)
    for (int x = i - 1; x <= i + 2; x++)
      {
        const gint16 *c = node (grid, x, y), *right = c + 2, *below = c + 2 * grid->stride;

        for (int axis = 0; axis < 2; axis++)
          {
            if (x <= i + 1)
              widen (&range[2 * axis], (axis == 0) + qx * (right[axis] - c[axis]));
            if (y <= j + 1)
              widen (&range[2 * axis + 1], (axis == 1) + qy * (below[axis] - c[axis]));
          }
      }
  return least_product (range[0], range[3]) - largest_product (range[1], range[2]);
}

static void
sample_cell (const PmtSplineGrid *grid, int i, int j, PmtPoint *where, double *found)
{
  for (int y = 0; y <= SAMPLES; y++)
    for (int x = 0; x <= SAMPLES; x++)
      {
        PmtPoint p = { grid->origin.x + grid->spacing.x * (i + (double) x / SAMPLES),
                       grid->origin.y + grid->spacing.y * (j + (double) y / SAMPLES) };
        double   slope[2][2], determinant;

        _pmt_spline_grid_at (grid, p, slope);
        determinant = _pmt_bend_determinant (slope);
        if (!(determinant >= *found))
          {
            *found = determinant;
            *where = p;
          }
      }
}

gboolean
_pmt_spline_grid_folds_nowhere (const PmtSplineGrid *grid, double least, PmtPoint *where, double *found)
{
  *where = grid->origin;
  *found = INFINITY;
  if (grid->slope < 1 && (1 - grid->slope) * (1 - grid->slope) > least)   /* singular values are 1 − slope or more */
    return TRUE;
  for (int j = -2; j <= grid->rows; j++)
    for (int i = -2; i <= grid->columns; i++)
      if (!(bound_of_cell (grid, i, j) > least))
        sample_cell (grid, i, j, where, found);
  return *found > least;
}

/* -- making one -- */

static gboolean
check_frame (PmtPoint origin, PmtPoint spacing, int columns, int rows, GError **error)
{
  if (!(fabs (origin.x) <= MAX_PLACE && fabs (origin.y) <= MAX_PLACE))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the grid begins further away than %g px", MAX_PLACE);
  else if (!(spacing.x >= MIN_SPACING && spacing.y >= MIN_SPACING && spacing.x <= MAX_SPACING && spacing.y <= MAX_SPACING))
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the grid's spacing must lie between %g and %g px", MIN_SPACING,
                 MAX_SPACING);
  else if (columns < 1 || rows < 1 || columns > PMT_GRID_MAX_SIDE || rows > PMT_GRID_MAX_SIDE
           || (gint64) columns * rows > PMT_GRID_MAX_NODES)
    g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
                 "a grid of %d × %d nodes: at most %d a side and %d in all are allowed", columns, rows, PMT_GRID_MAX_SIDE,
                 PMT_GRID_MAX_NODES);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_quantum (double quantum, GError **error)
{
  if (quantum >= MIN_QUANTUM && quantum <= MAX_QUANTUM)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT, "the grid's quantum must lie between %g and %g px", MIN_QUANTUM,
               MAX_QUANTUM);
  return FALSE;
}

/* Only the controls are still to come. */
static PmtSplineGrid *
grid_new (PmtPoint origin, PmtPoint spacing, int columns, int rows, double quantum)
{
  PmtSplineGrid *grid = g_atomic_rc_box_new0 (PmtSplineGrid);

  grid->origin = (PmtPoint) { origin.x + 0.0, origin.y + 0.0 };   /* -0 becomes 0: equal maps, equal files */
  grid->spacing = spacing;
  grid->columns = columns;
  grid->rows = rows;
  grid->stride = columns + 2 * PAD;
  grid->quantum = quantum;
  grid->control = g_malloc0_n ((gsize) grid->stride * (gsize) (rows + 2 * PAD), sizeof *grid->control);
  return grid;
}

/* Fills the padding, and what bounds values and derivatives. */
static void
complete (PmtSplineGrid *grid)
{
  int    low[2] = { G_MAXINT, G_MAXINT }, high[2] = { G_MININT, G_MININT };
  double across = 0, down = 0;

  for (int j = -PAD; j < grid->rows + PAD; j++)
    for (int i = -PAD; i < grid->columns + PAD; i++)
      memmove (node (grid, i, j), node (grid, CLAMP (i, 0, grid->columns - 1), CLAMP (j, 0, grid->rows - 1)),
               sizeof *grid->control);
  for (int j = 0; j < grid->rows; j++)
    for (int i = 0; i < grid->columns; i++)
      {
        const gint16 *c = node (grid, i, j), *right = c + 2, *below = c + 2 * grid->stride;

        for (int axis = 0; axis < 2; axis++)
          low[axis] = MIN (low[axis], c[axis]), high[axis] = MAX (high[axis], c[axis]);
        across = fmax (across, hypot (right[0] - c[0], right[1] - c[1]) / grid->spacing.x);
        down = fmax (down, hypot (below[0] - c[0], below[1] - c[1]) / grid->spacing.y);
      }
  grid->least = (PmtPoint) { grid->quantum * low[0], grid->quantum * low[1] };
  grid->most = (PmtPoint) { grid->quantum * high[0], grid->quantum * high[1] };
  grid->slope = grid->quantum * hypot (across, down);
}

static double
largest (const PmtLattice *controls)
{
  double most = 0;

  for (gsize i = 0; i < (gsize) controls->columns * (gsize) controls->rows; i++)
    {
      PmtPoint d = controls->displacement[i];
      double   one = fmax (fabs (d.x), fabs (d.y));

      most = isfinite (d.x) && isfinite (d.y) ? fmax (most, one) : INFINITY;
    }
  return most;
}

static gboolean
choose_quantum (double most, double *quantum, GError **error)
{
  if (*quantum == 0)
    for (*quantum = FINE; *quantum < 1024 && most > *quantum * G_MAXINT16;)
      *quantum *= 2;
  if (!check_quantum (*quantum, error))
    return FALSE;
  if (round (most / *quantum) <= G_MAXINT16)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_BAD_INPUT,
               "a control of the grid is no number or more than %d quanta of %g px", G_MAXINT16, *quantum);
  return FALSE;
}

static GByteArray *
encode (const PmtSplineGrid *grid)
{
  PmtBitWriter bits = { .bytes = g_byte_array_new () };

  for (int axis = 0; axis < 2; axis++)
    _pmt_grid_code_write (&bits, node (grid, 0, 0) + axis, grid->columns, grid->rows, 2, 2 * (gsize) grid->stride);
  _pmt_grid_code_flush (&bits);
  return bits.bytes;
}

/* What is made must be readable again: its text may not be too long. */
static gboolean
check_text (const PmtSplineGrid *grid, GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;

  if (grid->columns * grid->rows <= SURELY_SHORT)
    return TRUE;
  bytes = encode (grid);
  if ((bytes->len + 2) / 3 * 4 <= PMT_GRID_MAX_TEXT)
    return TRUE;
  g_set_error (error, PMT_ERROR, PMT_ERROR_UNSUPPORTED,
               "a grid of %d × %d nodes so rough takes %.1f MiB of text, more than the %d allowed; a coarser grid or quantum "
               "takes less", grid->columns, grid->rows, bytes->len * 4.0 / 3 / (1 << 20), PMT_GRID_MAX_TEXT >> 20);
  return FALSE;
}

PmtSplineGrid *
_pmt_spline_grid_new (const PmtLattice *controls, double quantum, GError **error)
{
  g_autoptr (PmtSplineGrid) grid = NULL;

  if (!check_frame (controls->origin, controls->spacing, controls->columns, controls->rows, error)
      || !choose_quantum (largest (controls), &quantum, error))
    return NULL;
  grid = grid_new (controls->origin, controls->spacing, controls->columns, controls->rows, quantum);
  for (int j = 0; j < grid->rows; j++)
    for (int i = 0; i < grid->columns; i++)
      {
        PmtPoint d = controls->displacement[(gsize) j * (gsize) grid->columns + (gsize) i];

        node (grid, i, j)[0] = (gint16) lround (d.x / quantum);
        node (grid, i, j)[1] = (gint16) lround (d.y / quantum);
      }
  complete (grid);
  return check_text (grid, error) ? g_steal_pointer (&grid) : NULL;
}

PmtSplineGrid *
_pmt_spline_grid_ref (PmtSplineGrid *grid)
{
  return g_atomic_rc_box_acquire (grid);
}

static void
clear (gpointer data)
{
  g_free (((PmtSplineGrid *) data)->control);
}

void
_pmt_spline_grid_unref (PmtSplineGrid *grid)
{
  if (grid != NULL)
    g_atomic_rc_box_release_full (grid, clear);
}

gboolean
_pmt_spline_grid_same_frame (const PmtSplineGrid *a, const PmtSplineGrid *b)
{
  return a->columns == b->columns && a->rows == b->rows && a->origin.x == b->origin.x && a->origin.y == b->origin.y
         && a->spacing.x == b->spacing.x && a->spacing.y == b->spacing.y;
}

/* -- JSON -- */

void
_pmt_spline_grid_to_json (const PmtSplineGrid *grid, GString *json, const char *indent)
{
  g_autoptr (GByteArray) bytes = encode (grid);
  g_autofree char       *text = g_base64_encode (bytes->data, bytes->len);

  _pmt_bend_put_pair (json, indent, "origin", grid->origin);
  _pmt_bend_put_pair (json, indent, "spacing", grid->spacing);
  g_string_append_printf (json, "%s\"columns\": %d,\n%s\"rows\": %d,\n%s\"quantum\": ", indent, grid->columns, indent,
                          grid->rows, indent);
  _pmt_json_put_number (json, grid->quantum);
  g_string_append_printf (json, ",\n%s\"data\": \"%s\",\n", indent, text);
}

/* Base64 without white space, padded; GLib's own decoder skips what it does not know. */
static guint8 *
decode_text (const char *text, const char *place, gsize *length, GError **error)
{
  gsize n = strlen (text), body = n;

  if (n > PMT_GRID_MAX_TEXT)
    {
      _pmt_json_fail (error, place, "%" G_GSIZE_FORMAT " bytes are more than the %d allowed", n, PMT_GRID_MAX_TEXT);
      return NULL;
    }
  while (body > 0 && n - body < 2 && text[body - 1] == '=')
    body--;
  for (gsize i = 0; i < body; i++)
    if (!g_ascii_isalnum (text[i]) && text[i] != '+' && text[i] != '/')
      body = 0;
  if (n == 0 || n % 4 != 0 || body == 0)
    {
      _pmt_json_fail (error, place, "is no base64");
      return NULL;
    }
  return g_base64_decode (text, length);
}

static gboolean
read_data (PmtSplineGrid *grid, JsonObject *object, const char *place, GError **error)
{
  g_autofree char   *here = g_strdup_printf ("%s.data", place);
  const char        *text = _pmt_json_string (object, "data", place, error);
  gsize              length = 0;
  g_autofree guint8 *bytes = text != NULL ? decode_text (text, here, &length, error) : NULL;
  PmtBitReader       bits = { .bytes = bytes, .length = length };
  gboolean           good = TRUE;

  if (bytes == NULL)
    return FALSE;
  for (int axis = 0; good && axis < 2; axis++)
    good = _pmt_grid_code_read (&bits, node (grid, 0, 0) + axis, grid->columns, grid->rows, 2, 2 * (gsize) grid->stride);
  return (good && _pmt_grid_code_ended (&bits))
         || _pmt_json_fail (error, here, "is not the code of %d × %d pairs of 16-bit numbers", grid->columns, grid->rows);
}

PmtSplineGrid *
_pmt_spline_grid_from_json (JsonObject *object, const char *place, GError **error)
{
  g_autofree char          *here = g_strdup_printf ("%s.quantum", place);
  g_autoptr (GError)        why = NULL;
  g_autoptr (PmtSplineGrid) grid = NULL;
  PmtPoint                  origin, spacing;
  gint64                    columns, rows;
  double                    quantum;

  if (!_pmt_bend_read_pair (object, "origin", place, &origin, error)
      || !_pmt_bend_read_pair (object, "spacing", place, &spacing, error)
      || !_pmt_json_integer (object, "columns", place, 1, PMT_GRID_MAX_SIDE, &columns, error)
      || !_pmt_json_integer (object, "rows", place, 1, PMT_GRID_MAX_SIDE, &rows, error))
    return NULL;
  if (!json_object_has_member (object, "quantum"))
    {
      _pmt_json_fail (error, place, "the member “quantum” is missing");
      return NULL;
    }
  if (!_pmt_json_number_node (json_object_get_member (object, "quantum"), here, &quantum, error))
    return NULL;
  if (!check_frame (origin, spacing, (int) columns, (int) rows, &why) || !check_quantum (quantum, &why))
    {
      _pmt_json_fail (error, place, "%s", why->message);
      return NULL;
    }
  grid = grid_new (origin, spacing, (int) columns, (int) rows, quantum);
  if (!read_data (grid, object, place, error))
    return NULL;
  complete (grid);
  return g_steal_pointer (&grid);
}

void
_pmt_grid_step_to_json (const PmtSplineGrid *grid, gboolean inverse, GString *json, const char *indent)
{
  _pmt_bend_put_direction (json, indent, inverse);
  _pmt_spline_grid_to_json (grid, json, indent);
}

PmtStep *
_pmt_grid_step_from_json (JsonObject *object, const char *place,
                          PmtStep *(*make) (PmtSplineGrid *grid, gboolean inverse, GError **error), GError **error)
{
  g_autoptr (GError) why = NULL;
  PmtSplineGrid     *grid;
  gboolean           inverse;
  PmtStep           *step;

  if (!_pmt_bend_read_direction (object, place, &inverse, error))
    return NULL;
  grid = _pmt_spline_grid_from_json (object, place, error);
  if (grid == NULL)
    return NULL;
  step = make (grid, inverse, &why);
  if (step == NULL)
    _pmt_json_fail (error, place, "%s", why->message);
  return step;
}
