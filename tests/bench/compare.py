#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration and resampling of a 24-megapixel pair, beside what people use today, in one run on one machine.

usage: compare.py [--photograph FILE] [--folder DIR] [--pentimento COMMAND] [--only TEXT] [--json FILE] [--quick]

The pair: a photograph, enlarged to 6000 × 4000; the second picture shows it through a known homography, darker, with
another tone curve and noise. Each program runs in a process of its own on two threads; whole-process wall time, user
time and peak memory are the kernel's (wait4). `work` is the time after decoding as the program itself reports it. The
error is the mean distance from the truth over a grid within the overlap, in pixels. Ratios are against pentimento's.
"""
import argparse, json, os, re, shlex, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
PHOTOGRAPHS = ['/usr/share/backgrounds/mate/abstract/Elephants_5640x3172.jpg']
WIDTH, HEIGHT, THREADS = 6000, 4000, 2


# -- the pair --

def truth():
    """fixed → moving, in coordinates whose first pixel's centre is (0.5, 0.5)."""
    import numpy as np
    a = np.radians(4.0)
    centre = np.array([[1, 0, -WIDTH / 2], [0, 1, -HEIGHT / 2], [0, 0, 1]])
    turn = np.array([[1.03 * np.cos(a), -1.03 * np.sin(a), 95.3], [1.03 * np.sin(a), 1.03 * np.cos(a), -62.7],
                     [6e-6, -4e-6, 1]])
    return np.linalg.inv(centre) @ turn @ centre


def make_pair(photograph, folder):
    """Writes fixed.tif and moving.tif (8-bit RGB, uncompressed) unless they are there."""
    import cv2, numpy as np
    fixed, moving = os.path.join(folder, 'fixed.tif'), os.path.join(folder, 'moving.tif')
    if os.path.exists(fixed) and os.path.exists(moving):
        return
    image = cv2.imread(photograph)
    if image is None:
        sys.exit(f'compare: cannot read {photograph}')
    # enlarged beyond 6000 × 4000, so that neither picture shows the photograph's border
    scale = max(1.22 * WIDTH / image.shape[1], 1.22 * HEIGHT / image.shape[0])
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    x, y = (image.shape[1] - WIDTH) // 2, (image.shape[0] - HEIGHT) // 2
    half = np.array([[1, 0, .5], [0, 1, .5], [0, 0, 1]])
    place = np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])
    back = np.linalg.inv(half) @ place @ np.linalg.inv(truth()) @ half      # moving pixel → the enlarged photograph's
    other = cv2.warpPerspective(image, back, (WIDTH, HEIGHT), flags=cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP)
    image = image[y:y + HEIGHT, x:x + WIDTH]
    noise = np.random.default_rng(1).normal(0, 2, other.shape).astype(np.float32)
    other = 255 * .8 * (other.astype(np.float32) / 255) ** 1.25 + 6 + noise
    plain = [cv2.IMWRITE_TIFF_COMPRESSION, 1]
    cv2.imwrite(fixed, image, plain)
    cv2.imwrite(moving, np.clip(other + .5, 0, 255).astype(np.uint8), plain)


def grid():
    """Points of the fixed picture that the moving one shows, and where."""
    import numpy as np
    x, y = np.meshgrid((np.arange(24) + .5) * WIDTH / 24, (np.arange(16) + .5) * HEIGHT / 16)
    p = np.c_[x.ravel(), y.ravel()]
    q = apply(truth(), p)
    inside = (q[:, 0] >= 0) & (q[:, 1] >= 0) & (q[:, 0] <= WIDTH) & (q[:, 1] <= HEIGHT)
    return p[inside], q[inside]


def apply(matrix, points):
    import numpy as np
    q = np.c_[points, np.ones(len(points))] @ np.asarray(matrix).T
    return q[:, :2] / q[:, 2:]


def error_of(mapped):
    import numpy as np
    return float(np.mean(np.linalg.norm(mapped - grid()[1], axis=1)))


def error_of_matrix(integer_centred):
    """Of a fixed → moving matrix in OpenCV's coordinates, where the first pixel's centre is (0, 0)."""
    return error_of(apply(integer_centred, grid()[0] - .5) + .5)


# -- the others, each in a process of its own: they print a JSON line --

