/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once
#include "cube/cube.h"
#include "image/kernel.h"

G_BEGIN_DECLS

/* -- fields of a header, in their order -- */

typedef struct { char *key, *value; } PmtCubeField;   /* key in lower case with single blanks; value as written */

GArray     *_pmt_fields_new  (void);
GArray     *_pmt_fields_copy (const GArray *fields);
const char *_pmt_fields_get  (const GArray *fields, const char *key);
void        _pmt_fields_set  (GArray *fields, const char *key, const char *value);   /* value NULL: removed */
/* "{a, b, c}" to its parts, trimmed; one part where there are no braces. */
char      **_pmt_fields_list (const char *value);

/* -- ENVI headers: envi-header.c -- */

typedef struct
{
  PmtSize       size;
  int           bands;
  PmtCubeType   type;
  PmtCubeLayout layout;
  guint64       offset;
  gboolean      swapped;      /* of the other byte order than this machine's */
} PmtEnviShape;

/* Text to fields, whatever they are. name: of the file, for messages. PMT_ERROR_FORMAT. */
GArray   *_pmt_envi_parse  (const char *text, gsize length, const char *name, GError **error);
/* What the fields say of the shape, checked. */
gboolean  _pmt_envi_shape  (const GArray *fields, const char *name, PmtEnviShape *shape, GError **error);
/* The text of a header of this shape with these fields; those of the shape are replaced. */
char     *_pmt_envi_format (const GArray *fields, const PmtEnviShape *shape);

/* -- reading: a class for each kind of file -- */

typedef struct
{
  /* Fills dest, in this machine's byte order and without gaps, with rect of `band`; or of all bands, pixel after pixel, where the
   * cube is interleaved. */
  gboolean (*read) (gpointer self, int band, const PmtRect *rect, guint8 *dest, GError **error);
  void     (*free) (gpointer self);
} PmtCubeClass;

struct _PmtCube
{
  gatomicrefcount     references;
  char               *path;
  char              **files;
  PmtSize             size;
  int                 bands;
  PmtCubeType         type;
  PmtCubeLayout       layout;
  gboolean            interleaved;    /* all bands are read at once */
  gboolean            whole_planes;   /* a band costs as much to read in part as whole */
  gboolean            has_ignore;
  double              ignore;
  GArray             *fields;
  const PmtCubeClass *klass;
  gpointer            self;
};

/* An empty one, with path and fields. */
PmtCube  *_pmt_cube_new         (const char *path);
gboolean  _pmt_cube_read        (PmtCube *cube, int band, const PmtRect *rect, guint8 *dest, GError **error);
gboolean  _pmt_cube_open_envi   (PmtCube *cube, GError **error);                 /* envi-raw.c */
gboolean  _pmt_cube_open_vips   (PmtCube *cube, GError **error);                 /* cube-vips.c */
gboolean  _pmt_cube_open_folder (PmtCube *cube, GError **error);
/* The other file of the pair: of "x.hdr" the data, of others the header. NULL: there is none. */
char     *_pmt_envi_header_of   (const char *path);
char     *_pmt_envi_data_of     (const char *path);
/* "data ignore value" to the cube. */
gboolean  _pmt_cube_read_ignore (PmtCube *cube, GError **error);

/* -- values: cube-values.c -- */

gsize     _pmt_cube_type_size   (PmtCubeType type);
/* Whether floats, and not doubles, hold its values. */
gboolean  _pmt_cube_type_is_float_enough (PmtCubeType type);
gboolean  _pmt_cube_type_is_floating     (PmtCubeType type);
void      _pmt_cube_swap        (PmtCubeType type, gsize n, guint8 *values);
/* n values, each `step` after the one before (in values), to reals, `ignore` to NaN (NULL: none). */
void      _pmt_cube_to_float    (PmtCubeType type, const guint8 *in, gsize step, gsize n, const double *ignore, float *out);
void      _pmt_cube_to_double   (PmtCubeType type, const guint8 *in, gsize step, gsize n, const double *ignore, double *out);
/* Back: rounded and clipped; NaN to the bytes at `fill`, and what comes to `ignore` (NULL: none) to the value next to it. */
void      _pmt_cube_from_float  (PmtCubeType type, const float *in, gsize n, const guint8 *fill, const double *ignore, gsize step,
                                 guint8 *out);
void      _pmt_cube_from_double (PmtCubeType type, const double *in, gsize n, const guint8 *fill, const double *ignore, gsize step,
                                 guint8 *out);
/* A number to the bytes of a value. */
void      _pmt_cube_value       (PmtCubeType type, double number, guint8 *value);

/* -- where the pixels of a tile look: cube-map.c -- */

typedef struct
{
  guint32 pixel;      /* of the tile */
  guint32 place;      /* of the first source pixel in the box */
  guint32 weights;    /* of nx columns and ny rows, from here on in `weights` */
  guint16 nx, ny;
} PmtCubeSupport;

typedef struct
{
  PmtRect    tile, box;        /* output pixels; source pixels under them */
  int        taps;             /* 1: copies; 2, 4, 6 a side */
  gint32    *place;            /* of the first source pixel in the box; 0 where not plain */
  guint8    *covered;
  float     *phase;            /* taps 2: the fractions u, v of each pixel; else all its weights, columns, then rows */
  GArray    *support;          /* of PmtCubeSupport: pixels whose kernel is widened or cut, in order */
  guint32   *first;            /* of each row's in `support`, and one more */
  GArray    *weights;          /* of float */
} PmtCubeMap;

