/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on the painting: a list of marks, from large to small. First the things (ground, sky or wall, figures with
 * drapery, heads and arms, trees, vessels and fruit), then brushwork over all of it, each stroke taking its paint and
 * direction from the thing below it, then lines and lights. */
#include <math.h>

#include "phantom-private.h"

typedef struct
{
  const Phantom *phantom;
  PhantomRandom  random;
  Scene         *scene;
  float          width, height, size;   /* units; size is the shorter side */
} Composer;

static inline float
uniform (Composer *c, double from, double to)
{
  return (float) phantom_random_uniform (&c->random, from, to);
}

static inline gboolean
chance (Composer *c, double probability)
{
  return phantom_random_uniform (&c->random, 0, 1) < probability;
}

static Pigment
pick (Composer *c, const Pigment *from, int n)
{
  return from[phantom_random_next (&c->random) % (guint64) n];
}

static const Pigment robes[] = { PIGMENT_VERMILION, PIGMENT_RED_LAKE, PIGMENT_AZURITE, PIGMENT_ULTRAMARINE,
                                 PIGMENT_VERDIGRIS, PIGMENT_TIN_YELLOW, PIGMENT_BONE_BLACK, PIGMENT_LEAD_WHITE };
static const Pigment earths[] = { PIGMENT_UMBER, PIGMENT_YELLOW_OCHRE, PIGMENT_EARTH_GREEN, PIGMENT_VERDIGRIS };
static const Pigment airs[] = { PIGMENT_AZURITE, PIGMENT_ULTRAMARINE, PIGMENT_UMBER, PIGMENT_YELLOW_OCHRE,
                                PIGMENT_BONE_BLACK };

static Mark
new_mark (Composer *c, MarkKind kind, Pigment pigment, float x, float y, float a, float b, float angle)
{
  return (Mark) { .kind = kind, .pigment = pigment, .x = x, .y = y, .a = a, .b = b, .cosine = cosf (angle),
                  .sine = sinf (angle), .soft = 1.2f, .opacity = 1, .grain_x = uniform (c, 0, 256),
                  .grain_y = uniform (c, 0, 256) };
}

static void
put (Composer *c, Mark mark)
{
  float reach_u = mark.a, reach_v = mark.b + fabsf (mark.bend), grow = 1, x, y;

  if (mark.outline != NULL)
    for (int i = 0; i < OUTLINE_SIZE; i++)
      grow = MAX (grow, mark.outline->radius[i]);
  x = fabsf (mark.cosine) * reach_u * grow + fabsf (mark.sine) * reach_v * grow + mark.soft + 1;
  y = fabsf (mark.sine) * reach_u * grow + fabsf (mark.cosine) * reach_v * grow + mark.soft + 1;
  mark.x0 = mark.x - x;
  mark.x1 = mark.x + x;
  mark.y0 = mark.y - y;
  mark.y1 = mark.y + y;
  g_array_append_val (c->scene->marks, mark);
}

/* A wobbly closed curve: `wobble` is the size of its waves, `waves` the highest number of them. */
static const Outline *
new_outline (Composer *c, float wobble, int waves)
{
  Outline *outline = g_new (Outline, 1);
  float    amplitude[12], phase[12];

  for (int k = 2; k <= waves; k++)
    {
      amplitude[k] = wobble * uniform (c, 0.3, 1) / (k - 1);
      phase[k] = uniform (c, 0, 2 * G_PI);
    }
  for (int i = 0; i <= OUTLINE_SIZE; i++)
    {
      float t = i % OUTLINE_SIZE * (4.0f / OUTLINE_SIZE), angle, radius = 1;

      /* the diamond angle's point, |u| + |v| = 1 */
      angle = t < 2 ? atan2f (t < 1 ? t : 2 - t, 1 - t) : atan2f (t < 3 ? 2 - t : t - 4, t - 3);
      for (int k = 2; k <= waves; k++)
        radius += amplitude[k] * cosf (k * angle + phase[k]);
      outline->radius[i] = radius;
    }
  g_ptr_array_add (c->scene->outlines, outline);
  return outline;
}

