"""Prompt attribution, by leave-one-out: what a subject's mask would be without each prompt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import edits as e
from .folding import surviving
from .progress import report
from .render import Render, SubjectRender
from .stages import key_of
from .state import SubjectState

_NOT_PROMPTS = (e.Rerun, e.Choose, e.UseSegmenter)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What one prompt does to the mask: what is there with it, set against what is without.

    Attributes:
        edit: the prompt.
        gained: pixels that the mask has because of it.
        lost: pixels that the mask would have without it.
        iou: of the two masks; 1 where it changes nothing.
    """

    edit: e.Edit
    gained: int
    lost: int
    iou: float
    _without: SubjectRender

    @property
    def mask(self) -> np.ndarray:
        """(H, W) float32 in [0, 1]: the mask without it, exactly as if the edit were retracted.

        It is kept with the other stages while there is room; otherwise it is made again here, from
        the models' answers, which are kept longer.
        """
        return self._without.corrected


def leave_one_out(rendering: Render, subject_id: str) -> tuple[Attribution, ...]:
    """The mask without each prompt in force of a subject, in the order of the prompts.

    A prompt is whatever says where the subject is (a click, box, lasso, scribble, text, or a mask
    to start from); one that changes nothing any more, such as a box that a later one replaced, is
    left out. Each is answered as if its edit were retracted: the questions before it are known, and
    those after it are asked again, as each took the answer before it as a hint. So the last prompt
    costs no question to the model, the one before it one, and n clicks n · (n − 1) / 2; the photo
    is not looked at again. What was asked is kept by its key: a second call asks nothing, and
    neither does retracting one of the edits.

    Raises:
        EditError: no such subject.
        CancelledError: out of the rendering's progress, between two prompts.
    """
    now, document = rendering.subject(subject_id), rendering.document
    prompts = [
        edit
        for edit in surviving(document.active)
        if edit.subject == subject_id
        and edit.stage == "prediction"
        and not isinstance(edit, _NOT_PROMPTS)
    ]
    found: list[Attribution] = []
    for n, edit in enumerate(prompts):
        state = document.add(e.Retract(edit_id=edit.id)).state()
        gone = SubjectState(subject_id, now.subject.name, now.subject.colour)  # it was its adding
        left = next((s for s in state.subjects if s.id == subject_id), gone)
        without = SubjectRender(left, now.bench, now.progress)
        if without.keys["mask"] == now.keys["mask"]:
            continue
        report(now.progress, n / len(prompts), f"without {edit.words()}")
        found.append(_set_against(now, without, edit))
    report(now.progress, 1.0, "compared")
    return tuple(found)


def _set_against(now: SubjectRender, without: SubjectRender, edit: e.Edit) -> Attribution:
    def compare() -> tuple[int, int, float]:
        here, there = now.corrected > 0.5, without.corrected > 0.5
        union = int((here | there).sum())
        iou = int((here & there).sum()) / union if union else 1.0
        return int((here & ~there).sum()), int((there & ~here).sum()), iou

    key = key_of(now.keys["corrected"], without.keys["corrected"])
    measured = now.bench.stages.get_or_make(f"attribution:{key}", compare)
    return Attribution(edit, *measured, without)
