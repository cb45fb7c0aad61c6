/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <signal.h>

#include "base/error.h"
#include "sequence.h"

static const char summary[] =
  "Lays the frames of one camera on those of another that stands beside it: one map for the rig, and a slow drift of it.\n"
  "Some frames are registered, all are solved for together; dark, broken and contradicting ones bend nothing.";

static const char description[] =
  "Examples:\n"
  "  An infrared video on a colour one, merged:\n"
  "    pentimento sequence rgb.mp4 ir.mp4 -o merged.mp4 --alpha 0.35 --report r.json\n"
  "  Two folders of frames; infrared ones as they lie on the others, values as they are:\n"
  "    pentimento sequence rgb/ ir/ -o 'aligned/ir-%05d.tif' --merge moved\n"
  "  The infrared camera was started three frames later:\n"
  "    pentimento sequence rgb/ ir/ --offset -3 -o merged/ --merge panels\n\n"
  "FIXED and MOVING are each a folder, a pattern (“ir_*.tif”, quoted), or a video, for which the program ffmpeg is needed. OUT is a\n"
  "video, a folder, or a pattern with a number. Frame i of FIXED belongs to frame i + offset of MOVING.\n"
  "--merge: blend (default), side, panels, red-cyan, checker, difference, or moved: MOVING's frames alone.\n";

typedef struct
{
  char    *out, *merge, *report, *transforms, *model, *modality, *search, *preparation, *sampler;
  double   alpha, rate, smooth;
  int      offset, pairs, threads;
  gint64   seed;
  gboolean keep_dark, force, quiet;
} Options;

static void
clear (Options *o, Sequence *s)
{
  char **const words[] = { &o->out, &o->merge, &o->report, &o->transforms, &o->model, &o->modality, &o->search, &o->preparation,
                           &o->sampler };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    g_clear_pointer (words[i], g_free);
  for (int camera = 0; camera < 2; camera++)
    g_clear_pointer (&s->look[camera], g_array_unref);
  g_clear_pointer (&s->chosen, g_array_unref);
  g_clear_pointer (&s->pairs, g_array_unref);
  g_free (s->frame);
}