/* A curve of short strokes that follow each other from (x, y), turning as they go. */
static void
put_curve (Composer *c, Pigment pigment, float x, float y, float angle, float length, float turn, float half_width,
           float opacity, float shade)
{
  int   n = MAX ((int) (length / MAX (6 * half_width, 9)), 1);
  float step = length / n;

  for (int i = 0; i < n; i++)
    {
      float bend = turn / n, middle = angle + 0.5f * bend;
      Mark  mark = new_mark (c, MARK_STROKE, pigment, x + 0.5f * step * cosf (middle), y + 0.5f * step * sinf (middle),
                             0.5f * step + 1.2f * half_width, half_width * uniform (c, 0.75, 1.2), middle);

      mark.opacity = opacity * uniform (c, 0.8, 1);
      mark.shade = shade;
      mark.bend = -0.125f * bend * step;
      put (c, mark);
      x += step * cosf (middle);
      y += step * sinf (middle);
      angle += bend + uniform (c, -0.05, 0.05);
    }
}

static void
put_cloud (Composer *c, float x, float y, float size, float shade)
{
  int n = 4 + (int) uniform (c, 0, 4);

  for (int i = 0; i < n; i++)
    {
      Mark mark = new_mark (c, MARK_SHAPE, PIGMENT_LEAD_WHITE, x + size * uniform (c, -1, 1),
                            y + 0.3f * size * uniform (c, -1, 0.5), size * uniform (c, 0.3, 0.7),
                            size * uniform (c, 0.15, 0.3), uniform (c, -0.2, 0.2));

      mark.outline = new_outline (c, 0.2f, 7);
      mark.soft = 0.12f * size;
      mark.opacity = uniform (c, 0.35, 0.8);
      mark.shade = -shade;
      mark.shade_v = -0.2f;
      put (c, mark);
    }
}

static void
put_backdrop (Composer *c)
{
  gboolean outdoors = chance (c, 0.6);
  float    horizon = c->height * uniform (c, 0.35, 0.62);
  Mark     air = new_mark (c, MARK_BOX, pick (c, airs, outdoors ? 2 : 5), c->width / 2, c->height / 2, c->width / 2 + 4,
                           c->height / 2 + 4, 0);
  Mark     ground;

  air.shade = outdoors ? uniform (c, 0.25, 0.5) : uniform (c, -0.55, 0.05);
  air.shade_v = outdoors ? 0.3f : -0.2f;
  air.shade_u = uniform (c, -0.2, 0.2);
  put (c, air);
  for (int i = 0; outdoors && i < 5; i++)
    put_cloud (c, uniform (c, 0, c->width), uniform (c, 0, horizon), c->size * uniform (c, 0.08, 0.2), uniform (c, 0, 0.2));
  for (int i = 0; outdoors && i < 4; i++)   /* hills, one before the other */
    {
      Mark hill = new_mark (c, MARK_SHAPE, pick (c, earths, 4), uniform (c, 0, c->width),
                            horizon + c->size * (0.04f * i + uniform (c, 0.05, 0.12)), c->size * uniform (c, 0.25, 0.6),
                            c->size * uniform (c, 0.08, 0.2), uniform (c, -0.15, 0.15));

      hill.outline = new_outline (c, 0.07f, 11);
      hill.shade = 0.4f - 0.15f * i;
      hill.shade_v = -0.25f;
      hill.soft = 3;
      put (c, hill);
    }
  for (int i = 0; !outdoors && i < 3; i++)   /* a window, a niche, a curtain */
    {
      Mark thing = new_mark (c, MARK_BOX, pick (c, i ? airs : robes, i ? 4 : 8), uniform (c, 0.05, 0.95) * c->width,
                             uniform (c, 0.05, 0.45) * c->height, c->size * uniform (c, 0.04, 0.14),
                             c->size * uniform (c, 0.08, 0.25), uniform (c, -0.04, 0.04));

      thing.shade = uniform (c, -0.4, 0.5);
      thing.shade_v = uniform (c, -0.3, 0.3);
      thing.fold = i ? 0 : 0.2f;
      put (c, thing);
    }
  ground = new_mark (c, MARK_SHAPE, pick (c, earths, 4), c->width * uniform (c, 0.3, 0.7), c->height * 1.32f,
                     c->width * 1.15f, c->height * 1.32f - horizon - 0.1f * c->size, uniform (c, -0.06, 0.06));
  ground.outline = new_outline (c, 0.02f, 11);
  ground.shade = uniform (c, -0.3, 0.2);
  ground.shade_v = -0.4f;
  ground.soft = 2.5f;
  put (c, ground);
}

