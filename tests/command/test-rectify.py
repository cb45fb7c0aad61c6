# SPDX-License-Identifier: GPL-3.0-or-later
"""The command `rectify`: a photograph of something flat, true to scale from measured lengths."""
from support import *

SQUARE = ((100, 100), (150, 100), (150, 150), (100, 150))


def seen(x, y):
    w = 1 + 2e-4 * x - 1e-4 * y
    return (60 + 0.9 * x + 0.05 * y) / w, (40 - 0.03 * x + 0.85 * y) / w


CORNERS = ' '.join('%r,%r' % seen(*p) for p in SQUARE)


def test_plan():
    done = expect(0, 'rectify', '900x700', '--corners', CORNERS, '--lengths', '50 50', '--resolution', '4', '-t', 't.json')
    assert done.stdout.startswith('plan: 200 × 200 px, 4 px'), done.stdout
    assert json.load(open('t.json'))['moving'] == {'width': 900, 'height': 700}
    out = expect(0, 'map', 't.json', stdin='100,60\n').stdout.split()[0]
    assert math.dist(tuple(map(float, out.split(','))), seen(125, 115)) < 1e-6, out


def test_measures_that_disagree_are_told():
    done = expect(0, 'rectify', '900x700', '--corners', CORNERS, '--lengths', '50,50,50,50,70.711,71.5', '-t', 't.json')
    assert 'off by 0.' in done.stdout, done.stdout
    done = expect(0, 'rectify', '900x700', '--corners', CORNERS, '--lengths', '50 50 - 50 70.711 70.711', '-t', 't.json')
    assert done.stdout.startswith('plan: '), done.stdout


def test_refused():
    for status, words, *arguments in ((2, '--corners are four', '--corners', '1,2 3,4', '--lengths', '5 5', '-t', 'n.json'),
                                      (2, '--lengths are two to six', '--corners', CORNERS, '--lengths', '5', '-t', 'n.json'),
                                      (2, '--lengths are two to six', '--corners', CORNERS, '--lengths', '5 x', '-t', 'n.json'),
                                      (2, 'where to', '--corners', CORNERS, '--lengths', '5 5'),
                                      (1, 'measure five', '--corners', CORNERS, '--lengths', '5 5 5', '-t', 'n.json'),
                                      (1, 'clockwise', '--corners', '0,0 1,1 1,0 0,1', '--lengths', '5 5', '-t', 'n.json')):
        expect(status, 'rectify', '900x700', *arguments, says=words)
        assert not os.path.exists('n.json')


main(globals())
