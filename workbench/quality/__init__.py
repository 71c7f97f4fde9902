"""How good a matte is: measures against a truth, and checks without one."""

from __future__ import annotations

from . import metrics

__all__ = ["metrics"]