static void
put_tree (Composer *c, float x, float y, float size)
{
  Pigment leaves = chance (c, 0.5) ? PIGMENT_VERDIGRIS : PIGMENT_EARTH_GREEN;

  for (int i = 0; i < 7; i++)
    put_curve (c, PIGMENT_UMBER, x, y, -1.57f + uniform (c, -0.25, 0.25), size * uniform (c, 0.5, 1),
               uniform (c, -0.9, 0.9), size * (i ? 0.011f : 0.03f), 0.95f, uniform (c, -0.5, 0));
  for (int i = 0; i < 90; i++)
    {
      float radius = 0.45f * size * sqrtf (uniform (c, 0, 1)), angle = uniform (c, 0, 6.28);
      Mark  leaf = new_mark (c, MARK_SHAPE, leaves, x + 1.1f * radius * cosf (angle),
                             y - 0.95f * size + 0.8f * radius * sinf (angle), size * uniform (c, 0.02, 0.06),
                             size * uniform (c, 0.015, 0.035), uniform (c, 0, 3.14));

      leaf.outline = new_outline (c, 0.2f, 6);
      leaf.opacity = 0.9f;
      leaf.shade = uniform (c, -0.55, 0.25) - 0.25f * sinf (angle);
      put (c, leaf);
    }
}

static void
put_head (Composer *c, float x, float y, float size, float tilt)
{
  Pigment hair = chance (c, 0.5) ? PIGMENT_UMBER : PIGMENT_YELLOW_OCHRE;
  float   cosine = cosf (tilt), sine = sinf (tilt), side = chance (c, 0.5) ? 0.16f : -0.16f;
  Mark    head = new_mark (c, MARK_SHAPE, hair, x, y - 0.12f * size, 1.28f * size, 1.15f * size, tilt + 1.57f);

  if (chance (c, 0.4))
    {
      Mark halo = new_mark (c, MARK_SHAPE, PIGMENT_TIN_YELLOW, x, y, 1.75f * size, 1.75f * size, 0);

      halo.shade_v = 0.15f;
      put (c, halo);
    }
  head.outline = new_outline (c, 0.1f, 9);
  head.shade = uniform (c, -0.5, 0);
  put (c, head);
  head = new_mark (c, MARK_SHAPE, PIGMENT_FLESH, x + side * size, y + 0.1f * size, size, 0.76f * size, tilt + 1.57f);
  head.outline = new_outline (c, 0.035f, 5);
  head.shade = 0.12f;
  head.shade_v = side > 0 ? -0.4f : 0.4f;
  head.shade_u = -0.12f;
  head.soft = 0.05f * size;
  put (c, head);
  for (int i = -1; i <= 1; i += 2)
    {
      float u = 0.33f * size * i + 1.5f * side * size, v = -0.02f * size;
      float ex = x + u * cosine - v * sine, ey = y + u * sine + v * cosine;

      put_curve (c, PIGMENT_LEAD_WHITE, ex - 0.13f * size * cosine, ey - 0.13f * size * sine, tilt, 0.26f * size, 0,
                 0.06f * size, 0.8f, -0.1f);
      put_curve (c, PIGMENT_BONE_BLACK, ex - 0.03f * size, ey, tilt, 0.08f * size, 0, 0.055f * size, 1, 0);
      put_curve (c, PIGMENT_UMBER, ex - 0.2f * size * cosine, ey - 0.17f * size, tilt - 0.3f, 0.42f * size, 0.6f,
                 0.03f * size, 0.9f, -0.5f);
    }
  put_curve (c, PIGMENT_UMBER, x + 1.7f * side * size, y, tilt + 1.4f, 0.38f * size, 0.3f, 0.04f * size, 0.6f, -0.1f);
  put_curve (c, PIGMENT_RED_LAKE, x + (1.5f * side - 0.2f) * size, y + 0.6f * size, tilt + 0.15f, 0.4f * size, -0.3f,
             0.05f * size, 0.9f, 0);
}

