# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `points`: transforms from pairs that a person placed, the table of suspects, errors, files."""
from support import *

TILT = ((0.95, 0.06, 12), (-0.04, 1.03, 6), (1e-4, -6e-5, 1))
LENS = -0.08
SIZE = (640, 480)


def tilted(x, y, k=0.0):
    """A homography and a lens about the middle of the moving image."""
    u, v, w = (r[0] * x + r[1] * y + r[2] for r in TILT)
    u, v = u / w - 320, v / w - 240
    m = 1 + k * (u * u + v * v) / 400 ** 2
    return 320 + m * u, 240 + m * v


def pairs(name, n, k=0.0, wrong=None, noise=0.05, header=True, mirrored=False):
    r = random.Random(n)
    with open(name, 'w') as f:
        if header:
            f.write('fixed_x,fixed_y,moving_x,moving_y\n# placed by hand\n\n')
        for i in range(n):
            x, y = r.uniform(0, SIZE[0]), r.uniform(0, SIZE[1])
            u, v = tilted(x, y, k)
            u, v = (SIZE[0] - u if mirrored else u) + r.gauss(0, noise), v + r.gauss(0, noise)
            f.write(f'{x!r},{y!r},{u + 9 * (i == wrong)!r},{v!r}\n')
    return name


def points(*arguments, **more):
    return expect(0, 'points', *arguments, '--fixed', '640x480', '--moving', '640x480', **more)


def rows(text):
    """The table's rows: number, four coordinates, left out, residual."""
    lines = text.splitlines()
    assert lines[2].split()[:3] == ['point', 'fixed', 'x'], lines
    return [[float('nan') if v == '–' else float(v) for v in line.split()] for line in lines[3:]]


def truth(name, k=0.0):
    """How far the transform is off where it came from, at most."""
    grid = [(x, y) for x in range(40, 640, 80) for y in range(30, 480, 60)]
    out = expect(0, 'map', name, stdin=''.join(f'{x},{y}\n' for x, y in grid)).stdout.split()
    return max(math.dist(tilted(x, y, k), tuple(map(float, line.split(',')))) for (x, y), line in zip(grid, out))


def test_auto_finds_what_made_the_points():
    for k, model in ((0.0, 'homography'), (LENS, 'radial')):
        done = points(pairs('p.csv', 30, k), '-t', 't.json', '--report', 'r.json')
        assert done.stdout.startswith(f'model: {model}\n'), done.stdout
        assert truth('t.json', k) < 0.2, (model, truth('t.json', k))
        t, report = json.load(open('t.json')), json.load(open('r.json'))
        assert t['fixed'] == t['moving'] == {'width': 640, 'height': 480}
        assert t['steps'][-1]['provenance']['method'] == 'points' and t['steps'][-1]['provenance']['model'] == model
        assert report['model'] == model and len(report['points']) == 30
        assert {trial['model'] for trial in report['tried']} >= {'translation', 'rigid', 'similarity', 'affine', 'homography',
                                                                 'radial', 'thin-plate', 'piecewise-affine'}
        assert 0 < report['residual'] < report['left-out'] < 0.2, report


def test_the_wrong_pair_stands_first():
    for model in ('homography', 'radial', 'affine', 'thin-plate', 'piecewise-affine'):
        table = rows(points(pairs('p.csv', 25, wrong=17), '--model', model).stdout)
        assert len(table) == 25 and sorted(r[0] for r in table) == list(range(25))
        assert table[0][0] == 17, (model, table[0])
        assert [r[5] for r in table] == sorted((r[5] for r in table), reverse=True)


