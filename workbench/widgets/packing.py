"""Pictures as the bytes that go to the page: raw pixels or runs of them nearby, PNG far away, JPEG
for a map."""

from __future__ import annotations

import base64

import numpy as np

from ..errors import ArrayError


def trimmed(picture: np.ndarray) -> tuple[np.ndarray | None, int, int]:
    """The part that is not wholly transparent and its corner (x, y); RGB where nothing is.

    An overlay of a few dots is then a small picture.

    Args:
        picture: (h, w, 3 or 4) uint8 sRGB.
    """
    if picture.shape[2] == 3:
        return picture, 0, 0
    opacity = np.ascontiguousarray(picture[..., 3])
    if opacity.min() == 255:
        return picture[..., :3], 0, 0
    rows = np.flatnonzero(opacity.any(axis=1))
    if not len(rows):
        return None, 0, 0
    columns = np.flatnonzero(opacity.any(axis=0))
    top, left = int(rows[0]), int(columns[0])
    return picture[top : rows[-1] + 1, left : columns[-1] + 1], left, top


def raw(picture: np.ndarray) -> memoryview:
    """The RGBA bytes of a picture (h, w, 3 or 4) uint8, row by row."""
    if picture.shape[2] == 3:
        import cv2

        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
    return np.ascontiguousarray(picture).data.cast("B")


_FEW = 8  # pixels to a run on average from which on runs are the smaller message


def runs(picture: np.ndarray) -> bytes | None:
    """A picture as runs of one colour: (n,) uint32 of where each begins, row by row, and then (n,)
    of four bytes RGBA; None where that saves little.

    An overlay is mostly nothing and flat tints: a twentieth of its pixels, in no time. Deflate is
    smaller still, and takes longer than what it saves on the way to a page nearby.

    Args:
        picture: (h, w, 4) uint8.
    """
    pixels = np.ascontiguousarray(picture).view("<u4").ravel()
    begins = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
    if (len(begins) + 1) * _FEW > pixels.size:
        return None
    begins = np.concatenate([[0], begins])
    return begins.astype("<u4").tobytes() + pixels[begins].tobytes()


def data_address(picture: np.ndarray) -> bytes:
    """A picture (h, w, 3 or 4) uint8 sRGB as the data: address of a PNG.

    Raises:
        ArrayError: it cannot be packed.
    """
    import cv2

    # Compression 1 takes a quarter of the time of Pillow's default for a seventh more bytes.
    packed = _packed(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return b"data:image/png;base64," + base64.b64encode(packed)


def jpeg(picture: np.ndarray) -> bytes:
    """A picture (h, w, 3) uint8 sRGB as JPEG, for what is looked at in passing.

    Raises:
        ArrayError: it cannot be packed.
    """
    import cv2

    return _packed(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])


def _packed(kind: str, picture: np.ndarray, options: list[int]) -> bytes:
    import cv2

    code = cv2.COLOR_RGB2BGR if picture.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    good, packed = cv2.imencode(kind, cv2.cvtColor(picture, code), options)
    if not good:
        raise ArrayError(f"expected a picture that can be packed, got {picture.shape}")
    return packed.tobytes()