static void
put_figure (Composer *c, float x, float y, float size)
{
  Pigment robe = pick (c, robes, 8), mantle = pick (c, robes, 8);
  float   lean = uniform (c, -0.18, 0.18), hx = x + 0.95f * size * sinf (lean), hy = y - 0.95f * size * cosf (lean);
  Mark    body = new_mark (c, MARK_SHAPE, robe, x, y, size, size * uniform (c, 0.42, 0.6), lean + 1.57f);

  body.outline = new_outline (c, 0.12f, 8);
  body.shade = uniform (c, -0.25, 0.15);
  body.shade_v = uniform (c, -0.35, 0.35);
  body.shade_u = -0.12f;
  body.fold = 0.28f;
  body.fold_frequency = uniform (c, 7, 13);
  put (c, body);
  body = new_mark (c, MARK_SHAPE, mantle, x + uniform (c, -0.25, 0.25) * size, y + 0.35f * size,
                   0.75f * size, size * uniform (c, 0.3, 0.6), lean + uniform (c, 0.8, 2.3));
  body.outline = new_outline (c, 0.16f, 9);
  body.shade = uniform (c, -0.2, 0.25);
  body.shade_v = uniform (c, -0.4, 0.4);
  body.fold = 0.3f;
  body.fold_frequency = uniform (c, 6, 11);
  put (c, body);
  for (int i = -1; i <= 1; i += 2)
    {
      float angle = 1.57f - i * uniform (c, 0.1, 1.3), length = size * uniform (c, 0.5, 0.75);
      float ax = x + i * 0.3f * size, ay = y - 0.5f * size, turn = i * uniform (c, -0.3, 1.6);

      put_curve (c, chance (c, 0.7) ? robe : mantle, ax, ay, angle, length, turn, 0.105f * size, 1, uniform (c, -0.2, 0.3));
      put_curve (c, PIGMENT_FLESH, ax + 0.93f * length * cosf (angle + 0.5f * turn),
                 ay + 0.93f * length * sinf (angle + 0.5f * turn), angle + turn, 0.16f * size, i * 0.4f, 0.06f * size, 1, 0.1f);
    }
  put_head (c, hx, hy - 0.12f * size, 0.225f * size, lean);
}

static void
put_vessel (Composer *c, float x, float y, float size)
{
  Mark thing = new_mark (c, MARK_SHAPE, PIGMENT_BONE_BLACK, x + 0.5f * size, y + 0.75f * size, 1.2f * size, 0.3f * size, 0);

  thing.opacity = 0.6f;
  thing.soft = 0.25f * size;
  put (c, thing);   /* its shadow */
  thing = new_mark (c, MARK_SHAPE, chance (c, 0.5) ? pick (c, robes, 7) : pick (c, earths, 4), x, y, size,
                    size * uniform (c, 0.7, 1), uniform (c, -0.3, 0.3));
  thing.outline = new_outline (c, 0.06f, 5);
  thing.shade_u = -0.4f;
  thing.shade_v = -0.35f;
  put (c, thing);
  thing = new_mark (c, MARK_SHAPE, PIGMENT_LEAD_WHITE, x - 0.35f * size, y - 0.35f * size, 0.18f * size, 0.1f * size, -0.7f);
  thing.soft = 0.08f * size;
  put (c, thing);
  if (chance (c, 0.5))
    put_curve (c, PIGMENT_UMBER, x, y - 0.75f * size, -1.57f, 0.5f * size, uniform (c, -1, 1), 0.06f * size, 1, -0.4f);
}

/* The topmost thing among the first n marks under (x, y), and how light it is there. */
static const Mark *
thing_at (const Composer *c, guint n, float x, float y, float *shade)
{
  for (guint i = n; i-- > 0;)
    {
      const Mark *mark = &g_array_index (c->scene->marks, Mark, i);
      float       u, v;

      if (mark->opacity < 0.6f || x < mark->x0 || x > mark->x1 || y < mark->y0 || y > mark->y1
          || mark_distance (mark, x, y, &u, &v) <= 0)
        continue;
      *shade = mark_shade (mark, c->phantom->noise, u, v);
      return mark;
    }
  return NULL;
}

