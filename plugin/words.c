/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "words.h"

#include "i18n.h"

/* For translators: what core says while it works; pmt_job looks it up. */
G_GNUC_UNUSED static const char *const stages[] =
{
  N_("reading the images"), N_("searching"), N_("trying the present placement"), N_("matching details"),
  N_("searching nearby"), N_("searching all poses"), N_("trying oblique views"), N_("comparing placements"), N_("refining"),
  N_("climbing the score"), N_("looking for bends"), N_("judging"),
  N_("looking at the images"), N_("registering pairs"), N_("registering to the mean")
};

const char *
pmt_words_model (PmtModel model)
{
  switch (model)
    {
    case PMT_MODEL_TRANSLATION:
      return _("Shift");
    case PMT_MODEL_RIGID:
      return _("Shift and rotation");
    case PMT_MODEL_SIMILARITY:
      return _("Shift, rotation and scale");
    case PMT_MODEL_AFFINE:
      return _("Affine (also sheared)");
    case PMT_MODEL_HOMOGRAPHY:
      return _("Perspective");
    case PMT_MODEL_SMOOTH:
      return _("Smoothly bent");
    case PMT_MODEL_DEFORMABLE:
      return _("Deformable");
    default:
      return _("Find out");
    }
}

const char *
pmt_words_point_model (PmtPointModel model)
{
  switch (model)
    {
    case PMT_POINT_MODEL_TRANSLATION:
      return _("Shift");
    case PMT_POINT_MODEL_RIGID:
      return _("Shift and rotation");
    case PMT_POINT_MODEL_SIMILARITY:
      return _("Shift, rotation and scale");
    case PMT_POINT_MODEL_AFFINE:
      return _("Affine (also sheared)");
    case PMT_POINT_MODEL_HOMOGRAPHY:
      return _("Perspective");
    case PMT_POINT_MODEL_RADIAL:
      return _("Perspective and lens");
    case PMT_POINT_MODEL_THIN_PLATE:
      return _("Smoothly bent");
    case PMT_POINT_MODEL_PIECEWISE_AFFINE:
      return _("In triangles");
    default:
      return _("Find out");
    }
}

const char *
pmt_words_deformation (PmtDeformationMode mode)
{
  switch (mode)
    {
    case PMT_DEFORMATION_GRID:
      return _("Bent grid");
    case PMT_DEFORMATION_ARROWS:
      return _("Arrows");
    case PMT_DEFORMATION_JACOBIAN:
      return _("Change of area");
    default:
      return _("Strain");
    }
}

/* For translators: why an image of several was left out, which is told in core's own words. */
G_GNUC_UNUSED static const char *const left_out[] =
{
  N_("its registrations contradict one another"), N_("no registration of it is certain, nor borne out by others"),
  N_("it holds only one value")
};

const char *
pmt_words_compare (PmtCompareMode mode)
{
  switch (mode)
    {
    case PMT_COMPARE_CHECKER:
      return _("Checkerboard");
    case PMT_COMPARE_CURTAIN:
      return _("Curtain");
    case PMT_COMPARE_DIFFERENCE:
      return _("Difference");
    case PMT_COMPARE_BLEND:
      return _("Blend");
    default:
      return _("Red and cyan");
    }
}

/* What speaks against a result, by the code of core's reason. `text` holds the figure and what would be enough, as
 * %1$s and %2$s. */
