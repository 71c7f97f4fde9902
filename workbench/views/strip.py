"""The whole edge at a glance: the outline unrolled, with what was found along it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from ..arrays import to_uint8
from ..compose import over
from ..coordinates import Point
from ..quality.finding import Finding
from .cut import Cut, cut
from .drawn import alpha_view
from .grounds import behind, label
from .page import MARGIN, QUIET, WIDTH, Page, Place, fitted, resized
from .quality_sheet import traced
from .unrolling import Unrolled, checked_reach, unroll

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = (
    (230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0),
    (204, 121, 167), (60, 60, 60),
)  # fmt: skip
"""Of findings: Okabe and Ito's (2008), told apart by colour-blind people too."""

_NOTHING = (214, 214, 212)
_STRIPE = 8  # pixels
_BANDS = 8  # rows of strip that a page has at most
_LOCATOR = 330  # pixels
_PAPER = (246, 246, 244)
_APART = 6  # columns between two lines of the outline


def unrolled(
    source: Any,
    alpha: Any = None,
    foreground: Any = None,
    *,
    report: Iterable[Finding] | None = None,
    ground: Any = "magenta",
    reach: int = 24,
    title: str | None = None,
) -> Figure:
    """The outline as a strip at 100 %: photo, alpha and composite, the inside above.

    Along the strip one pixel is one pixel of the outline, across it one of the photo; where the
    outline is longer than eight rows of the page, it is shortened along the edge and the page says
    how much. The stripe above each row is coloured by what was found there.

    Args:
        source, alpha, foreground: see ``cut``: a session, a subject, or arrays.
        report: findings, such as ``session.check()``; of two at one place the worse one counts.
        ground: what the composite is on, as ``backgrounds`` takes.
        reach: pixels to either side of the outline, 4 to 100.
        title: above; None for the photo's name.

    Returns:
        a matplotlib Figure; without an outline it says so.

    Raises:
        What ``cut`` and ``backgrounds`` raise. InputError: reach is out of range.
    """
    whole, reach = cut(source, alpha, foreground), checked_reach(reach)
    findings = sorted(report or (), key=lambda one: -one.severity)
    line = unroll(whole.alpha)
    page = Page()
    name = whole.name if title is None else title
    if line is None:
        page.heading(name, whole.facts, "There is no outline: the alpha never passes a half.")
        page.grid([("Alpha", alpha_view(whole.reduced(fitted(whole.shape, 292)).alpha))], 5,
                  shows=whole.box)  # fmt: skip
        return page.figure()
    room = WIDTH - 2 * MARGIN
    place = _spread(line)
    shrink = max(1.0, len(place) / (_BANDS * room))
    owner = owners(line, findings)
    along = "at 100 %" if shrink == 1 else f"shortened along the edge to {1 / shrink:.0%}"
    page.heading(
        name, whole.facts,
        f"{len(line):,} px of outline, unrolled {along}: the inside is above, the outside below, "
        f"{reach} px to either side. Photo, alpha, composite {label(ground)[0].lower()}"
        f"{label(ground)[1:]}.",
    )  # fmt: skip
    columns = min(room, max(1, round(len(place) / shrink)))
    starts = list(range(0, max(1, round(len(place) / shrink)), columns))
    _locator(page, whole, line, owner, findings, [_nearest(place, s * shrink) for s in starts])
    rows = [
        _laid(picture, place, shrink)
        for picture in (_stripe(owner), *_strips(whole, line, reach, ground))
    ]
    for n, first in enumerate(starts):
        page.say(f"{n + 1}", MARGIN, page.y + 14, 9, weight="bold")
        for number, at in _labels(rows[0][0], first, columns):
            page.say(f"{number}", MARGIN + max(18, at), page.y + 14, 8, color=QUIET)
        page.y += 18
        for picture in rows:
            part = picture[:, first : first + columns]
            page.put(part, MARGIN, page.y, _along(line, place, shrink, first, part.shape[0]))
            page.y += part.shape[0] + 2
        page.y += 12
    return page.figure()


def owners(line: Unrolled, findings: Sequence[Finding]) -> np.ndarray:
    """(n,) int: which finding lies at each point of the outline, the first of several; −1 none.

    Findings of the photo as a whole lie nowhere.
    """
    owner = np.full(len(line), -1)
    for n, one in reversed(list(enumerate(findings))):
        if one.box is not None:
            owner[line.inside(one.box)] = n
    return owner


def colour_of(number: int) -> tuple[int, int, int]:
    """Of the finding of that number; they come round again after eight."""
    return _NOTHING if number < 0 else COLOURS[number % len(COLOURS)]


def _stripe(owner: np.ndarray) -> np.ndarray:
    colours = np.array([_NOTHING, *COLOURS], np.uint8)
    row = colours[np.where(owner < 0, 0, owner % len(COLOURS) + 1)]
    return np.repeat(row[None], _STRIPE, axis=0)