/* Strokes over everything; finer on small things, along things that are longer than broad. */
static void
put_brushwork (Composer *c, double variation, double bristle, double coverage)
{
  guint n = c->scene->marks->len;
  int   count = (int) (coverage * c->width * c->height / 330);

  for (int i = 0; i < count; i++)
    {
      float       x = uniform (c, 0, c->width), y = uniform (c, 0, c->height), shade, narrow, flow, length;
      const Mark *thing = thing_at (c, n, x, y, &shade);
      Mark        stroke;

      if (thing == NULL)
        continue;
      narrow = MIN (thing->a, thing->b);
      length = CLAMP (0.22f * narrow, 4.0f, 26.0f) * uniform (c, 0.6, 1.4);
      flow = 3.1f * noise_fractal (c->phantom->noise, x / 170, y / 170 + 60, 2);
      if (narrow < 0.25f * c->size)
        flow = 0.35f * flow + atan2f (thing->sine, thing->cosine) + (thing->a < thing->b ? 1.57f : 0);
      stroke = new_mark (c, MARK_STROKE, thing->pigment, x, y, length, length * uniform (c, 0.14, 0.24), flow);
      stroke.bend = length * uniform (c, -0.15, 0.15);
      stroke.shade = shade + (float) variation * uniform (c, -1, 1);
      stroke.opacity = uniform (c, 0.55, 0.95);
      stroke.bristle = (float) bristle;
      put (c, stroke);
    }
}

/* Lights and accents, of the same kind everywhere but of no thing below them. */
static void
put_touches (Composer *c, int count, float size)
{
  for (int i = 0; i < count; i++)
    put_curve (c, chance (c, 0.5) ? PIGMENT_LEAD_WHITE : pick (c, robes, 8), uniform (c, 0, c->width),
               uniform (c, 0, c->height), uniform (c, 0, 6.28), size * uniform (c, 0.02, 0.09), uniform (c, -1.5, 1.5),
               size * uniform (c, 0.002, 0.006), uniform (c, 0.5, 0.9), uniform (c, -0.3, 0.3));
}

static void
compose_figures (Composer *c)
{
  int figures = 2 + (int) uniform (c, 0, 3), things = 4 + (int) uniform (c, 0, 5);

  put_backdrop (c);
  for (int i = 0; i < 2; i++)
    if (chance (c, 0.6))
      put_tree (c, uniform (c, 0.05, 0.95) * c->width, uniform (c, 0.6, 0.8) * c->height, c->size * uniform (c, 0.25, 0.45));
  for (int i = 0; i < figures; i++)
    put_figure (c, c->width * ((i + 0.5f) / figures + uniform (c, -0.08, 0.08)), c->height * uniform (c, 0.48, 0.7),
                c->size * uniform (c, 0.17, 0.27));
  for (int i = 0; i < things; i++)
    put_vessel (c, uniform (c, 0.05, 0.95) * c->width, uniform (c, 0.72, 0.95) * c->height, c->size * uniform (c, 0.025, 0.06));
  put_brushwork (c, 0.13, 0.22, 1.1);
  put_touches (c, 30, 0.7f * c->size);
}

static void
compose_colour_field (Composer *c)
{
  int     n = 2 + (int) uniform (c, 0, 2);
  Pigment first = pick (c, robes, 7);
  Mark    field = new_mark (c, MARK_BOX, first, c->width / 2, c->height / 2, c->width / 2 + 4, c->height / 2 + 4, 0);

  field.shade = uniform (c, -0.3, 0.2);
  put (c, field);
  for (int i = 0; i < n; i++)
    {
      field = new_mark (c, MARK_BOX, pick (c, robes, 7), c->width / 2, c->height * (i + 0.5f) / n,
                        0.44f * c->width, c->height * (0.5f / n - 0.035f), uniform (c, -0.01, 0.01));
      field.soft = 0.05f * c->size;
      field.shade = uniform (c, -0.2, 0.2);
      put (c, field);
    }
  put_brushwork (c, 0.035, 0.05, 0.7);
}

