"""Settings as verbs: what can be set of a subject's matte, and of one of its passes."""

from __future__ import annotations

import math
import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from . import edits as e
from .arrays import to_uint8
from .edges import PRESETS
from .errors import EditError, InputError, unknown_name
from .matte import (
    check_method,
    estimate_motion,
    matting_identity,
    matting_methods,
    matting_networks,
    suggest_blur_settings,
)
from .settings import REFINED, TRANSPARENT, Settings


class Adjusting(ABC):
    """What has settings. Each method makes one edit; None leaves a value as it is."""

    @property
    @abstractmethod
    def settings(self) -> Settings:
        """What holds now."""

    @abstractmethod
    def _set(self, edit: type[e.Setting], **values: Any) -> Self:
        """Make a setting's edit of this thing; returns itself."""

    @abstractmethod
    def _set_together(self, edits: Sequence[tuple[type[e.Setting], dict[str, Any]]]) -> Self:
        """Make several settings' edits of this thing, as one step; returns itself."""

    @abstractmethod
    def _keep_plate(self, plate: Any) -> str:
        """Keep a photo of the background with the session; the hash that names it."""

    @abstractmethod
    def _sight(self) -> tuple[np.ndarray, np.ndarray]:
        """The photo (h, w, 3) and the corrected mask (h, w), where the settings hold."""

    @abstractmethod
    def _behind_replaced(self, background: Any) -> np.ndarray:
        """(H, W, 3) float32: see replace_behind."""

    def _behind(self, behind: Any) -> str:
        """What lies behind as an edit has it: a colour and "" as they are, a plate by its hash."""
        if isinstance(behind, str) and (not behind or behind.startswith("#")):
            return behind
        return self._keep_plate(behind)

    def adjust(self, **settings: Any) -> Self:
        """Any settings by their names (``workbench.settings.Settings``); one edit a stage.

        A method is held to what ``matte`` asks of it, and pinned as it does.

        Raises:
            UnknownNameError: no such setting or method. EditError: a value out of range.
            InputError: something behind what is not transparent.
            LicenceError: a network that only ``matte`` can be told the use of.
        """
        if "behind" in settings:
            method = settings.setdefault("method", self.settings.method)
            if method != TRANSPARENT:
                raise InputError(
                    f"expected nothing behind for {method}, got {settings['behind']!r:.60}"
                )
            settings["behind"] = self._behind(settings["behind"])
        if {"method", "checkpoint"} & set(settings):
            method = settings.get("method", self.settings.method)
            settings.update(pinned(method, settings.get("checkpoint")))
        parts: dict[type[e.Setting], dict[str, Any]] = {}
        for name, value in settings.items():
            parts.setdefault(e.setting_edit(name), {})[name] = value
        for edit, values in parts.items():
            self._set(edit, **values)
        return self

    def trimap_settings(
        self, radius: float | None = None, smart: bool | None = None, depth: bool | None = None
    ) -> Self:
        """The band.

        Args:
            radius: half its width in pixels, 0–250.
            smart: wide where the photo is fine (up to four radii), narrow where an edge is crisp.
            depth: whether the depth map (``session.load_depth``) makes pixels of it sure.

        Raises:
            EditError: a value out of range, or depth without a map.
        """
        return self._set(e.TrimapSettings, radius=radius, smart=smart, depth=depth)

    def matte(
        self,
        method: str = REFINED,
        checkpoint: str | os.PathLike[str] | None = None,
        non_commercial: bool = False,
        behind: Any = None,
    ) -> Self:
        """How the alpha is solved in the band.

        Args:
            method: one of ``methods()``: see ``workbench.matte.matting_methods()``; "transparent"
                unmixes glass, water or a veil from what lies behind it.
            checkpoint: a weights file of your own for a network.
            non_commercial: that you do not use the result commercially; needed for networks whose
                licence does not allow that, or that come without one.
            behind: of "transparent": what lies behind, a colour #rrggbb, a photo of the same view
                without the thing (a path or an array of the photo's size), or None to guess it.

        Raises:
            UnknownNameError: no such method. InputError: a checkpoint for what is no network, or
                something behind what is not transparent. ArrayError: a plate of another size.
            LicenceError, WeightsError: the network cannot be had.
        """
        values = pinned(method, checkpoint, non_commercial)
        if behind is not None:
            if method != TRANSPARENT:
                raise InputError(f"expected nothing behind for {method}, got {behind!r:.60}")
            values["behind"] = self._behind(behind)
        return self._set(e.Matte, **values)

    def glass(self, highlights: float | None = 1.0) -> Self:
        """What is kept of a transparent thing, of the method "transparent".

        Args:
            highlights: how much of the light that it adds, its gleam and its reflections, 0–1; at
                first 1.

        Raises:
            EditError: a value out of range.
        """
        return self._set(e.Glass, highlights=highlights)

    def replace_behind(self, background: Any) -> np.ndarray:
        """The composite on a background, with what lies behind a transparent thing replaced by it
        and not taken out; makes no edit.

        The way out where the check says ``replace_behind``: a busy background, or glass that bends
        it. Where the mask has the thing, gleam, tint and what is bent stay as they were
        photographed; as they came from the old background, choose one that is like it.

        Args:
            background: as of ``session.composite``.

        Returns:
            (H, W, 3) uint8.

        Raises:
            EditError: its method is not "transparent". UnknownNameError: no such background.
        """
        if self.settings.method != TRANSPARENT:
            raise EditError(
                f"expected the method {TRANSPARENT} to replace what lies behind, got "
                f"{self.settings.method}"
            )
        return to_uint8(self._behind_replaced(background))

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
            shift: −100…100 % of the radius, so at a radius of 0 nothing (which is said then);
                negative is inward.
            drop_islands: pieces of up to so many pixels' area, px²; ``workbench.edges.ALL`` for all
                but the largest and those that were clicked.
            fill_holes: holes of up to so many pixels' area, px².
            despeckle: a median of so many pixels' radius, whole, 0–3.
            denoise: 0–100, grain in the alpha.
            edge_blur: pixels of σ, 0–3, at the body's edge alone.
            contract: pixels, 0–5, inward, by fractions too.
            preset: a name out of ``workbench.edges.PRESETS``: its values, and 0 for the others,
                unless they are given; one that takes off a cast sets that along with them.

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
            if PRESETS[preset].colours:
                colours = dict(PRESETS[preset].colours)
                return self._set_together([(e.Edges, given), (e.Cast, colours)])
        return self._set(e.Edges, **given)

    def match_blur(
        self,
        length: float | None = None,
        angle: float | None = None,
        defocus: float | None = None,
    ) -> Self:
        """The matte as blurred as the photo shows the subject: moved, or out of focus.

        The outline is blurred along the movement and by the disc, and counts for half beside what
        was solved. A band that is narrower than the blur is widened first, by an edit of its own.
        What is None is estimated from the photo now, and kept as a number.

        Args:
            length: of the movement, pixels, 0–250; 0 for none.
            angle: its direction, degrees clockwise from the x axis, 0–180.
            defocus: radius in pixels, 0–250; 0 for sharp.
        """
        given = {"length": length, "angle": angle, "defocus": defocus}
        if None in given.values():
            found = self.estimate_blur()
            if length is not None and angle is None and not found["length"]:
                # Not sure enough by itself; told that there is a movement, its best guess will do.
                found["angle"] = estimate_motion(*self._sight()).angle
            given = {name: found[name] if v is None else v for name, v in given.items()}
        values: dict[str, Any] = {
            "blur_length": given["length"], "blur_angle": given["angle"],
            "defocus": given["defocus"],
        }  # fmt: skip
        e.Blur(**values).check_values()  # before the band is touched
        along, around = float(values["blur_length"]), float(values["defocus"])
        if along > 1 or around >= 0.5:
            wide = float(min(250, math.ceil(max(along / 2, around) + 3)))
            if wide > self.settings.radius:
                self._set(e.TrimapSettings, radius=wide)
        return self._set(e.Blur, **values)

    def estimate_blur(self) -> dict[str, float]:
        """How blurred the photo shows the subject; makes no edit.

        Returns:
            ``length``, ``angle`` and ``defocus`` as ``match_blur`` takes them; length and defocus
            are 0 where nothing is sure enough, or too little to matter.
        """
        found = suggest_blur_settings(*self._sight())
        return {name: found[name] for name in ("length", "angle", "defocus")}

    def decontaminate(
        self,
        amount: float | None = 1.0,
        low: float | None = None,
        high: float | None = None,
        spill: str | None = None,
        spill_amount: float | None = None,
    ) -> Self:
        """How far the old background's colour is taken out of the edge.

        Args:
            amount: 0–1.
            low, high: alpha, 0–1, between which that is done in full; at first 10 and 240 of 255.
            spill: a screen whose light is taken off all of the subject's colours, as a chroma key
                does of its own: "green", "blue" or #rrggbb; "" for none, as at first. What has that
                hue itself turns greyer.
            spill_amount: how far, 0–1; at first 1.

        Raises:
            EditError: a value out of range, or no such screen.
        """
        return self._set(
            e.Decontaminate, amount=amount, low=low, high=high, spill=spill,
            spill_amount=spill_amount,
        )  # fmt: skip

    def remove_cast(self, amount: float | None = 1.0, reach: float | None = None) -> Self:
        """A cast of the old background taken off the subject's inside near the edge.

        Args:
            amount: 0–1; 0 is off, as at first.
            reach: pixels inward, 1–100; at first 20.
        """
        return self._set(e.Cast, cast=amount, cast_reach=reach)

    def frequency(
        self,
        amount: float | None = 1.0,
        radius: float | None = None,
        tone: float | None = None,
        detail: float | None = None,
    ) -> Self:
        """Frequency separation for hair: its colours put together from a low and a high band.

        Args:
            amount: 0–1; 0 is off, as at first.
            radius: pixels of σ that part the bands, 0.5–50; at first 8.
            tone: 0–1, how far the low band goes towards the subject's own hue; at first 0.5.
            detail: 0–3, how much of the high band is added back; at first 1, all of it.
        """
        return self._set(
            e.Frequency, hair=amount, hair_radius=radius, hair_tone=tone, hair_detail=detail
        )