def cv_pair(fixed, moving, scale=1.0):
    import cv2
    cv2.setNumThreads(THREADS)
    pair = [cv2.imread(p, cv2.IMREAD_GRAYSCALE) for p in (fixed, moving)]
    started = time.perf_counter()
    if scale != 1:
        pair = [cv2.resize(i, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) for i in pair]
    return cv2, pair[0], pair[1], started


def at_full_size(matrix, scale):
    """The matrix of reduced pictures (OpenCV's coordinates) for the full ones."""
    import numpy as np
    s = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
    return np.linalg.inv(s) @ matrix @ s


def peer_sift(fixed, moving, scale=1.0):
    cv2, f, m, started = cv_pair(fixed, moving, scale)
    import numpy as np
    sift = cv2.SIFT_create(8000)
    (kf, df), (km, dm) = sift.detectAndCompute(f, None), sift.detectAndCompute(m, None)
    good = [a for a, *b in cv2.BFMatcher(cv2.NORM_L2).knnMatch(df, dm, k=2) if b and a.distance < .8 * b[0].distance]
    matrix, _ = cv2.findHomography(np.float32([kf[a.queryIdx].pt for a in good]),
                                   np.float32([km[a.trainIdx].pt for a in good]), cv2.USAC_MAGSAC, 3 * scale)
    seconds = time.perf_counter() - started
    return dict(work=seconds, error=error_of_matrix(at_full_size(matrix, scale)))


def peer_ecc(fixed, moving, scale=0.25):
    """Coarse to fine, since it does not find 95 px alone."""
    cv2, f, m, started = cv_pair(fixed, moving, scale)
    import numpy as np
    matrix = np.eye(3)
    for level in range(4, -1, -1):
        s = 2.0 ** -level
        a, b = (cv2.resize(i, None, fx=s, fy=s, interpolation=cv2.INTER_AREA) for i in (f, m))
        start = at_full_size(matrix, 1 / s).astype(np.float32)
        stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-5)
        _, found = cv2.findTransformECC(a, b, start / start[2, 2], cv2.MOTION_HOMOGRAPHY, stop, None, 5)
        matrix = at_full_size(found.astype(float), s)
    seconds = time.perf_counter() - started
    return dict(work=seconds, error=error_of_matrix(at_full_size(matrix, scale)))


ELASTIX = '''(FixedInternalImagePixelType "float")
(MovingInternalImagePixelType "float")
(UseDirectionCosines "false")
(Registration "MultiResolutionRegistration")
(Interpolator "LinearInterpolator")
(ResampleInterpolator "FinalBSplineInterpolator")
(Resampler "DefaultResampler")
(FixedImagePyramid "FixedSmoothingImagePyramid")
(MovingImagePyramid "MovingSmoothingImagePyramid")
(Optimizer "AdaptiveStochasticGradientDescent")
(Transform "AffineTransform")
(Metric "AdvancedMattesMutualInformation")
(AutomaticScalesEstimation "true")
(NumberOfHistogramBins 32)
(NumberOfResolutions 6)
(MaximumNumberOfIterations 500)
(NumberOfSpatialSamples 4000)
(NewSamplesEveryIteration "true")
(ImageSampler "RandomCoordinate")
(WriteResultImage "false")
'''


def peer_elastix(fixed, moving):
    """Affine, its nearest: it has no homography. `floor` is the error of the best affine map there is."""
    cv2, f, m, _ = cv_pair(fixed, moving)
    import numpy as np
    with tempfile.TemporaryDirectory(dir=os.path.dirname(fixed)) as d:
        for name, image in (('f', f), ('m', m)):
            with open(f'{d}/{name}.mha', 'wb') as out:
                out.write(f'ObjectType = Image\nNDims = 2\nDimSize = {WIDTH} {HEIGHT}\nElementType = MET_UCHAR\n'
                          'ElementDataFile = LOCAL\n'.encode() + image.tobytes())
        del f, m
        open(f'{d}/p.txt', 'w').write(ELASTIX)
        started = time.perf_counter()
        subprocess.run(['elastix', '-f', f'{d}/f.mha', '-m', f'{d}/m.mha', '-out', d, '-p', f'{d}/p.txt', '-threads',
                        str(THREADS)], stdout=subprocess.DEVNULL, check=True)
        seconds = time.perf_counter() - started
        text = open(f'{d}/TransformParameters.0.txt').read()
    a = [float(v) for v in re.search(r'\(TransformParameters ([^)]*)\)', text).group(1).split()]
    c = np.array([float(v) for v in re.search(r'\(CenterOfRotationPoint ([^)]*)\)', text).group(1).split()])
    mapped = (grid()[0] - .5 - c) @ np.array(a[:4]).reshape(2, 2).T + c + a[4:6] + .5
    basis = np.c_[grid()[0], np.ones(len(mapped))]
    best = basis @ np.linalg.lstsq(basis, grid()[1], rcond=None)[0]
    return dict(work=seconds, error=error_of(mapped), floor=error_of(best))


