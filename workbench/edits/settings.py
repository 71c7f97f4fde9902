"""Settings of a subject's matte: the band, how the alpha is solved, its edge, its colours."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import EditError, unknown_name
from ..screens import SCREENS
from .edit import Edit, check_hex, check_within, given, short

if TYPE_CHECKING:
    from ..state import SubjectState

RANGES: dict[str, tuple[float, float, str]] = {
    "radius": (0, 250, "a radius"),
    "highlights": (0, 1, "how much of the highlights"),
    "drop_islands": (0, 1e9, "islands to drop in px²"),
    "fill_holes": (0, 1e9, "holes to fill in px²"),
    "despeckle": (0, 3, "despeckle in pixels"),
    "denoise": (0, 100, "denoise"),
    "smooth": (0, 100, "smooth"),
    "edge_blur": (0, 3, "a blur of the edge in pixels"),
    "feather": (0, 250, "feather in pixels"),
    "contrast": (0, 100, "contrast"),
    "shift": (-100, 100, "shift in %"),
    "contract": (0, 5, "contract in pixels"),
    "blur_length": (0, 250, "a movement in pixels"),
    "blur_angle": (0, 180, "a direction in degrees"),
    "defocus": (0, 250, "a radius out of focus in pixels"),
    "amount": (0, 1, "an amount"),
    "low": (0, 1, "an alpha to clean from"),
    "high": (0, 1, "an alpha to clean to"),
    "spill_amount": (0, 1, "how much of a screen's light"),
    "cast": (0, 1, "how much of a cast"),
    "cast_reach": (1, 100, "a cast's reach in pixels"),
    "hair": (0, 1, "how much of a frequency separation"),
    "hair_radius": (0.5, 50, "a radius that parts the bands in pixels"),
    "hair_tone": (0, 1, "a tone"),
    "hair_detail": (0, 3, "a detail"),
    "light_exposure": (-4, 4, "an exposure in stops"),
    "light_warmth": (-4, 4, "a warmth in stops"),
    "light_tint": (-4, 4, "a tint in stops"),
}
"""The numbers among the settings: from, to, and what they are called."""


@dataclass(frozen=True, kw_only=True)
class Setting(Edit, abstract=True):
    """What sets values of ``workbench.settings.Settings``; None leaves a value as it is.

    Attributes:
        within: the id of the Pass whose settings these are; "" for the subject's own.
    """

    unsaid: ClassVar[frozenset[str]] = frozenset({"within"})
    within: str = ""

    def checked(self, shape: tuple[int, int]) -> Edit:
        """See Edit.checked."""
        self.check_values()
        if not self.sets():
            raise EditError(f"expected a value for {type(self).__name__} to set, got none")
        return self

    def check_values(self) -> None:
        """Hold that its numbers are within RANGES, and what lies behind is a colour or a plate.

        Raises:
            EditError: one is not.
        """
        behind = getattr(self, "behind", None)
        if behind and not re.fullmatch("[0-9a-f]{24}", behind):
            check_hex(behind)
        for name, value in self.sets().items():
            if name in RANGES:
                check_within(value, *RANGES[name])

    @property
    def blobs(self) -> tuple[str, ...]:
        """See Edit.blobs."""
        behind = getattr(self, "behind", None)
        return (behind,) if behind and not behind.startswith("#") else ()

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        if self.within and all(one.id != self.within for one in subject.passes):
            raise EditError(f"expected the id of a pass of {subject.name!r}, got {self.within!r}")

    def sets(self) -> dict[str, Any]:
        """The settings that it sets, by name."""
        shared = {f.name for f in fields(Setting)}
        return given(self, *(f.name for f in fields(self) if f.name not in shared))


def setting_edit(name: str) -> type[Setting]:
    """The edit that sets a setting, by the setting's name.

    Raises:
        UnknownNameError: no edit sets one of that name.
    """
    for kind in _PARTS:
        if name in {f.name for f in fields(kind)} - {f.name for f in fields(Setting)}:
            return kind
    known = {f.name for kind in _PARTS for f in fields(kind)} - {f.name for f in fields(Setting)}
    raise unknown_name("setting", name, sorted(known))


@dataclass(frozen=True, kw_only=True)
class TrimapSettings(Setting):
    """The band.

    Attributes:
        radius: half its width in pixels of the image, 0–250.
        smart: wide where the photo is fine, narrow where an edge is crisp.
        depth: whether the photo's depth map makes pixels of it sure.
    """

    stage: ClassVar[str] = "trimap"
    unsaid: ClassVar[frozenset[str]] = Setting.unsaid | {"smart", "depth"}
    radius: float | None = None
    smart: bool | None = None
    depth: bool | None = None

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        super().check_on(subject)
        if self.depth and subject.depth is None:
            raise EditError("expected a depth map for the band, got none: load one first")

    def words(self) -> str:
        """See Edit.words."""
        said = [] if self.radius is None else [f"radius {short(self.radius)} px"]
        said += [] if self.smart is None else [f"smart radius {'on' if self.smart else 'off'}"]
        if self.depth is not None:
            said += [f"depth map {'counts' if self.depth else 'left out'}"]
        return ", ".join(said).capitalize()


@dataclass(frozen=True, kw_only=True)
class UseMatting(Edit):
    """How the alpha of subjects that are added from here on is solved at first.

    A session begins with one. Without it, as in those from before there was one, that is
    "closed_form".

    Attributes:
        method, identity: as of ``Matte``.
    """

    stage: ClassVar[str] = "alpha"
    whole: ClassVar[bool] = True
    method: str
    identity: str = ""

    def words(self) -> str:
        """See Edit.words."""
        return f"New subjects' mattes by {self.method}"


@dataclass(frozen=True, kw_only=True)
class Matte(Setting):
    """How the alpha is solved in the band.

    Attributes:
        method: see ``matte.matting_methods()``.
        checkpoint: a network's weights file of the person's own, or None for the catalogue's.
        identity: a network's name and weights, pinned so that a replay cannot drift.
        behind: what lies behind a transparent thing, of the method "transparent": a colour #rrggbb,
            a plate by the hash of its pixels, or "" to guess it.
    """

    stage: ClassVar[str] = "alpha"
    unsaid: ClassVar[frozenset[str]] = Setting.unsaid | {"checkpoint", "identity", "behind"}
    method: str = "closed_form"
    checkpoint: str | None = None
    identity: str = ""
    behind: str = ""

    def sets(self) -> dict[str, Any]:
        """See Setting.sets."""
        # Another method goes without the weights of the one before.
        return {**super().sets(), "checkpoint": self.checkpoint}

    def words(self) -> str:
        """See Edit.words."""
        return f"Matte by {self.method}"


@dataclass(frozen=True, kw_only=True)
class Glass(Setting):
    """What is kept of a transparent thing, of the method "transparent".

    Attributes:
        highlights: how much of the light that it adds, its gleam and its reflections, 0–1.
    """

    stage: ClassVar[str] = "alpha"
    highlights: float | None = None

    def words(self) -> str:
        """See Edit.words."""
        return "Glass" if self.highlights is None else f"Keep {self.highlights:.0%} of the gleam"


@dataclass(frozen=True, kw_only=True)
class Edges(Setting):
    """Edge settings, as in Select and Mask, and the clean-up before them.

    Attributes:
        smooth: 0–100.
        feather: pixels, 0–250.
        contrast: 0–100.
        shift: −100…100 % of the radius; negative is inward.
        drop_islands, fill_holes: pieces and holes of up to so many pixels' area, px².
        despeckle: whole pixels, 0–3. denoise: 0–100.
        edge_blur: pixels of σ, 0–3, at the body's edge alone. contract: pixels, 0–5.
    """

    stage: ClassVar[str] = "edges"
    unsaid: ClassVar[frozenset[str]] = Setting.unsaid | {
        "drop_islands", "fill_holes", "despeckle", "denoise", "edge_blur", "contract",
    }  # fmt: skip
    smooth: float | None = None
    feather: float | None = None
    contrast: float | None = None
    shift: float | None = None
    drop_islands: float | None = None
    fill_holes: float | None = None
    despeckle: float | None = None
    denoise: float | None = None
    edge_blur: float | None = None
    contract: float | None = None

    def check_values(self) -> None:
        """See Setting.check_values; and despeckle is whole."""
        super().check_values()
        if self.despeckle is not None and self.despeckle != int(self.despeckle):
            raise EditError(f"expected despeckle in whole pixels, got {self.despeckle:g}")

    def words(self) -> str:
        """See Edit.words."""
        sets = self.sets()
        at_work = {name: value for name, value in sets.items() if value}
        # A preset sets them all: what it does is said, and that it does nothing else.
        rest = bool(at_work) and len(sets) - len(at_work) > 2
        said = [f"{name.replace('_', ' ')} {short(value)}"
                for name, value in (at_work if rest else sets).items()]  # fmt: skip
        return "Edges: " + ", ".join([*said, "the rest 0"] if rest else said)


@dataclass(frozen=True, kw_only=True)
class Blur(Setting):
    """How blurred the subject is in the photo: its outline is blurred to match, never sharpened.

    Attributes:
        blur_length: pixels that it moved, 0–250. blur_angle: degrees clockwise from the x axis,
            0–180. defocus: out of focus, a radius in pixels, 0–250.
    """

    stage: ClassVar[str] = "blur"
    blur_length: float | None = None
    blur_angle: float | None = None
    defocus: float | None = None

    def words(self) -> str:
        """See Edit.words."""
        if self.blur_length == 0 and self.defocus == 0:
            return "Match no blur: neither moved nor out of focus"
        said = [f"{short(self.blur_length)} px of movement"] if self.blur_length else []
        said += [f"at {short(self.blur_angle)}°"] if self.blur_angle is not None else []
        said += [f"{short(self.defocus)} px out of focus"] if self.defocus else []
        return f"Match the blur, {', '.join(said) or 'less of it'}"


@dataclass(frozen=True, kw_only=True)
class Decontaminate(Setting):
    """How far the old background's colour is taken out of the edge.

    Attributes:
        amount: 0–1. low, high: alpha, 0–1, between which that is done in full.
        spill: a screen whose light is taken off the subject's colours too, one of ``SCREENS`` or
            #rrggbb; "" for none. spill_amount: how far, 0–1.
    """

    stage: ClassVar[str] = "foreground"
    unsaid: ClassVar[frozenset[str]] = Setting.unsaid | {"low", "high", "spill", "spill_amount"}
    amount: float | None = None
    low: float | None = None
    high: float | None = None
    spill: str | None = None
    spill_amount: float | None = None

    def check_values(self) -> None:
        """See Setting.check_values; and the screen is one."""
        super().check_values()
        if self.spill and self.spill not in SCREENS:
            check_hex(self.spill)

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on: together with what holds already, low is not above high."""
        super().check_on(subject)
        now = {one.id: one.settings(subject.settings) for one in subject.passes}
        held = now.get(self.within, subject.settings)
        low = held.low if self.low is None else self.low
        high = held.high if self.high is None else self.high
        if low > high:
            raise EditError(f"expected low at most high, got low {low:g} and high {high:g}")

    def words(self) -> str:
        """See Edit.words."""
        said = [] if self.amount is None else [f"{self.amount:.0%}"]
        for word, value in (("from alpha", self.low), ("to alpha", self.high)):
            said += [] if value is None else [f"{word} {value:.2f}"]
        if self.spill is not None:
            said.append(f"{self.spill} spill off" if self.spill else "no screen's spill")
        said += [] if self.spill_amount is None else [f"{self.spill_amount:.0%} of the spill"]
        return f"Decontaminate {', '.join(said)}"


