# SPDX-License-Identifier: GPL-3.0-or-later
"""What scripts rely on: usage, exit statuses, map, compose, invert, apply, compare, interruption, memory."""
import os
import re
import resource
import shutil
import signal
import subprocess
import time

from support import *

COMMANDS = ['register', 'points', 'apply', 'map', 'compose', 'invert', 'compare', 'deformation', 'score', 'field', 'convert', 'stack', 'mosaic', 'run-step',
            'report']
WARP = ((0.95, 0.16, -9), (-0.21, 1.04, 12), (9e-4, -5e-4, 1))


def warp(x, y, m=WARP):
    w = m[2][0] * x + m[2][1] * y + m[2][2]
    return tuple((m[k][0] * x + m[k][1] * y + m[k][2]) / w for k in (0, 1))


def ramp(x, y):
    return (3 * x, 5 * y, x + y)


# -- help --

def test_help_and_version():
    assert 'register' in expect(0, '--help').stdout
    assert re.fullmatch(r'pentimento \d+\.\d+\.\d+ .*\n', expect(0, '--version').stdout)
    for name in COMMANDS:
        text = expect(0, name, '--help').stdout
        assert f'pentimento {name}' in text and 'Example' in text, text


def test_every_option_is_in_the_manual():
    manual = open(MANUAL, encoding='utf-8').read().replace('\\-', '-')
    options = {o for name in COMMANDS for o in re.findall(r'(?<![\w-])(--?[a-z][a-z-]*)', expect(0, name, '--help').stdout)}
    assert len(options) > 20, options
    missing = sorted(o for o in options if not re.search(re.escape(o) + r'(?![a-z-])', manual))
    assert missing == ['--help-all'] or not missing, missing


def test_usage_errors():
    transform('t.json')
    for arguments in ([], ['fly'], ['register'], ['register', 'a.png'], ['register', 'a', 'b', 'c'], ['map'],
                      ['register', 'a.png', 'b.png', '--model', 'bendy'], ['register', 'a.png', 'b.png', '--no-such'],
                      ['register', 'a.png', 'b.png', '--modality', 'x'], ['register', 'a.png', 'b.png', '--search', 'x'],
                      ['register', 'a.png', 'b.png', '--optimiser', 'x'], ['register', 'a.png', 'b.png', '--metric', 'ncc'],
                      ['register', 'a.png', 'b.png', '--optimiser', 'l-bfgs', '--metric', 'mi'],
                      ['register', 'a.png', 'b.png', '--stiffness', 'x'],
                      ['register', 'a.png', 'b.png', '--stiffness', '1', '--model', 'affine'],
                      ['register', 'a.png', 'b.png', '--keep-rigid', 'a.png', '--model', 'affine'],
                      ['register', 'a.png', 'b.png', '--landmarks', 'a.csv', '--optimiser', 'l-bfgs'],
                      ['register', 'a.png', 'b.png', '--landmarks', 'a.csv', '--landmark-sigma', '0'],
                      ['register', 'a.png', 'b.png', '--canvas', 'x'], ['register', 'a.png', 'b.png', '--threads', '-1'],
                      ['register', 'a.png', 'b.png', '--threads', 'two'], ['apply', 't.json', 'a.png'],
                      ['apply', 't.json', 'a.png', '-o', 'b.png', '--sampler', 'x'],
                      ['apply', 't.json', 'a.png', '-o', 'b.png', '--light', 'x'], ['compose', 't.json'], ['invert'],
                      ['compare', 'a.png', 'b.png'], ['compare', 'a.png', 'b.png', '-o', 'c.png', '--mode', 'x'],
                      ['compare', 'a.png', 'b.png', '-o', 'c.png', '--alpha', '2'],
                      ['compare', 'a.png', 'b.png', '-o', 'c.png', '--size', '0'],
                      ['compare', 'a.png', 'b.png', '-o', 'c.png', '--mode', 'better-worse'],
                      ['deformation'], ['deformation', 't.json'], ['deformation', 't.json', 'a.png', 'b.png', '-o', 'c.png'],
                      ['deformation', 't.json', '-o', 'c.png', '--mode', 'x'],
                      ['deformation', 't.json', '-o', 'c.png', '--spacing', '0'],
                      ['deformation', 't.json', '-o', 'c.png', '--spacing', 'nan'],
                      ['deformation', 't.json', '-o', 'c.png', '--exaggeration', '-1'],
                      ['deformation', 't.json', '-o', 'c.png', '--range', '11'],
                      ['deformation', 't.json', '-o', 'c.png', '--opacity', '2'],
                      ['deformation', 't.json', '-o', 'c.png', '--threads', '-1'],
                      ['deformation', 't.json', '-o', 't.json'], ['deformation', 't.json', 'a.png', '-o', 'a.png'],
                      ['compare', 'a.png', 'b.png', '--score'], ['score', 'a.png', 'b.png'],
                      ['score', 'a.png', 'b.png', 'c.png', '--threads', '-1']):
        expect(2, *arguments, says='pentimento')
    only('.', 't.json')


