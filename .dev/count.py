# SPDX-License-Identifier: GPL-3.0-or-later
"""count.py EXPECTED-SKIPS STATUS BUILD-DIR…: the last line of `./dev test`.

Reads meson's test logs and prints "N passed, N failed, N skipped", counted in meson tests. A run that failed without a
failed test (it did not build, or meson itself stopped) counts as one failure. Where the variable CI is set, a skipped
test, or a skipped part of a test (TAP's "# SKIP"), is a failure unless EXPECTED-SKIPS names it."""
import json
import os
import re
import sys

PASSED = {'OK', 'EXPECTEDFAIL'}


def read_log(directory):
    try:
        with open(os.path.join(directory, 'meson-logs', 'testlog.json'), encoding='utf-8', errors='replace') as log:
            return [json.loads(line) for line in log if line.strip()]
    except FileNotFoundError:
        return []           # nothing in this build matched what was asked for


def short_name(test):
    """plane of "pentimento:unit / plane", which meson 1.10 writes "unit - pentimento:plane"."""
    return re.split(r'[:/]', test['name'])[-1].strip()


def skipped_parts(test):
    parts = re.findall(r'^ok \d+ ?-? ?(.*?) *# SKIP', test.get('stdout') or '', re.MULTILINE | re.IGNORECASE)
    return [f'{short_name(test)}: {part}' for part in parts]


def read_expected(path):
    if not os.path.exists(path):
        return set()
    with open(path, encoding='utf-8') as lines:
        return {line.split('#')[0].strip() for line in lines} - {''}


def main():
    expected, status, directories = read_expected(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    tests = [test for directory in directories for test in read_log(directory)]
    skipped = [test for test in tests if test['result'] == 'SKIP']
    failed = [test for test in tests if test['result'] not in PASSED | {'SKIP'}]
    passed = len(tests) - len(skipped) - len(failed)
    failures = len(failed)

    names = {short_name(test) for test in skipped}
    names |= {part for test in tests if test['result'] in PASSED for part in skipped_parts(test)}
    if names:
        print('skipped:')
        for name in sorted(names):
            print('  ' + name)
    if os.environ.get('CI'):
        unexpected = sorted(names - expected)
        failures += len(unexpected)
        for name in unexpected:
            print(f'a skip that .ci/expected-skips does not name is a failure here: {name}')
    if failed:
        print('failed:')
        for test in failed:
            print(f'  {short_name(test)}: {test["result"]}')
    if not failures and (status or not tests):
        print('nothing was tested, or meson stopped: counted as one failure')
        failures = 1
    print(f'{passed} passed, {failures} failed, {len(skipped)} skipped')
    return 1 if failures else 0


sys.exit(main())
