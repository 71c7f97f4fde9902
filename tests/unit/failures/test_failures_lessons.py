import numpy as np
import pytest

import workbench as wb
from workbench.errors import CancelledError, EditError
from workbench.failures.lessons import _place
from workbench.failures.stepping import Stepper

NASTY = "<script>alert('x')</script> & \"more\""


@pytest.fixture
def truth():
    y, x = np.mgrid[0:96, 0:128]
    return np.clip(30.5 - np.hypot(x + 0.5 - 64, y + 0.5 - 48), 0, 1).astype(np.float32)


@pytest.fixture
def session(photo, truth):
    """Three masks without a model: half of the disk, the disk and a block too much, the disk."""
    made = wb.open(photo, "grabcut", journal=False, name="disk")
    subject = made.subject()
    subject.matte("none")
    half, more = truth.copy(), truth.copy()
    half[:, 64:] = 0
    more[4:14, 4:14] = 1
    for plane, name in ((half, "half"), (more, "more"), (truth, "all")):
        subject.load_mask(plane, name=name)
    return made


def test_each_edit_is_a_step_with_its_error(session, truth):
    made = wb.failures.lesson(session, truth, codes=())
    assert [step.cursor for step in made.steps] == [1, 2, 3, 4]
    nothing, half, more, right = (step.comparison for step in made.steps)
    assert nothing.lost == pytest.approx(truth.sum() / 1000, rel=1e-3) and nothing.leaked == 0
    assert half.lost == pytest.approx(truth[:, 64:].sum() / 1000, rel=0.01)
    assert more.leaked == pytest.approx(0.1, rel=0.01) and more.lost < 0.002
    assert right.sad < 0.002
    assert len(session.edits) == 4  # nothing was done to it


def test_the_close_place_is_where_it_was_wrong(truth):
    photo = np.full((400, 500, 3), 90, np.uint8)
    alpha = np.zeros((400, 500), np.float32)
    alpha[50:350, 100:400] = 1
    session = wb.open(photo, "grabcut", journal=False)
    session.subject().matte("none").load_mask(alpha)
    alpha[300:340, 380:400] = 0
    x0, y0, x1, y1 = wb.failures.lesson(session, alpha, codes=()).place
    assert x0 <= 380 and x1 >= 400 and y0 <= 300 and y1 >= 340 and x1 - x0 == y1 - y0 == 150


def test_notes_are_told_with_their_edit_and_escaped(session, truth, tmp_path):
    session.note(session.edits[1], NASTY)
    made = wb.failures.lesson(session, truth, codes=())
    assert [step.note for step in made.steps] == ["", NASTY, "", ""]
    page = made.to_html(tmp_path / "lesson.html").read_text("utf-8")
    assert "alert('x')" not in page and "&lt;script&gt;" in page
    # Self-contained: nothing is fetched, and all the steps are in it.
    assert "http" not in page.replace("http-equiv", "") and "src=" in page
    assert page.count("<section>") == 4 and page.count('src="data:image/jpeg;base64,') == 24


def test_without_a_truth_there_is_no_error(session):
    made = wb.failures.lesson(session, codes=())
    assert all(step.comparison is None and len(step.pictures) == 4 for step in made.steps)
    assert "SAD " not in made.html()


def test_findings_of_each_step(session, truth):
    holed = truth.copy()
    holed[44:52, 60:68] = 0
    session.subject().load_mask(holed)
    session.undo()
    session.redo()
    made = wb.failures.lesson(session, truth, codes=("holes",))
    found = [[finding.code for _, finding in step.findings] for step in made.steps]
    assert found == [[], [], [], [], ["holes"]]
    assert made.html().count("<b>holes</b>") == 1


def test_what_was_undone_is_no_step(session, truth):
    session.undo()
    assert len(wb.failures.lesson(session, truth, codes=())) == 3
    with pytest.raises(EditError, match="without edits"):
        wb.failures.lesson(wb.open(session.image, "grabcut", journal=False))


def test_it_tells_how_far_it_is_and_can_be_cancelled(session, truth):
    told = []
    wb.failures.lesson(session, truth, codes=(), progress=lambda f, words: told.append(f))
    assert told == sorted(told) and told[-1] == 1

    def stop(fraction, words):
        if fraction > 0.5:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        wb.failures.lesson(session, truth, codes=(), progress=stop)


def test_buttons_and_slider_step_and_the_session_follows_on_request(session, truth):
    shown = Stepper(wb.failures.lesson(session, truth, codes=()))
    slider, back, there = shown._slider, shown._back, shown.children[1].children[-1]
    assert back.disabled and "Step 1 of 4" in shown._shown.value
    shown._next.click()
    slider.value = 2
    assert "Step 3 of 4" in shown._shown.value and not back.disabled
    there.click()
    assert session.document.cursor == 3
    back.click()
    assert shown.at == 1 and session.document.cursor == 3


def test_of_a_large_part_that_was_lost_the_close_place_is_its_edge():
    interest = np.zeros((900, 900), np.float32)
    interest[200:800, 100:800] = 2  # wrong at two steps
    x0, y0, x1, y1 = _place(interest)
    assert 0.2 < (interest[y0:y1, x0:x1] > 0).mean() < 0.8
    thin = np.zeros_like(interest)
    thin[300:304, 600:640] = 1
    x0, y0, x1, y1 = _place(thin)
    assert thin[y0:y1, x0:x1].sum() == thin.sum()
