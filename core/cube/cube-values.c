/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of all types to reals and back. Floats hold integers of 16 bits and floats exactly; doubles everything but 64-bit integers
 * beyond 2⁵³. Values are moved by memcpy: in files they need not be aligned. */
#include "cube/cube-private.h"

#include <math.h>
#include <string.h>

#include "base/clones.h"

gsize
_pmt_cube_type_size (PmtCubeType type)
{
  static const gsize sizes[] = { 1, 1, 2, 2, 4, 4, 8, 8, 4, 8 };

  return sizes[type];
}

gboolean
_pmt_cube_type_is_floating (PmtCubeType type)
{
  return type == PMT_CUBE_FLOAT || type == PMT_CUBE_DOUBLE;
}

gboolean
_pmt_cube_type_is_float_enough (PmtCubeType type)
{
  return type <= PMT_CUBE_INT16 || type == PMT_CUBE_FLOAT;
}

#define SWAP(type, swap)                              \
  for (gsize i = 0; i < n; i++)                       \
    {                                                 \
      type v;                                         \
                                                      \
      memcpy (&v, values + i * sizeof v, sizeof v);   \
      v = swap (v);                                   \
      memcpy (values + i * sizeof v, &v, sizeof v);   \
    }

PMT_CLONES static void
swap_2 (gsize n, guint8 *values)
{
  SWAP (guint16, GUINT16_SWAP_LE_BE)
}

PMT_CLONES static void
swap_4 (gsize n, guint8 *values)
{
  SWAP (guint32, GUINT32_SWAP_LE_BE)
}

PMT_CLONES static void
swap_8 (gsize n, guint8 *values)
{
  SWAP (guint64, GUINT64_SWAP_LE_BE)
}

void
_pmt_cube_swap (PmtCubeType type, gsize n, guint8 *values)
{
  gsize size = _pmt_cube_type_size (type);

  if (size == 2)
    swap_2 (n, values);
  else if (size == 4)
    swap_4 (n, values);
  else if (size == 8)
    swap_8 (n, values);
}

/* -- to reals -- */

#define TO_REAL(name, Type, Real)                                                        \
  PMT_CLONES static void                                                                 \
  name (const guint8 *in, gsize step, gsize n, Real *out)                                \
  {                                                                                      \
    if (step == 1)                                                                       \
      for (gsize i = 0; i < n; i++)                                                      \
        {                                                                                \
          Type v;                                                                        \
                                                                                         \
          memcpy (&v, in + i * sizeof v, sizeof v);                                      \
          out[i] = (Real) v;                                                             \
        }                                                                                \
    else                                                                                 \
      for (gsize i = 0; i < n; i++)                                                      \
        {                                                                                \
          Type v;                                                                        \
                                                                                         \
          memcpy (&v, in + i * step * sizeof v, sizeof v);                               \
          out[i] = (Real) v;                                                             \
        }                                                                                \
  }

TO_REAL (uint8_to_float, guint8, float)
TO_REAL (int8_to_float, gint8, float)
TO_REAL (uint16_to_float, guint16, float)
TO_REAL (int16_to_float, gint16, float)
TO_REAL (float_to_float, float, float)
TO_REAL (uint8_to_double, guint8, double)
TO_REAL (int8_to_double, gint8, double)
TO_REAL (uint16_to_double, guint16, double)
TO_REAL (int16_to_double, gint16, double)
TO_REAL (uint32_to_double, guint32, double)
TO_REAL (int32_to_double, gint32, double)
TO_REAL (uint64_to_double, guint64, double)
TO_REAL (int64_to_double, gint64, double)
TO_REAL (float_to_double, float, double)
TO_REAL (double_to_double, double, double)

void
_pmt_cube_to_double (PmtCubeType type, const guint8 *in, gsize step, gsize n, const double *ignore, double *out)
{
  static void (*const convert[]) (const guint8 *, gsize, gsize, double *) =
  { uint8_to_double, int8_to_double, uint16_to_double, int16_to_double, uint32_to_double, int32_to_double, uint64_to_double,
    int64_to_double, float_to_double, double_to_double };
  double none = ignore != NULL && type == PMT_CUBE_FLOAT ? (float) *ignore : ignore != NULL ? *ignore : 0;

  convert[type] (in, step, n, out);
  for (gsize i = 0; ignore != NULL && i < n; i++)
    out[i] = out[i] == none ? NAN : out[i];
}

void
_pmt_cube_to_float (PmtCubeType type, const guint8 *in, gsize step, gsize n, const double *ignore, float *out)
{
  static void (*const convert[]) (const guint8 *, gsize, gsize, float *) =
  { uint8_to_float, int8_to_float, uint16_to_float, int16_to_float, NULL, NULL, NULL, NULL, float_to_float, NULL };
  float none = ignore != NULL ? (float) *ignore : 0;

  g_return_if_fail (convert[type] != NULL);
  convert[type] (in, step, n, out);
  for (gsize i = 0; ignore != NULL && i < n; i++)
    out[i] = out[i] == none ? NAN : out[i];
}

