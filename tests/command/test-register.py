# SPDX-License-Identifier: GPL-3.0-or-later
"""register, from files to files: verdicts and exit statuses, what is written when, starts, threads."""
import os

from support import *

SIZE = 256
ANGLE, DX, DY = math.radians(3), 6.3, -4.8
C, S = math.cos(ANGLE), math.sin(ANGLE)


def moved(x, y):
    """Fixed to moving: a small turn about the origin and a shift."""
    return C * x - S * y + DX, S * x + C * y + DY


def back(x, y):
    return C * (x - DX) + S * (y - DY), -S * (x - DX) + C * (y - DY)


def pair(noise=0, seed=11):
    """fixed.png and moving.png of one scene; `noise` 0 … 1 mixes so much of another one into the moving image."""
    scene, other = Scene(seed), Scene(seed + 1000)
    png('fixed.png', SIZE, SIZE, 1, lambda x, y: (int(scene.at(x + .5, y + .5) + .5),))
    png('moving.png', SIZE, SIZE, 1, lambda x, y: (int((1 - noise) * scene.at(*back(x + .5, y + .5))
                                                        + noise * other.at(x + .5, y + .5) + .5),))


def error(path):
    points = [(x, y) for x in range(30, 240, 40) for y in range(30, 240, 40)]
    out = expect(0, 'map', path, stdin=''.join(f'{x},{y}\n' for x, y in points)).stdout
    mapped = [tuple(map(float, line.split(','))) for line in out.splitlines()]
    return sum(math.dist(p, moved(*q)) for p, q in zip(mapped, points)) / len(points)


def test_a_good_pair():
    pair()
    done = expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '-o', 'o.png', '--report', 'r.json')
    assert done.stdout.startswith('ok:'), done.stdout
    assert error('t.json') < 0.3, error('t.json')
    report = json.load(open('r.json'))
    assert report['verdict'] == 'ok'
    provenance = json.load(open('t.json'))['steps'][0]['provenance']
    assert provenance['reference'] == 'fixed.png' and provenance['verdict'] == 'ok', provenance
    fixed, out = read_png('fixed.png'), read_png('o.png')
    assert out[:4] == fixed[:4]
    inside = [abs(a - b) for f, o in zip(fixed[4][30:-30], out[4][30:-30]) for a, b in zip(f[30:-30], o[30:-30])]
    assert sum(inside) / len(inside) < 2, sum(inside) / len(inside)
    only('.', 'fixed.png', 'moving.png', 't.json', 'o.png', 'r.json')
    assert expect(0, 'register', 'fixed.png', 'moving.png', '--quiet').stdout == ''


def test_threads_change_nothing():
    pair()
    for n in (1, 2, 3):
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', f'{n}.json', '--threads', n, '--quiet')
    assert open('1.json').read() == open('2.json').read() == open('3.json').read()


def test_models():
    pair()
    for model in few('rigid', 'similarity', 'affine', 'homography'):
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--model', model, '--quiet')
        assert error('t.json') < 0.5, (model, error('t.json'))
        m = matrix('t.json')
        if model == 'rigid':
            assert abs(math.hypot(m[0][0], m[1][0]) - 1) < 1e-9, m


def test_smooth():
    """A bend in the chain goes through every subcommand, and a registration starts from one."""
    pair()
    expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--model', 'smooth', '--quiet')
    assert error('t.json') < 0.5, error('t.json')
    assert json.load(open('r.json'))['model'] == 'smooth'
    plane, bend = [s['kind'] for s in json.load(open('t.json'))['steps']]
    assert plane == 'projective' and bend in ('lattice', 'radial'), bend      # nothing bends, so a lens may do as well
    expect(0, 'invert', 't.json', '-o', 'back.json')
    expect(0, 'compose', 't.json', 'back.json', '-o', 'round.json')
    expect(0, 'apply', 't.json', 'moving.png', '-o', 'moved.png')
    expect(0, 'register', 'fixed.png', 'moving.png', '-t', 'u.json', '--initial', 't.json', '--quiet')
    assert error('u.json') < 0.5
    expect(1, 'register', 'fixed.png', 'moving.png', '-t', 'u.json', '--model', 'smooth', '--optimiser', 'l-bfgs',
           says='global models')


