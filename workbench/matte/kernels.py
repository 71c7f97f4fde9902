"""The inner loops of matting, compiled by numba when they are first called; they hold no lock.

Compiled code is kept beside this file (or in the user's cache folder), so that it is made once.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def stencils(image: np.ndarray, number: np.ndarray, count: int, epsilon: float) -> np.ndarray:
    """Rows of the matting Laplacian (Levin 2008, eq. 12), one for each numbered pixel.

    Args:
        image: (h, w, 3) float64, at least 3 × 3.
        number: (h, w) int32, a pixel's row, or −1 where none is wanted.
        count: how many rows there are.
        epsilon: Levin's ε, in colour².

    Returns:
        (count, 25) float64: what couples a pixel with the 5 × 5 around it, row by row. Windows
        that do not fit into the picture are left out.
    """
    rows = np.zeros((count, 25))
    height, width = number.shape
    c = np.empty((9, 3))
    d = np.empty((9, 3))
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            wanted = False
            for i in range(9):
                if number[y + i // 3 - 1, x + i % 3 - 1] >= 0:
                    wanted = True
                    break
            if not wanted:
                continue
            for channel in range(3):
                total = 0.0
                for i in range(9):
                    total += image[y + i // 3 - 1, x + i % 3 - 1, channel]
                total /= 9
                for i in range(9):
                    c[i, channel] = image[y + i // 3 - 1, x + i % 3 - 1, channel] - total
            a00, a01, a02, a11, a12, a22 = epsilon, 0.0, 0.0, epsilon, 0.0, epsilon
            for i in range(9):
                a00 += c[i, 0] * c[i, 0]
                a01 += c[i, 0] * c[i, 1]
                a02 += c[i, 0] * c[i, 2]
                a11 += c[i, 1] * c[i, 1]
                a12 += c[i, 1] * c[i, 2]
                a22 += c[i, 2] * c[i, 2]
            m00 = a11 * a22 - a12 * a12
            m01 = a02 * a12 - a01 * a22
            m02 = a01 * a12 - a02 * a11
            m11 = a00 * a22 - a02 * a02
            m12 = a01 * a02 - a00 * a12
            m22 = a00 * a11 - a01 * a01
            scale = 1.0 / (a00 * m00 + a01 * m01 + a02 * m02)
            for i in range(9):
                d[i, 0] = (m00 * c[i, 0] + m01 * c[i, 1] + m02 * c[i, 2]) * scale
                d[i, 1] = (m01 * c[i, 0] + m11 * c[i, 1] + m12 * c[i, 2]) * scale
                d[i, 2] = (m02 * c[i, 0] + m12 * c[i, 1] + m22 * c[i, 2]) * scale
            for i in range(9):
                row = number[y + i // 3 - 1, x + i % 3 - 1]
                if row < 0:
                    continue
                # Pixel j of the window, among the 5 × 5 around its pixel i.
                corner = (2 - i // 3) * 5 + 2 - i % 3
                rows[row, 12] += 1.0
                for j in range(9):
                    share = d[i, 0] * c[j, 0] + d[i, 1] * c[j, 1] + d[i, 2] * c[j, 2]
                    rows[row, corner + j // 3 * 5 + j % 3] -= 1.0 / 9 + share
    return rows


@njit(nogil=True, cache=True)
def learned_stencils(
    image: np.ndarray, number: np.ndarray, count: int, epsilon: float
) -> np.ndarray:
    """Rows of Zheng and Kambhamettu's matrix (2009, eq. 17), linear in colour, 3 × 3 windows.

    Each pixel of a window is foretold from all of it by ridge regression on X = (colours, 1), and
    F Fᵀ counts the squares of what that misses: F = I − X G Xᵀ with G = (XᵀX + ε I)⁻¹, so that
    F Fᵀ = I − X (G + ε G²) Xᵀ, and a 4 × 4 inverse does for the paper's 9 × 9.

    Args, Returns: as ``stencils``; ``epsilon`` is the ridge.
    """
    rows = np.zeros((count, 25))
    height, width = number.shape
    x = np.ones((9, 4))
    inner = np.empty((4, 4))
    for top in range(1, height - 1):
        for left in range(1, width - 1):
            wanted = False
            for i in range(9):
                if number[top + i // 3 - 1, left + i % 3 - 1] >= 0:
                    wanted = True
                    break
            if not wanted:
                continue
            for i in range(9):
                for channel in range(3):
                    x[i, channel] = image[top + i // 3 - 1, left + i % 3 - 1, channel]
            for p in range(4):
                for q in range(4):
                    total = epsilon if p == q else 0.0
                    for i in range(9):
                        total += x[i, p] * x[i, q]
                    inner[p, q] = total
            g = np.linalg.inv(inner)
            h = g + epsilon * (g @ g)
            shares = x @ h @ x.T
            for i in range(9):
                row = number[top + i // 3 - 1, left + i % 3 - 1]
                if row < 0:
                    continue
                corner = (2 - i // 3) * 5 + 2 - i % 3
                rows[row, 12] += 1.0
                for j in range(9):
                    rows[row, corner + j // 3 * 5 + j % 3] -= shares[i, j]
    return rows


@njit(nogil=True, cache=True)
def relax(
    rows: np.ndarray,
    places: np.ndarray,
    width: int,
    plane: np.ndarray,
    weight: np.ndarray,
    tolerance: float,
    steps: int,
) -> tuple[int, float]:
    """Solve (L + diag(weight)) x = weight · x₀ in place from x₀, what is not numbered being given.

    Conjugate gradients, preconditioned by one symmetric Gauss-Seidel sweep: no set-up, and a
    third of the steps that the diagonal alone would need.

    Args:
        rows: (n, 25) float64 of ``stencils``.
        places: (n,) int64, where each pixel lies in ``plane``, ascending.
        width: how long a row of ``plane`` is.
        plane: flat float64 with two pixels of margin around the picture; holds x₀ and what is
            given, and then the solution.
        weight: (n,) float64 ≥ 0, how strongly each pixel is held at x₀.
        tolerance: of the residual, root of its mean square over the pixels.
        steps: at most.

    Returns:
        the steps taken and the residual left.
    """
    n = places.size
    offsets = np.empty(25, np.int64)
    for k in range(25):
        offsets[k] = (k // 5 - 2) * width + k % 5 - 2
    residual = np.empty(n)
    power = 0.0
    for i in range(n):
        total = 0.0
        for k in range(25):
            total -= rows[i, k] * plane[places[i] + offsets[k]]
        residual[i] = total
        power += total * total
    limit = tolerance * tolerance * n
    if power <= limit:
        return 0, np.sqrt(power / max(n, 1))
    diagonal = rows[:, 12] + weight
    inner = np.zeros_like(plane)  # zero on all that is given
    direction = np.zeros_like(plane)
    product = np.empty(n)
    before = 1.0
    for step in range(steps):
        # z = (D + U)⁻¹ D (D + L)⁻¹ r, in ``inner``.
        for i in range(n):
            inner[places[i]] = 0.0
        for i in range(n):
            total = residual[i]
            for k in range(12):
                total -= rows[i, k] * inner[places[i] + offsets[k]]
            inner[places[i]] = total / diagonal[i]
        for i in range(n - 1, -1, -1):
            total = 0.0
            for k in range(13, 25):
                total += rows[i, k] * inner[places[i] + offsets[k]]
            inner[places[i]] -= total / diagonal[i]
        now = 0.0
        for i in range(n):
            now += residual[i] * inner[places[i]]
        share = now / before if step else 0.0
        before = now
        for i in range(n):
            direction[places[i]] = inner[places[i]] + share * direction[places[i]]
        along = 0.0
        for i in range(n):
            total = weight[i] * direction[places[i]]
            for k in range(25):
                total += rows[i, k] * direction[places[i] + offsets[k]]
            product[i] = total
            along += total * direction[places[i]]
        length = now / along
        power = 0.0
        for i in range(n):
            plane[places[i]] += length * direction[places[i]]
            residual[i] -= length * product[i]
            power += residual[i] * residual[i]
        if power <= limit:
            return step + 1, np.sqrt(power / n)
    return steps, np.sqrt(power / n)


@njit(nogil=True, cache=True)
def carry(
    image: np.ndarray,
    number: np.ndarray,
    count: int,
    coarse: np.ndarray,
    alpha: np.ndarray,
    top: int,
    left: int,
    epsilon: float,
) -> tuple[np.ndarray, np.ndarray]:
    """An alpha of half the size carried up: α = a · I + b, with a and b of the coarse windows.

    The fast guided filter's step (He and Sun 2015) with 3 × 3 windows. The four windows nearest to
    a pixel each foretell its alpha; their bilinear mean is the answer, and how far they are from
    one another and from the alphas that they were fitted to says how much it is worth.

    Args:
        image: (h, w, 3) float64, the fine picture.
        number: (h, w) int32, a pixel's place in the answer, or −1 where none is wanted.
        count: how many answers there are.
        coarse, alpha: (h', w', 3) and (h', w') float64 at half the size.
        top, left: which pixel of the fine picture's coordinates, halved, ``coarse`` begins with:
            fine row y lies at (y + 0.5) / 2 − 0.5 − top of the coarse rows.
        epsilon: of colour², keeps a small where the colours hardly differ.

    Returns:
        (count,) float64 alphas, not clipped, and (count,) float64 variances.
    """
    high, wide = alpha.shape
    model = np.empty((high, wide, 5))  # a, b, variance left
    made = np.zeros((high, wide), np.bool_)
    values, variances = np.zeros(count), np.zeros(count)
    at = np.empty((2, 2), np.int64)
    part = np.empty((2, 2))
    foretold, share = np.empty(4), np.empty(4)
    height, width = number.shape
    for y in range(height):
        for x in range(width):
            n = number[y, x]
            if n < 0:
                continue
            for axis in range(2):
                place = (y + 0.5) / 2 - 0.5 - top if axis == 0 else (x + 0.5) / 2 - 0.5 - left
                size = high if axis == 0 else wide
                below = int(np.floor(place))
                part[axis, 1] = place - below
                part[axis, 0] = 1 - part[axis, 1]
                at[axis, 0] = min(max(below, 0), size - 1)
                at[axis, 1] = min(max(below + 1, 0), size - 1)
            mean = variance = 0.0
            for k in range(4):
                v, u = at[0, k // 2], at[1, k % 2]
                if not made[v, u]:
                    made[v, u] = True
                    _fit(coarse, alpha, v, u, epsilon, model[v, u])
                m = model[v, u]
                share[k] = part[0, k // 2] * part[1, k % 2]
                foretold[k] = (
                    m[0] * image[y, x, 0] + m[1] * image[y, x, 1] + m[2] * image[y, x, 2] + m[3]
                )
                mean += share[k] * foretold[k]
                variance += share[k] * m[4]
            for k in range(4):
                variance += share[k] * (foretold[k] - mean) ** 2
            beyond = mean - min(max(mean, 0.0), 1.0)
            values[n] = mean
            variances[n] = variance + beyond * beyond
    return values, variances


@njit(nogil=True, cache=True)
def _fit(
    image: np.ndarray, alpha: np.ndarray, y: int, x: int, epsilon: float, model: np.ndarray
) -> None:
    """The line that explains alpha by colour in the 3 × 3 around (y, x), into ``model``."""
    top, bottom = max(y - 1, 0), min(y + 2, alpha.shape[0])
    left, right = max(x - 1, 0), min(x + 2, alpha.shape[1])
    n = (bottom - top) * (right - left)
    r = g = b = p = 0.0
    for v in range(top, bottom):
        for u in range(left, right):
            r += image[v, u, 0]
            g += image[v, u, 1]
            b += image[v, u, 2]
            p += alpha[v, u]
    r, g, b, p = r / n, g / n, b / n, p / n
    a00 = a11 = a22 = epsilon
    a01 = a02 = a12 = c0 = c1 = c2 = power = 0.0
    for v in range(top, bottom):
        for u in range(left, right):
            d0, d1, d2 = image[v, u, 0] - r, image[v, u, 1] - g, image[v, u, 2] - b
            e = alpha[v, u] - p
            a00 += d0 * d0
            a01 += d0 * d1
            a02 += d0 * d2
            a11 += d1 * d1
            a12 += d1 * d2
            a22 += d2 * d2
            c0 += d0 * e
            c1 += d1 * e
            c2 += d2 * e
            power += e * e
    m00 = a11 * a22 - a12 * a12
    m01 = a02 * a12 - a01 * a22
    m02 = a01 * a12 - a02 * a11
    m11 = a00 * a22 - a02 * a02
    m12 = a01 * a02 - a00 * a12
    m22 = a00 * a11 - a01 * a01
    scale = 1.0 / (a00 * m00 + a01 * m01 + a02 * m02)
    model[0] = (m00 * c0 + m01 * c1 + m02 * c2) * scale
    model[1] = (m01 * c0 + m11 * c1 + m12 * c2) * scale
    model[2] = (m02 * c0 + m12 * c1 + m22 * c2) * scale
    model[3] = p - model[0] * r - model[1] * g - model[2] * b
    model[4] = max(0.0, power - model[0] * c0 - model[1] * c1 - model[2] * c2) / n


@njit(nogil=True, cache=True)
def sweep_colours(
    image: np.ndarray,
    alpha: np.ndarray,
    step: int,
    rows: np.ndarray,
    columns: np.ndarray,
    number: np.ndarray,
    front: np.ndarray,
    back: np.ndarray,
    regular: float,
    gradient: float,
    low: float,
    sweeps: int,
) -> None:
    """Sweeps of multilevel foreground estimation (Germer 2020, eq. 4) over a list of pixels.

    Args:
        image: (H, W, 3) float32. alpha: (H, W) float32. step: pixels between this size's.
        rows, columns: (n,) int64, in this size's pixels.
        number: (h, w) int32, a pixel's place in the list, or −1.
        front, back: (n, 3) float32, changed in place.
        regular, gradient: how much a neighbour counts, and more per unit of alpha between them.
        low: alpha below which it counts as α² / low in what explains the photo.
        sweeps: how often.
    """
    height, width = number.shape
    b0, b1 = np.empty(3), np.empty(3)
    for sweep in range(2 * sweeps):
        for i in range(rows.size):
            y, x = rows[i], columns[i]
            if (y + x + sweep) & 1:
                continue
            own = alpha[y * step, x * step]
            a0 = own * min(1.0, own / low)
            a1 = 1.0 - a0
            a00, a01, a11 = a0 * a0, a0 * a1, a1 * a1
            for c in range(3):
                value = image[y * step, x * step, c]
                b0[c] = a0 * value
                b1[c] = a1 * value
            for d in range(4):
                y2 = y + (d == 0) - (d == 1)
                x2 = x + (d == 2) - (d == 3)
                j = -1
                if 0 <= y2 < height and 0 <= x2 < width:
                    j = number[y2, x2]
                if j >= 0:
                    weight = regular + gradient * abs(own - alpha[y2 * step, x2 * step])
                else:  # the pixel stands in for a neighbour that is not there
                    j, weight = i, regular
                a00 += weight
                a11 += weight
                for c in range(3):
                    b0[c] += weight * front[j, c]
                    b1[c] += weight * back[j, c]
            scale = 1.0 / (a00 * a11 - a01 * a01 + 1e-30)
            for c in range(3):
                front[i, c] = min(1.0, max(0.0, scale * (a11 * b0[c] - a01 * b1[c])))
                back[i, c] = min(1.0, max(0.0, scale * (a00 * b1[c] - a01 * b0[c])))