def peer_warp(fixed, moving, flag='INTER_LINEAR'):
    import cv2, numpy as np
    cv2.setNumThreads(THREADS)
    image = cv2.imread(moving)
    half = np.array([[1, 0, .5], [0, 1, .5], [0, 0, 1]])
    matrix = np.linalg.inv(half) @ truth() @ half
    times = []
    for _ in range(3):
        started = time.perf_counter()
        cv2.warpPerspective(image, matrix, (WIDTH, HEIGHT), flags=getattr(cv2, flag) | cv2.WARP_INVERSE_MAP)
        times.append(time.perf_counter() - started)
    return dict(work=min(times))


PEERS = {
    'opencv-sift': (peer_sift, {}),
    'opencv-sift-quarter': (peer_sift, dict(scale=.25)),
    'opencv-ecc-quarter': (peer_ecc, dict(scale=.25)),
    'elastix-affine': (peer_elastix, {}),
    'opencv-warp-linear': (peer_warp, dict(flag='INTER_LINEAR')),
    'opencv-warp-cubic': (peer_warp, dict(flag='INTER_CUBIC')),
    'opencv-warp-lanczos4': (peer_warp, dict(flag='INTER_LANCZOS4')),
}


# -- running and telling --

def measured(command, **keywords):
    """Runs it; wall and user seconds and the peak memory of the largest process, MiB."""
    started = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, **keywords)
    text = child.stdout.read().decode()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return dict(wall=time.perf_counter() - started, user=usage.ru_utime, peak_mib=usage.ru_maxrss / 1024,
                exit=child.returncode), text


def run_peer(name, fixed, moving):
    row, text = measured([sys.executable, os.path.abspath(__file__), '--peer', name, fixed, moving])
    row.update(json.loads(text.splitlines()[-1]) if text.strip() else {})
    return row


def run_pentimento(command, fixed, moving, folder):
    transform, report = os.path.join(folder, 't.json'), os.path.join(folder, 'r.json')
    row, _ = measured([*command, 'register', fixed, moving, '-t', transform, '--report', report, '--threads',
                       str(THREADS), '--force', '--quiet'])
    if row['exit'] not in (0, 3, 4):
        return row
    found = json.load(open(report))
    row['verdict'] = found.get('verdict')
    row['work'] = sum(found.get('seconds', {}).values()) or row['wall']
    points = '\n'.join('%.17g,%.17g' % tuple(p) for p in grid()[0]) + '\n'
    text = subprocess.run([*command, 'map', transform], input=points, capture_output=True, text=True).stdout
    import numpy as np
    row['error'] = error_of(np.array([[float(v) for v in line.split(',')] for line in text.split()]))
    return row


def run_apply(command, moving, folder, sampler):
    transform = os.path.join(folder, 't.json')
    return measured([*command, 'apply', transform, moving, '-o', os.path.join(folder, 'out.tif'), '--sampler', sampler,
                     '--threads', str(THREADS), '--quiet'])[0]


def run_vips(moving, folder, sampler):
    """The affine part: libvips has no homography of its own."""
    import numpy as np
    m = np.linalg.inv(truth())
    m = m / m[2, 2]
    return measured(['vips', 'affine', moving, os.path.join(folder, 'vips.tif'), ' '.join('%.9f' % v for v in m[:2, :2].ravel()),
                     '--interpolate', sampler, '--oarea', f'0 0 {WIDTH} {HEIGHT}'],
                    env=dict(os.environ, VIPS_CONCURRENCY=str(THREADS)))[0]


