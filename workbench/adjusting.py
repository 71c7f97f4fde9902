"""Settings as verbs: what can be set of a subject's matte, and of one of its passes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

from . import edits as e
from .edges import PRESETS
from .errors import unknown_name
from .matte import matting_methods
from .settings import Settings


class Adjusting(ABC):
    """What has settings. Each method makes one edit; None leaves a value as it is."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """What holds now."""

    @abstractmethod
    def _set(self, edit: type[e.Setting], **values: Any) -> Self:
        """Make a setting's edit of this thing; returns itself."""

    def adjust(self, **settings: Any) -> Self:
        """Any settings by their names (``workbench.settings.Settings``); one edit a stage.

        Raises:
            UnknownNameError: no such setting. EditError: a value out of range.
        """
        parts: dict[type[e.Setting], dict[str, Any]] = {}
        for name, value in settings.items():
            parts.setdefault(e.setting_edit(name), {})[name] = value
        for edit, values in parts.items():
            self._set(edit, **values)
        return self

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
        *,
        drop_islands: float | None = None,
        fill_holes: float | None = None,
        despeckle: float | None = None,
        denoise: float | None = None,
        edge_blur: float | None = None,
        contract: float | None = None,
        preset: str | None = None,
    ) -> Self:
        """Edge settings, applied in the order of ``workbench.edges.ORDER``.

        Args:
            smooth: 0–100, the outline.
            feather: pixels, 0–250.
            contrast: 0–100.
            shift: −100…100 % of the radius; negative is inward.
            drop_islands: pieces of up to so many pixels' area, px²; ``workbench.edges.ALL`` for all
                but the largest and those that were clicked.
            fill_holes: holes of up to so many pixels' area, px².
            despeckle: a median of so many pixels' radius, whole, 0–3.
            denoise: 0–100, grain in the alpha.
            edge_blur: pixels of σ, 0–3, at the body's edge alone.
            contract: pixels, 0–5, inward, by fractions too.
            preset: a name out of ``workbench.edges.PRESETS``: its values, and 0 for the others,
                unless they are given.

        Raises:
            EditError: a value out of range, or none at all. UnknownNameError: no such preset.
        """
        given = {
            "smooth": smooth, "feather": feather, "contrast": contrast, "shift": shift,
            "drop_islands": drop_islands, "fill_holes": fill_holes, "despeckle": despeckle,
            "denoise": denoise, "edge_blur": edge_blur, "contract": contract,
        }  # fmt: skip
        if preset is not None:
            if preset not in PRESETS:
                raise unknown_name("preset", preset, PRESETS)
            base = {**dict.fromkeys(given, 0), **PRESETS[preset].settings}
            given = {name: base[name] if value is None else value for name, value in given.items()}
        return self._set(e.Edges, **given)

    def decontaminate(self, amount: float = 1.0) -> Self:
        """How far the old background's colour is taken out of the edge, 0–1."""
        return self._set(e.Decontaminate, amount=amount)
