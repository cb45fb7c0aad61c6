# SPDX-License-Identifier: GPL-3.0-or-later
"""mosaic: tiles on an overview and on each other; formats, other bands, brightness, what is refused."""
import os

from tiles import *

def error(path, i):
    """Mean distance of an overview → tile transform from the truth, tile pixels."""
    x0, y0 = corner(i)
    points = [((x0 + u) / COARSER, (y0 + v) / COARSER, u, v) for u in (20, 90, 160) for v in (20, 90, 160)]
    out = expect(0, 'map', path, stdin=''.join(f'{x},{y}\n' for x, y, _, _ in points)).stdout
    return sum(math.dist(map(float, line.split(',')), p[2:]) for line, p in zip(out.splitlines(), points)) / len(points)


def test_on_an_overview():
    names, (whole, side) = tiles(gain=lambda i: 1 - 0.1 * i), overview()
    tiles(gain=lambda i: 0.5, folder='b-')
    with open('where.csv', 'w') as f:
        f.write('name,x,y\n' + ''.join(f'{n},{(corner(i)[0] + SIZE / 2 + 6) / COARSER},{(corner(i)[1] + SIZE / 2) / COARSER}\n'
                                         for i, n in enumerate(names)))
    done = expect(0, 'mosaic', whole, *names, '-o', 'm.png', '--scale', COARSER, '--positions', 'where.csv', '--transforms', 't',
                  '--report', 'r.json', '--balance', '--with', 'b-%s.png', '--with-output', 'b.ome.tif', *QUICK)
    assert '4 of 4 tiles' in done.stdout and 'neighbours agree' in done.stdout, done.stdout
    report = json.load(open('r.json'))
    assert report['placed'] == 5 and report['reference'] == 0 and report['misfit']['median-px'] < 0.2, report
    for i in range(4):
        assert error(f't/t{i // 2 + 1}-{i % 2 + 1}.json', i) < 0.5, (i, error(f't/t{i // 2 + 1}-{i % 2 + 1}.json', i))
    width, height, bands, bits, rows = read_png('m.png')
    assert abs(width - side * COARSER) <= 2 and bands == 1 and bits == 8, (width, height)
    scene, differences = Rich(31), []
    for y in range(30, 250, 3):
        for x in range(30, 250, 3):
            differences.append(rows[y][x] / max(scene.at(x + .5, y + .5), 20))
    differences.sort()                                       # balanced: one factor everywhere, though tiles were 1 … 0.7 as bright
    assert differences[-len(differences) // 20] / differences[len(differences) // 20] < 1.12, (differences[0], differences[-1])
    assert b'SizeC="1"' in open('b.ome.tif', 'rb').read()
    only('t', *(n.replace('png', 'json') for n in names))


def test_without_an_overview():
    names = tiles()
    done = expect(0, 'mosaic', '--no-overview', *names, '-o', 'm.dzi', '--report', 'r.json', *QUICK)
    assert 'step from the reference' in done.stdout, done.stdout
    assert json.load(open('r.json'))['placed'] == 4
    only('.', 'm.dzi', 'm_files', 'r.json', *names)
    assert len(os.listdir('m_files')) > 5
    expect(1, 'mosaic', '--no-overview', *names, '-o', 'm.dzi', '--quiet', *QUICK, says='is there already')
    only('.', 'm.dzi', 'm_files', 'r.json', *names)


def test_a_stranger_is_left_out():
    names, (whole, _) = tiles(3), overview()
    other = Rich(4711)
    png('t2-2.png', SIZE, SIZE, 1, lambda x, y: (int(other.at(x, y)),))
    done = expect(3, 'mosaic', whole, *names, 't2-2.png', '-o', 'm.png', '--scale', COARSER, '--canvas', 'tiles', '--quiet', *QUICK,
                  says='“t2-2.png” is left out')
    assert os.path.exists('m.png'), done.stderr


def test_what_is_refused():
    names = tiles(2)
    for arguments in (('t1-1.png',), (*names,), ('--no-overview', *names, '-o', 't1-1.png'), (*names, '-o', 'x.tif', '--scale', '-1'),
                      (*names, '-o', 'x.tif', '--model', 'smooth'), (*names, '-o', 'x.tif', '--with', 'b.tif'),
                      ('--no-overview', *names, '-o', 'x.tif', '--canvas', 'overview'), (*names, '-o', 'x.tif', '--threads', '-1')):
        expect(2, 'mosaic', *arguments)
    open('bad.csv', 'w').write('t1-1.png,1,2\nt1-2.png,somewhere,2\n')
    expect(1, 'mosaic', *names, '-o', 'x.tif', '--positions', 'bad.csv', says='line 2')
    only('.', 'bad.csv', *names)


if __name__ == '__main__':
    main(globals(), sanitized={'on_an_overview', 'what_is_refused'})
