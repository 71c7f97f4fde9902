"""Laying subjects over one another and over a background."""

from __future__ import annotations

from . import background, over, reflection, shadow

__all__ = ["background", "over", "reflection", "shadow"]