def test_deformable():
    """A wish for a bend: taken where it proves better than none, and the report says what came of it."""
    pair()
    expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--model', 'deformable', '--quiet')
    report = json.load(open('r.json'))
    assert error('t.json') < 0.3, error('t.json')
    assert report['model'] not in ('smooth', 'deformable'), 'a plane is kept where nothing bends'
    assert report['bend']['taken'] is False, report['bend']
    said = [r for r in report['reasons'] if r['code'] in ('bend-refused', 'bend-doubtful', 'no-bend')]
    assert len(said) == 1 and said[0]['passed'] and said[0]['text'].startswith('A bend was'), report['reasons']
    expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json', '--model', 'rigid', '--quiet')
    assert json.load(open('r.json'))['bend'] is None, 'with a stiff model none is looked for'
    expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json', '--model', 'smooth', '--quiet')
    report = json.load(open('r.json'))
    assert report['bend']['taken'] is True and 0 <= report['bend']['log-area-deviation'] < 0.05, report['bend']
    said = [r for r in report['reasons'] if r['code'].startswith('softness')]
    assert len(said) == 1 and not said[0]['passed'] and 'may be real' in said[0]['text'], report['reasons']
    expect(0, 'register', 'fixed.png', 'moving.png', '--model', 'deformable', '--stiffness', '0.5', '--quiet')
    expect(1, 'register', 'fixed.png', 'moving.png', '--model', 'deformable', '--optimiser', 'l-bfgs', says='global models')
    expect(2, 'register', 'fixed.png', 'moving.png', '--model', 'soft', says='deformable')


def test_stiffness():
    """How soft a bend may be: told, reported, and refused where it is no number or nothing can bend."""
    pair()
    for stiffness in few('0.3', '3'):
        done = expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--model', 'smooth',
                      '--stiffness', stiffness)
        assert f'smooth (stiffness {stiffness})' in done.stdout, done.stdout
        assert error('t.json') < 0.5, (stiffness, error('t.json'))
        assert json.load(open('r.json'))['stiffness'] == float(stiffness)
    done = expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json', '--stiffness', '0.3')
    assert json.load(open('r.json'))['stiffness'] is None, 'auto keeps a plane where nothing bends'
    assert 'stiffness' not in done.stdout, done.stdout
    for word in ('', 'soft', '0', '-1', '0.01', '6', 'nan', 'inf', '0,5', '0.5px'):
        expect(2, 'register', 'fixed.png', 'moving.png', '--stiffness', word, says='0.05')
    for other in (('--model', 'rigid'), ('--model', 'homography'), ('--optimiser', 'l-bfgs')):
        expect(2, 'register', 'fixed.png', 'moving.png', '--stiffness', '0.5', *other, says='--model')


def reason(report, code):
    return [r for r in report['reasons'] if r['code'] == code]


