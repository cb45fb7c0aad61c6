# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `convert`: its contract, and what elastix and Hugin's own programs make of the files it writes."""
import re

from support import *

FIXED, MOVING = (640, 480), (600, 500)
AFFINE = ((1.05, 0.11, -12.25), (-0.08, 0.97, 7.5), (0, 0, 1))
TILT = ((1.05, 0.11, -12.25), (-0.08, 0.97, 7.5), (1e-5, -2e-5, 1))


def lattice():
    """A bend of a few pixels on 10 × 8 controls."""
    r = random.Random(8)
    rows = lambda: [[r.randrange(-3000, 3000) for _ in range(10)] for _ in range(8)]
    return {'kind': 'lattice', 'direction': 'forward', 'origin': [-40, -40], 'spacing': [80, 80], 'columns': 10, 'rows': 8,
            'dx': rows(), 'dy': rows()}


def chain(name, *steps):
    """affine, tilt and bend by their first letters."""
    known = {'a': {'kind': 'projective', 'matrix': AFFINE}, 't': {'kind': 'projective', 'matrix': TILT}, 'b': lattice()}
    return transform(name, fixed=FIXED, moving=MOVING, steps=[known[s] for s in steps])


def places(n=1000, seed=5, size=FIXED):
    r = random.Random(seed)
    return [(r.uniform(0, size[0]), r.uniform(0, size[1])) for _ in range(n)]


def mapped(name, points):
    out = expect(0, 'map', name, stdin=''.join(f'{x!r},{y!r}\n' for x, y in points)).stdout.split()
    return [tuple(map(float, line.split(','))) for line in out]


def apart(a, b):
    assert len(a) == len(b)
    return max(math.dist(p, q) for p, q in zip(a, b))


def convert(*arguments, status=0, **more):
    return expect(status, 'convert', *arguments, **more)


def need(program):
    if shutil.which(program) is None:
        raise Skip(f'{program} is not installed')


def sizes(name):
    t = json.load(open(name))
    return tuple((t[k]['width'], t[k]['height']) for k in ('fixed', 'moving'))


# -- the contract --

def test_there_and_back():
    points = places()
    for steps, ending, limit in (('a', 'tfm', 1e-6), ('a', 'txt', 1e-6), ('b', 'tfm', 2e-4), ('b', 'txt', 2e-4), ('ab', 'tfm', 2e-4),
                                 ('aba', 'tfm', 2e-4), ('ba', 'txt', 2e-4), ('aba', 'txt', 2e-4), ('abab', 'tfm', 4e-4)):
        chain('t.json', *steps)
        convert('t.json', '-o', f'f.{ending}')
        convert(f'f.{ending}', '-o', 'b.json', '--fixed-size', '640x480', '--moving-size', '600x500')
        error = apart(mapped('t.json', points), mapped('b.json', points))
        assert error < limit, (steps, ending, error)
        assert sizes('b.json') == (FIXED, MOVING)


def test_what_cannot_be_held_is_refused_with_its_cost():
    chain('t.json', 't')
    for name, kind in (('f.tfm', 'ITK'), ('f.txt', 'elastix')):
        done = convert('t.json', '-o', name, status=1, says='--nearest')
        assert kind in done.stderr and 'affine' in done.stderr, done.stderr
        said = [float(v) for v in re.search(r'up to ([\d.]+) px, in the mean ([\d.]+) px', done.stderr).groups()]
        only('.', 't.json')
        convert('t.json', '-o', name, '--nearest', says='nearest map of kind affine')
        convert(name, '-o', 'b.json', '--fixed-size', '640x480')
        grid = [(10 * i, 10 * j) for i in range(65) for j in range(49)]
        there, back = mapped('t.json', grid), mapped('b.json', grid)
        errors = [math.dist(p, q) for p, q in zip(there, back)]
        assert abs(max(errors) - said[0]) < 0.02 and abs(sum(errors) / len(errors) - said[1]) < 0.02, (said, max(errors))
        os.unlink(name)
        os.unlink('b.json')
    transform('n.json', ((1, 0, 0), (0, 1, 0), (1e-5, 0, 1)), fixed=(0, 0), moving=(0, 0))
    convert('n.json', '-o', 'f.tfm', status=1, says='size is not known')
    convert('n.json', '-o', 'f.tfm', '--fixed-size', '640x480', status=1, says='--nearest')


def test_pairs_are_fitted():
    chain('t.json', 't')
    said = convert('t.json', '-o', 'p.csv', '--pairs', '12').stderr
    assert 'points: 108 pairs' in said, said      # 12 × 9
    said = convert('p.csv', '-o', 'b.json', '--fixed-size', '640x480', '--moving-size', '600x500').stderr
    assert 'model homography' in said, said
    assert apart(mapped('t.json', places()), mapped('b.json', places())) < 1e-6
    said = convert('p.csv', '-o', 'b.json', '--model', 'translation').stderr
    assert 'model translation' in said, said
    open('few.csv', 'w').write('fixed_x,fixed_y,moving_x,moving_y\n1,2,3,4\n')
    convert('few.csv', '-o', 'c.json', '--model', 'affine', status=1, says='few.csv: 1 pair of points')