# -- map --

def test_map_both_ways():
    transform('t.json', WARP)
    out = expect(0, 'map', 't.json', stdin='10.25,20.5\n').stdout
    x, y = map(float, out.split(','))
    assert (x, y) == warp(10.25, 20.5) or math.hypot(x - warp(10.25, 20.5)[0], y - warp(10.25, 20.5)[1]) < 1e-13, out
    back = expect(0, 'map', 't.json', '--inverse', stdin=out).stdout
    x, y = map(float, back.split(','))
    assert math.hypot(x - 10.25, y - 20.5) < 1e-12, back


def test_map_keeps_the_lines():
    transform('t.json', steps=[])
    text = '# a comment\n\n1,2\n1 2\n  3 ,  4\n5\t6\n-1.5e3;0.1\n7,8'
    expected = '# a comment\n\n1,2\n1 2\n3 ,  4\n5\t6\n-1500;0.1\n7,8\n'
    assert expect(0, 'map', 't.json', stdin=text).stdout == expected
    assert expect(0, 'map', 't.json', stdin='1,2\r\n').stdout == '1,2\n'


def test_map_full_precision():
    transform('t.json', steps=[])
    for value in (0.1, 1 / 3, 123456789.123456789, 1e-300, 2 ** 53 - 1, math.pi * 1e5):
        assert float(expect(0, 'map', 't.json', stdin=f'{value!r},0\n').stdout.split(',')[0]) == value


def test_map_without_image():
    transform('t.json', ((1, 0, 0), (0, 1, 0), (-0.01, 0, 1)))
    assert expect(0, 'map', 't.json', stdin='200,5\n').stdout == 'nan,nan\n'
    assert expect(0, 'map', 't.json', stdin='200 5\n').stdout == 'nan nan\n'


def test_map_bad_lines():
    transform('t.json', steps=[])
    for bad in ('1', 'a,b', '1,2,3', '1,,2', ',', '1,b', '12', '1,2 x', '9' * 5000, '1\0,2'):
        done = expect(1, 'map', 't.json', stdin=f'1,2\n\n{bad}\n5,6\n', says='line 3')
        assert done.stdout == '1,2\n\n', done.stdout