@dataclass(frozen=True, kw_only=True)
class Cast(Setting):
    """A cast of the old background taken off the subject's inside near the edge.

    Attributes:
        cast: how far, 0–1. cast_reach: pixels inward, 1–100.
    """

    stage: ClassVar[str] = "foreground"
    cast: float | None = None
    cast_reach: float | None = None

    def words(self) -> str:
        """See Edit.words."""
        said = [] if self.cast is None else [f"{self.cast:.0%}"]
        said += [] if self.cast_reach is None else [f"{short(self.cast_reach)} px inward"]
        return f"Take off the background's cast, {', '.join(said)}"


@dataclass(frozen=True, kw_only=True)
class Frequency(Setting):
    """Frequency separation for hair: its colours put together from a low and a high band.

    Attributes:
        hair: how far, 0–1. hair_radius: pixels of σ that part the bands, 0.5–50. hair_tone: 0–1,
            how far the low one goes towards the subject's own hue. hair_detail: 0–3, how much of
            the high one there is.
    """

    stage: ClassVar[str] = "foreground"
    hair: float | None = None
    hair_radius: float | None = None
    hair_tone: float | None = None
    hair_detail: float | None = None

    def words(self) -> str:
        """See Edit.words."""
        said = [] if self.hair is None else [f"{self.hair:.0%}"]
        said += [] if self.hair_radius is None else [f"{short(self.hair_radius)} px"]
        said += [] if self.hair_tone is None else [f"tone {short(self.hair_tone)}"]
        said += [] if self.hair_detail is None else [f"detail {short(self.hair_detail)}"]
        return f"Frequency separation, {', '.join(said)}"