def test_invert_and_sizes():
    chain('t.json', 'a')
    convert('t.json', '-o', 'i.tfm', '--invert')
    convert('i.tfm', '-o', 'i.json')
    points = places()
    assert apart(points, mapped('i.json', mapped('t.json', points))) < 1e-6
    png('m.png', 60, 50, 1, lambda x, y: (0,))
    convert('i.tfm', '-o', 'i.json', '--fixed-size', 'm.png')
    assert sizes('i.json') == ((60, 50), (0, 0))
    convert('t.json', '-o', 'i.tfm', '--fixed-size', '64x48', status=1, says='640 × 480')


def test_every_format_there_and_back():
    """By name and by what the file begins with; two files where it takes two."""
    points = places()
    for step, formats in (('a', ('pentimento', 'points', 'itk', 'elastix', 'elastix-points', 'bigwarp', 'qgis', 'gdal', 'hugin', 'trakem2', 'svg',
                                 'annotation', 'georeference')),
                          ('t', ('points', 'elastix-points', 'bigwarp', 'qgis', 'gdal', 'hugin', 'annotation', 'georeference')),
                          ('ab', ('annotation',))):
        chain('t.json', *step)
        for name in formats:
            convert('t.json', '-o', 'fixed.dat', '--to', name)
            convert('fixed.dat', '-o', 'b.json', '--fixed-size', '640x480', '--moving-size', '600x500')
            error = apart(mapped('t.json', points), mapped('b.json', points))
            assert error < 1e-6, (step, name, error)
    chain('t.json', 'a')
    convert('t.json', '-o', 'points.txt', '--to', 'elastix-points', status=1, says='“fixed” in it')


def test_images_are_named():
    chain('t.json', 'a')
    png('a&b.png', 640, 480, 1, lambda x, y: (0,))
    for name in ('svg', 'xml', 'vrt', 'pto', 'jsonld'):
        convert('t.json', '-o', f'f.{name}', '--fixed-size', '600x500', '--moving-size', 'a&b.png', '--invert', status=1, says='640 × 480')
        convert('t.json', '-o', f'f.{name}', '--fixed-size', 'a&b.png', '--invert')
        text = open(f'f.{name}').read().replace('&amp;', '&')
        assert text.find('"fixed"') < text.find('a&b.png') > 0, name    # turned round: what was fixed moves; the other has no name
        assert name == 'vrt' or '"fixed"' in text, name


def test_fields():
    chain('t.json', 'b')
    for name in ('f.tif', 'f.nii'):
        convert('t.json', '-o', name, '--stride', '4')
        convert(name, '-o', 'b.json', '--moving-size', '600x500')
        inner = [p for p in places() if 4 < p[0] < 636 and 4 < p[1] < 476]
        assert apart(mapped('t.json', inner), mapped('b.json', inner)) < 0.05
        assert sizes('b.json') == (FIXED, MOVING)


def test_errors_write_nothing():
    chain('t.json', 'a')
    before = os.listdir('.')
    open('bad.tfm', 'w').write('#Insight Transform File V1.0\nTransform: AffineTransform_double_2_2\nParameters: 1 0 0 1 0\nFixedParameters: 0 0\n')
    convert('bad.tfm', '-o', 'o.json', status=1, says='bad.tfm: line 2: AffineTransform has 6 parameters')
    open('three.tfm', 'w').write('#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\n')
    convert('three.tfm', '-o', 'o.json', status=1, says='two dimensions')
    open('what.dat', 'w').write('nothing that is known\n')
    convert('what.dat', '-o', 'o.json', status=1, says='what.dat: it begins like no format')
    convert('no.tfm', '-o', 'o.json', status=1, says='no.tfm')
    convert('t.json', '-o', 'o.what', status=1, says='ending')
    convert('/dev/null', '-o', 'o.json', status=1)
    convert('t.json', '-o', 'no/where/o.tfm', status=1, says='no/where')
    only('.', *before, 'bad.tfm', 'three.tfm', 'what.dat')


def test_usage():
    chain('t.json', 'a')
    convert(status=2)
    convert('t.json', status=2, says='where to')
    convert('t.json', '-o', 't.json', status=2, says='one file')
    convert('t.json', '-o', 'o.tfm', '--to', 'morse', status=2, says='morse')
    convert('t.json', '-o', 'o.tfm', '--from', 'morse', status=2, says='morse')
    convert('t.json', '-o', 'o.tfm', '--model', 'cubic', status=2, says='--model')
    for pairs in ('1', '32'):
        convert('t.json', '-o', 'o.csv', '--pairs', pairs, status=2, says='--pairs')
    convert('t.json', '-o', 'o.tif', '--stride', '-1', status=2, says='--stride')
    convert('t.json', '-o', 'o.tif', '--tolerance', '0', status=2, says='--tolerance')


