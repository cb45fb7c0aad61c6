# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `field`: transforms to dense fields of displacements and back, as other programs would read and write them;
steps of every kind on the command line."""
import os
import re
import subprocess

from support import *

WARP = ((0.95, 0.16, -9), (-0.21, 1.04, 12), (9e-4, -5e-4, 1))
BUMP = {'kind': 'lattice', 'direction': 'forward', 'origin': [-16, -24], 'spacing': [16, 16], 'columns': 7, 'rows': 7,
        'dx': [[4500 * (i == 3 and j == 3) for i in range(7)] for j in range(7)], 'dy': [[0] * 7] * 7}
PLATE = {'kind': 'thin-plate', 'direction': 'forward', 'smoothing': 0, 'box': [0, 0, 64, 48],
         'points': [[2, 3, 3, 3], [60, 5, 60, 6], [5, 44, 4, 45], [58, 40, 57, 41], [30, 20, 32, 21]]}
DENSE = {'kind': 'dense', 'direction': 'forward', 'origin': [-16, -16], 'spacing': [40, 40], 'columns': 2, 'rows': 1,
         'quantum': 0.5, 'data': 'EyAw'}
FLOW = dict(DENSE, kind='velocity')
LENS = {'kind': 'radial', 'direction': 'forward', 'centre': [30, 25.5], 'terms': [-0.08, 0.01], 'box': [0, 0, 64, 48]}
PIECES = {'kind': 'piecewise-affine', 'direction': 'forward', 'box': PLATE['box'], 'points': PLATE['points']}
STEPS = {'lattice': BUMP, 'thin-plate': PLATE, 'dense': DENSE, 'velocity': FLOW, 'radial': LENS,
         'piecewise-affine': PIECES}


def mapped(name, points, *options):
    out = expect(0, 'map', name, *options, stdin=''.join(f'{x!r},{y!r}\n' for x, y in points)).stdout
    return [tuple(map(float, line.split(','))) for line in out.split()]


def apart(a, b):
    return max(math.hypot(p[0] - q[0], p[1] - q[1]) for p, q in zip(a, b))


GRID = [(x + 0.5, y + 0.5) for y in range(0, 48, 5) for x in range(0, 64, 7)]


# -- steps of every kind --

def test_every_kind_maps_inverts_composes_and_applies():
    png('a.png', 64, 48, 3, lambda x, y: (3 * x, 5 * y, x + y))
    for kind, step in STEPS.items():
        transform('t.json', steps=[{'kind': 'projective', 'matrix': [list(r) for r in WARP]}, step])
        there = mapped('t.json', GRID)
        told = expect(0, 'invert', 't.json', '-o', 'i.json').stderr
        assert ('there and back: within' in told) == (kind != 'piecewise-affine'), told      # that one has a formula
        assert told == '' or float(told.split()[4]) < 1e-6, told
        assert expect(0, 'invert', 't.json', '-o', 'i.json', '-q').stderr == '', kind
        assert apart(mapped('i.json', there), GRID) < 1e-6, kind
        assert apart(mapped('t.json', there, '--inverse'), GRID) < 1e-6, kind
        expect(0, 'compose', 't.json', 'i.json', '-o', 'c.json')
        assert apart(mapped('c.json', GRID), GRID) < 1e-6, kind
        expect(0, 'apply', 't.json', 'a.png', '-o', 'b.png', '--canvas', 'union', '--alpha')
        expect(0, 'apply', 'c.json', 'a.png', '-o', 'b.png')
        before, after = read_png('a.png')[4], read_png('b.png')[4]
        worst = max(abs(p - q) for y in range(10, 40) for p, q in zip(before[y][30:150], after[y][30:150]))
        assert worst <= 1, (kind, worst)
        assert json.loads(expect(0, 'deformation', 't.json', '--figures').stdout)['displacement-largest'] > 0.002, kind
        again = expect(0, 'invert', 'i.json').stdout
        assert json.loads(again)['steps'][1] == step, kind         # twice inverted: the same, to the last bit


def test_bends_as_flows():
    transform('t.json', steps=[{'kind': 'projective', 'matrix': [list(r) for r in WARP]}, BUMP], moving=(64, 48))
    told = expect(0, 'compose', 't.json', '--velocities', '-o', 'v.json').stderr
    missed = float(told.split('within ')[1].split()[0])
    assert missed < 0.05, told
    assert [s['kind'] for s in json.load(open('v.json'))['steps']] == ['projective', 'velocity']
    assert apart(mapped('v.json', GRID), mapped('t.json', GRID)) < 0.05
    transform('u.json', steps=[BUMP], moving=(0, 0))
    expect(1, 'compose', 'u.json', '--velocities', '-o', 'w.json', says='size')
    assert not os.path.exists('w.json')


def test_invert_is_silent_about_homographies():
    transform('t.json', WARP)
    assert expect(0, 'invert', 't.json', '-o', 'i.json').stderr == ''
    transform('u.json', steps=[PLATE], fixed=(0, 0))
    assert expect(0, 'invert', 'u.json', '-o', 'i.json').stderr == ''      # nothing to measure over


def test_the_documented_decoder():
    """The Python in docs/transform-format.md reads what the command writes."""
    text = open(os.path.join(os.path.dirname(MANUAL), 'transform-format.md'), encoding='utf-8').read()
    code = {}
    exec(re.search(r'```python\n(.*?)```', text, re.S).group(1), code)
    assert code['numbers']('EyAw', 2, 1) == [[[3, 5]], [[0, 0]]]
    transform('t.json', steps=[BUMP])
    expect(0, 'field', 't.json', '-o', 'f.tif')
    expect(0, 'field', 'f.tif', '-t', 'd.json', '--tolerance', '0.002')
    steps = json.load(open('d.json'))['steps']
    assert [s['kind'] for s in steps] == ['dense', 'projective']
    d, m = steps[0], steps[1]['matrix']
    dx, dy = code['numbers'](d['data'], d['columns'], d['rows'])

    def basis(t):
        t = abs(t)
        return 0 if t >= 2 else (2 - t) ** 3 / 6 if t >= 1 else 2 / 3 - t * t + t ** 3 / 2

    for x, y in ((31.5, 22.5), (5.5, 40.5)):
        u, v = ((x - d['origin'][0]) / d['spacing'][0], (y - d['origin'][1]) / d['spacing'][1])
        e = [sum(basis(u - i) * basis(v - j) * field[j][i] for j in range(d['rows']) for i in range(d['columns']))
             * d['quantum'] for field in (dx, dy)]
        p = (x + e[0], y + e[1])
        q = tuple(m[k][0] * p[0] + m[k][1] * p[1] + m[k][2] for k in (0, 1))
        assert apart([q], mapped('d.json', [(x, y)])) < 1e-9, (q, x, y)


# -- fields --

def tiff_floats(path):
    """width, height, samples of a plain little-endian TIFF in strips, and its description."""
    data = open(path, 'rb').read()
    assert data[:4] == b'II*\0', data[:4]
    at = struct.unpack('<I', data[4:8])[0]
    tags = {}
    for k in range(struct.unpack('<H', data[at:at + 2])[0]):
        tag, kind, count, value = struct.unpack('<HHI4s', data[at + 2 + 12 * k:at + 14 + 12 * k])
        size = {2: 1, 3: 2, 4: 4}.get(kind, 8) * count
        raw = value[:size] if size <= 4 else data[struct.unpack('<I', value)[0]:][:size]
        tags[tag] = struct.unpack(f'<{count}{ {3: "H", 4: "I"}[kind]}', raw) if kind in (3, 4) else raw
    pixels = b''.join(data[o:o + n] for o, n in zip(tags[273], tags[279]))
    width, height = tags[256][0], tags[257][0]
    assert tags[277] == (2,) and tags[258] == (32, 32) and tags[339] == (3, 3), tags
    return width, height, struct.unpack(f'<{2 * width * height}f', pixels), tags[270].rstrip(b'\0').decode()


def tiff(path, width, height, pixel, bands=2, description='', code='f'):
    """pixel(x, y) gives the values; one strip, no compression."""
    pixels = struct.pack(f'<{bands * width * height}{code}', *(v for y in range(height) for x in range(width) for v in pixel(x, y)))
    bits, form = struct.calcsize(code) * 8, 3 if code == 'f' else 1
    words = description.encode() + b'\0'
    words += b'\0' * (5 - len(words)) if len(words) < 5 else b''
    extra = struct.pack(f'<{2 * bands}H', *([bits] * bands + [form] * bands)) + words
    end = 8 + len(pixels)
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, bands, end if bands > 2 else bits | (bits << 16 if bands == 2 else 0)),
            (259, 3, 1, 1), (262, 3, 1, 1), (270, 2, len(words), end + 4 * bands), (273, 4, 1, 8), (277, 3, 1, bands),
            (278, 4, 1, height), (279, 4, 1, len(pixels)), (284, 3, 1, 1),
            (339, 3, bands, end + 2 * bands if bands > 2 else form | (form << 16 if bands == 2 else 0))]
    with open(path, 'wb') as f:
        f.write(b'II*\0' + struct.pack('<I', end + len(extra)) + pixels + extra + struct.pack('<H', len(tags))
                + b''.join(struct.pack('<HHII', *t) for t in tags) + b'\0\0\0\0')
    return path


def test_a_field_in_tiff():
    transform('t.json', WARP)
    for stride in (1, 5):
        assert expect(0, 'field', 't.json', '-o', 'f.tif', '--stride', stride).stdout == ''
        width, height, values, words = tiff_floats('f.tif')
        assert (width, height) == (-(-64 // stride), -(-48 // stride))
        assert words == f'pentimento-field 1 fixed 64x48 moving 64x48 stride {stride}', words
        points = [((i + 0.5) * stride, (j + 0.5) * stride) for j in range(height) for i in range(width)]
        said = [(p[0] + values[2 * k], p[1] + values[2 * k + 1]) for k, p in enumerate(points)]
        assert apart(said, mapped('t.json', points)) < 1e-4
    only('.', 't.json', 'f.tif')


def test_a_field_in_nifti():
    transform('t.json', WARP)
    expect(0, 'field', 't.json', '-o', 'f.nii', '--stride', '4')
    data = open('f.nii', 'rb').read()
    assert struct.unpack('<I', data[:4])[0] == 348 and data[344:348] == b'n+1\0'
    assert struct.unpack('<8h', data[40:56]) == (5, 16, 12, 1, 1, 2, 1, 1)
    assert struct.unpack('<h', data[68:70])[0] == 1007 and struct.unpack('<hh', data[70:74]) == (16, 32)
    assert struct.unpack('<3f', data[76:88]) == (1, 4, 4) and struct.unpack('<f', data[108:112])[0] == 352
    assert struct.unpack('<8f', data[280:312]) == (-4, 0, 0, -1.5, 0, -4, 0, -1.5)     # LPS: 4i + 1.5 of ITK's pixels
    values = struct.unpack('<384f', data[352:])
    points = [((i + 0.5) * 4, (j + 0.5) * 4) for j in range(12) for i in range(16)]
    said = [(p[0] + values[k], p[1] + values[192 + k]) for k, p in enumerate(points)]
    assert apart(said, mapped('t.json', points)) < 1e-4


def test_there_and_back():
    for kind, step in STEPS.items():
        transform('t.json', steps=[{'kind': 'projective', 'matrix': [list(r) for r in WARP]}, step], moving=(70, 50))
        for name in ('f.tif', 'f.nii'):
            expect(0, 'field', 't.json', '-o', name)
            done = expect(0, 'field', name, '-t', 'b.json', says='the field is met within')
            assert done.stdout == ''
            back = json.load(open('b.json'))
            assert back['fixed'] == {'width': 64, 'height': 48} and back['moving'] == {'width': 70, 'height': 50}
            assert apart(mapped('t.json', GRID), mapped('b.json', GRID)) < 0.011, (kind, name)
            assert expect(0, 'field', name, '-t', 'b.json', '-q').stderr == ''
            os.unlink(name)
    expect(0, 'field', 't.json', '-o', '1.nii', '--threads', '1')
    expect(0, 'field', 't.json', '-o', '3.nii', '--threads', '3')
    assert open('1.nii', 'rb').read() == open('3.nii', 'rb').read()


def test_fields_of_others():
    tiff('f.tif', 30, 20, lambda x, y: (2 + 0.5 * x, -1 + 0.1 * y))
    assert 'affine' in expect(0, 'field', 'f.tif', '-t', 't.json', '--moving', '50x25').stderr
    t = json.load(open('t.json'))
    assert t['fixed'] == {'width': 30, 'height': 20} and t['moving'] == {'width': 50, 'height': 25}
    assert apart(mapped('t.json', [(10.5, 7.5)]), [(10.5 + 2 + 5, 7.5 - 1 + 0.7)]) < 0.001
    expect(0, 'field', 'f.tif', '-t', 't.json', '--stride', '4')
    assert json.load(open('t.json'))['fixed'] == {'width': 120, 'height': 80}
    assert apart(mapped('t.json', [(42, 30)]), [(42 + 2 + 5, 30 - 1 + 0.7)]) < 0.001


def test_bad_fields():
    png('p.png', 64, 48, 3, lambda x, y: (x, y, 0))
    tiff('one.tif', 30, 20, lambda x, y: (1,), bands=1)
    tiff('three.tif', 30, 20, lambda x, y: (1, 2, 3), bands=3)
    tiff('whole.tif', 30, 20, lambda x, y: (1, 2), code='H')
    tiff('nan.tif', 30, 20, lambda x, y: (math.nan if (x, y) == (7, 3) else 0, 0))
    tiff('infinite.tif', 30, 20, lambda x, y: (0, math.inf if (x, y) == (7, 3) else 0))
    tiff('fold.tif', 60, 60, lambda x, y: (12 * (math.exp(-((x - 26) ** 2 + (y - 30) ** 2) / 20)
                                                 - math.exp(-((x - 34) ** 2 + (y - 30) ** 2) / 20)), 0))
    tiff('point.tif', 30, 20, lambda x, y: (-x, -y))
    tiff('lie.tif', 30, 20, lambda x, y: (0, 0), description='pentimento-field 1 fixed 64x48 moving 9x9 stride 1')
    tiff('tiny.tif', 1, 1, lambda x, y: (0, 0))
    whole = open('fold.tif', 'rb').read()
    transform('t.json', WARP)
    expect(0, 'field', 't.json', '-o', 'good.nii')
    good = open('good.nii', 'rb').read()
    for name, data in (('cut.tif', whole[:9000]), ('empty.tif', b''), ('cut.nii', good[:-1]), ('empty.nii', b''),
                       ('text.nii', b'x' * 400)):
        open(name, 'wb').write(data)
    os.mkdir('folder.nii')
    before = os.listdir('.')
    for name, words in (('one.tif', 'two bands'), ('three.tif', 'two bands'), ('whole.tif', 'two bands'), ('nan.tif', 'column 7, row 3'),
                        ('infinite.tif', 'column 7, row 3'), ('fold.tif', 'folds'), ('point.tif', 'collapses'), ('lie.tif', '64 × 48'),
                        ('tiny.tif', '2 × 2'), ('cut.tif', 'cut.tif'), ('empty.tif', 'empty.tif'), ('cut.nii', 'truncated'),
                        ('empty.nii', 'truncated'), ('text.nii', 'NIfTI'), ('folder.nii', 'folder.nii'), ('missing.nii', 'missing.nii'),
                        ('missing.tif', 'missing.tif'), ('p.png', '.nii'), ('t.json', '.nii')):
        done = expect(1, 'field', name, '-t', 'o.json', says=words)
        assert name in done.stderr, done.stderr
        only('.', *before)


def test_export_is_refused():
    transform('t.json', WARP)
    transform('unknown.json', WARP, fixed=(0, 0))
    open('bad.json', 'w').write('{')
    before = os.listdir('.')
    for arguments, status, words in ((('t.json', '-o', 'f.png'), 1, '.tif'), (('t.json', '-o', 'f.nii.gz'), 1, 'uncompressed'),
                                     (('t.json', '-o', 'nowhere/f.nii'), 1, 'nowhere'), (('t.json', '-o', 'nowhere/f.tif'), 1, 'nowhere'),
                                     (('bad.json', '-o', 'f.tif'), 1, 'bad.json'), (('unknown.json', '-o', 'f.tif'), 2, '--fixed'),
                                     (('t.json', '-o', 'f.nii', '--fixed', '40000x20'), 1, '32767')):
        expect(status, 'field', *arguments, says=words)
        only('.', *before)
    expect(0, 'field', 'unknown.json', '-o', 'f.nii', '--fixed', '10x7')
    assert os.path.getsize('f.nii') == 352 + 10 * 7 * 8
    for arguments in ([], ['t.json'], ['t.json', '-o', 'a.tif', '-t', 'b.json'], ['t.json', '-o', 't.json'], ['f.nii', '-t', 'f.nii'],
                      ['t.json', '-o', 'a.tif', '--stride', '-1'], ['t.json', '-o', 'a.tif', '--stride', '5000'],
                      ['t.json', '-o', 'a.tif', '--fixed', '3'], ['t.json', '-o', 'a.tif', '--fixed', '3x4y'],
                      ['t.json', '-o', 'a.tif', '--moving', '3x4'], ['f.nii', '-t', 'a.json', '--fixed', '3x4'],
                      ['f.nii', '-t', 'a.json', '--tolerance', '0'], ['f.nii', '-t', 'a.json', '--tolerance', 'nan'],
                      ['f.nii', '-t', 'a.json', '--moving', '0x4'], ['f.nii', '-t', 'a.json', '--moving', '65x48'],
                      ['t.json', '-o', 'a.tif', '--threads', '-1'], ['t.json', 'u.json', '-o', 'a.tif']):
        expect(2, 'field', *arguments, says='pentimento field')
    only('.', *before, 'f.nii')


def test_an_old_field_stays_when_writing_fails():
    import resource
    import signal
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
    transform('t.json', WARP)
    for name in ('f.tif', 'f.nii'):
        open(name, 'w').write('old')
        expect(1, 'field', 't.json', '-o', name, says=name, preexec_fn=limit)
        assert open(name).read() == 'old'
    only('.', 't.json', 'f.tif', 'f.nii')


def test_what_is_missed_is_said():
    """2.4 million samples that alternate: no grid that a step may have shows them."""
    width, height = 1600, 1500
    row = struct.pack(f'<{width}f', *((0.2 if x % 2 else -0.2) for x in range(width)))
    transform('t.json', fixed=(width, height))
    expect(0, 'field', 't.json', '-o', 'f.nii')
    with open('f.nii', 'r+b') as f:
        f.seek(352)
        f.write(row * height)
    done = expect(0, 'field', 'f.nii', '-t', 'o.json', '-q', says='are missed')
    assert os.path.getsize('o.json') < 8 << 20, done.stderr


def test_memory_is_strips_not_the_field():
    transform('t.json', ((1, 0.01, 3), (-0.01, 1, 2), (0, 0, 1)), (5000, 4000), (5000, 4000))
    probe = ('import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);'
             'print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    for name in ('f.tif', 'f.nii'):
        done = subprocess.run([sys.executable, '-c', probe, COMMAND, 'field', 't.json', '-o', name], capture_output=True, text=True)
        code, kilobytes = map(int, done.stdout.split())
        assert code == 0 and os.path.getsize(name) > 160e6
        if not SANITIZED:
            assert kilobytes < 110000, f'{name}: {kilobytes} KB for a field of 160 MB'
        os.unlink(name)


main(globals())
