/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "judge/compare.h"

#include <math.h>

/* Luma weights of Rec. ITU-R BT.709, on the encoded values: what is looked at is lightness, not light. */
#define LUMA_R 0.2126f
#define LUMA_G 0.7152f
#define LUMA_B 0.0722f

static const char *const nicks[] = { "red-cyan", "checker", "curtain", "difference", "blend" };

typedef struct { float r, g, b, a; } Rgba;

void
pmt_compare_options_init (PmtCompareOptions *options)
{
  *options = (PmtCompareOptions) { .size = 64, .opacity = 0.5, .curtain = 0.5, .gain = 1 };
}

gboolean
pmt_compare_mode_from_nick (const char *nick, PmtCompareMode *mode)
{
  for (guint i = 0; nick != NULL && i < G_N_ELEMENTS (nicks); i++)
    if (g_str_equal (nick, nicks[i]))
      {
        *mode = i;
        return TRUE;
      }
  return FALSE;
}

const char *
pmt_compare_mode_to_nick (PmtCompareMode mode)
{
  return nicks[mode];
}

static Rgba
pixel_at (const float *row, int i)
{
  Rgba p = { row[4 * i], row[4 * i + 1], row[4 * i + 2], row[4 * i + 3] };

  if (isnan (p.r + p.g + p.b + p.a) || !(p.a > 0))
    return (Rgba) { 0, 0, 0, 0 };
  p.a = MIN (p.a, 1);
  return p;
}

static Rgba
red_cyan (Rgba f, Rgba m)
{
  float red = (LUMA_R * f.r + LUMA_G * f.g + LUMA_B * f.b) * f.a;
  float cyan = (LUMA_R * m.r + LUMA_G * m.g + LUMA_B * m.b) * m.a;
  float alpha = MAX (f.a, m.a);

  return alpha > 0 ? (Rgba) { red / alpha, cyan / alpha, cyan / alpha, alpha } : f;
}

static Rgba
difference (Rgba f, Rgba m, float gain)
{
  float alpha = MIN (f.a, m.a);

  if (!(alpha > 0))
    return (Rgba) { 0, 0, 0, 0 };
  return (Rgba) { fabsf (f.r - m.r) * gain, fabsf (f.g - m.g) * gain, fabsf (f.b - m.b) * gain, alpha };
}

/* Porter and Duff 1984: m, made thinner by the opacity, over f; but where f has no data m is not thinned. */
static Rgba
blend (Rgba f, Rgba m, float opacity)
{
  float over = m.a * (1 - f.a + f.a * opacity), under = f.a * (1 - over), alpha = over + under;

  if (!(alpha > 0))
    return (Rgba) { 0, 0, 0, 0 };
  return (Rgba) { (m.r * over + f.r * under) / alpha, (m.g * over + f.g * under) / alpha,
                  (m.b * over + f.b * under) / alpha, alpha };
}

/* The square that coordinate c lies in; right also left of 0. */
static int
square (int c, int size)
{
  return c >= 0 ? c / size : -1 - (-1 - c) / size;
}

static Rgba
compared (PmtCompareMode mode, const PmtCompareOptions *options, int x, int y, PmtSize whole, Rgba f, Rgba m)
{
  int size = MAX (options->size, 1);

  switch (mode)
    {
    case PMT_COMPARE_CHECKER:
      return ((square (x, size) + square (y, size)) & 1) == 0 ? f : m;
    case PMT_COMPARE_CURTAIN:
      return x + 0.5 < options->curtain * whole.width ? f : m;
    case PMT_COMPARE_DIFFERENCE:
      return difference (f, m, (float) options->gain);
    case PMT_COMPARE_BLEND:
      return blend (f, m, (float) CLAMP (options->opacity, 0, 1));
    case PMT_COMPARE_RED_CYAN:
    default:
      return red_cyan (f, m);
    }
}

void
pmt_compare_row (PmtCompareMode mode, const PmtCompareOptions *options, int x, int y, int width, PmtSize whole,
                 const float *fixed, const float *moved, float *out)
{
  for (int i = 0; i < width; i++)
    {
      Rgba p = compared (mode, options, x + i, y, whole, pixel_at (fixed, i), pixel_at (moved, i));

      out[4 * i] = p.r;
      out[4 * i + 1] = p.g;
      out[4 * i + 2] = p.b;
      out[4 * i + 3] = p.a;
    }
}