static const struct { const char *code, *text, *advice; int digits; } reasons[] =
{
  { "nothing", N_("No placement was found at which the pictures agree."),
    N_("Place the layer by hand first, or check that both show the same object."), 0 },
  { "support", N_("Few parts of the two pictures agree (strength %1$s; %2$s is enough)."),
    N_("Choose a reference that shows the same details, or select a region that both share."), 1 },
  { "peak", N_("Neighbouring positions fit almost as well (lead %1$s; %2$s is enough)."),
    N_("The pictures may hold a repeating pattern, such as canvas weave: place the layer by hand first."), 1 },
  { "chance", N_("So little agreement can come about by chance (once in 10^%1$s tries)."),
    N_("Select a region with more structure."), 0 },
  { "halves", N_("Two halves of the picture, each taken alone, disagree by %1$s (at most %2$s)."),
    N_("The object may have bent between the pictures: allow more movement, or select the part that matters."), 2 },
  { "returns", N_("Matched to the reference and back, places return to within %1$s overview pixels (at most %2$s)."),
    N_("The pictures may show different things: place the layer by hand first, or select the part that both share."), 2 },
  { "inliers", N_("Only %1$s %% of the picture's parts lie right (%2$s %% is enough)."),
    N_("Much of it may differ or not be flat: allow more movement, or select the part that matters."), 0 },
  { "unique", N_("Another placement fits almost as well (lead %1$s; %2$s is enough)."),
    N_("Place the layer by hand first."), 1 },
  { "spread", N_("What agrees lies in %1$s of the four quarters of the picture."),
    N_("The rest is guessed: look at the far corners."), 0 },
  { "geometry", N_("The picture would be stretched unevenly, up to a factor of %1$s."),
    N_("Allow less movement, such as shift, rotation and scale."), 1 },
  { "bending", N_("Neighbouring parts fit best together up to %1$s overview pixels away (at most %2$s)."),
    N_("The object has bent or lies at several depths: select the part that matters."), 1 },
  { "error", N_("The expected error is %1$s %% of what counts as aligned."),
    N_("Look at the result closely; a smaller region may do better."), 0 },
  { "no-two", N_("No two of the pictures were found to belong together."),
    N_("Check that they show the same object."), 0 },
  { "placed", N_("Only %1$s %% of the pictures were placed."), N_("Look at those that were left out."), 0 },
  { "contradictions", N_("%1$s pairs of pictures contradict the rest and were left out."),
    N_("Something may have moved between the pictures: look at those that these pairs belong to."), 0 },
  { "doubtful", N_("%1$s pictures rest on uncertain registrations alone."), N_("Look at these closely."), 0 },
  { "closure", N_("Ways round through several pictures miss where they began by %1$s %% of what counts as aligned."),
    N_("The pictures may differ by more than the model allows, such as parallax."), 0 },
  { "group-error", N_("The expected error of a picture is %1$s %% of what counts as aligned."),
    N_("Look at the result closely."), 0 },
  { "rests-on", N_("It hangs on uncertain comparisons, which no others bear out."), N_("Look at it closely."), 0 },
  { "contradicted", N_("%1$s pairs of pictures with it contradict the rest and were left out."),
    N_("Something may have moved between the pictures: look at it closely."), 0 },
  { "mirrored", N_("Turned over, as if seen from behind, the picture does fit (strength %1$s)."),
    N_("Align again and tick “The layer may be turned over”."), 1 },
  { "climb", N_("The score went from %2$s to %1$s."), NULL, 3 },
  { "climb-no-better", N_("No better score than the %2$s of the start was found, so the start stands."),
    N_("Try another score or optimiser, or place the layer by hand first."), 3 },
  { "climb-nothing", N_("At the start the pictures have nothing in common, so there was no score to climb."),
    N_("Place the layer by hand first."), 0 },
  { "freedom", N_("The movement that was allowed fits parts left out of the fit by %1$s pixels, a stiffer one by %2$s: "
                  "the differences that it removes may be real."),
    N_("Allow less movement, unless you know that the object needs it."), 3 },
  { "softness", N_("The softer field does not align better than the stiffer one; the differences it removes may be real. (Parts "
                   "left out of the fit lie %1$s pixels off with it, %2$s with the stiffer one.)"),
    N_("Choose the movement “Deformable”, unless you know that the object bends like this."), 2 },
  { "softness-doubtful", N_("The softer field does not align clearly better than the stiffer one; the differences it removes "
                            "may be real. (Parts left out of the fit lie %1$s pixels off with it, %2$s with the stiffer one.)"),
    N_("Choose the movement “Deformable”, unless you know that the object bends like this."), 2 },
  { "bend-refused", N_("A bend was found and left out, as it is no better than none: parts left out of the fit lie %1$s "
                       "pixels off with it, %2$s without."), NULL, 2 },
  { "bend-doubtful", N_("A bend was found and left out, as it is not clearly better than none: parts left out of the fit lie "
                        "%1$s pixels off with it, %2$s without."), NULL, 2 },
  { "bend-not-liker", N_("A bend was found and left out, as it makes parts left out of the fit no more alike: %1$s with it, %2$s "
                         "without (greater is liker)."), NULL, 3 },
  { "bend-hardly-liker", N_("A bend was found and left out, as it makes parts left out of the fit hardly more alike: %1$s with "
                            "it, %2$s without (greater is liker)."), NULL, 3 },
  { "softness-not-liker", N_("The softer field does not align better than the stiffer one; the differences it removes may be "
                             "real. (Parts left out of the fit are %1$s alike with it, %2$s without; greater is liker.)"),
    N_("Choose the movement “Deformable”, unless you know that the object bends like this."), 3 },
  { "liker", N_("Parts left out of the fit are more alike with the bend, %1$s, than without, %2$s."), NULL, 3 },
  { "no-bend", N_("A bend was looked for, and nothing was found that speaks for one."), NULL, 0 },
  { "landmarks", N_("A landmark lies %1$s pixels from where the result puts it (at most %2$s)."),
    N_("Check whether it is the same place in both pictures, or allow a softer bend."), 1 },
  { "rigid", N_("What was to keep its shape is strained by %1$s %%."), NULL, 3 },
  { "rigid-nowhere", N_("Nothing of what was painted to keep its shape lies where the pictures overlap."),
    N_("Paint it over the layer as you see it."), 0 }
};

/* The row's code: a map that is rigid nowhere has no figure. */
static const char *
code_of (const PmtReason *reason)
{
  return g_strcmp0 (reason->code, "rigid") == 0 && !reason->passed ? "rigid-nowhere" : reason->code;
}

/* The formats are the constants above, and translations that msgfmt has checked against them. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static char *
figure_text (const char *format, const char *value, const char *threshold)
{
  return g_strdup_printf (format, value, threshold);
}
#pragma GCC diagnostic pop

static char *
number (double value, int digits)
{
  return g_strdup_printf ("%.*f", digits, value);
}

static char *
left_out_text (const PmtReason *reason)
{
  return g_strdup_printf (_("It could not be placed: %s."), _(reason->text));
}

char *
pmt_words_reason (const PmtReason *reason)
{
  if (g_strcmp0 (reason->code, "left-out") == 0)
    return left_out_text (reason);
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_strcmp0 (reasons[i].code, code_of (reason)) == 0)
      {
        g_autofree char *value = number (reason->value, reasons[i].digits);
        g_autofree char *threshold = number (reason->threshold, reasons[i].digits);

        return figure_text (_(reasons[i].text), value, threshold);
      }
  return g_strdup (reason->text);
}

char *
pmt_words_advice (const PmtReason *reason)
{
  for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (g_strcmp0 (reasons[i].code, code_of (reason)) == 0)
      return reasons[i].advice != NULL ? g_strdup (_(reasons[i].advice)) : NULL;
  if (g_strcmp0 (reason->code, "left-out") == 0)
    return g_strdup (_("It may show something else, or nothing."));
  return g_strdup (reason->advice);
}
