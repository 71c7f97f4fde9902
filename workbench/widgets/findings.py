"""A report's findings as a list in the page, each with what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..coordinates import Box
from ..edits import Edit
from ..errors import InputError
from ..quality.finding import Finding
from ..report import Report, page


class _List(anywidget.AnyWidget):
    """What the page shows; see ``findings.js``."""

    # As text: anywidget keeps every widget of a file's path for good.
    _esm = (Path(__file__).parent / "findings.js").read_text("utf-8")
    rows = traitlets.List().tag(sync=True)  # as _row makes them, the worst first
    chosen = traitlets.Int(-1).tag(sync=True)  # whose details show


class Findings:
    """The list, and what is done in it.

    Args:
        look: shows a box of the photo on a stage; None where there is no stage.
        mend: does what mends a finding; gives the edits that it made.
        failed: told what goes wrong.
        chose: told the place in the report of the finding that was chosen.

    Attributes:
        widget: the list.
        report: what it shows, None for nothing.
        mended: the edits that mended each finding, by its place in the report.
    """

    def __init__(
        self,
        look: Callable[[], Callable[[Box], None] | None],
        mend: Callable[[Finding], tuple[Edit, ...]],
        failed: Callable[[BaseException], None],
        chose: Callable[[int], None] = lambda n: None,
    ) -> None:
        self._look, self._mend, self._failed, self._chose = look, mend, failed, chose
        self.widget = _List()
        self.widget.on_msg(lambda _, message, __: self._hear(message))
        self.report: Report | None = None
        self.mended: dict[int, tuple[Edit, ...]] = {}
        self._standing: frozenset[str] = frozenset()
        self._addresses: tuple[str, ...] = ()

    @property
    def chosen(self) -> int:
        """The place in the report of the finding whose details show; −1 for none."""
        return self.widget.chosen

    @chosen.setter
    def chosen(self, n: int) -> None:
        self.widget.chosen = n

    def show(self, report: Report | None, chosen: int = -1) -> None:
        """Show another report, or none."""
        self.report, self.mended = report, {}
        pictures = () if report is None else report.pictures
        self._addresses = tuple("" if one is None else page.address(one) for one in pictures)
        self._fill(chosen)

    def stands(self, edits: frozenset[str]) -> None:
        """Say which edits count now, by their ids: what undo took back is not mended any more."""
        self._standing = edits
        if self.report is not None:
            self._fill(self.chosen)

    def _fill(self, chosen: int) -> None:
        with self.widget.hold_sync():
            found = () if self.report is None else self.report.findings
            self.widget.rows = [
                _row(n, name, one, self._addresses[n], self._is_mended(n))
                for n, (name, one) in enumerate(found)
            ]
            self.widget.chosen = chosen

    def _is_mended(self, n: int) -> bool:
        made = self.mended.get(n, ())
        return bool(made) and all(edit.id in self._standing for edit in made)

    def _hear(self, message: Any) -> None:
        try:
            self._act(message)
        except Exception as error:  # noqa: BLE001 shown by whoever holds the list
            self._failed(error)

    def _act(self, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else None
        n = message.get("n", -1) if isinstance(message, dict) else -1
        known = kind in ("choose", "show", "fix") and isinstance(n, int)
        if not known or self.report is None or n not in range(len(self.report)):
            raise InputError(f"expected a message from the list of findings, got {message!r:.80}")
        if kind == "choose":
            self.chosen = -1 if self.chosen == n else n
            self._chose(self.chosen)
            return
        found, look = self.report[n], self._look()
        self.chosen = n
        self._chose(n)
        if kind == "fix":
            self.mended[n] = made = self._mend(found)
            self.stands(self._standing | {edit.id for edit in made})
        elif found.box is not None:
            if look is None:
                raise InputError("expected the photo on show to look at it, got none: run the "
                                 "session's own cell, a session as its last line")  # fmt: skip
            look(found.box)


def _row(n: int, subject: str, found: Finding, picture: str, mended: bool) -> dict[str, Any]:
    return {
        "number": n + 1,
        "what": page.spoken(found.code),
        "subject": subject,
        "severity": float(found.severity),
        "why": found.why,
        "measure": page.measured(found),
        "remedy": f"Remedy: {page.remedy(found)}",
        "likely": page.likely(found),
        "next": found.next_time,
        "picture": picture,
        "look": found.box is not None,
        "fix": bool(found.remedy),
        "mended": mended,
    }