def _strips(whole: Cut, line: Unrolled, reach: int, ground: Any) -> list[np.ndarray]:
    """Photo, alpha and composite along the outline, (2 · reach + 1, n, 3) uint8 each."""
    alpha = np.clip(line.sample(whole.alpha, reach), 0, 1)
    # Where colours change within the edge, those of clear pixels count for nothing.
    share = alpha[..., None]
    front = line.sample(np.ascontiguousarray(whole.foreground), reach)
    on = over.composite(front, share[..., 0], behind(ground, whole, alpha.shape))
    return [line.sample(to_uint8(whole.image), reach), alpha_view(alpha), to_uint8(on)]


def _spread(line: Unrolled) -> np.ndarray:
    """For each column of the strip the point that it shows; −1 between two lines."""
    ends = np.flatnonzero(np.diff(line.lines)) + 1
    return np.insert(np.arange(len(line)), np.repeat(ends, _APART), -1)


def _nearest(place: np.ndarray, column: float) -> int:
    """The point at a column, or the next one after it."""
    rest = place[min(int(column), len(place) - 1) :]
    known = rest[rest >= 0]
    return int(known[0]) if len(known) else int(place.max())


def _along(line: Unrolled, place: np.ndarray, shrink: float, first: int, rows: int) -> Place:
    """Which point of the photo a place in a row of the strip shows.

    Args:
        line: the outline. place: as of ``_spread``. shrink: points in a column.
        first: the row's first column. rows: of its picture: that of the findings has no width.
    """
    reach = 0 if rows == _STRIPE else rows // 2

    def point(x: float, y: float) -> Point | None:
        n = int(place[min(int((first + x) * shrink), len(place) - 1)])
        if n < 0:
            return None
        across = (reach + 0.5 - y) * line.inward[n] if reach else np.zeros(2)
        return float(line.points[n, 0] + across[0]), float(line.points[n, 1] + across[1])

    return point


def _laid(picture: np.ndarray, place: np.ndarray, shrink: float) -> np.ndarray:
    """A strip with its lines apart, shortened."""
    shown = picture[:, np.maximum(place, 0)]
    shown[:, place < 0] = _PAPER
    wide = max(1, round(len(place) / shrink))
    if wide == shown.shape[1]:
        return shown
    # The stripe's colours are names and do not mix.
    return resized(shown, (wide, shown.shape[0]), flat=picture.shape[0] == _STRIPE)


def _labels(stripe: np.ndarray, first: int, columns: int) -> list[tuple[int, int]]:
    """Numbers of findings and where they begin in a row of the stripe, far enough apart to read."""
    part = stripe[first : first + columns].astype(int)
    begins = np.flatnonzero(np.any(np.diff(part, axis=0), axis=1)) + 1
    found: list[tuple[int, int]] = []
    for at in [0, *begins.tolist()]:
        colour = tuple(part[at])
        if colour in COLOURS and (not found or at - found[-1][1] >= 14):
            found.append((COLOURS.index(colour) + 1, at))
    return found


def _locator(
    page: Page, whole: Cut, line: Unrolled, owner: np.ndarray, findings: Sequence[Finding],
    starts: Sequence[int],
) -> None:  # fmt: skip
    """Where each row of the strip begins on the photo, and what the colours mean."""
    size = fitted(whole.shape, _LOCATOR, 0.8 * _LOCATOR)
    small = whole.reduced(size)
    picture = cv2.addWeighted(
        traced(small), 0.55, np.full(small.image.shape, 235, np.uint8), 0.45, 0
    )
    scale = np.array(size) / whole.shape[::-1]
    for number in [-1, *reversed(range(len(findings)))]:
        x, y = (line.points[owner == number] * scale).astype(int).T
        for dx, dy in ((0, 0), (1, 0), (0, 1), (1, 1)):
            down, across = np.clip(y + dy, 0, size[1] - 1), np.clip(x + dx, 0, size[0] - 1)
            picture[down, across] = colour_of(number)
    top = page.y
    page.put(picture, MARGIN, top, whole.box)
    for n, at in enumerate(starts):
        x, y = line.points[at] * scale
        cv2.circle(picture, (int(x), int(y)), 3, (20, 20, 20), -1)
        left, down = MARGIN + int(np.clip(x + 5, 2, size[0] - 12)), int(np.clip(y, 12, size[1] - 4))
        page.say(f"{n + 1}", left, top + down, 9, weight="bold")
    x, y = MARGIN + _LOCATOR + 24, top + 14
    page.say("Where each row begins, and what was found along the edge", x, y, 11, weight="bold")
    room = WIDTH - MARGIN - x - 24
    here = [n for n in range(len(findings)) if (owner == n).any()]
    for n in here[: int((size[1] - 40) / 20)]:
        y += 20
        page.put(np.full((11, 14, 3), colour_of(n), np.uint8), x, y - 10)
        share = f"{max(1, round(100 * float((owner == n).mean())))} % of it"
        words = f"{n % len(COLOURS) + 1}  {findings[n].code.replace('_', ' ')} ({share}): "
        page.say(words + findings[n].why, x + 22, y, 9, room)
    if not here:
        page.say("nothing, or no report was given", x, y + 20, 9, color=QUIET)
    elif len(findings) > len(here):
        page.say(f"elsewhere, or under these: {len(findings) - len(here)} more", x, y + 20, 9,
                 color=QUIET)  # fmt: skip
    page.y = max(top + size[1], y + 28) + 10