PmtCubeMap *_pmt_cube_map_new  (PmtContext *context, const PmtTransform *flat, PmtSize source, PmtSampler sampler,
                                const PmtRect *tile, GError **error);
void        _pmt_cube_map_free (PmtCubeMap *map);
/* Bytes that a pixel of a map takes. */
gsize       _pmt_cube_map_cost (PmtSampler sampler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCubeMap, _pmt_cube_map_free)

/* Rows from … to-1 of the tile from the box's pixels: cube-sample.c. NaN where there is nothing. */
void        _pmt_cube_sample_float  (const PmtCubeMap *map, const float *box, int from, int to, float *out);
void        _pmt_cube_sample_double (const PmtCubeMap *map, const double *box, int from, int to, double *out);
/* The values themselves, of `size` bytes, taken from every in_step-th, put to every out_step-th; `fill` where there is nothing. */
void        _pmt_cube_copy          (const PmtCubeMap *map, gsize size, const guint8 *box, gsize in_step, const guint8 *fill, gsize out_step,
                                     guint8 *out);

/* -- what the output is like: cube-form.c -- */

/* Takes out what was true of the old frame, and takes over what `frame` (NULL: none) says. TRUE where something was lost. */
gboolean      _pmt_cube_adopt_frame (GArray *fields, const PmtCube *frame);
PmtCubeLayout _pmt_cube_layout_for  (const PmtCube *cube, const PmtCubeWarpOptions *options, const char *path);
/* Of a folder's files, that they keep; NULL where the cube is none. */
char        **_pmt_cube_file_names  (const PmtCube *cube);

/* -- writing: cube-output.c -- */

typedef enum { PMT_CUBE_FILE_ENVI, PMT_CUBE_FILE_TIFF, PMT_CUBE_FILE_FOLDER } PmtCubeFileKind;

typedef struct
{
  PmtSize       size;
  int           bands;
  PmtCubeType   type;
  PmtCubeLayout layout;       /* never AUTO */
  GArray       *fields;
  char *const  *names;        /* of a folder's files, without ending; NULL: band-0001 … */
} PmtCubeForm;                /* all borrowed */

typedef struct _PmtCubeOutput PmtCubeOutput;

PmtCubeFileKind _pmt_cube_file_kind (const char *path);
/* resume: what is there of it is kept, and stays when this is freed without having been committed. *there: all of it was there. */
PmtCubeOutput *_pmt_cube_output_new    (const char *path, const PmtCubeForm *form, gboolean resume, gboolean *there, GError **error);
/* Empty again. */
gboolean       _pmt_cube_output_clear  (PmtCubeOutput *output, GError **error);
/* Values of a rectangle without gaps: of one band, or (layout BIP) of all. From any thread. */
gboolean       _pmt_cube_output_write  (PmtCubeOutput *output, int band, const PmtRect *rect, const guint8 *values, GError **error);
/* Bands from … to-1 are on the disk. */
gboolean       _pmt_cube_output_sync   (PmtCubeOutput *output, int from, int to, GError **error);
/* Headers, then the final names. */
gboolean       _pmt_cube_output_commit (PmtCubeOutput *output, GError **error);
void           _pmt_cube_output_free   (PmtCubeOutput *output);
/* The output's main file. */
const char    *_pmt_cube_output_get_path (const PmtCubeOutput *output);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCubeOutput, _pmt_cube_output_free)

/* A TIFF without compression, whose values lie as the layout says from `start` on: tiff-layout.c. */
typedef struct { guint64 start; GByteArray *head, *tail; } PmtTiffLayout;   /* tail: right after the values */

void           _pmt_tiff_layout_init  (PmtTiffLayout *tiff, const PmtCubeForm *form);
void           _pmt_tiff_layout_clear (PmtTiffLayout *tiff);

/* -- what is done already: cube-journal.c -- */

/* A note beside the output of how many units of a job with this fingerprint are done, locked while it is open. */
typedef struct _PmtCubeJournal PmtCubeJournal;

PmtCubeJournal *_pmt_cube_journal_open   (const char *output, const char *fingerprint, guint64 *done, GError **error);
gboolean        _pmt_cube_journal_note   (PmtCubeJournal *journal, guint64 done, GError **error);
/* The job is finished: the note goes. */
void            _pmt_cube_journal_finish (PmtCubeJournal *journal);
void            _pmt_cube_journal_free   (PmtCubeJournal *journal);
/* Of files (names, sizes and times), transform, options and header. */
char           *_pmt_cube_fingerprint    (PmtCube *cube, const PmtTransform *transform, const PmtCubeForm *form,
                                          const PmtCubeWarpOptions *options);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PmtCubeJournal, _pmt_cube_journal_free)

/* -- principal components: leading-components.c -- */

/* The k-th (from 0 on) principal component of n samples of `bands` values, row-major, centred: a unit vector to `component`, its
 * sum ≥ 0. By power iteration with deflation. */
gboolean       _pmt_leading_component  (PmtContext *context, const float *samples, int n, int bands, int k, double *component,
                                        GError **error);

G_END_DECLS
