"""Failure modes with known truth: pictures on which a matte goes wrong, and what is right.

case = wb.failures.case("hair", severity=0.7, seed=3)
case.image, case.alpha  # what is seen, and what a perfect matte would be
"""

from __future__ import annotations

from .case import MODES, Case, case

__all__ = ["MODES", "Case", "case"]