def test_map_to_a_full_disk():
    transform('t.json', steps=[])
    with open('/dev/full', 'w') as full:
        done = subprocess.run([COMMAND, 'map', 't.json'], input='1,2\n' * 10, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and 'write' in done.stderr, done


# -- compose and invert --

def test_compose_and_invert():
    transform('a.json', WARP, (64, 48), (70, 50))
    transform('b.json', ((0.8, -0.3, 9), (0.41, 0.77, -1), (-4e-5, 2.2e-4, 1)), (70, 50), (30, 20))
    expect(0, 'compose', 'a.json', 'b.json', '-o', 'ab.json')
    mapped = expect(0, 'map', 'b.json', stdin=expect(0, 'map', 'a.json', stdin='11,17\n').stdout).stdout
    assert expect(0, 'map', 'ab.json', stdin='11,17\n').stdout == mapped
    expect(0, 'invert', 'ab.json', '-o', 'ba.json')
    x, y = map(float, expect(0, 'map', 'ba.json', stdin=mapped).stdout.split(','))
    assert math.hypot(x - 11, y - 17) < 1e-11
    assert json.load(open('ba.json'))['fixed'] == {'width': 30, 'height': 20}
    assert expect(0, 'invert', 'ba.json').stdout.startswith('{\n  "format": "pentimento-transform"')
    expect(1, 'compose', 'a.json', 'a.json', '-o', 'c.json', says='70 × 50')
    only('.', 'a.json', 'b.json', 'ab.json', 'ba.json')


# -- apply --

def test_apply_shifts_exactly():
    for bands, bits in ((1, 8), (2, 8), (3, 8), (4, 8), (1, 16), (3, 16), (4, 16)):
        full, scale = 2 ** bits - 1, 1 if bits == 8 else 255
        png('a.png', 64, 48, bands, lambda x, y: (*(v % 256 * scale for v in ramp(x, y)), full)[:bands] if bands != 2
            else (ramp(x, y)[0] * scale, full), bits)
        transform('t.json', ((1, 0, 5), (0, 1, -3), (0, 0, 1)))
        expect(0, 'apply', 't.json', 'a.png', '-o', 'b.png')
        before, after = read_png('a.png'), read_png('b.png')
        assert after[:4] == (64, 48, bands, bits), after[:4]
        for y in range(3, 48):
            assert after[4][y][:59 * bands] == before[4][y - 3][5 * bands:]
        assert set(after[4][0]) == {0}


def test_apply_canvas():
    png('a.png', 64, 48, 3, ramp)
    transform('t.json', ((1, 0, -10), (0, 1, 20), (0, 0, 1)))       # the moving image lies at (10, -20)
    for canvas, size in (('fixed', (64, 48)), ('union', (74, 68)), ('intersection', (54, 28))):
        expect(0, 'apply', 't.json', 'a.png', '-o', 'b.png', '--canvas', canvas)
        assert read_png('b.png')[:2] == size, canvas
    expect(0, 'apply', 't.json', 'a.png', '-o', 'b.png', '--alpha', '--background', '77')
    width, height, bands, bits, rows = read_png('b.png')
    assert bands == 4 and rows[0][:4] == [77, 77, 77, 0] and rows[0][4 * 10 + 3] == 255, rows[0][:44]


def test_apply_sizes():
    png('a.png', 64, 48, 1, lambda x, y: (x,))
    png('big.png', 128, 96, 1, lambda x, y: (x,))
    png('other.png', 100, 48, 1, lambda x, y: (x,))
    transform('t.json')
    transform('unknown.json', fixed=(0, 0), moving=(0, 0))
    done = expect(1, 'apply', 't.json', 'big.png', '-o', 'b.png', says='64 × 48')
    assert '128 × 96' in done.stderr and '--scale-to-fit' in done.stderr, done.stderr
    expect(1, 'apply', 't.json', 'other.png', '-o', 'b.png', '--scale-to-fit', says='proportions')
    expect(1, 'apply', 'unknown.json', 'a.png', '-o', 'b.png', says='--canvas union')
    only('.', 'a.png', 'big.png', 'other.png', 't.json', 'unknown.json')
    expect(0, 'apply', 't.json', 'big.png', '-o', 'b.png', '--scale-to-fit')
    width, height, _, _, rows = read_png('b.png')
    assert (width, height) == (64, 48) and abs(rows[24][32] - 64.5) <= 1
    expect(0, 'apply', 'unknown.json', 'a.png', '-o', 'c.png', '--canvas', 'union')
    assert read_png('c.png')[4] == read_png('a.png')[4]


def test_apply_is_the_same_for_any_number_of_threads():
    png('a.png', 200, 150, 3, lambda x, y: ((x * 7 ^ y * 3) & 255, (x * y) & 255, (x + y) & 255))
    transform('t.json', WARP, (200, 150), (200, 150))
    expect(0, 'apply', 't.json', 'a.png', '-o', '1.png', '--threads', '1')
    expect(0, 'apply', 't.json', 'a.png', '-o', '3.png', '--threads', '3')
    assert open('1.png', 'rb').read() == open('3.png', 'rb').read()


def test_apply_refuses_what_the_format_cannot_hold():
    png('a.png', 64, 48, 1, lambda x, y: (x * 1000,), 16)
    transform('t.json')
    expect(1, 'apply', 't.json', 'a.png', '-o', 'b.jpg', says='8 bits')
    expect(1, 'apply', 't.json', 'a.png', '-o', 'b.xyz', says='ending')
    expect(0, 'apply', 't.json', 'a.png', '-o', 'b.tif[compression=deflate]')
    only('.', 'a.png', 't.json', 'b.tif')


def start_long_apply():
    """Something that writes for many seconds; returns once the temporary file is there."""
    png('a.png', 400, 400, 1, lambda x, y: ((x * y) & 255,))
    transform('t.json', ((0.013, 0.001, 0), (0.001, 0.013, 0), (0, 0, 1)), (30000, 30000), (400, 400))
    process = subprocess.Popen([COMMAND, 'apply', 't.json', 'a.png', '-o', 'out.tif', '--sampler', 'lanczos3'],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for _ in range(600):
        if any(n.endswith('out.tif') and os.path.getsize(n) > 100000 for n in os.listdir('.')):
            return process
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    raise AssertionError('nothing is being written')


def test_interrupted():
    for number, status in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = start_long_apply()
        process.send_signal(number)
        _, words = process.communicate(timeout=60)
        assert process.returncode == status, (process.returncode, words)
        assert 'interrupted' in words, words
        only('.', 'a.png', 't.json')


def test_killed():
    process = start_long_apply()
    process.kill()
    process.wait()
    assert not os.path.exists('out.tif')


def test_an_old_output_stays_when_writing_fails():
    png('a.png', 64, 48, 1, lambda x, y: (x,))
    transform('t.json', ((0.05, 0, 0), (0, 0.05, 0), (0, 0, 1)), (1000, 900))
    open('b.tif', 'w').write('old')
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000)))
    expect(1, 'apply', 't.json', 'a.png', '-o', 'b.tif', says='b.tif', preexec_fn=limit)
    assert open('b.tif').read() == 'old'
    only('.', 'a.png', 't.json', 'b.tif')