def test_terms_of_a_bend():
    """A map of what is rigid and landmarks: read, reported, refused where they can't be."""
    pair()
    png('rigid.png', SIZE, SIZE, 1, lambda x, y: (255 if 64 <= x < 192 and 64 <= y < 192 else 0,))
    places = [(60, 70), (180, 80), (120, 190)]
    lines = [f'{x},{y},{u},{v}' for (x, y), (u, v) in zip(places, (moved(*p) for p in places))]
    with open('points.csv', 'w') as f:
        f.write('fixed_x,fixed_y,moving_x,moving_y\n' + '\n'.join(lines))
    command = ['register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--quiet', '--model', 'smooth']
    expect(0, *command, '--keep-rigid', 'rigid.png', '--landmarks', 'points.csv')
    assert error('t.json') < 0.5, error('t.json')
    report = json.load(open('r.json'))
    assert report['landmarks']['count'] == 3 and report['landmarks']['worst-px'] < 1, report['landmarks']
    assert 0.2 < report['rigid']['share'] < 0.35 and report['rigid']['strain'] < 1e-4, report['rigid']
    assert reason(report, 'landmarks')[0]['passed'] and reason(report, 'rigid')[0]['passed']
    with open('points.csv', 'a') as f:
        f.write('\n100 110 160 90\n')
    expect(3, *command, '--landmarks', 'points.csv', '--landmark-sigma', '1', says='1 of 4 landmarks lie far')
    report = json.load(open('r.json'))
    assert report['rigid'] is None and report['landmarks']['worst-px'] > 20, report
    assert not reason(report, 'landmarks')[0]['passed'] and not reason(report, 'rigid')
    expect(0, *command[:-2])
    report = json.load(open('r.json'))
    assert report['landmarks'] is None and report['rigid'] is None
    png('small.png', 64, 64, 1, lambda x, y: (255,))
    expect(1, *command, '--keep-rigid', 'small.png', says='64 × 64')
    for text, why in (('', 'there are no points'), ('1,2,3', 'line 1'), ('1,2,3,400', 'landmark 1 lies outside of the moving image'),
                      ('1,2,3,4\n5,6,3,4', 'landmarks 1 and 2')):
        with open('bad.csv', 'w') as f:
            f.write(text)
        expect(1, *command, '--landmarks', 'bad.csv', says='bad.csv: ' + why)
    for other in (('--model', 'affine'), ('--optimiser', 'l-bfgs')):
        expect(2, *command[:-2], '--landmarks', 'points.csv', *other, says='--model auto, smooth or deformable')


def test_a_bend_by_a_metric():
    pair()
    for metric in few('local-ncc', 'mind'):
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--quiet', '--model', 'smooth',
               '--metric', metric)
        assert json.load(open('r.json'))['method'] == metric + '/free-form'
        assert error('t.json') < 1, (metric, error('t.json'))     # freedom that was insisted on where nothing bends
    expect(1, 'register', 'fixed.png', 'moving.png', '--model', 'smooth', '--metric', 'dd', says='no derivatives')


def test_optimisers():
    pair()
    texts = {}
    for optimiser, metric in few(('l-bfgs', 'ncc'), ('gradient', 'ssd'), ('brute-force', 'mind'), ('evolutionary', 'ngf')):
        for threads in (1, 2):
            expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--optimiser', optimiser,
                   '--metric', metric, '--initial', 'identity', '--threads', threads)
            texts[threads] = open('t.json').read()
        assert texts[1] == texts[2], optimiser
        assert error('t.json') < 0.3, (optimiser, metric, error('t.json'))
        report = json.load(open('r.json'))
        assert report['method'] == f'{metric}/{optimiser}' and report['model'] == 'similarity', report
        assert [r['passed'] for r in report['reasons'] if r['code'] == 'climb'] == [True], report['reasons']
        assert json.load(open('t.json'))['steps'][0]['provenance']['method'] == f'{metric}/{optimiser}'
    expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json', '--optimiser', 'l-bfgs', '--modality', 'same')
    report = json.load(open('r.json'))
    assert report['method'] == 'ncc/l-bfgs' and report['found-by'] != 'none', report
    expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json')
    assert json.load(open('r.json'))['method'] == 'pieces'
    expect(2, 'register', 'fixed.png', 'moving.png', '--optimiser', 'simplex', says='evolutionary')
    expect(2, 'register', 'fixed.png', 'moving.png', '--optimiser', 'l-bfgs', '--metric', 'mi', says='nmi')
    expect(2, 'register', 'fixed.png', 'moving.png', '--metric', 'ncc', says='--optimiser')