def test_every_model_maps_applies_and_inverts():
    png('m.png', 640, 480, 1, lambda x, y: ((x // 16 + y // 16) % 2 * 200,))
    for model in ('translation', 'rigid', 'similarity', 'affine', 'homography', 'radial', 'thin-plate', 'piecewise-affine'):
        points(pairs('p.csv', 20, LENS), '--model', model, '-t', 't.json', '-q')
        expect(0, 'apply', 't.json', 'm.png', '-o', 'o.png')
        expect(0, 'invert', 't.json', '-o', 'i.json', '-q')
        expect(0, 'deformation', 't.json', '--figures')
        if model in ('thin-plate', 'piecewise-affine'):
            points(pairs('p.csv', 20, LENS), '--model', model, '--smoothing', '0', '-t', 't.json', '-q')
            for line in open('p.csv').read().splitlines()[3:]:
                x, y, u, v = map(float, line.split(','))
                a, b = map(float, expect(0, 'map', 't.json', stdin=f'{x!r},{y!r}\n').stdout.split(','))
                assert math.hypot(a - u, b - v) < 1e-6, model


def test_sizes_come_from_images_too():
    png('f.png', 640, 480, 1, lambda x, y: (0,))
    png('m.png', 620, 470, 1, lambda x, y: (0,))
    expect(0, 'points', pairs('p.csv', 8), '-t', 't.json', '--fixed', 'f.png', '--moving', 'm.png')
    t = json.load(open('t.json'))
    assert t['fixed'] == {'width': 640, 'height': 480} and t['moving'] == {'width': 620, 'height': 470}
    expect(0, 'points', 'p.csv', '-t', 't.json')
    assert json.load(open('t.json'))['fixed'] == {'width': 0, 'height': 0}
    expect(1, 'points', 'p.csv', '--fixed', 'no.png')
    expect(1, 'points', 'p.csv', '--model', 'radial', says='size')


def test_few_pairs():
    for n, model in ((1, 'translation'), (2, 'similarity'), (3, 'affine'), (4, 'homography')):
        done = points(pairs('p.csv', n))
        assert done.stdout.startswith(f'model: {model}\n') and 'too few' in done.stdout
        assert all(math.isnan(r[5]) and r[6] < 1e-3 for r in rows(done.stdout))
    expect(1, 'points', pairs('p.csv', 3), '--model', 'homography', says='needs at least 4')
    expect(1, 'points', pairs('p.csv', 0), says='no points')


def test_errors_name_the_points_and_write_nothing():
    os.mkdir('x')
    os.chdir('x')
    open('line.csv', 'w').write('\n'.join(f'{10 * i},{20 * i},{i},{i * i}' for i in range(6)))
    expect(1, 'points', 'line.csv', '--model', 'affine', '-t', 't.json', says='line.csv: all points lie on one line of the fixed')
    open('bad.csv', 'w').write('1,2,3,4\n1,2,3\n')
    expect(1, 'points', 'bad.csv', '-t', 't.json', says='line 2')
    open('fold.csv', 'w').write('0,0,0,0\n640,0,640,0\n0,480,0,480\n640,480,640,480\n310,240,340,240\n330,242,300,242\n')
    expect(1, 'points', 'fold.csv', '--model', 'piecewise-affine', '-t', 't.json', says='(310.0, 240.0)')
    expect(1, 'points', 'fold.csv', '--model', 'thin-plate', '--smoothing', '0', '-t', 't.json', says='folds')
    expect(1, 'points', pairs('m.csv', 12, mirrored=True), '--model', 'piecewise-affine', '-t', 't.json', says='mirrored')
    expect(1, 'points', 'no.csv', '-t', 't.json')
    only('.', 'line.csv', 'bad.csv', 'fold.csv', 'm.csv')


def test_usage():
    pairs('p.csv', 6)
    expect(2, 'points')
    expect(2, 'points', 'p.csv', '--model', 'cubic', says='--model')
    for smoothing in ('-1', '1e7', 'much', 'nan'):
        expect(2, 'points', 'p.csv', f'--smoothing={smoothing}', says='--smoothing')
    expect(2, 'points', 'p.csv', '-q', says='where to')
    expect(2, 'points', 'p.csv', '-t', 'p.csv', says='one file')


main(globals())
