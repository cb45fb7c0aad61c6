/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A reader of transforms fed with bent files. LLVMFuzzerTestOneInput() is libFuzzer's entry: built with clang
 * -fsanitize=fuzzer -DPMT_LIBFUZZER, the format's nick in PMT_FUZZ_FORMAT. Without clang, main() does the bending:
 * seeded, so that a run comes back; under the sanitizers of the build.
 *
 *   fuzz-format --format itk --seconds 600 corpus/itk/affine.tfm …
 *   fuzz-format --runs 300 --seed 1 corpus       every format's folder in it; this is what the test suite does
 *
 * What reads must keep its word: a transform maps, and is written and read again as our own JSON. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib/gstdio.h>
#include <unistd.h>
#include <vips/vips.h>

#include "exchange/exchange.h"

#define MOST 8192   /* bytes of a bent file */

static const char *nick;
static char       *scratch;   /* of formats that are read from files only */

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);
int LLVMFuzzerInitialize (int *argc, char ***argv);

/* -- one file -- */

static void
use (const PmtTransform *transform)
{
  const PmtPoint          in[4] = { { 0.5, 0.5 }, { -1e6, 3 }, { 20, 1e9 }, { NAN, 1 } };
  PmtPoint                out[4];
  g_autofree char        *json = pmt_transform_to_json (transform);
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) again = pmt_transform_from_json (json, -1, &error);

  pmt_transform_map (transform, 4, in, out);
  if (again == NULL)
    g_error ("what was read cannot be written: %s\n%s", error->message, json);
}

static PmtTransform *
read_file (const uint8_t *data, size_t size, const PmtExchangeOptions *options, GError **error)
{
  static PmtContext *context = NULL;

  if (context == NULL)
    context = pmt_context_new ();
  if (!g_file_set_contents_full (scratch, (const char *) data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, error))
    return NULL;
  return pmt_exchange_load (context, scratch, "field", options, NULL, error);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autoptr (GError)       error = NULL;
  g_autoptr (PmtTransform) transform = NULL;
  PmtExchangeOptions       options;

  pmt_exchange_options_init (&options);
  options.model = PMT_POINT_MODEL_AFFINE;   /* readers are meant, not fits */
  transform = scratch != NULL ? read_file (data, size, &options, &error)
                              : pmt_exchange_parse ((const char *) data, (gssize) size, nick, &options, NULL, &error);
  if (transform != NULL)
    use (transform);
  else if (error == NULL || error->domain != PMT_ERROR || *error->message == 0)
    g_error ("a refusal without a reason");
  return 0;
}

/* Fields are read from a file whose ending tells which kind. */
static void
choose (const char *format)
{
  nick = format;
  g_clear_pointer (&scratch, g_free);
  if (g_str_equal (format, "tiff") || g_str_equal (format, "nifti"))
    scratch = g_strdup_printf ("%s/pentimento-fuzz-%d.%s", g_get_tmp_dir (), (int) getpid (), *format == 't' ? "tif"
                               : "nii");
}

/* What libvips says of bent TIFFs would be all there is to see. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
}

static gboolean
begin (const char *name)
{
  g_log_set_handler ("VIPS", G_LOG_LEVEL_WARNING, ignore, NULL);
  return VIPS_INIT (name) == 0;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  choose (g_getenv ("PMT_FUZZ_FORMAT") != NULL ? g_getenv ("PMT_FUZZ_FORMAT") : "itk");
  return begin ("fuzz-format") ? 0 : 1;
}

#ifndef PMT_LIBFUZZER

/* -- bending -- */

static guint64 state;

static guint
roll (guint n)
{
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (guint) (state >> 11) % MAX (n, 1);
}

static const char *const words[] =
{
  "nan", "inf", "-1", "0", "1e999", "-1e-999", "4294967296", "99999999999999999999", "1e9", "0x10", ".", "-", "\"", "'",
    "<", ">", "&", "(", ")", "[", "]",
  "{", "}", ",", ";", ":", "\n", "\r\n", "\t", "/", "//", "#", "=", "null", "true", "\xef\xbb\xbf", "\xc3\xa4", "\xff",
    "2_2", "3", "1 1 1 1 1 1 1 1",
};

static void
overwrite_number (GString *text)
{
  gsize at = text->len > 0 ? roll ((guint) text->len) : 0, end;

  while (at < text->len && !g_ascii_isdigit (text->str[at]))
    at++;
  for (end = at; end < text->len && (g_ascii_isdigit (text->str[end]) || text->str[end] == '.'); end++)
    ;
  g_string_erase (text, (gssize) at, (gssize) (end - at));
  g_string_insert (text, (gssize) at, words[roll (G_N_ELEMENTS (words))]);
}

static void
bend (GString *text, const GString *other)
{
  guint n = (guint) text->len, at = roll (n + 1), length = roll (MIN (n - MIN (at, n), 64) + 1);

  switch (roll (8))
    {
    case 0:
      if (at < n)
        text->str[at] = (char) roll (256);
      break;
    case 1:
      if (at < n)
        text->str[at] ^= (char) (1 << roll (8));
      break;
    case 2:
      g_string_erase (text, (gssize) at, (gssize) length);
      break;
    case 3:
      {
        g_autofree char *piece = g_memdup2 (text->str + at, length);

        g_string_insert_len (text, (gssize) roll (n + 1), piece, (gssize) length);
      }
      break;
    case 4:
      g_string_insert (text, (gssize) at, words[roll (G_N_ELEMENTS (words))]);
      break;
    case 5:
      {
        guint from = roll ((guint) other->len + 1), many = roll (MIN ((guint) other->len - from, 200) + 1);

        g_string_insert_len (text, (gssize) at, other->str + from, (gssize) many);
      }
      break;
    case 6:
      if (roll (8) == 0)
        g_string_truncate (text, at);
      break;
    default:
      overwrite_number (text);
    }
  if (text->len > MOST)
    g_string_truncate (text, MOST);
}

