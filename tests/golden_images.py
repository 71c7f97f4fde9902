"""Pictures held against those that are kept: tests/golden/NAME.png.

``pytest --regenerate-golden`` writes them anew; look at what changed before it is committed. On a
mismatch, what was made and the difference, ten times magnified, lie in the test's tmp_path.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

FOLDER = Path(__file__).parent / "golden"

FAR = 24  # of 255: a pixel that differs by more is another one; less is another rounding
FEW = 0.01  # share of pixels that may be others: antialiased edges fall differently elsewhere
MEAN = 1.0  # of 255, over the picture


def check_golden(picture: np.ndarray, name: str, request: pytest.FixtureRequest) -> None:
    """Hold a picture (h, w, 3) uint8 against the kept one."""
    at = FOLDER / f"{name}.png"
    if request.config.getoption("--regenerate-golden"):
        FOLDER.mkdir(exist_ok=True)
        cv2.imwrite(str(at), picture[..., ::-1])
        return
    kept = cv2.imread(str(at))
    assert kept is not None, f"no {at}: run pytest --regenerate-golden, and look at it"
    expected = kept[..., ::-1]
    assert picture.shape == expected.shape
    off = np.abs(picture.astype(int) - expected).max(axis=-1)
    share, mean = float((off > FAR).mean()), float(off.mean())
    if share <= FEW and mean <= MEAN:
        return
    folder = Path(request.getfixturevalue("tmp_path"))
    cv2.imwrite(str(folder / f"{name}-made.png"), picture[..., ::-1])
    cv2.imwrite(str(folder / f"{name}-difference.png"), np.minimum(off * 10, 255).astype(np.uint8))
    raise AssertionError(
        f"expected {name} as kept, got {share:.1%} of the pixels others, {mean:.2f} of 255 off in "
        f"the mean; see {folder}"
    )