static Composer
composer_new (const Phantom *phantom, guint64 stream)
{
  Composer c = { .phantom = phantom, .random = { phantom_hash (phantom->seed * 16 + stream) } };

  c.scene = g_new0 (Scene, 1);
  c.scene->marks = g_array_new (FALSE, FALSE, sizeof (Mark));
  c.scene->outlines = g_ptr_array_new_with_free_func (g_free);
  c.width = phantom->options.width;
  c.height = phantom->options.height;
  c.size = MIN (c.width, c.height);
  return c;
}

Scene *
scene_new_shared (const Phantom *phantom)
{
  Composer c = composer_new (phantom, 0);

  if (phantom->options.kind == PHANTOM_KIND_COLOUR_FIELD)
    compose_colour_field (&c);
  else
    compose_figures (&c);
  return c.scene;
}

/* Carbon contours and hatching, a squared-up grid, and a figure that was given up. */
static void
compose_underdrawing (Composer *c)
{
  Mark ground = new_mark (c, MARK_BOX, PIGMENT_YELLOW_OCHRE, c->width / 2, c->height / 2, c->width, c->height, 0);

  ground.shade = 0.5f;
  put (c, ground);
  for (int i = 0; i < 3; i++)
    put_figure (c, uniform (c, 0, 1) * c->width, uniform (c, 0.3, 0.8) * c->height, c->size * uniform (c, 0.15, 0.25));
  put_brushwork (c, 0.1, 0.2, 0.6);
  for (int i = 0; i < 160; i++)
    put_curve (c, PIGMENT_BONE_BLACK, uniform (c, 0, c->width), uniform (c, 0, c->height), uniform (c, 0, 6.28),
               c->size * uniform (c, 0.05, 0.3), uniform (c, -2.5, 2.5), uniform (c, 0.8, 2.4), uniform (c, 0.6, 1), 0);
  for (int i = 0; i < 45; i++)
    {
      float x = uniform (c, 0, c->width), y = uniform (c, 0, c->height), angle = uniform (c, 0, 3.14);

      for (int j = 0; j < 9; j++)
        put_curve (c, PIGMENT_BONE_BLACK, x - 6 * j * sinf (angle), y + 6 * j * cosf (angle), angle,
                   c->size * uniform (c, 0.03, 0.05), 0.15f, 0.9f, 0.8f, 0);
    }
}

/* The painting below: its own landscape and figures, upside down or not; stretcher, grain and nails. */
static void
compose_older_painting (Composer *c)
{
  int   figures = 2 + (int) uniform (c, 0, 3), bars = 2 + (int) uniform (c, 0, 2);
  guint n;

  put_backdrop (c);
  for (int i = 0; i < figures; i++)
    put_figure (c, uniform (c, 0.1, 0.9) * c->width, uniform (c, 0.3, 0.7) * c->height, c->size * uniform (c, 0.15, 0.3));
  for (int i = 0; i < 6; i++)
    put_vessel (c, uniform (c, 0, 1) * c->width, uniform (c, 0.1, 0.95) * c->height, c->size * uniform (c, 0.03, 0.07));
  put_brushwork (c, 0.16, 0.25, 0.9);
  n = c->scene->marks->len;
  for (guint i = 0; i < n; i++)   /* turned half round: x → width - x, y → height - y */
    {
      Mark  *mark = &g_array_index (c->scene->marks, Mark, i);
      float  x0 = mark->x0, y0 = mark->y0;

      mark->x = c->width - mark->x;
      mark->y = c->height - mark->y;
      mark->cosine = -mark->cosine;
      mark->sine = -mark->sine;
      mark->x0 = c->width - mark->x1;
      mark->y0 = c->height - mark->y1;
      mark->x1 = c->width - x0;
      mark->y1 = c->height - y0;
    }
  for (int i = 0; i < bars; i++)
    {
      Mark bar = new_mark (c, MARK_BOX, PIGMENT_BONE_BLACK, c->width * (i + 0.5f) / bars, c->height / 2,
                           0.035f * c->size, c->height, uniform (c, -0.01, 0.01));

      bar.opacity = 0.35f;
      bar.soft = 3;
      put (c, bar);
    }
  for (int i = 0; i < 26; i++)
    {
      Mark nail = new_mark (c, MARK_SHAPE, PIGMENT_LEAD_WHITE, uniform (c, 0, c->width), uniform (c, 0, c->height),
                            uniform (c, 3, 7), uniform (c, 3, 6), uniform (c, 0, 3));

      put (c, nail);
    }
  for (int i = 0; i < 70; i++)
    put_curve (c, chance (c, 0.5) ? PIGMENT_LEAD_WHITE : PIGMENT_BONE_BLACK, uniform (c, -100, c->width),
               uniform (c, 0, c->height), uniform (c, -0.03, 0.03), c->size * uniform (c, 0.2, 0.7), uniform (c, -0.1, 0.1),
               uniform (c, 0.7, 1.6), 0.35f, 0);
}