def test_full_disk():
    os.mkdir('disk')
    mount = shutil.which('mount', path='/usr/bin:/bin:/usr/sbin:/sbin')
    if mount is None or subprocess.run([mount, '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', 'disk'],
                                       capture_output=True).returncode != 0:
        raise Skip('no small disk can be mounted here')
    try:
        png('a.png', 64, 48, 1, lambda x, y: (x,))
        transform('t.json', ((0.05, 0, 0), (0, 0.05, 0), (0, 0, 1)), (1000, 900))
        open('disk/b.tif', 'w').write('old')
        expect(1, 'apply', 't.json', 'a.png', '-o', 'disk/b.tif', says='b.tif')
        assert open('disk/b.tif').read() == 'old'
        only('disk', 'b.tif')
        open('disk/rest', 'wb').write(b'x' * 59000)
        transform('long.json', steps=[{'kind': 'projective', 'matrix': [[1, 0, 0], [0, 1, 0], [0, 0, 1]]}] * 100)
        expect(1, 'compose', 'long.json', 'long.json', '-o', 'disk/t.json', says='t.json')
        only('disk', 'b.tif', 'rest')
    finally:
        subprocess.run(['umount', 'disk'])


def test_memory_is_tiles_not_the_image():
    png('a.png', 400, 400, 1, lambda x, y: ((x * y) & 255,))
    transform('t.json', ((0.04, 0.001, 0), (0.001, 0.04, 0), (0, 0, 1)), (10000, 10000), (400, 400))
    probe = ('import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);'
             'print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)')
    done = subprocess.run([sys.executable, '-c', probe, COMMAND, 'apply', 't.json', 'a.png', '-o', 'b.tif', '--sampler',
                           'linear'], capture_output=True, text=True)
    code, kilobytes = map(int, done.stdout.split())
    assert code == 0 and os.path.getsize('b.tif') > 1e8
    if not SANITIZED:          # sanitizers keep freed memory
        assert kilobytes < 250000, f'{kilobytes} KB for 100 megapixels'     # as floats they would be 400 MB


# -- compare --