def test_a_climb_from_nowhere():
    """No overlap at the start: said so, and nothing is written."""
    pair()
    transform('far.json', ((1, 0, 5000), (0, 1, 0), (0, 0, 1)), fixed=(SIZE, SIZE), moving=(SIZE, SIZE))
    done = expect(4, 'register', 'fixed.png', 'moving.png', '--optimiser', 'l-bfgs', '--initial', 'far.json', '-t', 't.json',
                  '--report', 'r.json', says='nothing in common')
    assert not os.path.exists('t.json')
    assert 'climb-nothing' in [r['code'] for r in json.load(open('r.json'))['reasons']]


def test_starts():
    pair()
    points = [(20, 30), (230, 40), (210, 220), (35, 200)]
    for n in few(1, 2, 3, 4):
        with open('p.csv', 'w') as f:
            f.write('fixed_x,fixed_y,moving_x,moving_y\n# by hand, to a pixel or so\n')
            for k, (x, y) in enumerate(points[:n]):
                u, v = moved(x, y)
                f.write(f'{x},{y},{u + (-1) ** k:.2f},{v - 0.7:.2f}\n')
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--initial', 'p.csv', '--quiet')
        assert error('t.json') < 0.5, (n, error('t.json'))
    expect(0, 'register', 'fixed.png', 'moving.png', '-t', 'u.json', '--initial', 't.json', '--quiet')
    assert error('u.json') < 0.5
    expect(0, 'register', 'fixed.png', 'moving.png', '-t', 'u.json', '--initial', 'identity', '--quiet')
    assert error('u.json') < 0.5
    transform('wrong.json', fixed=(10, 10), moving=(SIZE, SIZE))
    expect(1, 'register', 'fixed.png', 'moving.png', '--initial', 'wrong.json', says='10 × 10')


def test_preparations():
    pair()
    for name in few('none', 'downsample', 'clahe', 'bilateral', 'non-local-means', 'sobel', 'canny', 'adaptive-threshold',
                    'laplacian', 'principal-component', 'band:2+sobel'):
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--preparation', name)
        assert error('t.json') < 0.3, (name, error('t.json'))
        assert json.load(open('r.json'))['preparation'] == name
    expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json')
    assert json.load(open('r.json'))['preparation'] == 'none'
    for name in ('contrast', 'band:0', 'clahe+red', ''):
        expect(2, 'register', 'fixed.png', 'moving.png', '--preparation', name, says='adaptive-threshold')


def test_bands():
    """A colour image whose blue band alone shows the scene, against a grey one; the rest shows something else."""
    pair()
    scene, other = Scene(11), Scene(77)
    png('colour.png', SIZE, SIZE, 3, lambda x, y: (int(other.at(x + .5, y + .5)), int(other.at(y + .5, x + .5)),
                                                   int(scene.at(x + .5, y + .5) + .5)))
    assert run('register', 'colour.png', 'moving.png', '--preparation', 'red').returncode in (3, 4)
    for name in few('blue', 'band:3', 'blue+laplacian'):
        expect(0, 'register', 'colour.png', 'moving.png', '-t', 't.json', '--preparation', name)
        assert error('t.json') < 0.3, (name, error('t.json'))
    expect(1, 'register', 'colour.png', 'moving.png', '--preparation', 'band:4', says='the image has 3')
    png('alpha.png', SIZE, SIZE, 2, lambda x, y: (int(scene.at(x + .5, y + .5) + .5), 255))
    expect(0, 'register', 'alpha.png', 'moving.png', '-t', 't.json', '--preparation', 'blue')


