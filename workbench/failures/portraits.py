"""Subjects from the photos that the dependencies ship, cut out along outlines of our own.

Each outline lies a little inside of the thing, so that nothing of its old background is left, and
the colours beyond it are continued from within: the truth of a composite made with it is exact,
whatever the photo showed there.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..surround import push_pull
from .material import photo
from .scene import Layer, Shape

OUTLINES = {
    "astronaut": (
        (200, 27), (188, 38), (170, 48), (162, 55), (155, 66), (155, 77), (157, 81), (156, 93),
        (158, 102), (171, 117), (174, 125), (183, 133), (184, 147), (181, 150), (170, 150),
        (156, 153), (140, 161), (131, 173), (128, 182), (123, 187), (121, 194), (112, 209),
        (94, 226), (80, 235), (64, 251), (46, 284), (41, 305), (37, 313), (36, 320), (29, 339),
        (27, 376), (23, 395), (23, 415), (26, 440), (26, 470), (31, 490), (39, 505), (45, 520),
        (497, 520), (499, 500), (495, 487), (489, 476), (492, 462), (494, 450),
        (494, 432), (489, 410), (476, 384), (461, 368), (449, 359), (440, 354), (417, 346),
        (394, 345), (375, 349), (365, 349), (359, 342), (360, 330), (356, 322), (356, 310),
        (352, 292), (340, 265), (330, 254), (302, 233), (299, 222), (288, 204), (274, 189),
        (255, 174), (255, 164), (266, 139), (274, 133), (288, 118), (294, 109), (300, 90),
        (300, 82), (295, 66), (295, 60), (287, 44), (274, 32), (242, 18), (225, 19),
    ),
    "hopper": (
        (218, 33), (212, 44), (199, 50), (184, 63), (178, 74), (174, 87), (160, 100), (149, 119),
        (151, 205), (156, 216), (161, 224), (164, 240), (164, 262), (165, 274), (170, 282),
        (180, 286), (192, 293), (201, 301), (204, 314), (198, 324), (186, 336), (169, 347),
        (137, 354), (120, 362), (102, 364), (81, 370), (52, 385), (30, 400),
        (30, 620), (530, 620), (530, 445), (506, 437), (492, 396), (487, 391), (462, 378),
        (421, 367), (372, 345), (364, 343), (337, 323), (331, 316), (331, 309), (340, 305),
        (347, 299), (355, 288), (359, 279), (361, 259), (374, 206), (374, 193), (367, 180),
        (369, 167), (370, 132), (368, 119), (368, 102), (365, 92), (362, 89), (356, 88),
        (351, 84), (347, 72), (334, 57), (314, 46), (298, 41), (282, 29), (273, 26), (252, 24),
        (238, 27), (227, 32),
    ),
    "chelsea": (
        (44, -12), (36, 40), (36, 58), (34, 80), (35, 98), (41, 112), (47, 124), (56, 138),
        (60, 152), (68, 166), (71, 185), (76, 204), (88, 220), (104, 234), (124, 246), (142, 256),
        (158, 270), (170, 284), (184, 298), (196, 312), (276, 312), (288, 292), (300, 272),
        (307, 252), (312, 236), (317, 220), (338, 192), (348, 170), (357, 145), (357, 126),
        (351, 116), (353, 99), (353, 77), (356, 70), (362, 64), (368, 54), (369, 38), (372, 30),
        (390, 10), (400, -12),
    ),
}  # fmt: skip
"""(x, y) in the photo's pixels; beyond its border where the frame cuts the thing."""

CROPS = {
    "hopper": (52, 0, 512, 600),
    "chelsea": (20, 0, 420, 300),
    "astronaut": (-110, -36, 621, 512),
}
"""The part of the photo that fills the picture: (x0, y0, x1, y1); the astronaut gets room."""

_INSIDE = 2.0  # pixels of the photo that lie between the outline and colours that are trusted


@dataclass(frozen=True, eq=False)
class Portrait:
    """A subject from a photo, in a picture of its own.

    Attributes:
        layer: colours and alpha. outline: (n, 2) float32, pixels of the picture.
        scale, offset: a point p of the photo lies at scale · p + offset.
    """

    layer: Layer
    outline: np.ndarray
    scale: float
    offset: tuple[float, float]

    def at(self, *point: float) -> tuple[float, float]:
        """A point of the photo in the picture."""
        return (self.scale * point[0] + self.offset[0], self.scale * point[1] + self.offset[1])


def portrait(name: str, shape: Shape, words: str) -> Portrait:
    """A subject of OUTLINES, as large as its crop fills the picture."""
    x0, y0, x1, y1 = CROPS[name]
    height, width = shape
    scale = max(width / (x1 - x0), height / (y1 - y0))
    offset = 0.5 * (width - scale * (x0 + x1)), height - scale * y1
    picture = photo(name)
    points = smooth(np.array(OUTLINES[name], np.float32))
    own = np.zeros(picture.shape[:2], np.float32)
    cv2.fillPoly(own, [np.round(points * 16).astype(np.int32)], 1.0, cv2.LINE_8, 4)
    depth = cv2.distanceTransform((own > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    trusted = np.clip(depth - _INSIDE, 0, 1)
    colour = push_pull(picture, trusted)
    turn = np.array([[scale, 0, offset[0]], [0, scale, offset[1]]], np.float32)
    turn[:, 2] += 0.5 * scale - 0.5  # from centre to centre
    colour = cv2.warpAffine(colour, turn, (width, height), flags=cv2.INTER_CUBIC,
                            borderMode=cv2.BORDER_REPLICATE)  # fmt: skip
    outline = (points * scale + np.array(offset, np.float32)).astype(np.float32)
    alpha = cv2.GaussianBlur(polygon(outline, shape), (0, 0), 0.35 * scale)
    return Portrait(Layer(words, np.clip(colour, 0, 1), alpha), outline, scale, offset)


def polygon(points: np.ndarray, shape: Shape, over: int = 4) -> np.ndarray:
    """(H, W) float32 coverage of a closed outline (n, 2), sampled ``over`` times a side."""
    height, width = shape
    large = np.zeros((height * over, width * over), np.uint8)
    cv2.fillPoly(large, [np.round(points * over * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def smooth(points: np.ndarray, times: int = 2) -> np.ndarray:
    """A closed outline with its corners cut (Chaikin, CGIP 3, 1974)."""
    for _ in range(times):
        after = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * after, 0.25 * points + 0.75 * after], 1)
        points = points.reshape(-1, 2)
    return points
