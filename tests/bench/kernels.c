/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels that the time goes into, one by one: JSON on stdout, a table on stderr. */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/fft-private.h"
#include "bench.h"
#include "image/grey.h"
#include "image/resample.h"
#include "phantom.h"

static int      width = 6000, height = 4000, threads, samples = 5;
static double   min_seconds = 0.2;
static char    *only;

static const GOptionEntry entries[] =
{
  { "width", 0, 0, G_OPTION_ARG_INT, &width, "Picture's width (6000)", "N" },
  { "height", 0, 0, G_OPTION_ARG_INT, &height, "Picture's height (4000)", "N" },
  { "threads", 't', 0, G_OPTION_ARG_INT, &threads, "Threads; 0 for all processors (0)", "N" },
  { "samples", 0, 0, G_OPTION_ARG_INT, &samples, "Samples of each (5)", "N" },
  { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &min_seconds, "Least length of a sample (0.2)", "X" },
  { "only", 0, 0, G_OPTION_ARG_STRING, &only, "Kernels whose name holds this", "TEXT" },
  { NULL }
};

typedef struct
{
  PmtContext   *context;
  PmtSource    *source;        /* width × height, 1 band */
  PmtTransform *transform;     /* 5°, 1.02×, some perspective */
  PmtSampler    sampler;
  PmtRect       out;
  float        *dest;
  int           overview;      /* larger side */
  int           fft_size;
  float        *fft_data;
  Phantom      *phantom;
} Bench;

static void
run_copy (gpointer data)
{
  Bench *b = data;

  if (!pmt_source_read (b->source, &b->out, b->dest, width, NULL))
    g_error ("copy failed");
}

static void
run_resample (gpointer data)
{
  Bench *b = data;

  if (!pmt_resample (b->context, b->source, b->transform, b->sampler, &b->out, 0, b->dest, width, NULL, NULL))
    g_error ("resampling failed");
}

static void
run_overview (gpointer data)
{
  Bench               *b = data;
  double               factor = (double) b->overview / MAX (width, height);
  g_autoptr (PmtGrey)  grey = pmt_grey_read (b->context, b->source, &b->out, (int) (width * factor),
                                             (int) (height * factor), NULL);

  if (grey == NULL)
    g_error ("area reduction failed");
}

static void
run_fft (gpointer data)
{
  Bench *b = data;

  _pmt_fft_2d (b->fft_size, b->fft_size, b->fft_data, PMT_FFT_FORWARD);
}

static void
run_phantom (gpointer data)
{
  Bench               *b = data;
  PhantomCamera        camera;
  g_autoptr (PmtPlane) plane = NULL;

  phantom_camera_init (&camera, 1000, 1000);
  camera.view = (PmtMatrix3) { { { 0.9, -0.1, 120 }, { 0.1, 0.9, 30 }, { 1e-5, 0, 1 } } };
  plane = phantom_render (b->context, b->phantom, PHANTOM_BAND_VISIBLE, &camera, NULL);
  if (plane == NULL)
    g_error ("rendering failed");
}

static gboolean first = TRUE;

static void
measure (const char *name, double work, const char *unit, void (*run) (gpointer), Bench *b)
{
  BenchCase    bench = { name, work, unit, run, b };
  BenchFigures f;

  if (only != NULL && strstr (name, only) == NULL)
    return;
  f = bench_measure (&bench, min_seconds, samples);
  printf ("%s  { \"name\": \"%s\", \"work\": %.0f, \"unit\": \"%s\", \"runs\": %d, \"samples\": %d, \"min\": %.6g, "
          "\"median\": %.6g, \"mad\": %.6g }", first ? "" : ",\n", name, work, unit, f.runs, f.samples, f.minimum,
          f.median, f.mad);
  fprintf (stderr, "%-24s %10.2f ms  (min %.2f, ± %.2f)  %10.1f M%s/s\n", name, 1e3 * f.median, 1e3 * f.minimum,
           1e3 * f.mad, work / f.median / 1e6, unit);
  fflush (stdout);
  first = FALSE;
}

static PmtSource *
new_picture (void)
{
  float     *pixels = pmt_buffer_new ((gsize) width * height, sizeof (float), NULL);
  guint32    state = 1;
  PmtSource *source;

  for (gsize i = 0; i < (gsize) width * height; i++)
    {
      state = state * 1664525 + 1013904223;
      pixels[i] = (float) (state >> 8) / 16777216;
    }
  source = pmt_source_memory_new (width, height, 1, -1, 0, pixels, width, NULL);
  pmt_buffer_free (pixels);
  return source;
}

static void
run_all (Bench *b)
{
  static const int overviews[] = { 2048, 1024, 256 }, sizes[] = { 128, 256, 512, 1024 };
  double           pixels = (double) width * height;

  measure ("copy", pixels, "px", run_copy, b);
  for (int i = PMT_SAMPLER_NEAREST; i <= PMT_SAMPLER_LANCZOS3; i++)
    {
      g_autofree char *name = g_strdup_printf ("resample-%s", pmt_sampler_to_nick (i));

      b->sampler = i;
      measure (name, pixels, "px", run_resample, b);
    }
  for (guint i = 0; i < G_N_ELEMENTS (overviews); i++)
    {
      g_autofree char *name = g_strdup_printf ("overview-%d", overviews[i]);

      b->overview = overviews[i];
      measure (name, pixels, "px", run_overview, b);
    }
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("fft-%d", sizes[i]);

      b->fft_size = sizes[i];
      b->fft_data = pmt_buffer_new ((gsize) sizes[i] * sizes[i], 2 * sizeof (float), NULL);
      measure (name, (double) sizes[i] * sizes[i], "px", run_fft, b);
      pmt_buffer_free (b->fft_data);
    }
  measure ("phantom-1mp", 1e6, "px", run_phantom, b);
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) options = g_option_context_new ("— times of the kernels");
  g_autoptr (GError)         error = NULL;
  PmtMatrix3                 matrix = { { { 0.977, -0.0854, 260 }, { 0.0854, 0.977, -240 }, { 2e-6, -1e-6, 1 } } };
  PmtSize                    size;
  PhantomOptions             painting;
  Bench                      b = { 0 };
  g_autoptr (PmtTransform)   identity = NULL;

  setlocale (LC_ALL, "C");
  g_option_context_add_main_entries (options, entries, NULL);
  if (!g_option_context_parse (options, &argc, &argv, &error))
    {
      fprintf (stderr, "kernels: %s\n", error->message);
      return 2;
    }
  b.context = pmt_context_new ();
  pmt_context_set_threads (b.context, threads);
  size = (PmtSize) { width, height };
  identity = pmt_transform_new (size, size);
  b.transform = pmt_transform_append_matrix (identity, &matrix, size, NULL, NULL);
  b.source = new_picture ();
  b.out = (PmtRect) { 0, 0, width, height };
  b.dest = pmt_buffer_new ((gsize) width * height, sizeof (float), NULL);
  phantom_options_init (&painting);
  b.phantom = phantom_new (1, &painting, NULL);

  printf ("{ \"width\": %d, \"height\": %d, \"threads\": %d, \"kernels\": [\n", width, height,
          pmt_context_get_threads (b.context));
  run_all (&b);
  printf ("\n], \"peak_memory_mib\": %.0f }\n", bench_peak_memory ());

  phantom_free (b.phantom);
  pmt_buffer_free (b.dest);
  pmt_source_unref (b.source);
  pmt_transform_unref (b.transform);
  pmt_context_unref (b.context);
  return 0;
}
