"""Failure modes with known truth: pictures on which a matte goes wrong, and what is right.

case = wb.failures.case("hair", severity=0.7, seed=3)
case.image, case.alpha  # what is seen, and what a perfect matte would be

And what lessons are made of: any session step by step (``lesson``), what the model saw
(``causes``), a mode at all severities (``explore``), the reader's turn (``attempt``) and good ones
(``cure``).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .case import MODES, Case, case

if TYPE_CHECKING:
    from . import causes
    from .attempting import attempt
    from .beginning import begin
    from .comparing import Comparison, compare, error_map
    from .cures import CURES, Cure, cure
    from .exploring import explore
    from .lessons import Lesson, lesson
    from .light import FAULTS, LightCase, light_case
    from .scoring import Score, compare_each
    from .symptoms import Symptom, scored, sweep, symptom

_WHERE = {
    "attempt": "attempting", "begin": "beginning", "Comparison": "comparing",
    "compare": "comparing", "compare_each": "scoring", "error_map": "comparing",
    "CURES": "cures", "Cure": "cures",
    "cure": "cures", "explore": "exploring", "Lesson": "lessons", "lesson": "lessons",
    "FAULTS": "light", "LightCase": "light", "light_case": "light",
    "Score": "scoring", "scored": "symptoms", "Symptom": "symptoms", "sweep": "symptoms",
    "symptom": "symptoms",
}  # fmt: skip

__all__ = [
    "CURES", "FAULTS", "MODES", "Case", "Comparison", "Cure", "Lesson", "LightCase", "Score",
    "Symptom", "attempt", "begin", "case", "causes", "compare", "compare_each", "cure", "error_map",
    "explore", "lesson", "light_case", "scored", "sweep", "symptom",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # No submodule may have the name of a function here: importing it would hide the function.
    if name in _WHERE:
        value = getattr(import_module(f".{_WHERE[name]}", __name__), name)
    elif name == "causes":
        value = import_module(".causes", __name__)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value