# -- elastix's own answer --

def transformix(file, points):
    """Where elastix's transformix says that points go. It counts from the first pixel's centre, and prints six decimals."""
    with open('points.txt', 'w') as f:
        f.write(f'point\n{len(points)}\n' + ''.join(f'{x - 0.5!r} {y - 0.5!r}\n' for x, y in points))
    shutil.rmtree('out', ignore_errors=True)
    os.mkdir('out')
    done = subprocess.run(['transformix', '-tp', file, '-def', 'points.txt', '-out', 'out'], capture_output=True, text=True, timeout=120)
    assert os.path.exists('out/outputpoints.txt'), done.stdout + done.stderr
    found = re.findall(r'OutputPoint = \[ (\S+) (\S+) \]', open('out/outputpoints.txt').read())
    return [(float(x) + 0.5, float(y) + 0.5) for x, y in found]


def test_elastix_agrees():
    need('transformix')
    points = places()
    for steps in ('a', 'b', 'ba', 'aba'):
        chain('t.json', *steps)
        convert('t.json', '-o', 'f.txt')
        error = apart(mapped('t.json', points), transformix('f.txt', points))
        assert error < 1e-3, (steps, error)


FRAME = '''(InitialTransformParameterFileName "NoInitialTransform")
(HowToCombineTransforms "Compose")
(FixedImageDimension 2)
(MovingImageDimension 2)
(FixedInternalImagePixelType "float")
(MovingInternalImagePixelType "float")
(Size 640 480)
(Index 0 0)
(Spacing 1 1)
(Origin 0 0)
(Direction 1 0 0 1)
'''


def test_elastix_means_what_we_read():
    """Kinds that we never write."""
    need('transformix')
    points = places()
    for kind, parameters in (('TranslationTransform', '3.25 -7.5'), ('EulerTransform', '0.3 5 -2.5'),
                             ('SimilarityTransform', '1.25 -0.4 5 -2.5'), ('AffineTransform', '1.1 0.2 -0.15 0.9 3 4')):
        with open('f.txt', 'w') as f:
            f.write(f'(Transform "{kind}")\n(NumberOfParameters {len(parameters.split())})\n(TransformParameters {parameters})\n'
                    + FRAME + '(CenterOfRotationPoint 319.5 201.25)\n')
        convert('f.txt', '-o', 'b.json')
        error = apart(mapped('b.json', points), transformix('f.txt', points))
        assert error < 1e-3, (kind, error)


# -- Hugin's own answer --

def trafo(project, image, points, back=False):
    """Where Hugin's pano_trafo says that points of an image lie in the panorama, or the other way. It counts from the first
    pixel's centre."""
    done = subprocess.run(['pano_trafo', *(['-r'] if back else []), project, str(image)], capture_output=True, text=True, timeout=60,
                          input=''.join(f'{x - 0.5!r} {y - 0.5!r}\n' for x, y in points))
    assert done.returncode == 0, done.stderr
    return [tuple(float(v) + 0.5 for v in line.split()) for line in done.stdout.splitlines()]


def test_hugin_agrees():
    """A similarity is written as poses: the panorama is the fixed image's plane."""
    need('pano_trafo')
    points = places()
    for scale, angle, shift in ((1, 0, (0, 0)), (1, 0, (31.5, -12.25)), (0.8, 25, (40, -60)), (1.4, -100, (10, 700)), (2, 180, (900, 800))):
        c, s = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
        transform('t.json', ((c, -s, shift[0]), (s, c, shift[1]), (0, 0, 1)), fixed=FIXED, moving=MOVING)
        done = convert('t.json', '-o', 'f.pto')
        there = trafo('f.pto', 0, points)
        assert apart(points, there) < 1e-3
        error = apart(mapped('t.json', points), trafo('f.pto', 1, there, back=True))
        assert error < 1e-3, (scale, angle, error)
        # without its points, the poses alone bring the same map back
        lines = [line for line in open('f.pto') if not line.startswith('c ')]
        open('poses.pto', 'w').writelines(lines)
        for name in ('f.pto', 'poses.pto'):
            convert(name, '-o', 'b.json')
            assert apart(mapped('t.json', points), mapped('b.json', points)) < 1e-6, name
            assert sizes('b.json') == (FIXED, MOVING)


main(globals(), sanitized=('there_and_back', 'what_cannot_be_held_is_refused_with_its_cost', 'pairs_are_fitted', 'fields', 'errors_write_nothing'))
