# SPDX-License-Identifier: GPL-3.0-or-later
"""mosaic in steps: plans run by make and ninja, interrupted and run again, and --resume after SIGKILL; always the same bytes."""
import os
import random
import signal
import time

from tiles import *


def arguments(out, whole, names, *more):
    return ('mosaic', whole, *names, '-o', out, '--scale', COARSER, *more, *QUICK)


def table(names):
    with open('where.csv', 'w') as f:
        f.write(''.join(f'{n},{(corner(i)[0] + SIZE / 2 + 6) / COARSER},{(corner(i)[1] + SIZE / 2) / COARSER}\n'
                        for i, n in enumerate(names)))
    return '--positions', 'where.csv'


MADE = {}


def scene(n=3):
    """Painted once; the same files for every test."""
    if not MADE:
        names = [*tiles(3, gain=lambda i: 1 - 0.1 * i), overview()[0]]
        MADE.update((name, open(name, 'rb').read()) for name in names)
    for name, data in MADE.items():
        open(name, 'wb').write(data)
    *names, whole = MADE
    return whole, names[:n], (*table(names[:n]), '--balance', '--search', 'local')


def engine(*words):
    """An engine over the rules, with the command of this build."""
    if shutil.which(words[0]) is None:
        raise Skip(f'{words[0]} is not installed')
    return subprocess.run([*words], env={**os.environ, 'PENTIMENTO': COMMAND}, capture_output=True, text=True, timeout=300)


def same(a, b):
    return open(a, 'rb').read() == open(b, 'rb').read()


def test_make_runs_a_plan():
    whole, names, more = scene()
    expect(0, *arguments('one.png', whole, names, '--quiet', *more))
    done = expect(0, *arguments('m.png', whole, names, '--plan', 'plan.json', '--rules', 'steps.mk', '--transforms', 't', *more))
    assert 'steps, from 0 on' in done.stdout and not os.path.exists('m.png')
    first = subprocess.Popen(['make', '-j2', '-f', 'steps.mk'], env={**os.environ, 'PENTIMENTO': COMMAND},
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    time.sleep(0.4)
    os.killpg(first.pid, signal.SIGKILL)                      # make and all steps that it runs
    first.wait()
    assert not os.path.exists('m.png')
    again = engine('make', '-j2', '-f', 'steps.mk')
    assert again.returncode == 0, again.stderr
    assert same('one.png', 'm.png')
    assert sorted(os.listdir('t')) == sorted(n.replace('png', 'json') for n in names)
    assert 'run-step' not in engine('make', '-f', 'steps.mk').stdout          # nothing is left to do
    before = {s: os.stat(s).st_mtime_ns for s in strips()}
    expect(0, 'run-step', 'plan.json', str(steps('draw')[0]))
    assert before == {s: os.stat(s).st_mtime_ns for s in strips()}, 'a strip was drawn again'
    os.utime(names[1])                                        # as if that tile had been made anew
    third = engine('make', '-j2', '-f', 'steps.mk')
    assert third.returncode == 0 and 'run-step' in third.stdout and same('one.png', 'm.png')
    assert before != {s: os.stat(s).st_mtime_ns for s in strips()}


def strips():
    return [f'plan.work/strips/{n}' for n in sorted(os.listdir('plan.work/strips'))]


def steps(name):
    for stage in json.load(open('plan.json'))['stages']:
        if stage['name'] == name:
            return range(stage['first-step'], stage['first-step'] + stage['steps'])


def test_ninja_runs_a_plan():
    whole, names, more = scene(2)
    expect(0, *arguments('one.png', whole, names, '--quiet', '--canvas', 'tiles', *more))
    expect(0, *arguments('m.png', whole, names, '--quiet', '--canvas', 'tiles', '--plan', 'plan.json', '--rules', 'build.ninja', *more))
    done = engine('ninja')
    assert done.returncode == 0, done.stdout + done.stderr
    assert same('one.png', 'm.png')
    assert 'no work to do' in engine('ninja').stdout


def test_snakemake_rules():
    whole, names, more = scene(2)
    expect(0, *arguments('m.png', whole, names, '--quiet', '--plan', 'plan.json', '--rules', 'Snakefile', *more))
    text = open('Snakefile').read()
    assert text.count('rule ') == 1 + len(json.load(open('plan.json'))['stages'])


def test_steps_in_the_wrong_order():
    whole, names, more = scene(2)
    expect(0, *arguments('m.png', whole, names, '--quiet', '--plan', 'plan.json', *more))
    expect(1, 'run-step', 'plan.json', '1', says='must be run first')
    for bad in ('-1', '1000', 'x'):
        expect(2, 'run-step', 'plan.json', '--', bad, says='steps are 0 to')
    expect(1, 'run-step', 'where.csv', '0')
    open('bad.json', 'w').write('{"format":"pentimento-plan","folder":"/","arguments":[],"inputs":[],"stages":[{}]}')
    expect(1, 'run-step', 'bad.json', '0')
    os.rename('t1-1.png', 'a tile.png')
    expect(1, *arguments('m.png', whole, ['a tile.png', names[1]], '--plan', 'p.json', '--rules', 'x.mk'), says='a tile.png')
    expect(2, *arguments('m.png', whole, names, '--rules', 'x.mk'), says='--plan')
    expect(2, *arguments('m.png', whole, names, '--plan', 'p.json', '--resume', 'w'), says='one process')


def test_resume_after_being_killed():
    whole, names, more = scene()
    began = time.monotonic()
    expect(0, *arguments('one.tif', whole, names, '--quiet', *more))
    whole_time, r = time.monotonic() - began, random.Random(5)
    command = [COMMAND, *map(str, arguments('m.tif', whole, names, '--quiet', '--resume', 'work', *more))]
    for _ in range(3):
        process = subprocess.Popen(command)
        time.sleep(r.uniform(0.1, 0.9) * whole_time)
        process.kill()
        process.wait()
        assert not os.path.exists('m.tif') or same('one.tif', 'm.tif')
    expect(0, *command[1:])
    assert same('one.tif', 'm.tif')
    assert os.listdir('work/strips') == [], 'strips take room and are of no more use'
    kept = sum(len(files) for _, _, files in os.walk('work/pairs'))
    expect(0, *command[1:])
    assert sum(len(files) for _, _, files in os.walk('work/pairs')) == kept and same('one.tif', 'm.tif')


if __name__ == '__main__':
    main(globals(), sanitized={'make_runs_a_plan', 'steps_in_the_wrong_order'})
