# SPDX-License-Identifier: GPL-3.0-or-later
"""sequence: two cameras on one rig that drifts; dark, broken and foreign frames; videos through ffmpeg; what is refused."""
from support import *

WIDTH, HEIGHT, FRAMES, SIDE = 190, 150, 12, 236
PICTURES = {}
QUICK = ('--search', 'local', '--preparation', 'none', '--modality', 'same', '--quiet')


def rig(i):
    """FIXED to MOVING in frame i: a turn, a scale, a shift, and a drift of 0.2 px a frame."""
    a, s = math.radians(1.2), 1.02
    return ((s * math.cos(a), -s * math.sin(a), 2.5 + 0.2 * i), (s * math.sin(a), s * math.cos(a), -3.5 - 0.1 * i), (0, 0, 1))


def on(m, x, y):
    return m[0][0] * x + m[0][1] * y + m[0][2], m[1][0] * x + m[1][1] * y + m[1][2]


def inverse(m):
    (a, b, c), (d, e, f), _ = m
    det = a * e - b * d
    return ((e / det, -b / det, (b * f - c * e) / det), (-d / det, a / det, (c * d - a * f) / det), (0, 0, 1))


def view(picture, path, matrix):
    """What a camera sees of a picture, frame → picture."""
    transform('view.json', matrix, (WIDTH, HEIGHT), (SIDE, SIDE))
    expect(0, 'apply', 'view.json', picture, '-o', path, '--quiet')


def cameras(n=FRAMES, foreign=()):
    for name, seed in (('scene.png', 11), ('other.png', 4711)):
        if seed not in PICTURES:
            s = Scene(seed)
            png(name, SIDE, SIDE, 1, lambda x, y: (int(s.at(x + 30.5, y + 30.5)),))
            PICTURES[seed] = open(name, 'rb').read()
        open(name, 'wb').write(PICTURES[seed])
    os.makedirs('a')
    os.makedirs('b')
    for i in range(n):
        shift = ((1, 0, 20 + 1.3 * i), (0, 1, 30 + 0.7 * i), (0, 0, 1))     # both cameras move
        back = inverse(rig(i))
        view('scene.png', f'a/f{i + 1}.png', shift)
        view('other.png' if i in foreign else 'scene.png', f'b/f{i + 1}.png',
             tuple((back[k][0], back[k][1], back[k][2] + shift[k][2]) for k in (0, 1)) + ((0, 0, 1),))
    os.remove('view.json')


def worst(path, i):
    """How far a transform misses the truth, at worst."""
    points = [(x, y) for x in range(10, WIDTH, 40) for y in range(10, HEIGHT, 30)]
    out = expect(0, 'map', path, stdin=''.join(f'{x},{y}\n' for x, y in points)).stdout
    return max(math.dist(on(rig(i), *p), tuple(map(float, line.split(',')))) for p, line in zip(points, out.splitlines()))


