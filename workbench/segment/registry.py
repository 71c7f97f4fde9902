"""Which segmenters there are, which are ready, and how to get one."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from .. import weights
from ..errors import (
    CancelledError,
    FetchError,
    InputError,
    MissingPackageError,
    WeightsMissingError,
    unknown_name,
)
from ..files import readable_size
from ..progress import Progress, report
from .base import Segmenter
from .families import FAMILIES, Family
from .packages import absent, install_line, missing

GROUP = "workbench.segmenters"
"""Entry points of this group add segmenters: name → factory(checkpoint, progress)."""


@dataclass(frozen=True)
class Availability:
    """Whether a segmenter can be used now. True in a condition when it can.

    Attributes:
        ready: nothing is missing.
        why: in plain words, what it is or what is missing and how to get it.
        weights: the name of its weights in the catalogue, or None.
        bytes: the size of those weights, or None.
        what: what it is, in a few words.
        missing: the line that installs the package that it needs, or None where it is there.
    """

    ready: bool
    why: str
    weights: str | None = None
    bytes: int | None = None
    what: str = ""
    missing: str | None = None

    def __bool__(self) -> bool:
        return self.ready

    def __str__(self) -> str:
        return f"{'ready' if self.ready else 'not ready'}: {self.why}"


class Availabilities(dict[str, Availability]):
    """Availability by name; prints as a table."""

    def __str__(self) -> str:
        width = max((len(name) for name in self), default=0)
        return "\n".join(f"{name:<{width}}  {state}" for name, state in self.items())

    __repr__ = __str__


_made: OrderedDict[tuple[str, str, int, str], Segmenter] = OrderedDict()
_MADE_LIMIT = 3  # vit_h alone is 2.4 GB
_lock = threading.Lock()
_name_locks: dict[str, threading.Lock] = {}


def segmenters() -> dict[str, Availability]:
    """Every segmenter by name, the best first, and whether it is ready. Loads none of them."""
    found = Availabilities()
    for name, kind in FAMILIES.items():
        found[name] = _state(name, kind)
    for name, entry in _entries().items():
        words = f"added by {_package(entry)}"
        found[name] = Availability(True, words, what=words)
    return found


def with_everything() -> list[str]:
    """The names of those of our own that can propose all the objects of a photo."""
    return [name for name, kind in FAMILIES.items() if "everything" in kind.capabilities]


def _state(name: str, kind: Family) -> Availability:
    entry = None if kind.weights is None else weights.catalogue().get(kind.weights)
    if kind.weights is not None and entry is None:  # a catalogue of one's own
        why = f"{kind.words}; the catalogue in use names no weights {kind.weights}"
        return Availability(False, why, what=kind.words)
    size = None if entry is None else (entry.size or entry.about_bytes)
    lacking = absent(kind.packages)
    if lacking:
        install = install_line(lacking, kind.extra)
        return Availability(
            False,
            f"{kind.words}; install with: {install}",
            kind.weights,
            size,
            kind.words,
            install,
        )
    if kind.weights is not None and weights.find(kind.weights) is None:
        return Availability(
            False,
            f"{kind.words}; get its {readable_size(size or 0)} with: "
            f"workbench models fetch {kind.weights}",
            kind.weights,
            size,
            kind.words,
        )
    return Availability(True, kind.words, kind.weights, size, kind.words)


def _entries() -> dict[str, EntryPoint]:
    return {e.name: e for e in entry_points(group=GROUP) if e.name not in FAMILIES}


def _path(name: str, kind: Family, checkpoint: str | Path | None) -> Path | None:
    """The weights file that a kind will read.

    Raises:
        MissingPackageError: a package that it needs is not installed. Said before anything else:
            without it the weights are of no use.
        InputError: a checkpoint for a segmenter that has none.
        WeightsMissingError: it is not there.
    """
    lacking = absent(kind.packages)
    if lacking:
        raise missing(name, lacking, kind.extra)
    if kind.weights is None:
        if checkpoint is not None:
            raise InputError(f"expected no checkpoint for {name}, got {checkpoint}")
        return None
    if checkpoint is None:
        return weights.require(kind.weights)
    path = Path(checkpoint)
    if not path.is_file():
        raise WeightsMissingError(f"expected a checkpoint of {name} at {path}, got no such file")
    return path


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
    from .device import PRECISIONS, resolve_precision

    if name not in FAMILIES and name not in _entries():
        raise unknown_name("segmenter", name, [*FAMILIES, *_entries()])
    if precision and precision not in PRECISIONS:
        raise unknown_name("precision", precision, PRECISIONS)
    if name in FAMILIES and FAMILIES[name].precise:
        return resolve_precision(precision)
    if precision not in ("", "auto"):
        raise InputError(
            f"expected no precision for {name}, which has no choice of it, got {precision!r}"
        )
    return ""


def identity(name: str, checkpoint: str | Path | None = None, precision: str = "auto") -> str:
    """Name, SHA-256 of the weights (first 16 hex digits, or "none") and precision.

    What the loaded segmenter's ``identity`` will be, without loading it.

    Raises:
        UnknownNameError, MissingPackageError, WeightsMissingError, InputError: see
            ``get_segmenter``.
    """
    kind = FAMILIES.get(name)
    if kind is None:
        if name in _entries():
            return get_segmenter(name, checkpoint, precision=precision).identity
        raise unknown_name("segmenter", name, [*FAMILIES, *_entries()])
    path = _path(name, kind, checkpoint)
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

    Raises:
        UnknownNameError: no such segmenter, or no such precision.
        WeightsError: its weights are missing, damaged, unsafe or of another architecture.
        MissingPackageError: a package that it needs is not installed.
        InputError: a checkpoint or a precision for a segmenter that has none.
    """
    kind, entry = FAMILIES.get(name), _entries().get(name)
    if kind is None and entry is None:
        raise unknown_name("segmenter", name, [*FAMILIES, *_entries()])
    path = (
        _path(name, kind, checkpoint)
        if kind is not None
        else (Path(checkpoint) if checkpoint is not None else None)
    )
    stamp = path.stat().st_mtime_ns if path is not None and path.is_file() else 0
    chosen = precision_for(name, precision)
    key = name, str(path.resolve()) if path is not None else "", stamp, chosen
    with _lock:
        turn = _name_locks.setdefault(name, threading.Lock())
    while not turn.acquire(timeout=0.05):  # two threads that want the same one load it once
        report(progress, 0.0, f"waiting for {name}")
    try:
        with _lock:
            found = _made.get(key)
            if found is not None:
                _made.move_to_end(key)
                return found
        if kind is not None:
            made = kind.make(path, _identity(name, path, chosen), progress)
        else:
            assert entry is not None  # one of the two is there, see above
            made = _from_elsewhere(name, entry, path, progress)
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
    if name in FAMILIES:
        return FAMILIES[name].capabilities
    return get_segmenter(name, checkpoint).capabilities


def _from_elsewhere(
    name: str, entry: EntryPoint, path: Path | None, progress: Progress | None
) -> Segmenter:
    """What another package's factory makes, which must be a segmenter.

    Raises:
        MissingPackageError: the entry point cannot be imported.
        InputError: it is no factory, or made something else.
    """
    where = f"the entry point {name} = {entry.value!r} of {_package(entry)}"
    try:
        factory = entry.load()
    except (ImportError, AttributeError) as error:
        raise MissingPackageError(f"expected to import {where}, got: {error}") from error
    if not callable(factory):
        raise InputError(
            f"expected {where} to be a function (checkpoint, progress), got "
            f"{type(factory).__name__}"
        )
    made = factory(path, progress)
    lacking = [a for a in _PROTOCOL if not hasattr(made, a)]
    if lacking:
        raise InputError(
            f"expected {where} to make a segmenter with {', '.join(_PROTOCOL)}, got "
            f"{type(made).__name__} without {', '.join(lacking)}"
        )
    return made


_PROTOCOL = ("name", "identity", "capabilities", "encode", "predict")


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


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
        if family.prompted and states[name]:
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
