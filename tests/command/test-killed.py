# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are killed at any time: every output is absent or whole (or the old one), and what else is left has a name
that tells where it comes from and is gone with the next run. By hand:

    test-killed.py COMMAND MANUAL --runs 100       so many kills in all; prints what was seen
    test-killed.py COMMAND MANUAL --seed 7         other moments
"""
import atexit
import collections
import re
import signal
import subprocess
import time

from support import *

SIZE = 200
FEW = 3 if SANITIZED else 4                # kills a job, of five jobs
LATEST = 10 if SANITIZED else 2            # s from the signal to the end, on a busy machine; alone it takes 0.3


HOME = tempfile.mkdtemp(prefix='pentimento-')
atexit.register(shutil.rmtree, HOME, True)


def option(name, default):
    return int(sys.argv[sys.argv.index(name) + 1]) if name in sys.argv else default


RUNS, SEED = option('--runs', 0), option('--seed', 1)
SEEN = collections.Counter()


def pictures():
    """Two pictures of one scene, and a third to stack."""
    scene = Scene(5)
    value = lambda x, y: int(scene.at(x, y))
    for i, (dx, dy) in enumerate(((0, 0), (7.3, -4.6), (-5.1, 3.2))):
        png(f'f{i}.png', SIZE, SIZE, 1, lambda x, y: (value(x + 20 + dx, y + 20 + dy),))
    transform('t.json', ((0.13, 0.01, 3), (-0.01, 0.13, 9), (0, 0, 1)), (1400, 1300), (SIZE, SIZE))


QUICK = ('--search', 'local', '--preparation', 'none', '--model', 'similarity', '--quiet', '--threads', '2')
FRAMES = [f'f{i}.png' for i in range(3)]
JOBS = {
    'apply': ('apply', 't.json', 'f0.png', '-o', 'out/big.tif[compression=deflate,tile,pyramid]'),
    'compare': ('compare', 'f0.png', 'f1.png', '-o', 'out/both.png', '--quiet'),
    'register': ('register', 'f0.png', 'f1.png', '-t', 'out/t.json', '-o', 'out/moved.png', '--report', 'out/r.json', *QUICK),
    'stack': ('stack', *FRAMES, '-o', 'out/', '--transforms', 'out/t', '--report', 'out/r.json', '--valid-mask', 'out/m.png', *QUICK),
    'mosaic': ('mosaic', '--no-overview', *FRAMES[:2], '-o', 'out/mosaic.tif', '--report', 'out/r.json', *QUICK),
}


def plain(path):
    """A file's bytes; of JSON what does not depend on the time of day."""
    if not path.endswith('.json'):
        return open(path, 'rb').read()

    def strip(node):
        if isinstance(node, dict):
            return {k: strip(v) for k, v in node.items() if k not in ('seconds', 'date')}
        return [strip(v) for v in node] if isinstance(node, list) else node
    return json.dumps(strip(json.load(open(path))))


def results():
    """All files under out but temporaries, by name; and the temporaries."""
    names = [os.path.join(folder, name) for folder, _, names in os.walk('out') for name in names]
    ours = [n for n in names if '/.pentimento-' in n]
    return {n: plain(n) for n in names if n not in ours}, ours


def start(job):
    os.makedirs('out', exist_ok=True)
    return subprocess.Popen([COMMAND, *JOBS[job]], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def finish(job):
    """An undisturbed run: seconds and what it writes."""
    began = time.monotonic()
    process = start(job)
    words = process.communicate(timeout=300)[1]
    assert process.returncode in (0, 3), (job, process.returncode, words)
    files, left = results()
    assert not left, f'{job} leaves {left}'
    return time.monotonic() - began, files


def kill(job, after, whole):
    """Kills it; old outputs may be there. What lies there then must be whole, of this run or an older one."""
    old, _ = results()
    process = start(job)
    time.sleep(after)
    process.kill()
    process.communicate()
    files, left = results()
    for name, content in files.items():
        assert content == whole.get(name) or content == old.get(name), f'{job}, killed after {after:.3f} s: {name} is not whole'
    SEEN['finished' if process.returncode >= 0 else 'none there' if not files else 'all there' if len(files) == len(whole) else
         'some there'] += 1
    SEEN['with a temporary'] += bool(left)


def enter():
    """Every test works where the pictures are."""
    os.chdir(HOME)
    if not os.path.exists('t.json'):
        pictures()
    shutil.rmtree('out', ignore_errors=True)


def check(job, runs):
    moments = random.Random(f'{SEED} {job}')
    enter()
    seconds, whole = finish(job)
    for i in range(runs):
        if i % 3 != 2:                              # every third time over what the last one left
            shutil.rmtree('out')
        kill(job, moments.uniform(0, 1.05 * seconds), whole)
    assert finish(job)[1] == whole, f'{job} writes something else after {runs} kills'


def end_by(job, number, status):
    """Interrupts it as soon as signals are its own: it ends soon and leaves nothing."""
    enter()
    process = start(job)
    for _ in range(1000):
        blocked = re.search(r'SigBlk:\s*(\w+)', open(f'/proc/{process.pid}/status').read())
        if blocked and int(blocked.group(1), 16) >> (number - 1) & 1:
            break
        time.sleep(0.002)
    time.sleep(0.05)
    began = time.monotonic()
    process.send_signal(number)
    words = process.communicate(timeout=60)[1]
    assert process.returncode == status and 'interrupted' in words, (job, process.returncode, words)
    assert time.monotonic() - began < LATEST, f'{job} took {time.monotonic() - began:.2f} s to end'
    assert not results()[1], results()[1]


def test_killed_apply():
    check('apply', FEW)


def test_killed_compare():
    check('compare', FEW)


def test_killed_register():
    check('register', FEW)


def test_killed_stack():
    check('stack', FEW)


def test_killed_mosaic():
    check('mosaic', FEW)


def test_interrupted():
    end_by('apply', signal.SIGINT, 130)
    end_by('mosaic', signal.SIGTERM, 143)


def by_hand():
    for job in JOBS:
        SEEN.clear()
        check(job, RUNS // len(JOBS))
        print(f'{job}: {RUNS // len(JOBS)} kills, ' + ', '.join(f'{n} {what}' for what, n in sorted(SEEN.items()) if n), flush=True)


if __name__ == '__main__':
    by_hand() if RUNS else main(globals(), sanitized={'killed_apply', 'killed_register', 'interrupted'})