def test_compare():
    png('a.png', 64, 48, 3, lambda x, y: (200, 100, 50))
    png('b.png', 64, 48, 3, lambda x, y: (50, 100, 200))
    first = {'difference': [150, 0, 150], 'blend': [125, 100, 125], 'checker': [200, 100, 50], 'curtain': [200, 100, 50]}
    for mode, colour in first.items():
        expect(0, 'compare', 'a.png', 'b.png', '-o', 'c.png', '--mode', mode)
        rows = read_png('c.png')[4]
        assert all(abs(p - q) <= 1 for p, q in zip(rows[0][:3], colour)), (mode, rows[0][:3])
    expect(0, 'compare', 'a.png', 'b.png', '-o', 'c.png')
    red, green, blue = read_png('c.png')[4][0][:3]
    assert red > green == blue, (red, green, blue)      # the first is lighter
    expect(0, 'compare', 'a.png', 'b.png', 'a.png', '-o', 'c.png', '--mode', 'panels')
    assert read_png('c.png')[0] == 5 * 64 + 4 * 8
    png('d.png', 30, 48, 1, lambda x, y: (0,))
    os.unlink('c.png')
    expect(1, 'compare', 'a.png', 'd.png', '-o', 'c.png', says='30 × 48')
    only('.', 'a.png', 'b.png', 'd.png')


def scene(shift=0, offset=0):
    return lambda x, y: (int(110 + offset + 50 * math.sin((x + shift) / 4) + 40 * math.sin(y / 5 + (x + shift) / 19)),) * 3


def test_panels_show_the_placement_before():
    png('a.png', 200, 120, 3, scene())
    png('b.png', 150, 130, 3, scene(9))                      # narrower and taller: cut and padded to the frame
    expect(0, 'compare', 'a.png', 'a.png', 'b.png', '-o', 'c.png', '--mode', 'panels')
    width, height, bands, _, rows = read_png('c.png')
    assert (width, bands) == (5 * 200 + 4 * 8, 3) and 120 <= height <= 160, (width, height, bands)
    top = height - 120                                       # the labels' strip
    at = lambda panel, x, y: rows[top + y][3 * (panel * 208 + x)]
    for x, y in ((10, 10), (149, 60), (60, 119)):
        a, b = scene()(x, y)[0], scene(9)(x, y)[0]
        assert [at(k, x, y) for k in range(5)] == [a, b, a, abs(a - b), 0], (x, y, [at(k, x, y) for k in range(5)])
    assert at(1, 160, 60) == 0 and at(3, 160, 60) == 0


def test_score():
    for name, f in ('a', scene()), ('far', scene(9)), ('near', scene(1, 30)):
        png(f'{name}.png', 160, 120, 3, f)
    good = json.loads(expect(0, 'score', 'a.png', 'far.png', 'near.png').stdout)
    assert good['scored'] and good['score'] > 0.95 and good['better'] > 1000, good
    assert len(good['blocks']) == 25 and {b['scored'] for b in good['blocks']} == {True}, good
    bad = json.loads(expect(0, 'compare', 'a.png', 'far.png', 'near.png', '--score').stdout)
    assert bad['score'] < 0.05, bad
    none = json.loads(expect(0, 'score', 'a.png', 'far.png', 'far.png').stdout)
    assert none['scored'] is False and none['score'] is None, none
    only('.', 'a.png', 'far.png', 'near.png')
    png('small.png', 80, 60, 3, scene())
    expect(1, 'score', 'a.png', 'far.png', 'small.png', says='80 × 60')
    assert json.loads(expect(0, 'score', 'a.png', 'small.png', 'a.png').stdout)['scored'] is False


def test_better_worse_picture():
    png('a.png', 160, 120, 3, scene())
    png('far.png', 160, 120, 3, scene(9))
    for before, after, lighter in ('far', 'a', 1), ('a', 'far', 0):
        done = expect(0, 'compare', 'a.png', f'{after}.png', f'{before}.png', '-o', 'c.png', '--mode', 'better-worse', '--score')
        width, height, bands, _, rows = read_png('c.png')
        assert (width, height, bands) == (160, 120, 3)
        green = sum(row[3 * x + 1] > row[3 * x] + 50 for row in rows for x in range(160))
        red = sum(row[3 * x] > row[3 * x + 1] + 50 for row in rows for x in range(160))
        score = json.loads(done.stdout)
        assert (green, red) == (score['better'], score['worse']), (green, red, score['better'], score['worse'])
        assert (green > 2000 and red < 100) if lighter else (red > 2000 and green < 100), (green, red)


# -- deformation --

