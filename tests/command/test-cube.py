# SPDX-License-Identifier: GPL-3.0-or-later
"""cube: a picture of a cube is registered, all bands follow; resumed after being killed; what is refused."""
import signal
import time

from support import *

SIDE, BANDS = 150, 6


def lies(x, y):
    a = math.radians(1.5)
    return math.cos(a) * x - math.sin(a) * y + 3.3, math.sin(a) * x + math.cos(a) * y - 2.6


def header(path, width, height, bands, kind, layout='bsq', more=''):
    with open(path, 'w') as f:
        f.write(f'ENVI\nsamples = {width}\nlines = {height}\nbands = {bands}\ndata type = {kind}\ninterleave = {layout}\n'
                f'byte order = 0\n{more}')


def fields(path):
    return dict(line.split(' = ', 1) for line in open(path).read().splitlines() if ' = ' in line)


def scene():
    """f.png, and a cube c.hdr that looks at it through `lies`, each band at another gain; band 4 is blank."""
    s = Scene(11)
    png('f.png', SIDE, SIDE, 1, lambda x, y: (int(s.at(x + 60.5, y + 60.5)),))
    plane = []
    for y in range(SIDE):
        for x in range(SIDE):
            u, v = lies(x + .5, y + .5)
            plane.append(s.at(u + 60, v + 60))
    with open('c.raw', 'wb') as f:
        for b in range(BANDS):
            f.write(struct.pack(f'<{SIDE * SIDE}f', *((b + 1) * v if b != 3 else 5 for v in plane)))
    header('c.hdr', SIDE, SIDE, BANDS, 4, more='wavelength = {400, 450, 500, 550, 600, 650}\nwavelength units = nm\nmap info = {x}\n')
    return s


def test_registers_and_applies():
    s = scene()
    done = expect(0, 'cube', 'f.png', 'c.hdr', '-o', 'o.hdr', '--save-transform', 't.json', '--report', 'r.json', '--save-proxy', 'p.tif',
                  '--model', 'rigid', '--search', 'local', '--preparation', 'none', says='map info')
    assert done.stdout.startswith('ok: rigid'), done.stdout
    out = fields('o.hdr')
    assert out['wavelength'] == '{400, 450, 500, 550, 600, 650}' and out['wavelength units'] == 'nm' and 'map info' not in out, out
    data = struct.unpack(f'<{BANDS * SIDE * SIDE}f', open('o.raw', 'rb').read())
    n, worst = SIDE * SIDE, 0
    for y in range(30, 120, 7):
        for x in range(30, 120, 7):
            value = data[y * SIDE + x]
            worst = max(worst, abs(value - s.at(x + 60.5, y + 60.5)))
            assert abs(data[2 * n + y * SIDE + x] - 3 * value) < 0.01 and data[3 * n + y * SIDE + x] == 5
    assert worst < 12, worst                 # grey values of 255, linear interpolation, 0.1 px on edges
    only('.', 'f.png', 'c.raw', 'c.hdr', 'o.raw', 'o.hdr', 't.json', 'r.json', 'p.tif')
    expect(0, 'cube', 'c.hdr', '-t', 't.json', '-o', 'again.hdr', '--quiet')
    assert open('again.raw', 'rb').read() == open('o.raw', 'rb').read()
    expect(0, 'cube', 'c.raw', '-t', 't.json', '-o', 'o.tif', '--layout', 'bands', '--quiet')
    expect(0, 'cube', 'o.tif', '-t', transform('none.json', fixed=(SIDE, SIDE), moving=(SIDE, SIDE)), '-o', 'back.bsq', '--layout',
           'bsq', '--quiet')
    assert open('back.bsq', 'rb').read() == open('o.raw', 'rb').read()
    assert fields('back.hdr')['wavelength'] == out['wavelength']


def test_a_blank_band_says_nothing():
    scene()
    expect(1, 'cube', 'f.png', 'c.hdr', '-o', 'o.hdr', '--proxy', 'band:4', says='the same value')
    only('.', 'f.png', 'c.raw', 'c.hdr')


def test_killed_and_resumed():
    """Killed at times spread over the run: nothing under the final name but all of it; resumed to the same bytes."""
    side, bands = 700, 30
    with open('c.raw', 'wb') as f:
        f.write(bytes(i * 37 % 251 for i in range(side)) * side * bands)
    header('c.hdr', side, side, bands, 1)
    transform('t.json', ((0.99, 0.02, 3), (-0.02, 0.99, 2), (0, 0, 1)), (side, side), (side, side))
    command = [COMMAND, 'cube', 'c.hdr', '-t', 't.json', '-o', 'o.bip', '--resume', '--quiet', '--threads', '1']
    start = time.monotonic()
    expect(0, *command[1:])
    took = time.monotonic() - start
    whole = open('o.bip', 'rb').read()
    for i in range(5):
        os.remove('o.bip')
        os.remove('o.hdr')
        job = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        time.sleep(took * (i + 0.5) / 5)
        job.send_signal(signal.SIGKILL)
        job.wait()
        if os.path.exists('o.bip'):
            assert open('o.bip', 'rb').read() == whole
        expect(0, *command[1:])
        assert open('o.bip', 'rb').read() == whole
        only('.', 'c.raw', 'c.hdr', 't.json', 'o.bip', 'o.hdr')


def test_what_is_refused():
    header('c.hdr', 4, 4, 2, 1)
    open('c.raw', 'wb').write(bytes(32))
    transform('t.json', fixed=(4, 4), moving=(4, 4))
    png('f.png', 40, 40, 1, lambda x, y: (x * y % 251,))
    for arguments in (('c.hdr',), ('c.hdr', '-o', 'o.hdr'), ('c.hdr', '-t', 't.json'), ('f.png', 'c.hdr', '-t', 't.json', '-o', 'o.hdr'),
                      ('c.hdr', '-t', 't.json', '-o', 'c.hdr'), ('c.hdr', '-t', 't.json', '-o', 'c.raw'),
                      ('c.raw', '-t', 't.json', '-o', 'c.hdr'), ('c.hdr', '-t', 't.json', '-o', 'o.hdr', '--layout', 'x'),
                      ('c.hdr', '-t', 't.json', '-o', 'o.hdr', '--sampler', 'x'), ('c.hdr', '-t', 't.json', '-o', 'o.hdr', '--canvas', 'x'),
                      ('c.hdr', '-t', 't.json', '-o', 'o.hdr', '--report', 'r.json')):
        expect(2, 'cube', *arguments)
    expect(1, 'cube', 'c.hdr', '-t', 't.json', '-o', 'o.png', says='ENVI')
    expect(1, 'cube', 'c.hdr', '-t', 't.json', '-o', 'o.tif', '--layout', 'bil', says='bil')
    expect(1, 'cube', 'f.png', 'c.hdr', '-o', 'o.hdr', '--proxy', 'band:3', says='1 to 2')
    expect(1, 'cube', 'f.png', 'c.hdr', '-o', 'o.hdr', '--proxy', 'f.png', says='40 × 40')
    expect(1, 'cube', 'none.hdr', '-t', 't.json', '-o', 'o.hdr', says='none.hdr')
    header('c.hdr', 4, 4, 3, 1)
    expect(1, 'cube', 'c.hdr', '-t', 't.json', '-o', 'o.hdr', says='c.raw')
    header('c.hdr', 5, 4, 1, 1)
    expect(1, 'cube', 'c.hdr', '-t', 't.json', '-o', 'o.hdr', says='4 × 4 pixels')
    only('.', 'c.hdr', 'c.raw', 't.json', 'f.png')


if __name__ == '__main__':
    main(globals())
