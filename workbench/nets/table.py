"""What the tables of models have in common: one lookup, what is ready, where its weights are.

There are two, of segmenters (``registry.py``) and of models without prompts
(``automatic_registry.py``). Each holds rows of our own, and what other packages announce by an
entry point.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from .. import weights
from ..errors import (
    InputError,
    MissingPackageError,
    UnknownNameError,
    WeightsMissingError,
    unknown_name,
)
from ..files import readable_size
from .packages import absent, install_line, missing

_LARGE = 500_000_000  # bytes of a network of onnxruntime's; it takes several GB while it runs


@dataclass(frozen=True, kw_only=True)
class Row:
    """A model of our own.

    Attributes:
        words: what it is, in plain words; "" for what the catalogue says of its weights.
        weights: the name of its weights in the catalogue, or None.
        packages: the packages that it needs, by their names in Python.
        extra: the extra of matte-workbench that installs them, or None where they come with it.
    """

    words: str = ""
    weights: str | None
    packages: tuple[str, ...]
    extra: str | None = None


@dataclass(frozen=True)
class Availability:
    """Whether a model can be used now. True in a condition when it can.

    Attributes:
        ready: nothing is missing.
        why: in plain words, what it is or what is missing and how to get it.
        weights: the name of its weights in the catalogue, or None.
        bytes: the size of those weights, or None.
        download: how many bytes come over the line for them, which may lie in a larger archive.
        what: what it is, in a few words.
        missing: the line that installs the package that it needs, or None where it is there.
        licence: the licence of its weights, or "".
        by_hand: how to get its weights where they cannot simply be fetched, or "".
        copyleft: whether that licence is copyleft; such a model is never chosen by itself.
    """

    ready: bool
    why: str
    weights: str | None = None
    bytes: int | None = None
    what: str = ""
    missing: str | None = None
    licence: str = ""
    by_hand: str = ""
    copyleft: bool = False
    download: int | None = None

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


R = TypeVar("R", bound=Row)
_tables: list[Table[Any]] = []


class Table(Generic[R]):
    """Models of one kind, by name: ours, and those that other packages add.

    Attributes:
        kind: what they are, in words.
        use: how one is asked, with {name} in it.
        group: the entry points of other packages: name → factory(checkpoint, progress).
        rows: our own, the best first. A name of ours cannot be taken over.
        protocol: the attributes that a model from elsewhere must have.
    """

    def __init__(
        self, kind: str, use: str, group: str, rows: Mapping[str, R], protocol: tuple[str, ...]
    ) -> None:
        self.kind, self.use, self.group, self.rows, self.protocol = kind, use, group, rows, protocol
        _tables.append(self)

    def entries(self) -> dict[str, EntryPoint]:
        """Those from elsewhere. All that is installed is looked through: tens of milliseconds."""
        return {e.name: e for e in entry_points(group=self.group) if e.name not in self.rows}

    def find(self, name: str) -> R | EntryPoint:
        """A model of ours, or of another package.

        Raises:
            UnknownNameError: no such model. The nearest names are suggested; where the name is one
                of another kind of model, how to ask that.
        """
        if name in self.rows:
            return self.rows[name]
        entries = self.entries()
        if name in entries:
            return entries[name]
        error = unknown_name(self.kind, name, [*self.rows, *entries])
        for other in _tables:
            if other is not self and name in other.rows:
                use = other.use.format(name=name)
                raise UnknownNameError(f"{error}; {name} is a {other.kind}: {use}")
        raise error

    def states(self, non_commercial: bool = False) -> Availabilities:
        """Every model and whether it is ready. Loads none of them.

        Args:
            non_commercial: those too whose licence does not allow commercial use.
        """
        found, catalogue = Availabilities(), weights.catalogue()
        for name, row in self.rows.items():
            entry = catalogue.get(row.weights or "")
            if entry is None and not row.words:
                continue  # a catalogue of one's own, which does not say what it is
            if entry is None or entry.commercial or non_commercial:
                found[name] = _state(row, entry)
        for name, point in self.entries().items():
            words = f"added by {package_of(point)}"
            found[name] = Availability(True, words, what=words)
        return found

    def path(
        self,
        name: str,
        checkpoint: str | os.PathLike[str] | None,
        non_commercial: bool = False,
    ) -> Path | None:
        """The weights file that a model of ours will read; None for one that has none.

        Args:
            name: its name, which is one of ``rows``.
            checkpoint: a file of one's own, whose licence is one's own concern.
            non_commercial: that this is no commercial use, see LicenceError.

        Raises:
            MissingPackageError: a package that it needs is not installed. Said before anything
                else: without it the weights are of no use.
            InputError: a checkpoint for a model that has none.
            LicenceError: its weights' licence does not allow commercial use, and nobody said that
                this is none.
            WeightsError: its weights are missing or damaged.
        """
        row = self.rows[name]
        lacking = absent(row.packages)
        if lacking:
            raise missing(name, lacking, row.extra)
        if row.weights is None:
            if checkpoint is not None:
                raise InputError(f"expected no checkpoint for {name}, got {checkpoint}")
            return None
        if checkpoint is None:
            weights.require_licence(row.weights, non_commercial)
            return weights.require(row.weights)
        path = Path(checkpoint)
        if not path.is_file():
            raise WeightsMissingError(
                f"expected a checkpoint of {name} at {path}, got no such file"
            )
        return path

    def from_elsewhere(self, entry: EntryPoint, path: Path | None, progress: Any) -> Any:
        """What another package's factory makes.

        Raises:
            MissingPackageError: the entry point cannot be imported.
            InputError: it is no factory, or made something else.
        """
        where = f"the entry point {entry.name} = {entry.value!r} of {package_of(entry)}"
        try:
            factory: Callable[..., Any] = entry.load()
        except (ImportError, AttributeError) as error:
            raise MissingPackageError(f"expected to import {where}, got: {error}") from error
        if not callable(factory):
            raise InputError(
                f"expected {where} to be a function (checkpoint, progress), got "
                f"{type(factory).__name__}"
            )
        made = factory(path, progress)
        lacking = [a for a in self.protocol if not hasattr(made, a)]
        if lacking:
            raise InputError(
                f"expected {where} to make a {self.kind} with {', '.join(self.protocol)}, got "
                f"{type(made).__name__} without {', '.join(lacking)}"
            )
        return made


def package_of(entry: EntryPoint) -> str:
    """The name of the package that announces an entry point."""
    return entry.dist.name if entry.dist is not None else entry.value


def stamp_of(path: Path | None) -> tuple[str, int]:
    """What tells a weights file from another, or from itself after a change."""
    if path is None:
        return "", 0
    return str(path.resolve()), path.stat().st_mtime_ns if path.is_file() else 0


def _state(row: Row, entry: weights.Weights | None) -> Availability:
    if row.weights is not None and entry is None:  # a catalogue of one's own
        why = f"{row.words}; the catalogue in use names no weights {row.weights}"
        return Availability(False, why, what=row.words)
    size, licence, by_hand, what, words = None, "", "", row.words, row.words
    if entry is not None:
        size, licence, by_hand = entry.size or entry.about_bytes, entry.licence, entry.by_hand
        if not words:
            what, words = entry.title, f"{entry.title}: {entry.good_at}"
            words += "; takes several GB of memory" if size > _LARGE else ""
        words += f"; copyleft licence ({licence})" if entry.copyleft else ""
    install, why, ready = None, words, True
    lacking = absent(row.packages)
    if lacking:
        ready, install = False, install_line(lacking, row.extra)
        why = f"{words}; install with: {install}"
    elif entry is not None and weights.find(entry.name) is None:
        ready = False
        get = f"get its {readable_size(entry.download_bytes)} with: {entry.fetch_line}"
        why = f"{words}; {f'on request: {by_hand}' if by_hand else get}"
    copyleft = entry is not None and entry.copyleft
    download = None if entry is None else entry.download_bytes
    return Availability(
        ready, why, row.weights, size, what, install, licence, by_hand, copyleft, download
    )
