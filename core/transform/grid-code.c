/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lossless coding of a smooth field of 16-bit numbers (Rice 1979; the predictor is that of a plane through three neighbours).
 *
 * The number at column i, row j is foretold as left + above − above left; in the first row as left, in the first column as
 * above, the very first as 0. What the truth is off by, e, becomes u = 2e for e ≥ 0, −2e − 1 else. Each row begins with
 * five bits, k; then each u is u >> k zeros, a one, and the k low bits of u. k is the smallest that makes the row
 * shortest. Bits fill bytes from the highest on.
 *
 * The same numbers always give the same bits, on every machine and with every library: a transform's text is canonical. */
#include "transform/spline-grid-private.h"

#define K_BITS 5
#define MAX_K  18
#define MAX_U  (1u << MAX_K)   /* |e| ≤ 3·65535 */

/* -- bits -- */

static void
put (PmtBitWriter *bits, guint32 value, int n)
{
  bits->pending = bits->pending << n | value;
  bits->n_pending += n;
  while (bits->n_pending >= 8)
    {
      guint8 byte = (guint8) (bits->pending >> (bits->n_pending - 8));

      g_byte_array_append (bits->bytes, &byte, 1);
      bits->n_pending -= 8;
    }
}

void
_pmt_grid_code_flush (PmtBitWriter *bits)
{
  if (bits->n_pending > 0)
    put (bits, 0, 8 - bits->n_pending);
}

static gboolean
get (PmtBitReader *bits, int n, guint32 *value)
{
  while (bits->n_pending < n)
    {
      if (bits->at == bits->length)
        return FALSE;
      bits->pending = bits->pending << 8 | bits->bytes[bits->at++];
      bits->n_pending += 8;
    }
  bits->n_pending -= n;
  *value = (guint32) (bits->pending >> bits->n_pending & ((1u << n) - 1));
  return TRUE;
}

gboolean
_pmt_grid_code_ended (const PmtBitReader *bits)
{
  return bits->at == bits->length && (bits->pending & ((1u << bits->n_pending) - 1)) == 0 && bits->n_pending < 8;
}

/* -- numbers -- */

static inline int
foretell (const gint16 *value, int i, int j, gsize step, gsize stride)
{
  int left = i > 0 ? value[-(gssize) step] : 0, above = j > 0 ? value[-(gssize) stride] : 0;

  return i > 0 && j > 0 ? left + above - value[-(gssize) step - (gssize) stride] : left + above;
}

static inline guint32
to_unsigned (int e)
{
  return e >= 0 ? 2u * (guint32) e : 2u * (guint32) -e - 1;
}

static int
choose_k (const guint32 *u, int n)
{
  guint64 shortest = G_MAXUINT64;
  int     best = 0;

  for (int k = 0; k <= MAX_K; k++)
    {
      guint64 length = (guint64) n * (guint64) k;

      for (int i = 0; i < n; i++)
        length += u[i] >> k;
      if (length < shortest)
        {
          shortest = length;
          best = k;
        }
    }
  return best;
}

void
_pmt_grid_code_write (PmtBitWriter *bits, const gint16 *values, int columns, int rows, gsize step, gsize stride)
{
  g_autofree guint32 *u = g_new (guint32, columns);

  for (int j = 0; j < rows; j++)
    {
      const gint16 *row = values + (gsize) j * stride;
      int           k;

      for (int i = 0; i < columns; i++)
        u[i] = to_unsigned (row[(gsize) i * step] - foretell (row + (gsize) i * step, i, j, step, stride));
      k = choose_k (u, columns);
      put (bits, (guint32) k, K_BITS);
      for (int i = 0; i < columns; i++)
        {
          for (guint32 zeros = u[i] >> k; zeros > 0; zeros--)
            put (bits, 0, 1);
          put (bits, 1, 1);
          put (bits, u[i] & ((1u << k) - 1), k);
        }
    }
}

static gboolean
read_number (PmtBitReader *bits, int k, guint32 *u)
{
  guint32 high = 0, low = 0, bit = 0;

  while (get (bits, 1, &bit) && bit == 0 && high <= MAX_U >> k)
    high++;
  if (bit == 0 || !get (bits, k, &low))
    return FALSE;
  *u = high << k | low;
  return *u <= 2 * MAX_U;
}

gboolean
_pmt_grid_code_read (PmtBitReader *bits, gint16 *values, int columns, int rows, gsize step, gsize stride)
{
  for (int j = 0; j < rows; j++)
    {
      guint32 k;

      if (!get (bits, K_BITS, &k) || k > MAX_K)
        return FALSE;
      for (int i = 0; i < columns; i++)
        {
          gint16 *value = values + (gsize) j * stride + (gsize) i * step;
          guint32 u;
          int     number;

          if (!read_number (bits, (int) k, &u))
            return FALSE;
          number = foretell (value, i, j, step, stride) + (u & 1 ? -(int) (u / 2) - 1 : (int) (u / 2));
          if (number < G_MININT16 || number > G_MAXINT16)
            return FALSE;
          *value = (gint16) number;
        }
    }
  return TRUE;
}