def methods() -> tuple[str, ...]:
    """The names that ``matte`` knows, in order."""
    return (*matting_methods(), TRANSPARENT)


def ready_methods() -> tuple[str, ...]:
    """Those of ``methods`` that can be chosen without more ado: of networks, those whose package
    and weights are there and that may be used commercially (some milliseconds)."""
    ready = {name for name, state in matting_networks().items() if state.ready}
    return tuple(n for n in methods() if n in ready or n not in matting_networks(True))


def pinned(
    method: str,
    checkpoint: str | os.PathLike[str] | None = None,
    non_commercial: bool = False,
) -> dict[str, Any]:
    """A matting method as edits keep it: its name, and of a network weights file and identity.

    Raises: as ``Adjusting.matte``.
    """
    if method == TRANSPARENT:
        if checkpoint is not None:
            raise InputError(f"expected no checkpoint for {method}, got {checkpoint}")
        return {"method": method, "checkpoint": None, "identity": ""}
    method = check_method(method)
    identity = matting_identity(method, checkpoint, non_commercial)
    if checkpoint is not None and not identity:
        raise InputError(f"expected no checkpoint for {method}, got {checkpoint}")
    kept = None if checkpoint is None else str(Path(checkpoint).expanduser().resolve())
    return {"method": method, "checkpoint": kept, "identity": identity}