def table(rows, base, columns):
    ours = rows.get(base, {})
    lines = ['| | ' + ' | '.join(columns) + ' | × wall | × memory |', '|---' * (len(columns) + 3) + '|']
    for name, row in rows.items():
        cells = [('%.3g' % row[c] if isinstance(row.get(c), float) else str(row.get(c, '–'))) for c in columns]
        ratios = ['%.2f' % (row[c] / ours[c]) if c in row and ours.get(c) else '–' for c in ('wall', 'peak_mib')]
        lines.append(f'| {name} | ' + ' | '.join(cells + ratios) + ' |')
    return '\n'.join(lines)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument('--photograph')
    a.add_argument('--folder', help='for the pair and the outputs; a temporary one by default')
    a.add_argument('--pentimento', default='pentimento')
    a.add_argument('--only', default='')
    a.add_argument('--json')
    a.add_argument('--quick', action='store_true', help='without elastix and full-size SIFT')
    a.add_argument('--peer', nargs=3, help=argparse.SUPPRESS)
    a.add_argument('--make', nargs=2, help=argparse.SUPPRESS)
    a = a.parse_args()
    if a.make:
        make_pair(*a.make)
        return
    if a.peer:
        function, keywords = PEERS[a.peer[0]]
        print(json.dumps(function(*a.peer[1:], **keywords)))
        return
    photograph = a.photograph or next((p for p in PHOTOGRAPHS if os.path.exists(p)), None)
    if photograph is None:
        sys.exit('compare: no photograph; name one with --photograph (Debian: mate-backgrounds)')
    folder = a.folder or tempfile.mkdtemp(prefix='pentimento-bench-')
    os.makedirs(folder, exist_ok=True)
    try:
        compare(a, photograph, folder)
    finally:
        if not a.folder:
            shutil.rmtree(folder)


def compare(a, photograph, folder):
    # in a process of its own: a child's peak memory counts what its parent held when it was started
    subprocess.run([sys.executable, os.path.abspath(__file__), '--make', photograph, folder], check=True)
    fixed, moving = os.path.join(folder, 'fixed.tif'), os.path.join(folder, 'moving.tif')
    command = shlex.split(a.pentimento)
    register, resample = {}, {}
    wanted = lambda name: a.only in name

    def note(rows, name, row):
        rows[name] = row
        print(f'{name}: ' + ', '.join(f'{k} {v:.3g}' if isinstance(v, float) else f'{k} {v}' for k, v in row.items()),
              file=sys.stderr, flush=True)

    if wanted('pentimento') and shutil.which(command[0]):
        note(register, 'pentimento', run_pentimento(command, fixed, moving, folder))
    for name in ('opencv-sift-quarter', 'opencv-ecc-quarter', 'opencv-sift', 'elastix-affine'):
        if wanted(name) and not (a.quick and name in ('opencv-sift', 'elastix-affine')):
            if name.startswith('elastix') and not shutil.which('elastix'):
                continue
            note(register, name, run_peer(name, fixed, moving))
    for sampler in ('linear', 'cubic', 'lanczos3'):
        name = f'pentimento-{sampler}'
        if wanted(name) and shutil.which(command[0]) and os.path.exists(os.path.join(folder, 't.json')):
            note(resample, name, run_apply(command, moving, folder, sampler))
    for name in PEERS:
        if 'warp' in name and wanted(name):
            note(resample, name, run_peer(name, fixed, moving))
    for sampler in ('bilinear', 'bicubic'):
        if wanted(f'vips-affine-{sampler}') and shutil.which('vips'):
            note(resample, f'vips-affine-{sampler}', run_vips(moving, folder, sampler))

    print(f'\n## Registration, {WIDTH} × {HEIGHT}, {THREADS} threads\n')
    print(table(register, 'pentimento', ['wall', 'work', 'user', 'peak_mib', 'error', 'floor', 'verdict']))
    print(f'\n## Resampling, whole process, decoding and writing included ({WIDTH} × {HEIGHT} RGB); work: the warp alone\n')
    print(table(resample, 'pentimento-cubic', ['wall', 'work', 'user', 'peak_mib']))
    if a.json:
        json.dump(dict(photograph=photograph, width=WIDTH, height=HEIGHT, threads=THREADS, register=register,
                       resample=resample), open(a.json, 'w'), indent=1)


main()
