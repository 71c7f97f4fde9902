"""Settings as verbs: what can be set of a subject's matte, and of one of its passes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from . import edits as e
from .errors import unknown_name
from .matte import matting_methods


class Adjusting(ABC):
    """What has settings. Each method makes one edit; None leaves a value as it is."""

    @abstractmethod
    def _set(self, edit: type[e.Setting], **values: Any) -> Self:
        """Make a setting's edit of this thing; returns itself."""

    def trimap_settings(self, radius: float | None = None) -> Self:
        """The band. radius: half its width in pixels, 0–250."""
        return self._set(e.TrimapSettings, radius=radius)

    def matte(self, method: str = "closed_form") -> Self:
        """How the alpha is solved in the band: see ``workbench.matte.matting_methods()``."""
        if method not in matting_methods():
            raise unknown_name("matting method", method, matting_methods())
        return self._set(e.Matte, method=method)

    def edges(
        self,
        smooth: float | None = None,
        feather: float | None = None,
        contrast: float | None = None,
        shift: float | None = None,
    ) -> Self:
        """Edge settings.

        Args:
            smooth: 0–100.
            feather: pixels, 0–250.
            contrast: 0–100.
            shift: −100…100 % of the radius; negative is inward.
        """
        return self._set(e.Edges, smooth=smooth, feather=feather, contrast=contrast, shift=shift)

    def decontaminate(self, amount: float = 1.0) -> Self:
        """How far the old background's colour is taken out of the edge, 0–1."""
        return self._set(e.Decontaminate, amount=amount)
