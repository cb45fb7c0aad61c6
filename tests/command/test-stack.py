# SPDX-License-Identifier: GPL-3.0-or-later
"""stack: many images to one frame; what is written, what is left out, what is refused."""
import os
import re
import signal
import subprocess
import time
import xml.etree.ElementTree

from support import *

SIZE = 150
QUICK = ('--search', 'local', '--preparation', 'none', '--model', 'similarity')


def lies(i):
    """Image i to the scene: a turn, a scale and a shift of its own."""
    a, s = math.radians(0.8 * (i - 1)), 1 + 0.006 * i
    return lambda x, y: (s * (math.cos(a) * x - math.sin(a) * y) + 60 + 4.3 * i, s * (math.sin(a) * x + math.cos(a) * y) + 62 - 3.7 * i)


def frames(n, bands=1, bits=8, exposure=lambda i: 1, seed=11, per_metre=None):
    """n pictures of one scene, as f0.png …"""
    scene = Scene(seed)
    top = 255 if bits == 8 else 65535
    for i in range(n):
        view, gain = lies(i), exposure(i) * top / 255
        png(f'f{i}.png', SIZE, SIZE, bands, lambda x, y: (min(int(gain * scene.at(*view(x + .5, y + .5)) + .5), top),) * bands,
            bits, per_metre)


def error(path, reference, i):
    """Mean distance of a transform reference → i from the truth."""
    points = [(x, y) for x in range(20, 140, 30) for y in range(20, 140, 30)]
    out = expect(0, 'map', path, stdin=''.join(f'{x},{y}\n' for x, y in points)).stdout
    total = 0
    for p, line in zip(points, out.splitlines()):
        q = tuple(map(float, line.split(',')))
        total += math.dist(lies(reference)(*p), lies(i)(*q))
    return total / len(points)


def test_folder_transforms_and_report():
    frames(4, bits=16, exposure=lambda i: 2.0 ** -i)           # the first eight times as bright as the last
    done = expect(0, 'stack', *(f'f{i}.png' for i in range(4)), '-o', 'out/', '--transforms', 't', '--report', 'r.json',
                  '--valid-area', 'v.json', '--valid-mask', 'm.png', *QUICK)
    assert done.stdout.startswith('ok: 4 of 4'), done.stdout
    report = json.load(open('r.json'))
    assert report['verdict'] == 'ok' and report['placed'] == 4 and len(report['pairs']) >= 4, report
    assert report['loops'] and report['closure']['median-px'] < 0.2, report['closure']
    only('out', *(f'f{i}.png' for i in range(4)))
    only('t', *(f'f{i}.json' for i in range(4)))
    for i in range(4):
        assert error(f't/f{i}.json', report['reference'], i) < 0.3, (i, error(f't/f{i}.json', report['reference'], i))
    assert not json.load(open(f't/f{report["reference"]}.json'))['steps']
    reference = f'f{report["reference"]}.png'
    assert read_png('out/' + reference)[4] == read_png(reference)[4]                     # not resampled at all
    area = json.load(open('v.json'))
    assert area['canvas'] == {'x': 0, 'y': 0, 'width': SIZE, 'height': SIZE}, area
    valid, mask = area['valid'], read_png('m.png')[4]
    assert valid['width'] * valid['height'] > 0.6 * SIZE * SIZE
    assert all(mask[y][x] == 255 for y in range(valid['y'], valid['y'] + valid['height'])
               for x in range(valid['x'], valid['x'] + valid['width']))
    assert any(0 in row for row in mask)


def test_bands_of_one_tiff():
    frames(3, bits=16)
    expect(0, 'stack', 'f0.png', 'f1.png', 'f2.png', '-o', 'all.tif', '--canvas', 'intersection', '--valid-area', 'v.json',
           '--reference', '2', '--quiet', *QUICK)
    area = json.load(open('v.json'))
    width, height = area['canvas']['width'], area['canvas']['height']
    assert area['valid'] == {'x': 0, 'y': 0, 'width': width, 'height': height}, area
    data = open('all.tif', 'rb').read()
    assert b'band 3: f2.png' in data and len(data) > width * height * 6        # three bands of 16 bit
    only('.', 'all.tif', 'v.json', 'f0.png', 'f1.png', 'f2.png')


def test_pages_and_patterns():
    frames(2, bands=3)
    expect(0, 'stack', 'f0.png', 'f1.png', '-o', 'all.tif', '--quiet', *QUICK)
    assert b'page 2: f1.png' in open('all.tif', 'rb').read()
    expect(0, 'stack', 'f0.png', 'f1.png', '-o', 'a/%s-in.png', '--canvas', '80x60+10-5', '--quiet', *QUICK)
    only('a', 'f0-in.png', 'f1-in.png')
    assert read_png('a/f0-in.png')[:4] == (80, 60, 3, 8)
    expect(0, 'stack', 'f0.png', 'f1.png', '-o', 'u/', '--canvas', 'union', '--valid-area', 'v.json', '--quiet', *QUICK)
    assert json.load(open('v.json'))['canvas']['width'] > SIZE


def header(path, field):
    return subprocess.run(['vipsheader', '-f', field, path], capture_output=True, text=True).stdout.strip()