def test_freedom_is_questioned():
    """A rigid pair: every freer model is named as one that buys nothing, and the verdict stays what it is."""
    pair()
    for model in few('auto', 'rigid', 'homography'):
        done = expect(0, 'register', 'fixed.png', 'moving.png', '--report', 'r.json', '--model', model, '--quiet')
        report = json.load(open('r.json'))
        freedom = [r for r in report['reasons'] if r['code'] == 'freedom']
        tried = {h['model']: h['error-px'] for h in report['held-out']}
        assert len(freedom) == 1 and tried['translation'] > 2 * tried['rigid'], (freedom, tried)
        assert freedom[0]['passed'] == (model != 'homography'), (model, freedom, tried)
        assert ('freer model (homography)' in done.stderr) == (model == 'homography'), done.stderr
        assert list(tried)[-1] == ('rigid' if model == 'rigid' else 'homography'), tried


def test_unrelated_is_never_ok():
    pair(noise=1)
    search = 'upright' if SANITIZED else 'auto'          # in vain, which takes longest
    done = run('register', 'fixed.png', 'moving.png', '-t', 't.json', '-o', 'o.png', '--report', 'r.json', '--search', search)
    assert done.returncode in (3, 4), done.returncode


def test_verdict_and_status_agree():
    """From the same scene to another one: whatever the verdict, status, report and files must tell the same story."""
    status = {'ok': 0, 'uncertain': 3, 'failed': 4}
    seen = set()
    command = ('register', 'fixed.png', 'moving.png', '-t', 't.json', '-o', 'o.png', '--quiet', '--search', 'upright')
    for noise in few(0, 0.3, 0.5, 0.65, 0.8, 1):
        pair(noise)
        for name in ('t.json', 'o.png', 'r.json'):
            if os.path.exists(name):
                os.unlink(name)
        done = run(*command, '--report', 'r.json')
        verdict = json.load(open('r.json'))['verdict']
        seen.add(verdict)
        assert done.returncode == status[verdict], (done.returncode, verdict)
        assert (done.stderr != '') == (verdict != 'ok'), done.stderr
        written = verdict != 'failed'
        assert os.path.exists('t.json') == os.path.exists('o.png') == written, verdict
        if not written:
            done = expect(4, *command, '--force')
            assert os.path.exists('t.json') and os.path.exists('o.png')
    assert 'ok' in seen and 'failed' in seen, seen
    if 'uncertain' not in seen:
        print('# no pair of this row came out uncertain')


def test_files_are_not_lost():
    """Two results in one file, or a result over a picture: refused before anything is done."""
    pair()
    before = open('moving.png', 'rb').read()
    os.link('moving.png', 'link.png')
    for arguments, says in ((('-t', 'r.json', '--report', './r.json'), 'one file'), (('-o', 'moving.png'), 'MOVING'),
                            (('-o', 'link.png'), 'MOVING'), (('-t', 'fixed.png'), 'FIXED')):
        expect(2, 'register', 'fixed.png', 'moving.png', *arguments, says=says)
    transform('t.json', fixed=(SIZE, SIZE), moving=(SIZE, SIZE))
    expect(2, 'apply', 't.json', 'moving.png', '-o', 'moving.png[compression=9]', says='IMAGE')
    expect(2, 'compare', 'fixed.png', 'moving.png', '-o', 'fixed.png', says='FIXED')
    expect(2, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 't.json', says='--transform')
    assert open('moving.png', 'rb').read() == before
    only('.', 'fixed.png', 'moving.png', 'link.png', 't.json')


def test_output_fails_before_the_work():
    """A picture that the format can't hold is refused at once, not after the registration."""
    pair()
    expect(1, 'register', 'fixed.png', 'moving.png', '-o', 'o.unknown', '--report', 'r.json', says='ending')
    only('.', 'fixed.png', 'moving.png')


# Each registration under sanitizers takes ten times as long, and the unit tests have seen core's part.
main(globals(), sanitized=('a_good_pair', 'stiffness', 'terms_of_a_bend', 'optimisers', 'a_climb_from_nowhere', 'unrelated_is_never_ok',
                           'files_are_not_lost', 'output_fails_before_the_work'))