/* -- a run -- */

static gint64 runs = 300, seconds, seed = 1;

static void
test_text (const GString *text)
{
  g_autofree guint8 *exact = g_memdup2 (text->str, MAX (text->len, 1));   /* a byte too many is seen */

  LLVMFuzzerTestOneInput (exact, text->len);
}

static void
run (const char *format, GPtrArray *seeds)
{
  gint64 end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC, n = 0;

  choose (format);
  state = (guint64) seed * 2654435761u + g_str_hash (format);
  for (guint i = 0; i < seeds->len; i++)
    test_text (g_ptr_array_index (seeds, i));
  while (seconds > 0 ? g_get_monotonic_time () < end : n < runs)
    {
      const GString      *from = g_ptr_array_index (seeds, roll (seeds->len)),
        *other = g_ptr_array_index (seeds, roll (seeds->len));
      g_autoptr (GString) text = g_string_new_len (from->str, (gssize) from->len);

      for (guint k = 1 + roll (6); k > 0; k--)
        bend (text, other);
      test_text (text);
      n++;
    }
  if (scratch != NULL)
    g_unlink (scratch);
  printf ("# %s: %u seeds, %" G_GINT64_FORMAT " bent files\n", format, seeds->len, n);
}

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

static gboolean
add_seed (GPtrArray *seeds, const char *path)
{
  g_autofree char *data = NULL;
  gsize            length;

  if (!g_file_get_contents (path, &data, &length, NULL))
    return FALSE;
  g_ptr_array_add (seeds, g_string_new_len (data, (gssize) length));
  return TRUE;
}

/* Files of a format in order of their names; a field's is made here, since it is binary. */
static GPtrArray *
find_seeds (const char *corpus, const char *format)
{
  GPtrArray       *seeds = g_ptr_array_new_with_free_func (free_text), *names = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *folder = g_build_filename (corpus, format, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char      *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort_values (names, (GCompareFunc) strcmp);
  for (guint i = 0; i < names->len; i++)
    add_seed (seeds, g_ptr_array_index (names, i));
  g_ptr_array_unref (names);
  return seeds;
}

static void
add_field (GPtrArray *seeds)
{
  g_autoptr (PmtContext)   context = pmt_context_new ();
  g_autoptr (PmtTransform) none = pmt_transform_new ((PmtSize) { 7, 5 }, (PmtSize) { 6, 6 }), moved = NULL;
  PmtMatrix3               m = { { { 1.1, 0.1, 2 }, { -0.1, 0.9, 1 }, { 0, 0, 1 } } };
  PmtExchangeOptions       options;

  pmt_exchange_options_init (&options);
  moved = pmt_transform_append_matrix (none, &m, (PmtSize) { 0, 0 }, NULL, NULL);
  if (pmt_exchange_save (context, moved, scratch, "field", &options, NULL, NULL))
    add_seed (seeds, scratch);
}

static int
run_all (const char *corpus)
{
  static const char *const fields[] = { "nifti", "tiff" };
  int                      number = 0;

  printf ("1..%d\n", pmt_exchange_get_n_formats () + 1);
  for (int i = 0; i < pmt_exchange_get_n_formats () + 1; i++)
    {
      const char           *format = i < pmt_exchange_get_n_formats () ? pmt_exchange_get_format (i)->nick : fields[1];
      g_autoptr (GPtrArray) seeds = NULL;

      if (g_str_equal (format, "field"))
        format = fields[0];
      choose (format);
      seeds = find_seeds (corpus, format);
      if (scratch != NULL)
        add_field (seeds);
      if (seeds->len > 0)
        run (format, seeds);
      printf ("%sok %d %s\n", seeds->len > 0 ? "" : "not ", ++number, format);
      fflush (stdout);
    }
  return 0;
}

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("CORPUS | FILE…");
  g_autoptr (GError)         error = NULL;
  g_autoptr (GPtrArray)      seeds = g_ptr_array_new_with_free_func (free_text);
  g_autofree char           *format = NULL;
  const GOptionEntry         entries[] =
    {
      { "format", 0, 0, G_OPTION_ARG_STRING, &format, "A format's nick, tiff or nifti; files are seeds then", "NICK" },
      { "runs", 0, 0, G_OPTION_ARG_INT64, &runs, "Bent files a format (300)", "N" },
      { "seconds", 0, 0, G_OPTION_ARG_INT64, &seconds, "Go on for so long instead", "S" },
      { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "Other files (1)", "N" },
      G_OPTION_ENTRY_NULL
    };

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || (argc < 2 && format == NULL) || !begin (argv[0]))
    {
      fprintf (stderr, "%s\n", error != NULL ? error->message : "name a corpus, or a format and its files");
      return 2;
    }
  if (format == NULL)
    return run_all (argv[1]);
  for (int i = 1; i < argc; i++)
    if (!add_seed (seeds, argv[i]))
      fprintf (stderr, "cannot read %s\n", argv[i]);
  choose (format);
  if (scratch != NULL)
    add_field (seeds);
  if (seeds->len == 0)
    return 2;
  run (format, seeds);
  return 0;
}
#endif