/* Varnish that pooled and was wiped, retouches that stay dark. */
static void
compose_varnish (Composer *c)
{
  Mark base = new_mark (c, MARK_BOX, PIGMENT_FLESH, c->width / 2, c->height / 2, c->width, c->height, 0);

  put (c, base);
  for (int i = 0; i < 110; i++)
    {
      Mark blotch = new_mark (c, MARK_SHAPE, chance (c, 0.6) ? PIGMENT_LEAD_WHITE : PIGMENT_UMBER, uniform (c, 0, c->width),
                              uniform (c, 0, c->height), c->size * uniform (c, 0.015, 0.12), c->size * uniform (c, 0.01, 0.09),
                              uniform (c, 0, 3.14));

      blotch.outline = new_outline (c, 0.25f, 9);
      blotch.soft = chance (c, 0.5) ? 2 : 0.03f * c->size;
      blotch.opacity = uniform (c, 0.2, 0.8);
      put (c, blotch);
    }
  put_brushwork (c, 0.1, 0.2, 0.4);
  put_touches (c, 120, 1.5f * c->size);
}

/* Glazes in organic dyes and late touches that no other band sees. */
static void
compose_glazes (Composer *c)
{
  Mark base = new_mark (c, MARK_BOX, PIGMENT_YELLOW_OCHRE, c->width / 2, c->height / 2, c->width, c->height, 0);

  put (c, base);
  for (int i = 0; i < 34; i++)
    {
      Mark glaze = new_mark (c, MARK_SHAPE, pick (c, robes, 8), uniform (c, 0, c->width), uniform (c, 0, c->height),
                             c->size * uniform (c, 0.03, 0.16), c->size * uniform (c, 0.02, 0.1), uniform (c, 0, 3.14));

      glaze.outline = new_outline (c, 0.2f, 9);
      glaze.shade = uniform (c, -0.4, 0.4);
      glaze.shade_u = uniform (c, -0.3, 0.3);
      glaze.fold = chance (c, 0.5) ? 0.25f : 0;
      glaze.fold_frequency = 9;
      put (c, glaze);
    }
  put_brushwork (c, 0.14, 0.2, 0.7);
  put_touches (c, 160, c->size);
}

Scene *
scene_new_private (const Phantom *phantom, PhantomBand band)
{
  PhantomBand stream = band <= PHANTOM_BAND_BLUE ? PHANTOM_BAND_VISIBLE : band;
  Composer    c = composer_new (phantom, 1 + (guint64) stream);

  switch (stream)
    {
    case PHANTOM_BAND_VISIBLE:
      compose_glazes (&c);
      break;
    case PHANTOM_BAND_INFRARED:
      compose_underdrawing (&c);
      break;
    case PHANTOM_BAND_ULTRAVIOLET:
      compose_varnish (&c);
      break;
    default:
      compose_older_painting (&c);
    }
  return c.scene;
}

void
scene_free (Scene *scene)
{
  if (scene == NULL)
    return;
  g_array_free (scene->marks, TRUE);
  g_ptr_array_free (scene->outlines, TRUE);
  g_free (scene);
}
