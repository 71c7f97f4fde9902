"""Which segmenters there are, which are ready, and how to get one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

from .. import weights
from ..errors import CancelledError, FetchError, InputError, unknown_name
from ..nets.packages import absent
from ..nets.table import Availability, Table, stamp_of
from ..progress import Progress, report
from .base import Segmenter
from .families import FAMILIES, Family

TABLE = Table(
    "segmenter",
    "session.use({name!r})",
    "workbench.segmenters",
    FAMILIES,
    ("name", "identity", "capabilities", "encode", "predict"),
)


_made: OrderedDict[tuple[str, str, int, str], Segmenter] = OrderedDict()
_MADE_LIMIT = 3  # vit_h alone is 2.4 GB
_lock = threading.Lock()
_name_locks: dict[str, threading.Lock] = {}


def segmenters(non_commercial: bool = False) -> dict[str, Availability]:
    """Every segmenter by name, the best first, and whether it is ready. Loads none of them.

    Args:
        non_commercial: those too whose licence does not allow commercial use.
    """
    return TABLE.states(non_commercial)


def weights_of(name: str) -> str | None:
    """The name of a segmenter's weights in the catalogue, or None: it has none, or is not ours."""
    return FAMILIES[name].weights if name in FAMILIES else None


def with_everything() -> list[str]:
    """The names of those of our own that can propose all the objects of a photo."""
    return [name for name, kind in FAMILIES.items() if "everything" in kind.capabilities]


def precision_for(name: str, precision: str = "auto") -> str:
    """What a precision comes to for a segmenter on this machine.

    Args:
        name: one of ``segmenters()``.
        precision: "auto", "float32" or "bfloat16", see ``device.resolve_precision``.

    Returns:
        "float32" or "bfloat16"; "" for a segmenter that has no choice.

    Raises:
        UnknownNameError: no such segmenter or precision.
        InputError: the segmenter has no such choice.
        MissingPackageError: torch, which knows what the machine is good at, is not installed.
    """
    # Imported here: the table of segmenters must do without torch, which device.py is about.
    from ..nets.device import PRECISIONS, resolve_precision

    found = TABLE.find(name)
    if precision and precision not in PRECISIONS:
        raise unknown_name("precision", precision, PRECISIONS)
    if isinstance(found, Family) and found.precise:
        return resolve_precision(precision)
    if precision not in ("", "auto"):
        raise InputError(
            f"expected no precision for {name}, which has no choice of it, got {precision!r}"
        )
    return ""


def identity(
    name: str,
    checkpoint: str | Path | None = None,
    precision: str = "auto",
    non_commercial: bool = False,
) -> str:
    """Name, SHA-256 of the weights (first 16 hex digits, or "none") and precision.

    What the loaded segmenter's ``identity`` will be, without loading it.

    Raises:
        UnknownNameError, MissingPackageError, WeightsError, InputError: see ``get_segmenter``.
    """
    if not isinstance(TABLE.find(name), Family):
        return get_segmenter(name, checkpoint, precision=precision).identity
    path = TABLE.path(name, checkpoint, non_commercial)
    return _identity(name, path, precision_for(name, precision))


def _identity(name: str, path: Path | None, precision: str = "") -> str:
    if path is None:
        return f"{name}:none:uint8"
    hashes = weights.file_sha256(path)[:16]
    if name == "lite":
        # What it answers comes of two files.
        from .click_head import head_for

        head = head_for(path)
        hashes += f"+{weights.file_sha256(head)[:16]}" if head is not None else ""
    return f"{name}:{hashes}:{precision or 'float32'}"


def get_segmenter(
    name: str,
    checkpoint: str | Path | None = None,
    progress: Progress | None = None,
    precision: str = "auto",
    non_commercial: bool = False,
) -> Segmenter:
    """A segmenter, loaded once and then kept.

    Args:
        name: one of ``segmenters()``.
        checkpoint: a weights file of one's own for that architecture, or None for the
            catalogue's.
        progress: called while it is loaded.
        precision: "float32", "bfloat16" (twice the speed or more where the processor has it, and
            within 2 % of float32) or "auto" for the better one here, see
            ``device.resolve_precision``. It becomes part of the segmenter's identity.
        non_commercial: that its answers are not used commercially; needed for a segmenter of the
            catalogue whose licence does not allow that.

    Raises:
        UnknownNameError: no such segmenter, or no such precision.
        LicenceError: the licence does not allow commercial use, and ``non_commercial`` is not set.
        WeightsError: its weights are missing, damaged, unsafe or of another architecture.
        MissingPackageError: a package that it needs is not installed.
        InputError: a checkpoint or a precision for a segmenter that has none.
    """
    found = TABLE.find(name)
    path = None if checkpoint is None else Path(checkpoint)
    if isinstance(found, Family):
        path = TABLE.path(name, checkpoint, non_commercial)
    chosen = precision_for(name, precision)
    key = name, *stamp_of(path), chosen
    with _lock:
        turn = _name_locks.setdefault(name, threading.Lock())
    while not turn.acquire(timeout=0.05):  # two threads that want the same one load it once
        report(progress, 0.0, f"waiting for {name}")
    try:
        with _lock:
            known = _made.get(key)
            if known is not None:
                _made.move_to_end(key)
                return known
        made: Segmenter
        if isinstance(found, Family):
            made = found.make(path, _identity(name, path, chosen), progress)
        else:
            made = TABLE.from_elsewhere(found, path, progress)
        with _lock:
            _made[key] = made
            while len(_made) > _MADE_LIMIT:
                _made.popitem(last=False)
        return made
    finally:
        turn.release()


def capabilities(name: str, checkpoint: str | Path | None = None) -> frozenset[str]:
    """What a segmenter can be asked, see Segmenter. One from elsewhere is loaded to find out.

    Raises:
        UnknownNameError and, for one from elsewhere, the others: see ``get_segmenter``.
    """
    found = TABLE.find(name)
    if isinstance(found, Family):
        return found.capabilities
    return get_segmenter(name, checkpoint).capabilities


def resolve_auto(progress: Progress | None = None) -> tuple[str, str]:
    """The best segmenter that is ready, and plain words on what that is and how to get better.

    The order is that of ``families.FAMILIES``, which says why. When no Segment Anything weights are
    here, lite is taken, and its 4.6 MB are fetched where they are missing; when they cannot be had,
    grabcut.

    Raises:
        CancelledError: out of ``progress``.
    """
    states = segmenters()
    for name, family in FAMILIES.items():
        if family.prompted and states.get(name):
            return name, f"running on {name} ({states[name].why})"
    advice = "for Segment Anything: workbench models fetch vit_b (375 MB)"
    lite = states["lite"]
    trouble = ""
    if not lite and not absent(FAMILIES["lite"].packages):
        try:
            weights.fetch("u2netp", progress)
            lite = segmenters()["lite"]
        except CancelledError:
            raise
        except FetchError as error:
            trouble = f" (lite's weights could not be fetched: {error})"
    if lite:
        return "lite", f"running on lite ({lite.why}); {advice}"
    return (
        "grabcut",
        f"running on grabcut ({states['grabcut'].why}){trouble}; "
        f"better: workbench models fetch u2netp (4.6 MB); {advice}",
    )
