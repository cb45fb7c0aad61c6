/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A painting that is drawn through a known transform: the truth that accuracy is measured against.
 *
 * A phantom is a *continuous* function of painting coordinates (x right, y down, in units; seen at scale 1 a unit is a
 * pixel). Its marks (figures, strokes, cracks, threads) are rasterised once per band at `density` samples a unit, and
 * those samples are the coefficients of a uniform cubic B-spline; that spline is the painting. It is defined at every
 * point, twice differentiable, and does not depend on any view, so whatever a camera sees of it through a map is exact
 * by definition: two pictures of one phantom differ by nothing but their maps and sensors.
 *
 * A camera looks up, at n × n points a pixel (n a power of two, at least two points to a coefficient), the painting at
 * the image of the point under its view, weights them by a Gaussian point spread function over ±4 σ and then adds
 * what lenses and sensors add. Painting outside its frame is a plain dark wall.
 *
 * The same seed, options and build give the same bits on the same machine, with any number of threads. Between
 * machines the last bits may differ, as the C library's sin() and exp() do. */
#pragma once
#include "base/context.h"
#include "base/geometry.h"
#include "base/plane.h"
#include "image/source.h"

G_BEGIN_DECLS

typedef enum
{
  PHANTOM_BAND_VISIBLE,       /* Rec. 709 luma of the next three */
  PHANTOM_BAND_RED,
  PHANTOM_BAND_GREEN,
  PHANTOM_BAND_BLUE,
  PHANTOM_BAND_INFRARED,      /* some pigments turn transparent; carbon black stays */
  PHANTOM_BAND_XRAY,          /* heavy metals bright: lead white, vermilion; threads show strongly */
  PHANTOM_BAND_ULTRAVIOLET,   /* fluorescence */
  PHANTOM_BAND_XRF,           /* one element's map (lead); render it coarse and with few counts */
  PHANTOM_N_BANDS
} PhantomBand;

typedef enum
{
  PHANTOM_KIND_FIGURES,       /* people and things in a landscape or a room, brushwork, cracks, threads */
  PHANTOM_KIND_COLOUR_FIELD   /* two or three soft fields: only threads and faint brushwork to hold on to */
} PhantomKind;

typedef struct
{
  PhantomKind kind;
  int         width, height;   /* units, 64 … 8192 */
  double      density;         /* coefficients a unit, 1 … 4 */
  /* Share of each band's structure that belongs to that band alone, 0 … 1. Structure is gradient energy at the size of
   * things: the mean over the painting of |∇f|², f averaged over cells of 4 × 4 units, by central differences between
   * cells; threads and the finest cracks, which are shared always, count little there. A band is a·S + c·P + offset, where S is what
   * the shared marks (whose places are the same in all bands, though their values are not) show in it, P a picture of
   * its own (visible: glazes and touches; infrared: underdrawing and an abandoned figure; X-ray: an older painting,
   * stretcher and nails; ultraviolet: varnish and retouches; XRF: as X-ray), and c²E(P) / (a²E(S) + c²E(P)) is the
   * share. Red, green, blue and visible take the same c, that of visible. Values are then brought to 0.06 … 0.94 by
   * their 0.5 and 99.5 percentiles (but contrast is not raised more than 1.8 times), and what exceeds 0.005 … 0.995 is
   * clipped. */
  double      private_share;
  double      craquelure;      /* strength of the cracks; 1 is an old panel, 0 none */
  double      weave;           /* strength of the canvas; 1 is plain, 0 none */
} PhantomOptions;

typedef struct _Phantom Phantom;

void      phantom_options_init (PhantomOptions *options);   /* figures, 1400 × 1400, density 2, all shared, 1, 1 */
/* Cheap: bands are painted when first rendered and then kept. Not to be used by several threads at once. */
Phantom  *phantom_new          (guint64 seed, const PhantomOptions *options, GError **error);
/* A painting out of given coefficients (copied), `density` to a unit: coefficient (i, j) sits at ((i+0.5)/density,
 * (j+0.5)/density); the same in every band. For targets whose place is known, and for photographs. Beyond the border
 * is 0. */
Phantom  *phantom_new_from_plane (const PmtPlane *coefficients, double density, GError **error);
void      phantom_free         (Phantom *phantom);

/* Maps an output pixel's coordinates to painting units. */
typedef PmtPoint (*PhantomMapFunc) (PmtPoint p, gpointer data);

typedef struct
{
  int            width, height;     /* of the picture, pixels */
  PmtMatrix3     view;              /* output pixel coordinates → painting units … */
  PhantomMapFunc map;               /* … followed by this, painting units → painting units, where not NULL */
  gpointer       map_data;
  double         psf;               /* σ of the point spread function, output pixels, 0.25 … 4 */

  double         vignetting;        /* loss at the corners, 0 … 1 (falls with r²) */
  double         gradient_x, gradient_y;   /* illumination changes by this share from side to side */
  double         gain, offset;      /* value·gain + offset */
  double         noise;             /* σ of Gaussian noise, share of full scale */
  double         electrons;         /* full scale in counts for Poisson noise; 0 for none */
  double         gamma;             /* stored = value^(1/gamma), after the noise */
  int            bits;              /* 8 or 16: rounded to 0 … 2^bits - 1; 0: floats, 1 is full scale, not clipped */
  guint64        noise_seed;
} PhantomCamera;

/* Identity view, psf 0.5, a plain lens, no noise, gamma 1, floats. */
void       phantom_camera_init   (PhantomCamera *camera, int width, int height);

/* What the camera sees of one band. PMT_ERROR_BAD_INPUT for settings outside their ranges. */
PmtPlane  *phantom_render        (PmtContext *context, Phantom *phantom, PhantomBand band, const PhantomCamera *camera,
                                  GError **error);
PmtSource *phantom_render_source (PmtContext *context, Phantom *phantom, PhantomBand band, const PhantomCamera *camera,
                                  GError **error);
/* Red, green and blue as a three-band source. */
PmtSource *phantom_render_rgb    (PmtContext *context, Phantom *phantom, const PhantomCamera *camera, GError **error);

/* The share of gradient energy private to a band before clipping, as measured on the finished layers; NAN on error. */
double     phantom_measured_share (PmtContext *context, Phantom *phantom, PhantomBand band, GError **error);

/* "visible", "red", …; FALSE for any other word. */
gboolean    phantom_band_from_nick (const char *nick, PhantomBand *band);
const char *phantom_band_to_nick   (PhantomBand band);

/* A random generator of its own (splitmix64), so that the C library's and GLib's don't matter. */
typedef struct { guint64 state; } PhantomRandom;
guint64 phantom_random_next    (PhantomRandom *random);
double  phantom_random_uniform (PhantomRandom *random, double from, double to);   /* [from, to) */
double  phantom_random_normal  (PhantomRandom *random);                           /* mean 0, σ 1 */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Phantom, phantom_free)

G_END_DECLS