def test_pages_in_and_ome_tiff_out():
    if shutil.which('vipsheader') is None:
        raise Skip('vipsheader is not installed')
    frames(2, bits=16, per_metre=2000)
    expect(0, 'stack', 'f0.png', 'f1.png', '-o', 'two.tif', '--layout', 'pages', '--transforms', 'a', '--quiet', *QUICK)
    expect(0, 'stack', 'two.tif', '-o', 'o/', '--transforms', 'b', '--reference', '1', '--quiet', *QUICK)      # one file, two images
    only('o', 'two-page1.tif', 'two-page2.tif')
    only('b', 'two-page1.json', 'two-page2.json')
    expect(0, 'stack', 'two.tif', 'f1.png', '-o', 's.ome.tif', '--quiet', *QUICK)
    assert (header('s.ome.tif', 'n-pages'), header('s.ome.tif', 'n-subifds')) == ('3', '1')       # 150 px: one version smaller than a tile
    root = xml.etree.ElementTree.fromstring(header('s.ome.tif', 'image-description').encode())
    ns = {'o': 'http://www.openmicroscopy.org/Schemas/OME/2016-06'}
    pixels = root.find('o:Image/o:Pixels', ns)
    assert (pixels.get('SizeC'), pixels.get('Type'), pixels.get('SizeX')) == ('3', 'uint16', header('s.ome.tif', 'width'))
    assert (pixels.get('PhysicalSizeX'), pixels.get('PhysicalSizeXUnit')) == ('500', 'µm'), pixels.attrib    # 2 px a mm
    assert [c.get('Name') for c in pixels.findall('o:Channel', ns)] == ['two-page1', 'two-page2', 'f1']
    assert [t.get('IFD') for t in pixels.findall('o:TiffData', ns)] == ['0', '1', '2']


def test_a_stranger_is_left_out():
    frames(3)
    other = Scene(4711)
    png('other.png', SIZE, SIZE, 1, lambda x, y: (int(other.at(x, y)),))
    png('dark.png', SIZE, SIZE, 1, lambda x, y: (0,))
    done = expect(3, 'stack', 'f0.png', 'other.png', 'f1.png', 'dark.png', 'f2.png', '-o', 'out/', '--report', 'r.json', '--quiet',
                  *QUICK, says='“other.png” is left out')
    assert '“dark.png” is left out: it holds only one value' in done.stderr, done.stderr
    only('out', 'f0.png', 'f1.png', 'f2.png')
    images = json.load(open('r.json'))['images']
    assert [i['placed'] for i in images] == [True, False, True, False, True], images


def test_nothing_fits():
    for i in range(3):
        scene = Scene(900 + i)
        png(f'f{i}.png', SIZE, SIZE, 1, lambda x, y: (int(scene.at(x, y)),))
    expect(4, 'stack', 'f0.png', 'f1.png', 'f2.png', '-o', 'out/', '--report', 'r.json', '--quiet', *QUICK, says='No two of the images')
    only('.', 'f0.png', 'f1.png', 'f2.png', 'r.json')


def test_threads_change_nothing():
    frames(3)
    for n in (1, 3):
        expect(0, 'stack', 'f0.png', 'f1.png', 'f2.png', '--transforms', f't{n}', '--threads', n, '--quiet', *QUICK)
    for i in range(3):
        assert open(f't1/f{i}.json').read() == open(f't3/f{i}.json').read()


def test_what_is_refused():
    frames(1)
    png('g.png', SIZE, SIZE, 1, lambda x, y: (x,))
    for arguments in (('f0.png',), ('f0.png', 'g.png'), ('f0.png', 'g.png', '-o', './'), ('f0.png', 'g.png', '-o', 'f0.png'),
                      ('f0.png', 'f0.png', '-o', 'out/'), ('f0.png', 'g.png', '-o', 'o/', '--order', 'x'),
                      ('f0.png', 'g.png', '-o', 'o/', '--canvas', '10x10'), ('f0.png', 'g.png', '-o', 'o/', '--reference', '3'),
                      ('f0.png', 'g.png', '-o', 'o/', '--pairs', '-1'), ('f0.png', 'g.png', '-o', 'o/', '--layout', 'x'),
                      ('f0.png', 'g.png', '-o', 'o/', '--model', 'bendy'), ('f0.png', 'g.png', '-o', 'o/', '--threads', '-1')):
        expect(2, 'stack', *arguments)
    expect(1, 'stack', 'f0.png', 'g.png', '-o', 'all.png', says='is a .tif')
    expect(1, 'stack', 'none.png', 'nowhere.png', '-o', 'o/', says='fewer than two')
    only('.', 'f0.png', 'g.png')


def test_interrupted():
    frames(3)
    job = subprocess.Popen([COMMAND, 'stack', 'f0.png', 'f1.png', 'f2.png', '-o', 'all.tif', '--report', 'r.json'],
                           stderr=subprocess.PIPE, text=True)
    for _ in range(600):                                       # until signals are the job's own
        blocked = re.search(r'SigBlk:\s*(\w+)', open(f'/proc/{job.pid}/status').read())
        if blocked and int(blocked.group(1), 16) >> (signal.SIGINT - 1) & 1:
            break
        time.sleep(0.01)
    job.send_signal(signal.SIGINT)
    words = job.communicate(timeout=60)[1]
    assert job.returncode == 130 and 'interrupted' in words, (job.returncode, words)
    only('.', 'f0.png', 'f1.png', 'f2.png')


if __name__ == '__main__':
    main(globals(), sanitized={'folder_transforms_and_report', 'what_is_refused'})