BUMP = {'kind': 'lattice', 'direction': 'forward', 'origin': [-16, -24], 'spacing': [16, 16], 'columns': 7, 'rows': 7,
        'dx': [[4500 * (i == 3 and j == 3) for i in range(7)] for j in range(7)], 'dy': [[0] * 7] * 7}


def test_deformation_figures():
    transform('plane.json', WARP)
    flat = json.loads(expect(0, 'deformation', 'plane.json', '--figures').stdout)
    assert flat['displacement-largest'] < 1e-9 and abs(flat['area-least'] - 1) < 1e-9 > abs(flat['area-most'] - 1), flat
    transform('bump.json', steps=[BUMP])
    left = json.loads(expect(0, 'deformation', 'bump.json', '--figures').stdout)
    assert 1 < left['displacement-largest'] < 2 and left['area-least'] < 0.95 and left['area-most'] > 1.05, left
    assert left['displacement-p95'] < left['displacement-largest'] and 0.05 < left['strain-largest'] < 0.2, left
    whole = json.loads(expect(0, 'deformation', 'bump.json', '--figures', '--whole').stdout)
    assert whole['whole'] is True and abs(whole['displacement-largest'] - 2) < 0.01, whole      # (2/3)² · 4.5 at (32, 24)
    assert math.hypot(whole['x'] - 32, whole['y'] - 24) < 1 and whole['covered'] == 1, whole
    assert abs(whole['exaggeration'] - 0.04 * 64 / whole['displacement-largest']) < 1e-9, whole
    words = expect(0, 'deformation', 'bump.json', '-o', 'c.png', '--whole').stdout
    assert 'at most 2.00 px' in words and '1.28 times' in words, words
    assert expect(0, 'deformation', 'bump.json', '-o', 'c.png', '-q').stdout == ''
    only('.', 'plane.json', 'bump.json', 'c.png')


def test_deformation_pictures():
    transform('t.json', steps=[BUMP])
    png('a.png', 64, 48, 3, lambda x, y: (40, 90, 20))
    for mode in ('grid', 'arrows', 'jacobian', 'strain'):
        for under in ((), ('a.png',)):
            expect(0, 'deformation', 't.json', *under, '-o', 'c.png', '--mode', mode, '--spacing', '0.25')
            width, height, bands, _, rows = read_png('c.png')
            assert (width, height, bands) == (64, 48, 4)
            colours = {tuple(row[4 * x:4 * x + 3]) for row in rows for x in range(64)}
            assert len(colours) > 20, (mode, under)
            free = (255, 255, 255) if under == () else (40, 90, 20)
            assert (free in colours) == (mode in ('grid', 'arrows')), (mode, under)
    expect(0, 'deformation', 't.json', 'a.png', '-o', 'c.png', '--opacity', '0')
    assert {tuple(row[4 * x:4 * x + 4]) for row in read_png('c.png')[4] for x in range(64)} == {(40, 90, 20, 255)}
    expect(0, 'deformation', 't.json', 'a.png', '-o', '1.png', '--threads', '1')
    expect(0, 'deformation', 't.json', 'a.png', '-o', '3.png', '--threads', '3')
    assert open('1.png', 'rb').read() == open('3.png', 'rb').read()


def test_deformation_sizes():
    png('a.png', 30, 48, 1, lambda x, y: (x,))
    transform('t.json', steps=[BUMP])
    expect(1, 'deformation', 't.json', 'a.png', '-o', 'c.png', says='30 × 48')
    transform('unknown.json', fixed=(0, 0), steps=[BUMP])
    expect(1, 'deformation', 'unknown.json', '-o', 'c.png', says='size is not known')
    transform('huge.json', fixed=(2000000000, 2000000000), moving=(0, 0))
    expect(1, 'deformation', 'huge.json', '-o', 'c.png', says='2000000000', timeout=20)
    transform('aside.json', ((1, 0, 500), (0, 1, 0), (0, 0, 1)))
    expect(1, 'deformation', 'aside.json', '-o', 'c.png', says='no place')
    only('.', 'a.png', 't.json', 'unknown.json', 'huge.json', 'aside.json')
    expect(0, 'deformation', 'unknown.json', 'a.png', '-o', 'c.png')
    assert read_png('c.png')[:2] == (30, 48)


main(globals())
