"""From a trimap to an alpha: the band is solved, everything else stays exactly 0 or 1.

Methods, by name (see ``matting_methods``):

- ``refined``: closed form, looked over by a small network that was trained for this project and is
  shipped with it (``refined.py``): nearest to the truth from a coarse mask, a session's default.
- ``closed_form``: Levin, Lischinski, Weiss, "A Closed-Form Solution to Natural Image Matting",
  IEEE PAMI 30(2), 2008, p. 228, from coarse to fine on fixed tiles (``tiles.py``): many times
  faster than the whole system and about as near to the truth.
- ``closed_form_exact``: their system itself, over the whole band at full size. The reference, and
  better where a thin even-coloured leg hangs on sure ground at its far end alone.
- ``guided``: He, Sun, Tang, "Guided Image Filtering", IEEE PAMI 35(6), 2013, p. 1397, of the mask
  with the photo as the guide, on a reduced grid where the band is wide (He and Sun, "Fast Guided
  Filter", arXiv:1505.00996); a preview.
- ``knn``, ``lbdm``, ``random_walk`` and ``shared``: see ``affinity.py``; in pieces along the band.
- ``none``: the mask itself.
- ``vitmatte``, ``vitmatte_base``, and what other packages announce: networks, see ``networks.py``.

The same input gives the same alpha to the bit on one machine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..arrays import check_image, check_plane, check_trimap
from ..errors import InputError, unknown_name
from ..notes import REPAIRED, Note
from ..progress import Progress, report
from ..stages import StageCache
from . import affinity, networks
from .closed_form import closed_form
from .guided import guided
from .pieces import solve_in_pieces
from .refined import IDENTITY, refined
from .result import AlphaResult
from .tiles import closed_form_tiled
from .trimap import repair_trimap


def alpha_from_trimap(
    image: Any,
    trimap: Any,
    method: str = "closed_form",
    progress: Progress | None = None,
    mask: Any = None,
    cache: StageCache | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    identity: str = "",
    non_commercial: bool = False,
) -> np.ndarray:
    """The alpha alone; ``solve_alpha`` gives the notes too.

    Args:
        image: (H, W, 3) sRGB, uint8, uint16 or float in [0, 1].
        trimap: (H, W) of 0, 0.5 and 1.
        method: one of ``matting_methods()``.
        progress: called with a fraction and words; may raise CancelledError.
        mask: (H, W) in [0, 1], used by "none" and "guided", and where nothing is sure.
        cache: where "refined" and "closed_form" keep their tiles, so that a local edit costs the
            tiles that it touches; the answer is the same to the bit with and without.
        checkpoint, identity, non_commercial: of a network, see ``networks.solve_by_network``. The
            identity of "refined" is ``matting_identity``'s, or "" for whatever is shipped.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ArrayError: an array has the wrong shape, dtype or range.
        UnknownNameError: no such method.
        InputError: a checkpoint for a method that has none.
        WeightsError, MissingPackageError, ModelError: of a network.
    """
    return solve_alpha(
        image, trimap, method, progress, mask, cache, checkpoint, identity, non_commercial
    ).alpha


def solve_alpha(
    image: Any,
    trimap: Any,
    method: str = "closed_form",
    progress: Progress | None = None,
    mask: Any = None,
    cache: StageCache | None = None,
    checkpoint: str | os.PathLike[str] | None = None,
    identity: str = "",
    non_commercial: bool = False,
) -> AlphaResult:
    """The alpha in the trimap's band, with notes on how the solver fared.

    A trimap without sure foreground or background is no error here, and a note says so. Where
    nothing at all is sure the band keeps the mask (0.5 without one). Where one of the two is
    missing, the mask says which pixels are most likely to be it (``repair_trimap``); without a mask
    everything becomes the other.

    Args, Raises: as ``alpha_from_trimap``.
    """
    method = check_method(method)
    if method in SOLVERS and checkpoint is not None:
        raise InputError(f"expected no checkpoint for {method}, got {checkpoint}")
    picture = check_image(image)
    plane = check_trimap(trimap, picture.shape[:2])
    belief = None if mask is None else check_plane(mask, plane.shape)
    report(progress, 0.0, "matting")
    unknown = plane == 0.5
    if not unknown.any() and (method != "none" or belief is None):
        report(progress, 1.0, "matting")
        return AlphaResult(plane.copy())
    if unknown.all() and method != "none":
        words = "The trimap has neither sure foreground nor sure background: the mask is kept."
        kept_mask = plane.copy() if belief is None else belief.copy()
        return AlphaResult(kept_mask, (Note(words, REPAIRED, 0.9),))
    one_sided: tuple[Note, ...] = ()
    if method not in _OF_THE_MASK:
        plane, one_sided = _two_sided(plane, belief)
        unknown = plane == 0.5
        if not unknown.any():
            report(progress, 1.0, "matting")
            return AlphaResult(plane, one_sided)
    result: AlphaResult
    if method not in SOLVERS:
        result = networks.solve_by_network(
            method, picture, plane, unknown, belief, progress, checkpoint, identity, non_commercial
        )
    else:
        kept = {"cache": cache} if method in _TILED else {}
        result = SOLVERS[method](picture, plane, unknown, belief, progress, **kept)
        result = replace(result, notes=result.notes + _pinned_otherwise(method, identity))
    report(progress, 1.0, "matting")
    return replace(result, notes=one_sided + result.notes) if one_sided else result


def _two_sided(plane: np.ndarray, belief: np.ndarray | None) -> tuple[np.ndarray, tuple[Note, ...]]:
    """The trimap with something sure of either kind, as far as the mask knows any, and a note."""
    missing = [word for word, value in (("foreground", 1), ("background", 0))
               if not (plane == value).any()]  # fmt: skip
    if not missing:
        return plane, ()
    if belief is not None:
        return repair_trimap(plane, belief)
    other = "background" if missing == ["foreground"] else "foreground"
    words = f"The trimap has no sure {missing[0]}, and there is no mask: the band is all {other}."
    return plane, (Note(words, REPAIRED, 0.2 + 0.7 * float((plane == 0.5).mean())),)


def check_method(method: str) -> str:
    """The name that a matting method has now; one that it had before is known too.

    Raises:
        UnknownNameError: no such method.

    >>> check_method("rw")
    'random_walk'
    """
    method = _OTHER_NAMES.get(method, method)
    if method not in SOLVERS and method not in networks.TABLE.rows:
        known = matting_methods()
        if method not in known:
            raise unknown_name("matting method", method, known)
    return method


def matting_methods() -> tuple[str, ...]:
    """The names that ``alpha_from_trimap`` knows, in order; the networks last, ready or not.

    >>> "closed_form" in matting_methods()
    True
    """
    return (*SOLVERS, *networks.TABLE.rows, *networks.TABLE.entries())


def matting_identity(
    method: str,
    checkpoint: str | os.PathLike[str] | None = None,
    non_commercial: bool = False,
) -> str:
    """What an answer hangs on besides photo, trimap and method: a network's weights; else "".

    Args, Raises: see ``networks.network_identity``.
    """
    method = check_method(method)
    if method in SOLVERS:
        return IDENTITY if method == "refined" else ""
    return networks.network_identity(method, checkpoint, non_commercial)


def _pinned_otherwise(method: str, identity: str) -> tuple[str, ...]:
    """A note where an edit pinned other weights than those that are shipped now."""
    own = matting_identity(method)
    if identity in ("", own):
        return ()
    return (
        f"The edit was made with {identity}, and this is {own or method}: the edge may differ a "
        f"little. subject.matte({method!r}) asks for this one.",
    )


# ------------------------------------------------------------------------------------------ none


def _none(
    image: np.ndarray,
    trimap: np.ndarray,
    unknown: np.ndarray,
    mask: np.ndarray | None,
    progress: Progress | None,
) -> AlphaResult:
    if mask is None:
        return AlphaResult(trimap.copy())
    # A sure pixel on the mask's other side was put there by hand, and the hand wins.
    against = ~unknown & ((mask >= 0.5) != (trimap == 1))
    return AlphaResult(np.where(against, trimap, mask))


# -------------------------------------------------------------------------- PyMatting's methods


def _pieced(name: str) -> Callable[..., AlphaResult]:
    def solve(
        image: np.ndarray,
        trimap: np.ndarray,
        unknown: np.ndarray,
        mask: np.ndarray | None,
        progress: Progress | None,
    ) -> AlphaResult:
        method, pieces = affinity.METHODS[name]
        return solve_in_pieces(method, pieces, image, trimap, unknown, mask, progress)

    return solve


SOLVERS: dict[str, Callable[..., AlphaResult]] = {
    "none": _none,
    "guided": guided,
    "refined": refined,
    "closed_form": closed_form_tiled,
    "closed_form_exact": closed_form,
    **{name: _pieced(name) for name in affinity.METHODS},
}
_OF_THE_MASK = ("none", "guided")  # those that ask the mask, and need nothing sure
_TILED = ("refined", "closed_form")  # those that keep their tiles
_OTHER_NAMES = {"rw": "random_walk"}  # what session files of before call them
