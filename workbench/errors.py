"""What can go wrong, one exception a kind of trouble.

Every message is one line in plain words that names what was expected and what came, for example
``expected a box inside 0..640 × 0..480, got (700, 10, 720, 90)``. The command line prints it as it
is; the widget puts it in its status line.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any


class WorkbenchError(Exception):
    """The root of every error that the workbench raises on purpose."""


class InputError(WorkbenchError, ValueError):
    """A value handed in is not what was expected."""


class ArrayError(InputError):
    """An array has the wrong shape, dtype or range, or holds NaN or infinity."""


class PromptError(InputError):
    """A point, box or stroke makes no sense on this photo."""


class UnsupportedPromptError(PromptError):
    """The segmenter cannot be asked in this way; the message names those that can."""


class EditError(InputError):
    """An edit refers to something that is not there, or cannot be made now."""


class UnknownNameError(InputError, LookupError):
    """A name is not among those known; the nearest ones are suggested."""


class ImageError(InputError):
    """A photo cannot be read."""


class ImageMissingError(ImageError, FileNotFoundError):
    """There is no file at the path."""


class ImageFormatError(ImageError):
    """The bytes are not a photo in a format that the workbench accepts."""


class ImageDamagedError(ImageError):
    """The photo's format is accepted but its data are truncated or broken."""


class ImageTooLargeError(ImageError):
    """The photo has more pixels than the limit allows."""


class WeightsError(WorkbenchError):
    """Something is wrong with a weights file."""


class WeightsMissingError(WeightsError, FileNotFoundError):
    """The weights are not on this machine; the message says how to get them."""


class WeightsDamagedError(WeightsError):
    """The file's size or SHA-256 is not what the catalogue says."""


class WeightsUnsafeError(WeightsError):
    """Loading the file would run code. It was not run."""


class WeightsMismatchError(WeightsError):
    """The file holds the weights of another architecture."""


class LicenceError(WeightsError):
    """The weights' licence does not allow commercial use, and nobody said that this is none."""


class FetchError(WeightsError):
    """None of the addresses gave the file."""


class ModelError(WorkbenchError):
    """A model could not answer, for example for want of memory."""


class MissingPackageError(WorkbenchError, ImportError):
    """An optional package is needed; the message gives the install line."""


class SessionFileError(WorkbenchError):
    """A session file or journal cannot be read or does not fit the photo."""


class ExportError(WorkbenchError, OSError):
    """A file could not be written. Nothing that was there before was touched."""


class CancelledError(WorkbenchError):
    """The person cancelled the work."""


def expect(value: Any, kind: type | tuple[type, ...], what: str) -> None:
    """Hold that a value is of a kind.

    Args:
        value: whatever was handed in.
        kind: as of ``isinstance``.
        what: the kind in plain words, with an article: "a finding out of a report".

    Raises:
        InputError: it is not.
    """
    if not isinstance(value, kind):
        raise InputError(f"expected {what}, got {value!r:.60}")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownNameError:
    """An error that says what was asked for, what there is, and what was likely meant.

    >>> str(unknown_name("segmenter", "vitb", ["vit_b", "lite"]))
    "expected a segmenter among lite, vit_b, got 'vitb' (did you mean vit_b?)"
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=2)
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    article = "an" if kind[:1] in "aeiou" else "a"
    return UnknownNameError(
        f"expected {article} {kind} among {', '.join(names)}, got {name!r}{hint}"
    )
