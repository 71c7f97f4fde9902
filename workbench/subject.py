"""One subject of a session: itself, and its passes. Each method makes one edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from . import edits as e
from . import lighting, matte
from .adjusting import Adjusting, pinned
from .arrays import to_float
from .asking import Asking
from .compose import background as backgrounds
from .coordinates import Point, check_outline
from .errors import EditError, InputError, expect, unknown_name
from .handle import sequence
from .mattes import Way
from .painting import Painting
from .progress import Progress, report
from .quality.finding import Finding
from .render import Render, SubjectRender
from .selecting import Selecting
from .settings import MASK, REFINED, TRANSPARENT, Settings
from .subject_pass import SubjectPass


class Subject(Asking, Selecting, Painting, Adjusting):
    """A handle on one subject of a session: what is done through it becomes an edit.

    Every method that makes an edit returns the subject, so that calls can be chained. Its verbs
    are in the modules of its base classes: asking, selecting, painting, adjusting.
    """

    def __repr__(self) -> str:
        return f"Subject({self.name!r}{', hidden' if self.hidden else ''})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Subject) and (other.session, other.id) == (self.session, self.id)

    def __hash__(self) -> int:
        return hash(self.id)

    @property
    def name(self) -> str:
        """Its name, unique in the session."""
        return self.state.name

    @property
    def colour(self) -> str:
        """Its colour on the canvas, #rrggbb."""
        return self.state.colour

    @property
    def hidden(self) -> bool:
        """Whether it is left out of the combined alpha, the composite and the export."""
        return self.state.hidden

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32 in [0, 1]: the chosen candidate, with the corrections in it."""
        return self.session.render(lambda r: r.subject(self.id).corrected)

    @property
    def notes(self) -> tuple[str, ...]:
        """What had to be repaired on the way to the alpha, in words."""
        return self.session.render(lambda r: r.subject(self.id).notes)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth a warning in the last answer: a click that made the mask collapse."""
        return self.session.render(lambda r: r.subject(self.id).findings)

    # ------------------------------------------------------------------------- settings

    def _set(self, edit: type[e.Setting], **values: Any) -> Subject:
        return self._do(edit(subject=self.id, **values))

    def _set_together(self, edits: Sequence[tuple[type[e.Setting], dict[str, Any]]]) -> Subject:
        self.session.do_together([edit(subject=self.id, **values) for edit, values in edits])
        return self

    def _keep_plate(self, plate: Any) -> str:
        return self.session._keep_picture(plate)

    def _behind_replaced(
        self, background: Any, way: Callable[[SubjectRender], Way] = lambda r: r.base
    ) -> np.ndarray:
        new = backgrounds.background(background, self.session.photo.shape)
        laid = to_float(self.session.composite(background))
        return self.session.render(lambda r: way(r.subject(self.id)).behind_replaced(new, laid))

    def _sight(self) -> tuple[np.ndarray, np.ndarray]:
        return self.session.photo.pixels, self.mask

    @property
    def settings(self) -> Settings:
        """How its mask becomes a matte."""
        return self.state.settings

    def light(
        self,
        exposure: float | None = None,
        warmth: float | None = None,
        tint: float | None = None,
    ) -> Subject:
        """The light that its colours are put into; 0 is as they were photographed.

        Args:
            exposure: stops, −4…4. warmth: stops of red over blue. tint: of both over green.

        Raises:
            EditError: a value out of range, or none at all.
        """
        return self._set(e.Light, light_exposure=exposure, light_warmth=warmth, light_tint=tint)

    def match_light(self, background: Any, amount: float = 1.0) -> Subject:
        """Put its colours into the light of the place where it is to stand.

        The light that it was in is told from the photo around it, as a whole: a face before a black
        wall comes out too bright. The three values are kept as numbers; ``light`` sets them.

        Args:
            background: as of ``session.composite``.
            amount: 0–1, how much of the way.

        Raises:
            InputError: an amount out of range.
            EditError: too little of the photo is around it.
        """
        if not isinstance(amount, int | float) or not 0 <= amount <= 1:
            raise InputError(f"expected an amount from 0 to 1, got {amount!r:.60}")
        from .compose import background as backgrounds

        behind = backgrounds.background(background, self.session.photo.shape)
        gains = lighting.between(to_float(self.session.image), self.session.alpha(self), behind)
        if gains is None:
            raise EditError("expected photo around the subject to tell its light from, got none")
        stops = (round(amount * value, 2) for value in lighting.in_stops(gains))
        return self.light(*stops)

    def propose_passes(self, progress: Progress | None = None) -> list[matte.Proposal]:
        """Parts that want a pass of their own, as the photo shows them; makes no edit.

        Crisp edges, hair or fur, transparent things, in the order to lay them in; each says why,
        with its measure. ``accept`` makes one a pass. Those that are passes already are left out.

        Raises:
            CancelledError: out of ``progress``.
        """
        shape, have = self.session.photo.shape, {one.edit.region for one in self.state.passes}

        def find(rendering: Render) -> list[matte.Proposal]:
            mask = rendering.subject(self.id).corrected
            report(progress, 0.0, "looking along the outline")
            found = matte.propose(self.session.photo.pixels, mask)
            return [one for one in found if check_outline(one.polygon, shape) not in have]

        return list(self.session.render(find, progress))

    def accept(self, proposal: matte.Proposal) -> SubjectPass:
        """A proposed pass as one of this subject, with the band that was proposed.

        Method and edges are the subject's, now and when they change; where its alpha is the mask as
        it is, the pass is solved by "refined": a band is of no use to a mask.
        """
        expect(proposal, matte.Proposal, "one of propose_passes()")
        known = {f.name for f in fields(e.Pass)}
        settings = {name: v for name, v in proposal.settings.items() if name in known}
        if proposal.kind != TRANSPARENT and self.settings.method == MASK:
            settings["method"] = REFINED
        return self.add_pass(proposal.polygon, proposal.kind, why=proposal.why, **settings)

    def add_pass(
        self, region: Sequence[Point], kind: str = "", seam: float = 8, always: bool = False,
        **settings: Any,
    ) -> SubjectPass:  # fmt: skip
        """A part of the photo whose matte is made with settings of its own.

        Args:
            region: its outline [(x, y), …] in image pixels, closed by itself.
            kind: what it is for: "body", "hair", "transparent", or "" for nothing in particular.
            seam: width in pixels, 0–250, of the soft seam towards the rest.
            always: lay it in whatever it says; without, the more confident of the two answers wins.
            settings: method, behind, radius, smart, smooth, feather, contrast, shift, amount; what
                is not given is as in the rest of the subject. More can be set on what this returns.

        Raises:
            PromptError: no outline. EditError: another kind, or a value out of range.
        """
        outline = sequence(region, "a region [(x, y), …]")
        known = {f.name for f in fields(e.Pass)} - {f.name for f in fields(e.Setting)}
        for name in settings:
            if name not in known:
                raise unknown_name("setting of a pass", name, sorted(known))
        if settings.get("behind") is not None:
            settings["behind"] = self._behind(settings["behind"])
        if kind == "transparent":
            settings.setdefault("method", TRANSPARENT)
        if "method" in settings:
            settings.update(pinned(settings["method"], settings.get("checkpoint")))
        made = e.Pass(
            subject=self.id, region=outline, kind=kind, seam=seam, always=always, **settings
        )
        return SubjectPass(self, self.session.do(made).id)

    @property
    def passes(self) -> list[SubjectPass]:
        """Its passes, in the order in which they are laid over the rest."""
        return [SubjectPass(self, one.id) for one in self.state.passes]

    # --------------------------------------------------------------------------- itself

    def rename(self, name: str) -> Subject:
        """Another name, unique in the session."""
        return self._do(e.DescribeSubject(subject=self.id, name=name))

    def recolour(self, colour: str) -> Subject:
        """Another colour on the canvas, #rrggbb."""
        return self._do(e.DescribeSubject(subject=self.id, colour=colour))

    def hide(self) -> Subject:
        """Leave it out of the combined alpha, the composite and the export."""
        return self._do(e.DescribeSubject(subject=self.id, hidden=True))

    def show(self) -> Subject:
        """The inverse of hide."""
        return self._do(e.DescribeSubject(subject=self.id, hidden=False))

    def delete(self) -> None:
        """Remove it; undo brings it back."""
        self._do(e.DeleteSubject(subject=self.id))