@dataclass(frozen=True, kw_only=True)
class Light(Setting):
    """The light that the subject's colours are put into, as of another place.

    Attributes:
        light_exposure: stops, −4…4. light_warmth: of red over blue. light_tint: of both over green.
    """

    stage: ClassVar[str] = "light"
    light_exposure: float | None = None
    light_warmth: float | None = None
    light_tint: float | None = None

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on: light falls on all of a subject."""
        super().check_on(subject)
        if self.within:
            raise EditError("expected light for the whole subject, got it for one of its passes")

    def words(self) -> str:
        """See Edit.words."""
        values = (self.light_exposure, self.light_warmth, self.light_tint)
        units = ("EV", "warmer", "pinker")
        said = [f"{v:+.2g} {unit}" for v, unit in zip(values, units, strict=True) if v]
        return f"Light: {', '.join(said) or 'as photographed'}"


@dataclass(frozen=True, kw_only=True)
class Insist(Setting):
    """Whether a pass is laid in whatever it says, or only where it is the more confident."""

    stage: ClassVar[str] = "edges"
    always: bool | None = None

    def check_on(self, subject: SubjectState) -> None:
        """See Edit.check_on."""
        super().check_on(subject)
        if not self.within:
            raise EditError(
                "expected a pass to insist on, got the whole subject: it has no other answer"
            )

    def words(self) -> str:
        """See Edit.words."""
        return "The pass counts in any case" if self.always else "The more confident answer counts"


_PARTS: tuple[type[Setting], ...] = (
    TrimapSettings, Matte, Glass, Edges, Blur, Decontaminate, Cast, Frequency, Insist, Light,
)  # fmt: skip
"""Each setting is in one of these."""
