# SPDX-License-Identifier: GPL-3.0-or-later
"""report: a page of a pair and of many, complete in itself, opened in a browser where there is one; hostile names and
files; what becomes of bad input."""
import html
import os
import re
import shutil
import subprocess

from support import *

SIZE = 240
FILES = {}
BROWSERS = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')


def pair():
    """A pair with its transform and report, made once: fixed.png, moving.png, t.json, r.json."""
    if not FILES:
        scene = Scene(11)
        png('fixed.png', SIZE, SIZE, 3, lambda x, y: (int(scene.at(x + .5, y + .5)),) * 2 + (90,))
        png('moving.png', SIZE, SIZE, 3, lambda x, y: (int(scene.at(x + 12.2, y - 6.3)),) * 2 + (90,))
        expect(0, 'register', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '--quiet')
        FILES.update({name: open(name, 'rb').read() for name in ('fixed.png', 'moving.png', 't.json', 'r.json')})
    for name, data in FILES.items():
        with open(name, 'wb') as f:
            f.write(data)


def page(name='page.html'):
    return open(name, encoding='utf-8').read()


def in_browser(path, *extra):
    """The document as the browser has it once everything is loaded, and what it said on its console."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise Skip(f'no browser is installed: none of {", ".join(BROWSERS)}')
    done = subprocess.run([browser, '--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run',
                           '--enable-logging=stderr', f'--user-data-dir={os.getcwd()}/browser', '--virtual-time-budget=20000',
                           '--window-size=1200,1600', *extra, '--dump-dom', f'file://{os.path.abspath(path)}'],
                          capture_output=True, text=True, timeout=120)
    shutil.rmtree('browser', ignore_errors=True)
    assert done.returncode == 0 and '</html>' in done.stdout, done.stderr
    return done.stdout, re.findall(r'CONSOLE.*', done.stderr)


WATCH = """<script>
var problems = [];
window.onerror = function (text) { problems.push('error: ' + text); };
console.error = console.warn = function (text) { problems.push('console: ' + text); };
</script>"""

PROBE = """<script>
addEventListener('load', function () {
  function set(mode, value) {
    document.querySelector('input[value=' + mode + ']').checked = true;
    var range = document.querySelector('input[type=range]');
    range.value = value;
    range.dispatchEvent(new Event('input', { bubbles: true }));
    var style = getComputedStyle(document.querySelectorAll('.look .stack img')[1]);
    return [style.clipPath, style.opacity, style.mixBlendMode];
  }
  var pictures = Array.from(document.images);
  document.title = JSON.stringify({
    problems: problems,
    pictures: pictures.map(function (i) { return [i.naturalWidth, i.naturalHeight, i.alt]; }),
    shown: !document.querySelector('.look').hidden && document.querySelector('.look').getBoundingClientRect().height > 100,
    curtain: set('curtain', 20), blend: set('blend', 35), difference: set('difference', 50),
    charts: Array.from(document.querySelectorAll('.charts svg')).map(function (s) { return s.getBBox().width; }),
    cells: document.querySelectorAll('.stack svg rect').length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth
  });
});
</script>"""


def test_a_page():
    pair()
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    text, report = page(), json.load(open('r.json'))
    assert text.startswith('<!DOCTYPE html>') and text.rstrip().endswith('</html>')
    assert not re.search(r'\s(src|href|srcset|data)="(?!data:|#)', text) and 'url(' not in text, 'the page loads something'
    assert "default-src 'none'" in text
    for needle in ('moving.png on fixed.png', '>ok</span>', 'DD score', 'Where to trust it', 'Curves', report['found-by']):
        assert needle in text, needle
    for reason in report['reasons']:
        assert html.escape(reason['text'], quote=False) in text, reason['text']
    assert len(re.findall(r'<h1>', text)) == 1 and 'lang="en"' in text
    assert all(re.search(r'alt="[^"]+"', img) for img in re.findall(r'<img[^>]*>', text)), 'a picture without words'
    only('.', *FILES, 'page.html')


def test_a_bend_is_told():
    """What came of looking for one, also where none was taken."""
    pair()
    report = json.load(open('r.json'))
    for taken, held_out, words in ((True, 0.25, 'taken: large parts left out of the fit lie 0.25 px off with it, 1.50 px without; '
                                                'areas change by 2.0 %'),
                                   (False, 1.25, 'found and left out: large parts left out of the fit lie 1.25 px off'),
                                   (False, None, 'looked for, and nothing spoke for one')):
        report['bend'] = {'taken': taken, 'held-out-plane-px': 1.5, 'held-out-px': held_out, 'gain-over-null': 0.5,
                          'log-area-deviation': 0.02}
        json.dump(report, open('bent.json', 'w'))
        expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'bent.json', '-o', 'page.html')
        assert f'<dt>Bend</dt><dd>{words}' in page(), words
    report['bend'] = None
    json.dump(report, open('bent.json', 'w'))
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'bent.json', '-o', 'page.html')
    assert '<dt>Bend</dt>' not in page()


def test_a_page_in_a_browser():
    pair()
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    dom, console = in_browser('page.html')
    root = re.search(r'<html[^>]*>', dom).group()
    assert console == [], console
    assert re.search(r'data-pictures="1[0-9]"', root) and 'data-broken="0"' in root, root       # the page's own script ran
    assert '<section class="look" aria-label' in dom, 'the slider stays hidden'

    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', WATCH, page(), count=1)
    with open('probed.html', 'w', encoding='utf-8') as f:
        f.write(text.replace('</body>', PROBE + '</body>'))
    dom, console = in_browser('probed.html')
    seen = json.loads(html.unescape(re.search(r'<title>(.*?)</title>', dom, re.S).group(1)))
    assert seen['problems'] == [] and console == [], (seen['problems'], console)
    assert len(seen['pictures']) >= 10 and all(w == h == SIZE for w, h, _ in seen['pictures']), seen['pictures']
    assert all(alt for _, _, alt in seen['pictures'])
    assert seen['shown'] and seen['cells'] == 400, seen
    assert '20%' in seen['curtain'][0] and seen['curtain'][1:] == ['1', 'normal'], seen['curtain']
    assert seen['blend'] == ['none', '0.35', 'normal'], seen['blend']
    assert seen['difference'] == ['none', '1', 'difference'], seen['difference']
    assert len(seen['charts']) == 4 and all(w > 100 for w in seen['charts']), seen['charts']
    assert seen['wide'] <= 0, 'the page is wider than the window'


def test_the_policy_lets_nothing_else_run():
    pair()
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    with open('page.html', encoding='utf-8') as f:
        text = f.read().replace('</main>', '<script>document.title = "ran"</script><img alt="x" src="moving.png"></main>')
    with open('bad.html', 'w', encoding='utf-8') as f:
        f.write(text)
    dom, _ = in_browser('bad.html')
    assert '<title>ran</title>' not in dom and 'data-broken="1"' in dom, re.search(r'<html[^>]*>', dom).group()


def test_hostile_names():
    """Names and texts that would be markup, everywhere where one can stand."""
    pair()
    nasty = '"><script>alert(1)</script>\'&lt;\u202e.png'
    report = json.load(open('r.json'))
    for key in ('found-by', 'preparation'):
        report[key] = f'{key} </dd><script>alert(2)</script>'
    for reason in report['reasons']:
        reason['text'], reason['advice'], reason['code'] = '<img src=x onerror=alert(3)>', '</td><b>', '<i>&'
    report['seconds'] = {'</text><script>alert(4)</script>': 3.5}
    json.dump(report, open('r.json', 'w'))
    for name in (f'f{nasty}', f'm{nasty}'):
        shutil.copy('fixed.png' if name[0] == 'f' else 'moving.png', name.replace('/', ''))
    fixed, moving = (f'{k}{nasty}'.replace('/', '') for k in 'fm')
    expect(0, 'report', fixed, moving, '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    expect(0, 'report', fixed, moving, '-t', 't.json', '--report', 'r.json', '-o', 'titled.html', '--title', f'</title>{nasty}')
    json.dump({'pairs': [{'name': nasty, 'fixed': fixed, 'moving': moving, 'report': 'r.json', 'transform': 't.json'},
                         {'fixed': fixed, 'moving': f'no such {nasty}', 'report': 'r.json'}]}, open('list.json', 'w'))
    expect(0, 'report', '--batch', 'list.json', '-o', 'all.html', '--title', nasty, says='1 of 2')
    for name in ('page.html', 'titled.html', 'all.html'):
        text = page(name)
        assert len(re.findall(r'<script', text)) == 1 and text.split('</head>')[0].count('</title>') == 1, name
        assert not re.search(r'<[^>]*\sonerror', text) and '<b>' not in text and '<i>' not in text and '\u202e' not in text, name
        assert 'alert(1)' in text        # as text


def test_hostile_names_in_a_browser():
    test_hostile_names()
    for name in ('page.html', 'all.html'):
        dom, console = in_browser(name)
        assert len(re.findall(r'<script', dom)) == 1 and console == [] and 'data-broken="0"' in dom, (name, console)


def test_without_a_transform():
    """What failed has a report and no transform: the page says so, and shows both images."""
    pair()
    report = json.load(open('r.json'))
    report.update({'verdict': 'failed', 'confidence': None, 'held-out': [], 'error-p95-px': None})
    report['reasons'] = [{'code': 'nothing', 'passed': False, 'value': 0, 'threshold': 1, 'text': 'No placement was found.',
                          'advice': 'Look again.'}]
    json.dump(report, open('r.json', 'w'))
    expect(0, 'report', 'fixed.png', 'moving.png', '--report', 'r.json', '-o', 'page.html')
    text = page()
    assert 'No placement was found. Look again.' in text and 'no transform' in text and '>failed</span>' in text
    assert 'class="look"' not in text and 'Where to trust it' not in text


def test_before():
    """Where the moving image lay before can be stated; the score follows it."""
    pair()
    score = lambda: float(re.search(r'([\d.]+) % of the changed pixels', page()).group(1))
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    assert score() > 80
    transform('far.json', ((1, 0, 25), (0, 1, 30), (0, 0, 1)), (SIZE, SIZE), (SIZE, SIZE))
    expect(0, 'report', 'fixed.png', 'moving.png', '-t', 'far.json', '--before', 't.json', '--report', 'r.json', '-o', 'page.html')
    assert score() < 20


def test_bad_files():
    pair()
    png('small.png', 40, 30, 3, lambda x, y: (x, y, 0))
    transform('other.json', fixed=(40, 30), moving=(SIZE, SIZE))
    with open('junk', 'w') as f:
        f.write('{"format": "pentimento-report", "version": 1}')
    with open('broken.png', 'wb') as f:
        f.write(FILES['moving.png'][:len(FILES['moving.png']) // 2])
    before = os.listdir('.')
    good = {'fixed': 'fixed.png', 'moving': 'moving.png', 't': 't.json', 'r': 'r.json'}
    for change, says in (({'fixed': 'none.png'}, 'none.png'), ({'moving': 'junk'}, 'junk'), ({'r': 'none.json'}, 'none.json'),
                         ({'r': 'junk'}, 'verdict'), ({'r': 't.json'}, 'not a report'), ({'t': 'r.json'}, 'r.json'),
                         ({'fixed': 'small.png'}, '40 × 30'), ({'moving': 'small.png'}, '40 × 30'),
                         ({'t': 'other.json'}, 'other.json'), ({'moving': 'broken.png'}, 'broken.png')):
        f = {**good, **change}
        expect(1, 'report', f['fixed'], f['moving'], '-t', f['t'], '--report', f['r'], '-o', 'page.html', says=says)
        assert sorted(os.listdir('.')) == sorted(before), (change, os.listdir('.'))
    expect(1, 'report', 'fixed.png', 'moving.png', '-t', 't.json', '--report', 'r.json', '-o', 'no/such/page.html',
           says='no/such/page.html')
    with open('page.html', 'w') as f:
        f.write('as it was')
    expect(1, 'report', 'fixed.png', 'small.png', '-t', 't.json', '--report', 'r.json', '-o', 'page.html')
    assert page() == 'as it was'


def test_usage():
    pair()
    for arguments in ((), ('fixed.png', 'moving.png', '-o', 'p.html'), ('fixed.png', '--report', 'r.json', '-o', 'p.html'),
                      ('fixed.png', 'moving.png', '--report', 'r.json'), ('--batch', 'list.json'),
                      ('--batch', 'list.json', 'fixed.png', '-o', 'p.html'),
                      ('--batch', 'list.json', '--report', 'r.json', '-o', 'p.html'),
                      ('fixed.png', 'moving.png', '--report', 'r.json', '-o', 'p.html', '--threads', '-2')):
        expect(2, 'report', *arguments, says='report')
    only('.', *FILES)


def cells(text, row):
    line = re.search(rf'<tr><th scope="row">{re.escape(row)}</th>(.*?)</tr>', text).group(1)
    return [int(n) for n in re.findall(r'>(\d+)<', line)]


def test_a_batch():
    pair()
    report = json.load(open('r.json'))
    json.dump({**report, 'found-by': 'another way', 'preparation': 'clahe', 'verdict': 'uncertain'}, open('worse.json', 'w'))
    json.dump({**report, 'verdict': 'failed'}, open('failed.json', 'w'))
    transform('far.json', ((1, 0, 60), (0, 1, 60), (0, 0, 1)), (SIZE, SIZE), (SIZE, SIZE))
    images = {'fixed': 'fixed.png', 'moving': 'moving.png'}
    os.mkdir('sub')
    for name in ('fixed.png', 'moving.png', 't.json', 'r.json', 'worse.json', 'failed.json', 'far.json'):
        os.rename(name, f'sub/{name}')
    json.dump([{**images, 'report': 'r.json', 'transform': 't.json', 'name': 'good'},
               {**images, 'report': 'worse.json', 'transform': 'far.json', 'before': 't.json', 'name': 'bad'},
               {**images, 'report': 'failed.json', 'name': 'no transform'},
               {**images, 'report': 'none.json', 'name': 'left alone'}], open('sub/list.json', 'w'))
    expect(0, 'report', '--batch', 'sub/list.json', '-o', 'all.html', says='1 of 4 pairs')
    text = page('all.html')
    assert cells(text, 'All') == [3, 1, 1, 1, 1, 1, 1], cells(text, 'All')
    assert cells(text, report['found-by']) == [2, 1, 0, 1, 1, 0, 1]
    assert cells(text, 'another way') == [1, 0, 1, 0, 0, 1, 0]
    assert cells(text, 'clahe') == [1, 0, 1, 0, 0, 1, 0]
    assert 'left out: ' in text and 'none.json' in text
    assert len(re.findall(r'<details', text)) == 4
    only('.', 'sub', 'all.html')
    for bad in ('[]', '{}', '7', '[1]', '[{"fixed": "a"}]', '[{"fixed": 1, "moving": "b", "report": "c"}]', '[' * 100000,
                '[{"fixed": "a", "moving": "b", "report": "c"}]'):
        with open('bad.json', 'w') as f:
            f.write(bad)
        expect(1, 'report', '--batch', 'bad.json', '-o', 'none.html')
    only('.', 'sub', 'all.html', 'bad.json')


def test_a_batch_in_a_browser():
    pair()
    json.dump([{'fixed': 'fixed.png', 'moving': 'moving.png', 'report': 'r.json', 'transform': 't.json'}] * 2, open('l.json', 'w'))
    expect(0, 'report', '--batch', 'l.json', '-o', 'all.html')
    dom, console = in_browser('all.html')
    assert console == [] and 'data-pictures="12"' in dom and 'data-broken="0"' in dom, (console, re.search(r'<html[^>]*>', dom))


def test_confidence_picture():
    pair()
    expect(0, 'compare', 'fixed.png', 'fixed.png', '-o', 'c.png', '--mode', 'confidence', '--report', 'r.json')
    width, height, bands, _, rows = read_png('c.png')
    kinds = json.load(open('r.json'))['confidence']['kinds']
    assert (width, height, bands) == (SIZE, SIZE, 3)
    fixed = read_png('fixed.png')[4]
    for x, y in ((105, 105), (3, 50), (235, 150)):
        colour = {'+': (0, 158, 115), '.': (128, 128, 128), '-': (213, 94, 0), 'o': (230, 200, 40),
                  'x': (170, 40, 110)}[kinds[y // 12][x // 12]]
        for k in range(3):
            want = 0.58 * fixed[y][3 * x + k] + 0.42 * colour[k]
            assert abs(rows[y][3 * x + k] - want) <= 1, (x, y, k, rows[y][3 * x + k], want)
    expect(2, 'compare', 'fixed.png', 'fixed.png', '-o', 'd.png', '--mode', 'confidence', says='--report')
    png('small.png', 40, 30, 3, lambda x, y: (x, y, 0))
    expect(1, 'compare', 'small.png', 'small.png', '-o', 'd.png', '--mode', 'confidence', '--report', 'r.json', says='240 × 240')
    only('.', *FILES, 'c.png', 'small.png')


main(globals())
