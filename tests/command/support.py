# SPDX-License-Identifier: GPL-3.0-or-later
"""What the command's tests share: running it, images written by hand (no library could be wrong together with the
command), transforms, and a small TAP runner. A test is a function whose name begins with test_; it gets a fresh folder."""
import json
import math
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import traceback
import zlib

COMMAND, MANUAL = map(os.path.abspath, sys.argv[1:3])


class Skip(Exception):
    pass


def run(*arguments, stdin='', timeout=300, **more):
    """The finished process; a crash (death by signal) is always an error, whatever a test asks for."""
    done = subprocess.run([COMMAND, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout,
                          **more)
    assert done.returncode >= 0, f'killed by signal {-done.returncode}: {arguments}\n{done.stderr}'
    return done


def expect(status, *arguments, says='', **more):
    """Runs, and demands an exit status and words on stderr."""
    done = run(*arguments, **more)
    assert done.returncode == status, f'exit {done.returncode}, not {status}: {arguments}\n{done.stderr}'
    assert says in done.stderr, f'“{says}” is not in: {done.stderr}'
    return done


SANITIZED = os.environ.get('SANITIZED', 'none') != 'none'


def few(*items):
    """All of them, or the first and the last under sanitizers, which make a registration ten times slower and have seen
    the same code in the unit tests."""
    return (items[0], items[-1]) if SANITIZED else items


def only(folder, *names):
    """Nothing lies in the folder but these: no temporary file, no output that should not be."""
    found = sorted(os.listdir(folder))
    assert found == sorted(names), f'{found} instead of {sorted(names)}'


# -- files --

def png(path, width, height, bands, pixel, bits=8, per_metre=None):
    """pixel(x, y) gives the values of a pixel; bands 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; per_metre: pixels, where that is stated."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    code = 'B' if bits == 8 else 'H'
    rows = b''.join(b'\0' + struct.pack(f'>{width * bands}{code}', *(v for x in range(width) for v in pixel(x, y)))
                    for y in range(height))
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[bands]
    size = chunk(b'pHYs', struct.pack('>IIB', per_metre, per_metre, 1)) if per_metre else b''
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', width, height, bits, kind, 0, 0, 0)) + size
                + chunk(b'IDAT', zlib.compress(rows, 1)) + chunk(b'IEND', b''))
    return path


def read_png(path):
    """width, height, bands, bits, rows of bytes objects or lists; filters undone."""
    data = open(path, 'rb').read()
    at, body = 8, b''
    while at < len(data):
        length, kind = struct.unpack('>I4s', data[at:at + 8])
        if kind == b'IHDR':
            width, height, bits, colour = struct.unpack('>IIBB', data[at + 8:at + 18])
        if kind == b'IDAT':
            body += data[at + 8:at + 8 + length]
        at += 12 + length
    bands = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    step, raw, rows = bands * bits // 8, zlib.decompress(body), []
    before = bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        kind, line = raw[start], bytearray(raw[start + 1:start + 1 + width * step])
        for i in range(len(line)):
            a = line[i - step] if i >= step else 0
            b, c = before[i], before[i - step] if i >= step else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line[i] = (line[i] + (0, a, b, (a + b) // 2, nearest)[kind]) & 255
        rows.append(list(line) if bits == 8 else list(struct.unpack(f'>{width * bands}H', line)))
        before = line
    return width, height, bands, bits, rows


def pfm(path, width, height, value):
    """Grey floats, little-endian, bottom row first as the format wants."""
    with open(path, 'wb') as f:
        f.write(f'Pf\n{width} {height}\n-1.0\n'.encode())
        for y in reversed(range(height)):
            f.write(struct.pack(f'<{width}f', *(value(x, y) for x in range(width))))
    return path


def transform(path, rows=((1, 0, 0), (0, 1, 0), (0, 0, 1)), fixed=(64, 48), moving=(64, 48), steps=None):
    size = lambda s: {'width': s[0], 'height': s[1]}
    with open(path, 'w') as f:
        json.dump({'format': 'pentimento-transform', 'version': 1, 'from': 'fixed', 'to': 'moving', 'pixel-centre': 0.5,
                   'axes': 'x right, y down', 'fixed': size(fixed), 'moving': size(moving),
                   'steps': [{'kind': 'projective', 'matrix': [list(r) for r in rows]}] if steps is None else steps}, f)
    return path


def matrix(path):
    return json.load(open(path))['steps'][0]['matrix']


class Scene:
    """A picture that can be asked at any place: some hundred smooth blobs and edges, the same for the same seed."""

    def __init__(self, seed, extent=300, blobs=160):
        r = random.Random(seed)
        self.cells = {}
        self.blobs = [(r.uniform(-40, extent + 40), r.uniform(-40, extent + 40), r.uniform(1.5, 9), r.uniform(1.5, 9),
                       r.uniform(0, math.pi), r.uniform(-70, 70)) for _ in range(blobs)]
        for blob in self.blobs:
            x, y, reach = blob[0], blob[1], 3 * max(blob[2], blob[3])
            for i in range(int((x - reach) // 16), int((x + reach) // 16) + 1):
                for j in range(int((y - reach) // 16), int((y + reach) // 16) + 1):
                    self.cells.setdefault((i, j), []).append(blob)

    def at(self, x, y):
        value = 128.0
        for bx, by, sx, sy, angle, height in self.cells.get((int(x // 16), int(y // 16)), ()):
            c, s = math.cos(angle), math.sin(angle)
            u, v = (c * (x - bx) + s * (y - by)) / sx, (c * (y - by) - s * (x - bx)) / sy
            value += height * math.exp(-0.5 * (u * u + v * v))
        return min(max(value, 0), 255)


# -- running tests --

def main(tests, sanitized=None):
    """sanitized: names of those that are worth their time under sanitizers; None: all."""
    chosen = [(name[5:], f) for name, f in tests.items() if name.startswith('test_')]
    if SANITIZED and sanitized is not None:
        chosen = [(name, f) for name, f in chosen if name in sanitized]
    print(f'1..{len(chosen)}')
    failed = 0
    for number, (name, f) in enumerate(chosen, 1):
        folder = tempfile.mkdtemp(prefix='pentimento-')
        here = os.getcwd()
        os.chdir(folder)
        try:
            f()
            print(f'ok {number} {name}', flush=True)
        except Skip as why:
            print(f'ok {number} {name} # SKIP {why}', flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f'# {line}')
            print(f'not ok {number} {name}', flush=True)
        finally:
            os.chdir(here)
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(1 if failed else 0)
