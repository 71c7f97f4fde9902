"""How a mask becomes a matte: every setting with its default, and the stage that it belongs to.

A setting is a field here, a value of an edit in ``edits/settings.py``, and a parameter of the
function that its stage calls; nothing between them names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

TRANSPARENT = "transparent"
"""The method that is no solver of a band: it unmixes a region from what lies behind."""


MASK = "none"
"""The method that solves nothing: the alpha is the mask itself."""


ALL = 1e9
"""An area in px² above any photo's: all islands but the largest, or those that were asked for."""


def _of(stage: str, default: Any, grows: int = 0, least: float = 0.0, whole: bool = False) -> Any:
    """``grows``: with what power of the photo's size a value goes that is to mean the same: 1 for a
    length, 2 for an area, 0 for what is no measure. ``least``: below which it may not fall where it
    is not 0. ``whole``: whether it is a whole number."""
    told = {"stage": stage, "grows": grows, "least": least, "whole": whole}
    return field(default=default, metadata=told)


REFINED = "refined"
"""The method that subjects of a new session begin with; see ``matte.refined``."""


@dataclass(frozen=True)
class Settings:
    """The settings of one subject's matte, or of one pass over a part of it.

    Attributes:
        radius: half the band's width, px, 0–250. smart: whether it is wide where the photo is fine
            and narrow where an edge is crisp. depth: whether the photo's depth map, if there is
            one, makes pixels of it sure.
        method: how the alpha is solved in the band. checkpoint: the weights file of a network, None
            for the catalogue's. identity: what it was pinned to, "" for what is no network.
            behind: what lies behind a transparent thing: a colour #rrggbb, a plate by its hash, or
            "" to guess it from around. highlights: how much of the light that such a thing adds is
            kept, 0–1.
        drop_islands, fill_holes: px². despeckle: px, 0–3. denoise: 0–100. smooth, contrast: 0–100.
            edge_blur: px of σ, 0–3. feather: px, 0–250. shift: −100…100 % of the radius. contract:
            px, 0–5.
        blur_length, blur_angle: how far the subject moved while the shutter was open, px, 0–250,
            and in which direction, degrees clockwise from the x axis, 0–180. defocus: how far it is
            out of focus, a radius in px, 0–250.
        amount: how far the old background's colour is taken out of the edge, 0–1. low, high: alpha,
            0–1, between which that is done in full.
        spill: a screen whose light is taken off the colours, "green", "blue" or #rrggbb; "" for
            none but a chroma key's. spill_amount: how far, 0–1.
        cast: how far a cast of the old background is taken off the subject's inside near the edge,
            0–1. cast_reach: px inward, 1–100.
        hair: how far colours are put together anew from a cleaned low and a detailed high band,
            0–1. hair_radius: px of σ that parts them, 0.5–50. hair_tone: 0–1, of the low one.
            hair_detail: 0–3, of the high one.
        always: of a pass, whether it is laid in whatever it says; else the more confident of two
            answers wins.
        light_exposure, light_warmth, light_tint: the light that its colours are put into, stops,
            −4…4 each; see ``workbench.lighting``.
    """

    radius: float = _of("trimap", 10.0, 1, 1.0)
    smart: bool = _of("trimap", True)
    depth: bool = _of("trimap", False)
    method: str = _of("alpha", "closed_form")
    checkpoint: str | None = _of("alpha", None)
    identity: str = _of("alpha", "")
    behind: str = _of("alpha", "")
    highlights: float = _of("alpha", 1.0)
    drop_islands: float = _of("edges", 0.0, 2)
    fill_holes: float = _of("edges", 0.0, 2)
    despeckle: float = _of("edges", 0.0, 1, whole=True)
    denoise: float = _of("edges", 0.0)
    smooth: float = _of("edges", 0.0, 1)
    edge_blur: float = _of("edges", 0.0, 1)
    feather: float = _of("edges", 0.0, 1)
    contrast: float = _of("edges", 0.0)
    shift: float = _of("edges", 0.0)
    contract: float = _of("edges", 0.0, 1)
    blur_length: float = _of("blur", 0.0, 1)
    blur_angle: float = _of("blur", 0.0)
    defocus: float = _of("blur", 0.0, 1)
    amount: float = _of("foreground", 1.0)
    low: float = _of("foreground", 10 / 255)
    high: float = _of("foreground", 240 / 255)
    spill: str = _of("foreground", "")
    spill_amount: float = _of("foreground", 1.0)
    cast: float = _of("foreground", 0.0)
    cast_reach: float = _of("foreground", 20.0, 1, 1.0)
    hair: float = _of("foreground", 0.0)
    hair_radius: float = _of("foreground", 8.0, 1, 0.5)
    hair_tone: float = _of("foreground", 0.5)
    hair_detail: float = _of("foreground", 1.0)
    always: bool = _of("pass", False)
    light_exposure: float = _of("light", 0.0)
    light_warmth: float = _of("light", 0.0)
    light_tint: float = _of("light", 0.0)

    def part(self, stage: str) -> dict[str, Any]:
        """The settings of one stage ("trimap", "alpha", "edges", "blur", "foreground",
        "pass", "light"), by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.metadata["stage"] == stage}


def scaled(values: dict[str, Any], factor: float) -> dict[str, Any]:
    """Settings, by name, that mean on a photo of another size what these do on this one.

    Args:
        values: fields of ``Settings``.
        factor: the other photo's size, of this one's.
    """
    out = dict(values)
    for of in fields(Settings):
        told, value = of.metadata, out.get(of.name)
        if not told["grows"] or not value or value >= ALL:
            continue
        value = max(told["least"], value * factor ** told["grows"])
        out[of.name] = round(value) if told["whole"] else value
    return out