/* -- back -- */

/* low, high: the type's, as reals; what is above `below` would not fit. */
#define TO_WHOLE(name, Type, Real, low, high, below)                                     \
  PMT_CLONES static void                                                                 \
  name (const Real *in, gsize n, const guint8 *fill, const double *ignore, gsize step, guint8 *out)  \
  {                                                                                      \
    Type none, avoided = ignore != NULL ? (Type) CLAMP (*ignore, (double) (low), (double) (below)) : 0; \
                                                                                         \
    memcpy (&none, fill, sizeof none);                                                   \
    for (gsize i = 0; i < n; i++)                                                        \
      {                                                                                  \
        Real r = in[i];                                                                  \
        Type v = r >= (Real) (below) ? (high) : r > (Real) (low) ? (Type) rint (r) : (low); \
                                                                                         \
        if (ignore != NULL && v == avoided)                                              \
          v = v == (high) ? v - 1 : v + 1;                                               \
        v = r == r ? v : none;                                                           \
        memcpy (out + i * step * sizeof v, &v, sizeof v);                                \
      }                                                                                  \
  }

TO_WHOLE (float_to_uint8, guint8, float, 0, G_MAXUINT8, G_MAXUINT8)
TO_WHOLE (float_to_int8, gint8, float, G_MININT8, G_MAXINT8, G_MAXINT8)
TO_WHOLE (float_to_uint16, guint16, float, 0, G_MAXUINT16, G_MAXUINT16)
TO_WHOLE (float_to_int16, gint16, float, G_MININT16, G_MAXINT16, G_MAXINT16)
TO_WHOLE (double_to_uint32, guint32, double, 0, G_MAXUINT32, G_MAXUINT32)
TO_WHOLE (double_to_int32, gint32, double, G_MININT32, G_MAXINT32, G_MAXINT32)
TO_WHOLE (double_to_uint64, guint64, double, 0, G_MAXUINT64, 18446744073709549568.0)
TO_WHOLE (double_to_int64, gint64, double, G_MININT64, G_MAXINT64, 9223372036854774784.0)

#define TO_REAL_AGAIN(name, Real, next)                                                  \
  static void                                                                            \
  name (const Real *in, gsize n, const guint8 *fill, const double *ignore, gsize step, guint8 *out)  \
  {                                                                                      \
    Real none, avoided = ignore != NULL ? (Real) *ignore : 0;                            \
                                                                                         \
    memcpy (&none, fill, sizeof none);                                                   \
    for (gsize i = 0; i < n; i++)                                                        \
      {                                                                                  \
        Real v = in[i] == in[i] ? in[i] : none;                                          \
                                                                                         \
        if (ignore != NULL && in[i] == avoided)                                          \
          v = next (v, v > 0 ? -(Real) INFINITY : (Real) INFINITY);                      \
        memcpy (out + i * step * sizeof v, &v, sizeof v);                                \
      }                                                                                  \
  }

TO_REAL_AGAIN (float_to_floats, float, nextafterf)
TO_REAL_AGAIN (double_to_doubles, double, nextafter)

void
_pmt_cube_from_float (PmtCubeType type, const float *in, gsize n, const guint8 *fill, const double *ignore, gsize step, guint8 *out)
{
  static void (*const convert[]) (const float *, gsize, const guint8 *, const double *, gsize, guint8 *) =
  { float_to_uint8, float_to_int8, float_to_uint16, float_to_int16, NULL, NULL, NULL, NULL, float_to_floats, NULL };

  g_return_if_fail (convert[type] != NULL);
  convert[type] (in, n, fill, ignore, step, out);
}

void
_pmt_cube_from_double (PmtCubeType type, const double *in, gsize n, const guint8 *fill, const double *ignore, gsize step, guint8 *out)
{
  static void (*const convert[]) (const double *, gsize, const guint8 *, const double *, gsize, guint8 *) =
  { NULL, NULL, NULL, NULL, double_to_uint32, double_to_int32, double_to_uint64, double_to_int64, NULL, double_to_doubles };

  g_return_if_fail (convert[type] != NULL);
  convert[type] (in, n, fill, ignore, step, out);
}

void
_pmt_cube_value (PmtCubeType type, double number, guint8 *value)
{
  const guint8 zero[8] = { 0 };
  float        narrow = (float) number;

  if (type == PMT_CUBE_FLOAT)
    memcpy (value, &narrow, sizeof narrow);
  else if (type == PMT_CUBE_DOUBLE)
    memcpy (value, &number, sizeof number);
  else if (_pmt_cube_type_is_float_enough (type))
    _pmt_cube_from_float (type, &narrow, 1, zero, NULL, 1, value);
  else
    _pmt_cube_from_double (type, &number, 1, zero, NULL, 1, value);
}