static gboolean
read_words (const Command *command, const Options *o, Sequence *s, int *status)
{
  static const char *const merges[] = { "blend", "side", "panels", "red-cyan", "checker", "difference", "moved", NULL };
  int                      merge;

  pmt_register_options_init (&s->options);
  pmt_warp_options_init (&s->warp);
  s->options.search = PMT_SEARCH_UPRIGHT;
  s->options.mirror = PMT_MIRROR_NEVER;
  s->options.model = PMT_MODEL_SIMILARITY;
  if (!command_read_choice (command, "merge", o->merge, merges, &merge, status)
      || !command_read_pair_words (command, &(PairWords) { o->model, o->modality, o->search, o->preparation }, &s->options, status))
    return FALSE;
  s->merge = (Merge) merge;
  s->out = o->out;
  s->alpha = o->alpha;
  s->rate = o->rate;
  s->smooth = o->smooth;
  s->offset = o->offset;
  s->most_pairs = o->pairs;
  s->keep_dark = o->keep_dark;
  if (s->options.model < PMT_MODEL_TRANSLATION || s->options.model > PMT_MODEL_HOMOGRAPHY)
    *status = command_usage (command, "--model of a rig is translation, rigid, similarity, affine or homography, not “%s”", o->model);
  else if (o->sampler != NULL && !pmt_sampler_from_nick (o->sampler, &s->warp.sampler))
    *status = command_usage (command, "--sampler is nearest, linear, cubic or lanczos3, not “%s”", o->sampler);
  else if (!(o->alpha >= 0 && o->alpha <= 1) || !(o->rate >= 0 && o->rate <= 1000) || !(o->smooth >= 0 && o->smooth < 1e9))
    *status = command_usage (command, "--alpha lies between 0 and 1, --rate between 0 and 1000, --smooth is 0 or more");
  else if (o->pairs < 2 || o->threads < 0 || o->offset < -1000000 || o->offset > 1000000)
    *status = command_usage (command, "--pairs is 2 or more, --threads 0 or more, --offset at most a million");
  else if (o->out == NULL && o->report == NULL && o->transforms == NULL)
    *status = command_usage (command, "where to? Name an output with -o, or --transforms or --report");
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_files (const Command *command, const Options *o, int *status)
{
  const CommandFile outputs[] = { { "--output", o->out }, { "--report", o->report }, { "--transforms", o->transforms }, { NULL, NULL } };
  const CommandFile inputs[] = { { "FIXED", command->arguments[0] }, { "MOVING", command->arguments[1] }, { NULL, NULL } };

  for (const CommandFile *out = outputs; out->name != NULL; out++)
    for (const CommandFile *in = inputs; in->name != NULL; in++)
      {
        g_autofree char *a = out->path != NULL ? g_canonicalize_filename (out->path, NULL) : NULL;
        g_autofree char *b = g_canonicalize_filename (in->path, NULL);

        if (g_strcmp0 (a, b) != 0)
          continue;
        *status = command_usage (command, "%s and %s are one, “%s”: give another name", out->name, in->name, out->path);
        return FALSE;
      }
  return command_check_files (command, outputs, inputs, status);
}

/* -- after -- */

static gboolean
write_transforms (const Sequence *s, const char *folder, GError **error)
{
  for (int i = 0; i < s->n; i++)
    {
      g_autofree char         *leaf = g_strdup_printf ("frame-%06d.json", s->first + i + 1);
      g_autofree char         *path = g_build_filename (folder, leaf, NULL);
      g_autoptr (PmtTransform) transform = sequence_transform (s, i, error);

      if (transform == NULL || !command_make_folder (path, error) || !pmt_transform_save (transform, path, error))
        return FALSE;
    }
  return TRUE;
}

/* Frames that are not good, in one line a kind and camera. */
static void
explain_frames (const Command *command, const Sequence *s)
{
  for (int camera = 0; camera < 2; camera++)
    for (PmtFrameState state = PMT_FRAME_UNREADABLE; state <= PMT_FRAME_REPEATED; state++)
      {
        g_autoptr (GString) list = g_string_new (NULL);
        int                 n = 0;

        for (int i = 0; i < s->n; i++)
          if (sequence_look (s, i, camera)->state == state && ++n <= 12)
            g_string_append_printf (list, "%s%d", n > 1 ? ", " : "", s->first + i + 1 + (camera == 1 ? s->offset : 0));
        if (n > 0)
          command_warn (command, "%d %s of “%s” %s %s: %s%s", n, n == 1 ? "frame" : "frames", s->where[camera], n == 1 ? "is" : "are",
                        pmt_frame_state_to_nick (state), list->str, n > 12 ? " …" : "");
      }
}

static void
explain_pairs (const Command *command, const Sequence *s)
{
  for (guint k = 0; k < s->pairs->len; k++)
    {
      const PmtRigPair *pair = &g_array_index (s->pairs, PmtRigPair, k);

      if (s->frame != NULL && pair->weight <= 0)
        command_warn (command, "frame %d was registered %.1f px off from what those before and after it say; it is not listened to",
                      s->first + pair->frame + 1, pair->misfit);
    }
}

static int
finish (const Command *command, const Options *o, const Sequence *s)
{
  command_end_progress ();
  if (!o->quiet)
    g_print ("%s: %d frames, %d of %u that were registered agree%s\n", pmt_verdict_to_nick (s->verdict), s->n, s->used, s->chosen->len,
             o->out != NULL && s->drawn < s->n ? "; not all are drawn" : "");
  explain_frames (command, s);
  explain_pairs (command, s);
  if (s->verdict == PMT_VERDICT_OK)
    return STATUS_OK;
  command_warn (command, s->verdict == PMT_VERDICT_UNCERTAIN ? "the result is uncertain: look at it before you use it"
                         : o->force && s->frame != NULL ? "the sequence failed; the best guess is written because of --force"
                                                        : "the sequence failed; no transforms and no frames are written");
  return s->verdict == PMT_VERDICT_UNCERTAIN ? STATUS_UNCERTAIN : STATUS_FAILED;
}

static int
run (const Command *command, const Options *o, Sequence *s)
{
  g_autoptr (PmtContext) context = command_context (o->threads, o->seed, o->quiet);
  g_autoptr (GError)     error = NULL;

  signal (SIGPIPE, SIG_IGN);     /* ffmpeg may end before it has read all: an error, not our end */
  if ((o->out != NULL && !sequence_check_output (o->out, s->merge, &error)) || !sequence_measure (context, s, &error)
      || (o->report != NULL && !sequence_report (s, o->report, &error)))
    return command_fail (command, error);
  if (s->frame != NULL && (s->verdict != PMT_VERDICT_FAILED || o->force)
      && ((o->transforms != NULL && !write_transforms (s, o->transforms, &error))
          || (o->out != NULL && !sequence_draw (context, s, &error))))
    return command_fail (command, error);
  return finish (command, o, s);
}

int
command_sequence (int argc, char **argv)
{
  Options            o = { .seed = 1, .alpha = 0.35, .pairs = 40 };
  Sequence           s = { .verdict = PMT_VERDICT_FAILED };
  Command            command;
  int                status;
  const GOptionEntry entries[] =
    {
      { "output", 'o', 0, G_OPTION_ARG_FILENAME, &o.out, "Write the merged frames here: a video, a folder, or a pattern with %04d", "OUT" },
      { "merge", 0, 0, G_OPTION_ARG_STRING, &o.merge, "How: blend (default), side, panels, red-cyan, checker, difference, or moved", "HOW" },
      { "alpha", 0, 0, G_OPTION_ARG_DOUBLE, &o.alpha, "Opacity of MOVING in a blend, 0 to 1 (default 0.35)", "SHARE" },
      { "transforms", 0, 0, G_OPTION_ARG_FILENAME, &o.transforms, "Write each frame's transform into this folder", "FOLDER" },
      { "report", 0, 0, G_OPTION_ARG_FILENAME, &o.report, "Write verdict, frames and figures here, as JSON", "R.json" },
      { "offset", 0, 0, G_OPTION_ARG_INT, &o.offset, "Frame i of FIXED belongs to frame i + N of MOVING (default 0)", "N" },
      { "pairs", 0, 0, G_OPTION_ARG_INT, &o.pairs, "Register so many frames at most, spread over time (default 40)", "N" },
      { "smooth", 0, 0, G_OPTION_ARG_DOUBLE, &o.smooth, "How far the smoothing of the drift reaches (default: a quarter of the frames)",
        "FRAMES" },
      { "rate", 0, 0, G_OPTION_ARG_DOUBLE, &o.rate, "Frames a second of a video OUT (default: FIXED's, MOVING's, or 25)", "N" },
      { "keep-dark", 0, 0, G_OPTION_ARG_NONE, &o.keep_dark, "Draw dark frames as well", NULL },
      { "model", 0, 0, G_OPTION_ARG_STRING, &o.model, "Of the rig: similarity (default), translation, rigid, affine or homography", "MODEL" },
      { "modality", 0, 0, G_OPTION_ARG_STRING, &o.modality, "Are the images of the same kind? auto (default), same or different", "KIND" },
      { "search", 0, 0, G_OPTION_ARG_STRING, &o.search, "For the first frame: upright (default), auto, frontal or local", "RANGE" },
      { "preparation", 0, 0, G_OPTION_ARG_STRING, &o.preparation, "How to prepare the images for the search: auto (default), none, …",
        "NAME" },
      { "sampler", 0, 0, G_OPTION_ARG_STRING, &o.sampler, "nearest, linear, cubic (default) or lanczos3", "NAME" },
      { "threads", 0, 0, G_OPTION_ARG_INT, &o.threads, "Threads to use (default: one per processor)", "N" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &o.seed, "Seed of what is random (default 1)", "N" },
      { "force", 0, 0, G_OPTION_ARG_NONE, &o.force, "Write the results even when the sequence failed", NULL },
      { "quiet", 'q', 0, G_OPTION_ARG_NONE, &o.quiet, "Say nothing but warnings and errors", NULL },
      G_OPTION_ENTRY_NULL
    };

  if (command_parse (&command, "sequence", "FIXED MOVING -o OUT", summary, description, entries, 2, 2, &argc, &argv, &status))
    {
      s.where[0] = command.arguments[0];
      s.where[1] = command.arguments[1];
      if (read_words (&command, &o, &s, &status) && check_files (&command, &o, &status))
        status = run (&command, &o, &s);
    }
  clear (&o, &s);
  command_clear (&command);
  return status;
}
