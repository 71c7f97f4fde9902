"""The tab Edge: every setting of the matte, of the whole subject or of one of its passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w

from ... import edits as e
from ...adjusting import Adjusting, ready_methods
from ...edges import ALL, PRESETS
from ...matte import Proposal
from ...screens import SCREENS
from ...session import Session
from ...settings import TRANSPARENT, Settings
from ..worker import Worker
from .controls import Quiet, button, choice, finely, row, slider
from .live import Live

PIXELS = (
    *(0.5 * n for n in range(20)), *range(10, 30), *range(30, 100, 5), *range(100, 251, 10),
)  # fmt: skip
"""Widths in pixels, 0 to 250, as the sliders go through them."""

AREAS = (0, 4, 9, 16, 25, 50, 100, 200, 400, 800, 1600, 3200, 6400, 12800)
"""Areas in px² likewise."""


@dataclass(frozen=True)
class Control:
    """A number among the settings, as a slider.

    Attributes:
        setting: its name in ``workbench.settings.Settings``. name, words: label and tooltip.
        low, high, step: of the slider. through: the values that it goes through instead.
    """

    setting: str
    name: str
    words: str
    low: float = 0
    high: float = 1
    step: float = 0.05
    through: tuple[float, ...] = ()

    def made(self) -> w.Widget:
        """The slider, which reports every value while it is dragged."""
        if self.through:
            return finely(self.name, self.words, self.through)
        start = max(self.low, 0)
        return slider(self.name, self.words, self.low, self.high, self.step, start, live=True)

    def show(self, slider: w.Widget, value: float) -> None:
        """Have its slider show a value, or the one next to it that it has."""
        slider.value = self.nearest(value) if self.through else min(max(value, self.low), self.high)

    def nearest(self, value: float) -> float:
        """The value next to one that its slider has."""
        if self.through:
            return min(self.through, key=lambda one: abs(one - value))
        steps = round((value - self.low) / self.step)
        return round(min(max(self.low + steps * self.step, self.low), self.high), 6)


SECTIONS = {
    "Band": (
        Control("radius", "Radius", "How far to search for the edge, px: more for hair",
                through=PIXELS),
        Control("highlights", "Gleam", "How much of a transparent thing's highlights and "
                "reflections is kept"),
    ),
    "Clean-up": (
        Control("drop_islands", "Drop islands", "Loose pieces of up to so many pixels' area, px²; "
                "what was clicked stays", through=AREAS),
        Control("fill_holes", "Fill holes", "Holes of up to so many pixels' area, px²",
                through=AREAS),
        Control("despeckle", "Despeckle", "Specks out of the alpha, px (a median)", 0, 3, 1),
        Control("denoise", "Denoise", "Grain out of the alpha, 0–100", 0, 100, 1),
    ),
    "Edge": (
        Control("smooth", "Smooth", "Even out a ragged outline, 0–100", 0, 100, 1),
        Control("edge_blur", "Blur edge", "The articles' last touch: 0.5–1 px at the edge of the "
                "body alone", 0, 3, 0.1),
        Control("feather", "Feather", "Soften the edge, px", through=PIXELS),
        Control("contrast", "Contrast", "Make a soft edge crisper, 0–100", 0, 100, 1),
        Control("shift", "Shift edge", "Outward or inward, % of the radius", -100, 100, 5),
        Control("contract", "Contract", "Move the edge inward by fractions of a pixel, px", 0, 5,
                0.1),
    ),
    "Motion and focus": (
        Control("blur_length", "Movement", "How far the subject moved while the shutter was open, "
                "px: its outline is blurred to match", through=PIXELS),
        Control("blur_angle", "Direction", "Of the movement, degrees clockwise from the x axis", 0,
                180, 1),
        Control("defocus", "Out of focus", "How far the subject is out of focus, a radius in px",
                through=PIXELS),
    ),
    "Colours": (
        Control("amount", "Clean colour", "Take the old background out of the edge"),
        Control("spill_amount", "Spill", "How far the light of the screen that is chosen above is "
                "taken off the subject"),
        Control("cast", "Cast", "Take the tint that the old background threw off the "
                "subject's inside near the edge"),
        Control("cast_reach", "Cast reach", "How far inward the cast is looked for, px", 1, 100, 1),
    ),
    "Light": (
        Control("light_exposure", "Exposure", "As if the subject stood in more or less light, "
                "stops", -4, 4, 0.05),
        Control("light_warmth", "Warmth", "Of its light: red over blue, stops", -4, 4, 0.05),
        Control("light_tint", "Tint", "Of its light: pink over green, stops", -4, 4, 0.05),
    ),
    "Hair (frequency separation)": (
        Control("hair", "Amount", "Put the hair's colours together from a cleaned low and a "
                "detailed high band"),
        Control("hair_radius", "Parting", "What is finer than this is detail, px", 0.5, 50, 0.5),
        Control("hair_tone", "Tone", "How far the low band goes towards the subject's own hue"),
        Control("hair_detail", "Detail", "How much of the high band is added back; 1 is all of it",
                0, 3, 0.1),
    ),
}  # fmt: skip
"""The sliders, as they lie in the tab: in the order in which what they set is applied."""

_OPEN = ("Band", "Edge", "Colours")  # the others are folded up at first
_WHOLE = "the whole subject"


class MattePanel:
    """Band, matting method, edges, clean-up and colours, of the subject or of a pass.

    Args:
        do: makes an edit. try_on: shows what a setting would do, before it is made; None for
            nothing to try on any more.
        worker: looks at the photo. say, failed: for the status line.
        colour: gives the colour that the eyedropper took last, #rrggbb.
    """

    def __init__(
        self,
        do: Callable[[Callable[[Session], Any]], None],
        try_on: Callable[[e.Edit | None], None],
        worker: Worker,
        say: Callable[[str], None],
        failed: Callable[[BaseException], None],
        colour: Callable[[], str],
    ) -> None:
        self._colour = colour
        self._do, self._quiet = do, Quiet()
        self._worker, self._say, self._failed = worker, say, failed
        self._session: Session | None = None
        self.live = Live(self._tried, self._set)
        self._try_on = try_on
        self._known: set[str] = set()  # the passes that were shown
        self._known_of = ""  # the subject that they are of
        self._pass: str = ""  # whose settings are shown; "" for the subject's own
        self._of = choice("Settings of", "The whole subject, or one of its passes", ())
        self._gone = button("Remove pass", "Take this pass back", self._on_remove, "times")
        self._propose = button(
            "Propose passes",
            "Look along the outline for crisp edges, hair and transparent parts, and give each "
            "settings of its own; each can be undone",
            self._on_propose,
            "object-group",
        )
        self._preset = choice(
            "Preset",
            "Finishing touches by name: they set the sliders of Edge and Clean-up, and Cast where "
            "they say so",
            ("", *PRESETS),
        )
        # Looked for once: a network that is fetched meanwhile is there in the next widget.
        self._methods = ready_methods()
        self.method = choice("Method", "How the soft edge is solved", self._methods)
        self._behind = choice(
            "Behind", "What lies behind a transparent thing: guessed from around it, or one colour "
            "(take it with the Eyedropper)",
        )  # fmt: skip
        self._spill = choice(
            "Screen", "A screen whose light fell on the subject: green, blue, or one colour (take "
            "it with the Eyedropper)",
        )  # fmt: skip
        self._shadow, self._reflection = (
            w.ToggleButtons(
                options=[("Leave", "drop"), ("Under", "keep"), ("Apart", "lift")],
                tooltips=[
                    f"The {what} stays behind with the background",
                    f"The {what} is part of the cut-out, under the subject",
                    f"The {what} becomes a layer of its own",
                ],
                style={"button_width": "72px"},
            )
            for what in ("shadow", "reflection")
        )
        self._smart = w.ToggleButton(
            description="Smart radius", tooltip="Wide where the photo is fine, narrow where an "
            "edge is crisp", icon="leaf", layout=w.Layout(width="auto"),
        )  # fmt: skip
        self._depth = w.ToggleButton(
            description="Use depth", tooltip="The depth map says of pixels in the band what they "
            "are, where it parts subject and background", layout=w.Layout(width="auto"),
        )  # fmt: skip
        self._always = w.ToggleButton(
            description="Insist", tooltip="Lay this pass in whatever it says; else the "
            "more confident of the two answers wins", layout=w.Layout(width="auto"),
        )  # fmt: skip
        self._only = w.ToggleButton(
            description="One piece", tooltip="Drop every loose piece but the largest and those "
            "that were clicked", icon="dot-circle-o", layout=w.Layout(width="auto"),
        )  # fmt: skip
        self.sliders: dict[str, w.Widget] = {}
        groups: dict[str, list[w.Widget]] = {}
        for title, controls in SECTIONS.items():
            groups[title] = []
            for one in controls:
                made = one.made()
                made.observe(self._quiet.heard(self._moving(one)), "value")
                self.sliders[one.setting] = made
                groups[title].append(made)
        groups["Band"][:0] = [self.method, self._behind]
        groups["Band"].append(row(self._smart, self._depth))
        self._smart.observe(self._quiet.heard(lambda on: self._set("smart", on)), "value")
        self._depth.observe(self._quiet.heard(lambda on: self._set("depth", on)), "value")
        self._always.observe(self._quiet.heard(lambda on: self._set("always", on)), "value")
        groups["Edge"].insert(0, self._preset)
        groups["Colours"].insert(1, self._spill)
        self._spill.observe(self._quiet.heard(lambda screen: self._set("spill", screen)), "value")
        groups["Clean-up"].append(self._only)
        self._estimate = button(
            "Estimate", "Tell from the photo how the subject moved, or how far it is out of focus",
            self._on_estimate, "arrows-h",
        )  # fmt: skip
        groups["Motion and focus"].insert(0, self._estimate)
        self.method.observe(self._quiet.heard(self._on_method), "value")
        self._behind.observe(
            self._quiet.heard(
                lambda behind: self._do(
                    lambda s: self._target(s).adjust(method=TRANSPARENT, behind=behind)
                )
            ),
            "value",
        )
        self._shadow.observe(
            self._quiet.heard(lambda mode: self._do(lambda s: s.subject().shadow(mode))), "value"
        )
        self._reflection.observe(
            self._quiet.heard(lambda mode: self._do(lambda s: s.subject().reflection(mode))),
            "value",
        )
        self._preset.observe(self._quiet.heard(self._on_preset), "value")
        self._only.observe(
            self._quiet.heard(lambda on: self._set("drop_islands", ALL if on else 0)), "value"
        )
        self._of.observe(self._quiet.heard(self._on_of), "value")
        folds = [_fold(title, rows) for title, rows in groups.items()]
        folds.append(_fold("Shadow", [self._shadow]))
        folds.append(_fold("Reflection", [self._reflection]))
        self.widget = w.VBox([self._of, row(self._propose, self._always, self._gone), *folds])

    # ------------------------------------------------------------------------- whose settings

    def _target(self, session: Session) -> Adjusting:
        subject = session.subject()
        return next((one for one in subject.passes if one.id == self._pass), subject)

    def _on_method(self, method: str) -> None:
        # Not as a bare setting: a network is pinned by its weights.
        self._do(lambda session: self._target(session).matte(method))

    def _on_of(self, pass_id: str) -> None:
        self._pass = pass_id
        if self._session is not None:
            self.refresh(self._session)

    def _on_remove(self) -> None:
        gone, self._pass = self._pass, ""
        self._do(lambda session: session.retract(gone))

    def _on_propose(self) -> None:
        session = self._session
        if session is None or session.current is None:
            return
        subject, at = session.current, session.document

        def done(found: list[Proposal], seconds: float) -> None:
            if session is not self._session or session.document is not at:
                return  # something was done meanwhile
            if not found:
                self._say("Nothing along the outline asks for a pass of its own.")
            for one in found:
                self._do(partial(lambda proposal, _: subject.accept(proposal), one))

        self._worker.submit("passes", subject.propose_passes, done, self._failed)

    def _on_estimate(self) -> None:
        session = self._session
        if session is None or session.current is None:
            return
        target, at = self._target(session), session.document

        def done(found: dict[str, float], seconds: float) -> None:
            if session is not self._session or session.document is not at:
                return  # something was done meanwhile
            now, blurred = target.settings, found["length"] or found["defocus"]
            if not (blurred or now.blur_length or now.defocus):
                self._say("The subject is neither moved nor out of focus, as far as can be told.")
                return
            self._do(lambda _: target.match_blur(**found))

        self._worker.submit("blur", lambda token: target.estimate_blur(), done, self._failed)

    # ------------------------------------------------------------------------------- settings

    def _set(self, setting: str, value: Any) -> None:
        self._do(lambda session: self._target(session).adjust(**{setting: value}))

    def _tried(self, setting: str, value: Any) -> None:
        session = self._session
        if session is None or session.current is None:
            return
        within = "" if self._target(session) == session.current else self._pass
        self._try_on(
            e.setting_edit(setting)(subject=session.current.id, within=within, **{setting: value})
        )

    def _moving(self, control: Control) -> Callable[[Any], None]:
        def moved(value: float) -> None:
            # A page's slider says 20.000000000000004 of what it is given as 20, and 0.3 of 0.28
            # where it goes in tenths, all by itself.
            near = round(float(value), 6)
            if self._session is None or self._session.current is None:
                return
            now = getattr(self._target(self._session).settings, control.setting)
            if near not in (now, control.nearest(now)) or self.live.waits:
                self.live.moved(control.setting, near)

        return moved

    def _on_preset(self, name: str) -> None:
        if name:
            self._do(lambda session: self._target(session).edges(preset=name))

    def refresh(self, session: Session) -> None:
        """Show the settings of the current subject, or of the pass that was chosen."""
        self._session = session
        if session.current is None:
            return
        passes = session.current.passes
        new = [one.id for one in passes if one.id not in self._known]
        if new and self._known_of == session.current.id:
            self._pass = new[-1]  # what was just drawn is what one goes on with
        self._known, self._known_of = {one.id for one in passes}, session.current.id
        if all(one.id != self._pass for one in passes):
            self._pass = ""
        with self._quiet():
            names = [(_WHOLE, "")]
            for n, one in enumerate(passes, start=1):
                kind = one.state.edit.kind
                names.append((f"pass {n}{f': {kind}' if kind else ''}", one.id))
            if list(self._of.options) != names:  # setting them is a message to the page each time
                self._of.options = names
            self._of.value = self._pass
            for own in (self._gone, self._always):
                own.layout.display = "" if self._pass else "none"
            now = self._target(session).settings
            # One that cannot be chosen is shown where it is in force, and then alone.
            also = () if now.method in self._methods else (now.method,)
            if tuple(self.method.options) != (*self._methods, *also):
                self.method.options = (*self._methods, *also)
            self.method.value = now.method
            for one in (self._behind, self.sliders["highlights"]):
                one.layout.display = "" if now.method == TRANSPARENT else "none"
            backgrounds = self._backgrounds(now.behind)
            if list(self._behind.options) != backgrounds:
                self._behind.options = backgrounds
            self._behind.value = now.behind
            screens = self._screens(now.spill)
            if list(self._spill.options) != screens:
                self._spill.options = screens
            self._spill.value = now.spill
            self._shadow.value = session.current.state.shadow
            self._reflection.value = session.current.state.reflection
            self._only.value = now.drop_islands >= ALL
            self._smart.value, self._depth.value = now.smart, now.depth
            self._always.value = now.always
            loaded = session.current.state.depth is not None
            self._depth.layout.display = "" if loaded else "none"
            for control in (each for controls in SECTIONS.values() for each in controls):
                control.show(self.sliders[control.setting], getattr(now, control.setting))
            self._preset.value = _named(now)

    def _backgrounds(self, now: str) -> list[tuple[str, str]]:
        """What may lie behind a transparent thing: a guess, what holds now, the colour taken."""
        taken = self._colour()
        found = {"": "guess it from around", taken: f"the colour taken, {taken}"}
        if now and now != taken:
            found[now] = now if now.startswith("#") else "a photo without the thing"
        return [(words, behind) for behind, words in found.items()]

    def _screens(self, now: str) -> list[tuple[str, str]]:
        """Whose light may be taken off: none, a known screen, what holds now, the colour taken."""
        taken = self._colour()
        found = {"": "none", **{name: name for name in SCREENS}}
        found |= {colour: colour for colour in (now, taken) if colour not in found}
        return [(words, screen) for screen, words in found.items()]


def _named(now: Settings) -> str:
    """The preset that is in force; "" for none. Of two, the one that says more."""
    edges = now.part("edges")
    alike = [
        name
        for name, preset in PRESETS.items()
        if name != "as solved"  # it is what everything starts from
        and {**dict.fromkeys(edges, 0), **preset.settings} == edges
        and all(getattr(now, setting) == value for setting, value in preset.colours.items())
    ]
    return max(alike, key=lambda name: len(PRESETS[name].colours), default="")


def _fold(title: str, rows: list[w.Widget]) -> w.Accordion:
    made = w.Accordion([w.VBox(rows)], titles=(title,))
    made.selected_index = 0 if title in _OPEN else None
    made.add_class("wb-fold")
    return made
