# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that nobody should have to meet: each ends with a message and status 1 (or, where the input is an image after
all, with an honest verdict), never with a crash, a hang, or an output that is not whole."""
import os

from support import *


def images():
    """Name → how it is made; all are files that some program might hand over."""
    noise = random.Random(3)
    png('good.png', 64, 48, 3, lambda x, y: tuple(noise.randrange(256) for _ in range(3)))
    whole = open('good.png', 'rb').read()
    open('truncated.png', 'wb').write(whole[:len(whole) * 6 // 10])
    open('header.png', 'wb').write(whole[:20])
    open('empty.png', 'wb').close()
    open('text.png', 'w').write('no picture')
    os.mkdir('folder.png')
    os.symlink('nowhere', 'dangling.png')
    png('one.png', 1, 1, 1, lambda x, y: (7,))
    png('line.png', 100000, 1, 1, lambda x, y: (x & 255,))
    png('flat.png', 64, 48, 1, lambda x, y: (128,))
    png('clear.png', 64, 48, 4, lambda x, y: (x, y, 3, 0))
    pfm('nan.pfm', 64, 48, lambda x, y: math.nan)
    pfm('some-nan.pfm', 64, 48, lambda x, y: math.nan if x < 30 else noise.random())
    pfm('infinite.pfm', 64, 48, lambda x, y: math.inf if (x + y) % 5 == 0 else noise.random())


UNREADABLE = ['truncated.png', 'header.png', 'empty.png', 'text.png', 'folder.png', 'dangling.png', 'missing.png',
              '/proc/self/mem', '/dev/null']
EMPTY = ['one.png', 'line.png', 'flat.png', 'clear.png', 'nan.pfm']        # nothing there to align by


def test_register_unreadable():
    images()
    before = os.listdir('.')
    for name in UNREADABLE:
        for pair in ((name, 'good.png'), ('good.png', name)):
            expect(1, 'register', *pair, '-t', 't.json', '-o', 'o.tif', '--report', 'r.json', says=name)
        only('.', *before)


def test_register_nothing_to_align():
    images()
    before = os.listdir('.')
    for name in EMPTY:
        for pair in ((name, 'good.png'), ('good.png', name), (name, name)):
            done = run('register', *pair, '-t', 't.json', '-o', 'o.tif', '--report', 'r.json')
            assert done.returncode in (1, 4), (name, done.returncode, done.stderr)
            assert done.stderr.strip(), name
            if os.path.exists('r.json'):
                assert json.load(open('r.json'))['verdict'] == 'failed'
                os.unlink('r.json')
        only('.', *before)


def test_register_holes():
    images()
    for name in ('some-nan.pfm', 'infinite.pfm'):
        done = run('register', name, 'good.png', '-t', 't.json')
        assert done.returncode in (1, 3, 4), (name, done.returncode)
    open('t.json', 'w').close()


def test_masks():
    images()
    png('small.png', 10, 10, 1, lambda x, y: (255,))
    png('black.png', 64, 48, 1, lambda x, y: (0,))
    expect(1, 'register', 'good.png', 'good.png', '--fixed-mask', 'small.png')
    expect(1, 'register', 'good.png', 'good.png', '--moving-mask', 'truncated.png', says='truncated.png')
    done = run('register', 'good.png', 'good.png', '--fixed-mask', 'black.png')
    assert done.returncode in (1, 4), done.returncode


def test_apply_unreadable():
    images()
    transform('t.json')
    before = os.listdir('.')
    for name in UNREADABLE:
        expect(1, 'apply', 't.json', name, '-o', 'o.png', says=name)
        only('.', *before)


def test_apply_odd_images():
    images()
    for name, size in (('one.png', (1, 1)), ('line.png', (100000, 1)), ('flat.png', (64, 48)), ('clear.png', (64, 48))):
        transform('t.json', ((1, 0.01, 0.3), (-0.01, 1, 0.2), (0, 0, 1)), size, size)
        expect(0, 'apply', 't.json', name, '-o', 'o.png')
        assert read_png('o.png')[:2] == size
    for name in ('nan.pfm', 'some-nan.pfm', 'infinite.pfm'):
        transform('t.json', ((1, 0.01, 0.3), (-0.01, 1, 0.2), (0, 0, 1)))
        expect(0, 'apply', 't.json', name, '-o', 'o.tif', '--background', '5')


def test_compare_unreadable():
    images()
    before = os.listdir('.')
    for name in UNREADABLE:
        expect(1, 'compare', 'good.png', name, '-o', 'o.png', says=name)
        only('.', *before)
    for name in ('flat.png', 'clear.png', 'nan.pfm', 'some-nan.pfm', 'infinite.pfm'):
        expect(0, 'compare', 'good.png', name, '-o', 'o.png')


def test_deformation_unreadable():
    images()
    transform('t.json')
    before = os.listdir('.')
    for name in UNREADABLE:
        expect(1, 'deformation', 't.json', name, '-o', 'o.png', says=name)
        expect(1, 'deformation', name, 'good.png', '-o', 'o.png', says=name)
        only('.', *before)
    for name in ('flat.png', 'clear.png', 'nan.pfm', 'some-nan.pfm', 'infinite.pfm'):
        expect(0, 'deformation', 't.json', name, '-o', 'o.png')


GOOD = ('{"format":"pentimento-transform","version":1,"from":"fixed","to":"moving","pixel-centre":0.5,'
        '"axes":"x right, y down","fixed":{"width":64,"height":48},"moving":{"width":64,"height":48},"steps":[%s]}')


def test_wrong_json():
    images()
    step = '{"kind":"projective","matrix":[[1,0,0],[0,1,0],[0,0,%s]]}'
    cases = {'': 'text', '{': 'text', '[]': 'object', 'null': 'object', GOOD % '5': 'steps[0]', GOOD % step % '"1"':
             'steps[0].matrix[2][2]', GOOD % step % '0': 'singular', GOOD % step % '1e999': 'matrix[2][2]',
             GOOD % '{"kind":"magic"}': 'magic', (GOOD % '').replace('"version":1', '"version":99'): 'version',
             (GOOD % '') [:-30]: 'text', '[' * 100000: 'nested', '{"a":' * 100000: 'nested', '\0\1\2': 'text'}
    for text, words in cases.items():
        open('t.json', 'w').write(text)
        for arguments in (('map', 't.json'), ('invert', 't.json', '-o', 'o.json'),
                          ('apply', 't.json', 'good.png', '-o', 'o.png'),
                          ('deformation', 't.json', 'good.png', '-o', 'o.png'),
                          ('register', 'good.png', 'good.png', '--initial', 't.json', '-t', 'o.json')):
            expect(1, *arguments, says=words)
    open('t.json', 'wb').write(b'\xff\xfe{}')
    expect(1, 'map', 't.json', says='UTF-8')
    assert not os.path.exists('o.json') and not os.path.exists('o.png')


def test_json_of_100_megabytes():
    with open('t.json', 'w') as f:
        f.write(GOOD.split('%s')[0])
        f.write('0,' * 50_000_000)
        f.write('0]}')
    assert os.path.getsize('t.json') > 1e8
    expect(1, 'map', 't.json', says='bytes', timeout=20)


def test_transforms_gone_wild():
    images()
    before = os.listdir('.') + ['t.json']
    for rows, fixed in ((((1e-6, 0, 0), (0, 1e-6, 0), (0, 0, 1)), (64, 48)),        # a million times as large
                        (((0.01, 0, 0), (0, 0.01, 0), (0, 0, 1)), (64, 48)),
                        (((1, 0, 0), (0, 1, 0), (0.05, 0, 1)), (64, 48)),           # a horizon through the image
                        (((1, 0, 1e9), (0, 1, 0), (0, 0, 1)), (64, 48))):
        transform('t.json', rows, fixed)
        expect(1, 'apply', 't.json', 'good.png', '-o', 'o.tif', '--canvas', 'union', timeout=20)
        only('.', *before)
    transform('t.json', fixed=(2000000000, 2000000000))
    expect(1, 'apply', 't.json', 'good.png', '-o', 'o.tif', says='2000000000', timeout=20)
    only('.', *before)
    transform('t.json', ((1, 0, 0), (0, 1, 0), (0.05, 0, 1)))       # in the fixed frame it can be drawn
    expect(0, 'apply', 't.json', 'good.png', '-o', 'o.tif', timeout=60)


def test_unwritable():
    images()
    transform('t.json')
    os.mkdir('folder')
    os.mkdir('folder.json')
    for place in ('folder.png', 'nowhere/o.png', '/proc/o.png', 't.json/o.png'):
        expect(1, 'apply', 't.json', 'good.png', '-o', place, says=place)
        expect(1, 'compare', 'good.png', 'good.png', '-o', place, says=place)
        expect(1, 'deformation', 't.json', '-o', place, says=place)
    for place in ('folder.json', 'nowhere/o.json', '/proc/o.json', 't.json/o.json'):
        expect(1, 'invert', 't.json', '-o', place, says=place)
        expect(1, 'compose', 't.json', 't.json', '-o', place, says=place)
    assert os.listdir('folder') == [] and os.listdir('folder.json') == [] and os.listdir('folder.png') == []


def test_points():
    images()
    for text, words in (('', 'no points'), ('1,2,3\n', 'line 1'), ('fx,fy,mx,my\n1,2,3,x\n', 'line 2'),
                        ('1,2,3,4\n1,2,3,4\n', 'coincide'), ('0,0,0,0\n1,1,1,1\n2,2,2,2\n', 'line'), ('nan,1,2,3\n', 'line 1')):
        open('p.csv', 'w').write(text)
        expect(1, 'register', 'good.png', 'good.png', '--initial', 'p.csv', '-t', 'o.json', says=words)
    expect(1, 'register', 'good.png', 'good.png', '--initial', 'missing.csv', says='missing.csv')
    expect(1, 'register', 'good.png', 'good.png', '--initial', '/dev/zero', says='/dev/zero', timeout=20)


main(globals())