def test_drift_and_bad_frames():
    cameras(foreign={8})
    png('b/f5.png', WIDTH, HEIGHT, 1, lambda x, y: (3 + (x * y) % 2,))           # covered
    data = open('a/f11.png', 'rb').read()
    open('a/f11.png', 'wb').write(data[:len(data) // 2])                         # broken
    shutil.copy('b/f6.png', 'b/f7.png')                                          # the camera stuck
    done = expect(0, 'sequence', 'a', 'b/f*.png', '-o', 'out/', '--transforms', 't', '--report', 'r.json', '--smooth', '6', *QUICK)
    assert 'is dark: 5' in done.stderr and 'is unreadable: 11' in done.stderr and 'is repeated: 7' in done.stderr, done.stderr
    report = json.load(open('r.json'))
    states = [(f['fixed'], f['moving']) for f in report['frames']]
    assert states[4] == ('good', 'dark') and states[10] == ('unreadable', 'good') and states[6] == ('good', 'repeated'), states
    assert all(p['frame'] not in (5, 7, 11) for p in report['pairs']) and report['verdict'] == 'ok', report
    assert not any(p['used'] for p in report['pairs'] if p['frame'] == 9), report['pairs']
    only('t', *(f'frame-{i + 1:06}.json' for i in range(FRAMES)))
    for i in range(FRAMES):
        assert worst(f't/frame-{i + 1:06}.json', i) < 0.5, (i, worst(f't/frame-{i + 1:06}.json', i))
    only('out', *(f'frame-{i + 1:06}.png' for i in range(FRAMES) if i not in (4, 10)))
    assert read_png('out/frame-000001.png')[:2] == (WIDTH, HEIGHT)


def test_offset_and_moved():
    cameras(5)
    os.remove('b/f1.png')                           # MOVING was started a frame later
    expect(0, 'sequence', 'a', 'b', '--offset', '-1', '-o', 'o-%03d.png', '--merge', 'moved', '--transforms', 't', *QUICK)
    only('t', *(f'frame-{i + 1:06}.json' for i in range(1, 5)))
    for i in range(1, 5):
        assert worst(f't/frame-{i + 1:06}.json', i) < 0.5
    assert read_png('o-002.png')[:3] == (WIDTH, HEIGHT, 1)
    expect(0, 'sequence', 'a', 'b', '--offset', '-1', '-o', 'p/', '--merge', 'panels', '--pairs', '3', *QUICK)
    assert read_png('p/frame-000002.png')[0] > 5 * WIDTH - 1


def test_nothing_fits():
    cameras(2, foreign=range(2))
    expect(4, 'sequence', 'a', 'b', '-o', 'o/', '--report', 'r.json', *QUICK)
    only('.', 'a', 'b', 'scene.png', 'other.png', 'r.json')


def test_video():
    cameras(3)
    for name in 'ab':
        subprocess.run(['ffmpeg', '-v', 'error', '-nostdin', '-framerate', '10', '-i', f'{name}/f%d.png', '-c:v', 'ffv1', f'{name}.mkv'],
                       check=True)
    expect(0, 'sequence', 'a.mkv', 'b.mkv', '-o', 'out.mp4', '--merge', 'side', '--transforms', 't', *QUICK)
    for i in range(3):
        assert worst(f't/frame-{i + 1:06}.json', i) < 0.5
    probe = subprocess.run(['ffprobe', '-v', 'error', '-count_frames', '-show_entries', 'stream=width,height,r_frame_rate,nb_read_frames',
                            '-of', 'csv=p=0', 'out.mp4'], check=True, capture_output=True, text=True).stdout
    assert probe.strip().split(',')[:4] == [str(2 * WIDTH), str(HEIGHT), '10/1', '3'], probe
    only('.', 'a', 'b', 'a.mkv', 'b.mkv', 'scene.png', 'other.png', 't', 'out.mp4')
    expect(1, 'sequence', 'a.mkv', 'b.mkv', '-o', 'again.mp4', says='ffprobe is needed', env={**os.environ, 'PATH': '/nowhere'})
    expect(1, 'sequence', 'a', 'b', '-o', 'again.mp4', *QUICK, says='ffmpeg is needed', env={**os.environ, 'PATH': '/nowhere'})
    open('bad.mkv', 'wb').write(open('a.mkv', 'rb').read(3000)[100:])
    expect(1, 'sequence', 'bad.mkv', 'b.mkv', '-o', 'again.mp4', says='bad.mkv')
    assert not os.path.exists('again.mp4')


def test_what_is_refused():
    os.makedirs('a')
    os.makedirs('e')
    png('a/1.png', 20, 20, 1, lambda x, y: (x,))
    png('a/2.png', 30, 20, 1, lambda x, y: (x,))
    for arguments in (('a',), ('a', 'a'), ('a', 'a', '-o', 'o/', '--merge', 'x'), ('a', 'a', '-o', 'o/', '--model', 'smooth'),
                      ('a', 'a', '-o', 'o/', '--alpha', '2'), ('a', 'a', '-o', 'o/', '--pairs', '1'), ('a', 'a', '-o', 'a'),
                      ('a', 'a', '-o', 'o/', '--sampler', 'x')):
        expect(2, 'sequence', *arguments)
    expect(1, 'sequence', 'a', 'e', '-o', 'o/', says='has 30 × 20 pixels')
    os.remove('a/2.png')
    expect(1, 'sequence', 'a', 'e', '-o', 'o/', says='no frames')
    expect(1, 'sequence', 'a', 'a', '-o', 'o.png', says='a pattern')
    expect(1, 'sequence', 'a', 'a', '-o', 'o/', '--offset', '5', says='none in common')
    only('.', 'a', 'e')


if __name__ == '__main__':
    main(globals(), sanitized={'what_is_refused', 'video'})
