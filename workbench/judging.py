"""What is to be said of a photo and of its matte: before the work, after it, and of one edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from . import edits as e
from .arrays import check_plane
from .checking import CODES, Seen, checked, glimpsed, in_order, known, seen
from .diagnosing import diagnosed
from .effects import Effect, effect
from .errors import EditError, expect, unknown_name
from .looking import Looking
from .planes import Plane
from .preflighting import preflight_of
from .progress import Progress
from .quality.finding import Finding
from .render import Render
from .report import Report
from .report.thumbnails import thumbnail


class Judging(Looking):
    """A document whose photo and mattes are judged, and mended."""

    def preflight(
        self, codes: Sequence[str] | None = None, progress: Progress | None = None
    ) -> Report:
        """What the photo makes likely to go wrong, the worst first, before anything is done.

        Looked at are resolution, compression, grain, blur, exposure, light, contrast, background,
        framing and content, and the camera's settings where the file tells them. A mask helps: of
        what was asked for already, else of what seems to stand out. Each finding says which
        failure modes it makes likely, what to do now (``mend`` makes its edits) and at the next
        shoot; ``measures`` has all the figures. They are hints, as in ``check``.

        Args:
            codes: which measures, out of ``workbench.quality.preflight.MEASURES``; None for all.
            progress: what is made on the way reports to it.

        Raises:
            UnknownNameError: there is no such measure.
        """

        def made(r: Render) -> Report:
            current = self.current
            findings, measures = preflight_of(
                self.photo, r, codes, None if current is None else current.id
            )
            pictures = tuple(
                thumbnail(self.image, found.box) if found.box else None for _, found in findings
            )
            return Report(self.name, tuple(findings), tuple(measures), pictures, self)

        return self.render(made, progress)

    def diagnose(self, progress: Progress | None = None) -> Report:
        """The failure modes at work, the likeliest first, from photo, logits and matte.

        A finding for each mode at work, by the name that it has in ``workbench.failures``: how
        likely, the figures that say so, what to do now and at the next shoot. None: nothing seems
        wrong. ``measures`` has how likely each mode is, and "nothing_wrong". All subjects that are
        not hidden are looked at together. It was fitted on made pictures, and errs.

        Args:
            progress: what is made on the way reports to it.

        Raises:
            EditError: nothing was asked for yet.
        """

        def made(r: Render) -> Report:
            findings, measures = diagnosed(self.photo, r)
            return Report(self.name, tuple(findings), measures, session=self)

        return self.render(made, progress)

    def check(
        self,
        codes: Sequence[str] | None = None,
        progress: Progress | None = None,
        background: Any = None,
    ) -> Report:
        """What is wrong with the mattes of the subjects that are not hidden, the worst first.

        Each finding says what, where and why, and has edits that would mend it: ``mend``. They are
        hints: what is soft of itself is taken for a fault at times, and faults are missed.

        Args:
            codes: which checks, out of ``workbench.checking.CODES``; None for all.
            progress: what is made on the way reports to it.
            background: what the subjects are to stand on, as for ``composite``: whether they float
                there, and whether the light is theirs, is looked for only with one.

        Raises:
            UnknownNameError: there is no such check or background.
            EditError: nothing is selected.
        """
        for code in codes or ():
            if code not in CODES:
                raise unknown_name("check", code, CODES)
        behind = self._behind(background)

        def made(r: Render) -> list[Seen]:
            return [seen(one, codes, behind, front) for one, front in in_order(r)]

        looked = self.render(made, progress)
        if not looked:
            raise EditError(
                "expected something selected to check, got nothing: click, box or paint"
            )
        return checked(self.name, looked, self.image, progress, self)

    def _behind(self, background: Any) -> np.ndarray | None:
        """A background at the photo's size; none for the chequers that stand for nothing."""
        if background is None or (isinstance(background, str) and background == "checkerboard"):
            return None
        from .compose import background as backgrounds

        return backgrounds.background(background, self.photo.shape)

    def glimpse(
        self,
        image: np.ndarray,
        shrink: Callable[[Plane], np.ndarray],
        progress: Progress | None = None,
    ) -> tuple[Report, dict[str, tuple[str, ...]]]:
        """What a check of the result at a screen's size finds, where its answer is known already.

        It solves no matte, asks no model and waits for no computation.

        Args:
            image: (h, w, 3) uint8, the photo, reduced.
            shrink: a plane of the photo's size reduced likewise, (h, w) float32.
            progress: told between two checks.

        Returns:
            The report, and for each subject that was looked at which checks were asked.
        """

        def made(r: Render) -> list[Seen]:
            found = []
            for one in r.visible:
                matte = one.known("matte")
                answered = one.known_prediction is not None or not one.subject.layers
                if not one.subject.untouched and (answered or matte is not None):
                    plane = one.corrected_plane if matte is None else matte
                    small = shrink(plane)
                    found.append(glimpsed(one.subject, image, small, plane, matte is not None))
            return found

        looked = self.peek(made)
        asked = {one.subject.name: one.codes for one in looked}
        return checked(self.name, looked, self.image, progress, self), asked

    def check_known(
        self, progress: Progress | None = None, background: Any = None
    ) -> Report | None:
        """``check`` for what is kept: solves no matte and waits for no computation.

        Args:
            progress, background: as of ``check``.

        Returns:
            None where a subject's matte is not there.
        """

        behind = self._behind(background)

        def made(r: Render) -> list[Seen | None]:
            return [known(one, behind, front) for one, front in in_order(r)]

        ready = self.peek(made)
        looked = [one for one in ready if one is not None]
        if len(looked) < len(ready):
            return None
        return checked(self.name, looked, self.image, progress, self)

    def mend(self, finding: Finding) -> tuple[e.Edit, ...]:
        """Make the edits that a finding suggests, as one step that undo takes back at once.

        Returns:
            The edits as they were recorded.

        Raises:
            InputError: no finding.
            EditError: there are none: it is mended by hand, or not at all.
        """
        expect(finding, Finding, "a finding out of a report")
        if not finding.remedy:
            raise EditError(f"expected a finding that edits can mend, got {finding.code}")
        return self.do_together([replace(edit, id=e.new_id()) for edit in finding.remedy])

    def effect(self, edit: e.Edit | str | None = None, progress: Progress | None = None) -> Effect:
        """What an edit did to the matte: figures, and a picture of where it did most.

        Args:
            edit: one that counts (itself or its id); by default the last.
            progress: what is made on the way reports to it.

        Raises:
            EditError: there is none such.
        """
        document = self.document
        wanted = edit.id if isinstance(edit, e.Edit) else edit
        places = [n for n, one in enumerate(document.active) if wanted in (None, one.id)]
        if not places:
            raise EditError(f"expected an edit that counts, got {wanted!r}")
        last = places[-1]

        def made(_: Render) -> Effect:
            then = [self.earlier(at, progress) for at in (last, last + 1)]
            before, after = ((r.alpha(), r.foreground()) for r in then)
            under = then[0].under(), then[1].under()
            return effect(self.image, before, after, document.active[last].words(), under)

        return self.render(made, progress)

    def score(self, truth: Any) -> dict[str, float]:
        """SAD, MSE, Grad, Conn, IoU and boundary IoU of the alpha against a truth.

        Args:
            truth: (H, W) float32 in [0, 1], or bool or uint8.
        """
        from .quality import metrics

        truth = check_plane(truth, self.photo.shape, "truth")
        alpha = self.alpha()
        names = ("sad", "mse", "grad", "conn", "iou", "boundary_iou")
        return {name: float(getattr(metrics, name)(alpha, truth)) for name in names}
