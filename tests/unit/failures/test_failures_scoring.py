"""Each subject against its own truth, and the shadow: what a score, a lesson and a turn tell."""

from dataclasses import replace

import numpy as np
import pytest

import workbench as wb
from workbench.errors import ArrayError
from workbench.failures.case import Case
from workbench.prompts import PromptSet

SHAPE = 96, 128


def block(x0, x1):
    made = np.zeros(SHAPE, np.float32)
    made[20:70, x0:x1] = 1
    return made


LEFT, RIGHT = block(10, 40), block(60, 100)  # 1.5 and 2.0 thousand pixels


@pytest.fixture
def two():
    """Two blocks on grey."""
    alpha = LEFT + RIGHT
    whole = np.full((*SHAPE, 3), 0.5, np.float32)
    prompts = tuple(PromptSet(points=((x, 45.0),), labels=(1,)) for x in (25.0, 80.0))
    image = np.rint(255 * (0.5 + 0.3 * alpha[..., None].repeat(3, 2))).astype(np.uint8)
    return Case("multi_subject", 0.5, 0, image, alpha, whole, whole,
                (("cup", LEFT), ("jug", RIGHT)), prompts, "", "procedural", whole)  # fmt: skip


def cut(case, *planes):
    """A session with a subject for each plane, called after nothing in the case."""
    session = wb.open(case.image, "grabcut", journal=False)
    for n, plane in enumerate(planes):
        subject = session.subject(f"thing {n}")
        subject.matte("none").load_mask(plane)
    return session


def test_whose_truth_it_is_goes_by_place_not_by_name_or_order():
    small, more = LEFT.copy(), RIGHT.copy()
    small[20:30], more[70:80, 60:100] = 0, 1
    held = wb.failures.compare_each([("b", more), ("a", small)], [("cup", LEFT), ("jug", RIGHT)])
    assert [(one.name, one.subject) for one in held] == [("cup", "a"), ("jug", "b")]
    assert [one.comparison.lost for one in held] == pytest.approx([0.3, 0])
    assert [one.comparison.leaked for one in held] == pytest.approx([0, 0.4])


def test_what_has_no_partner_is_lost_or_leaked_as_a_whole():
    held = wb.failures.compare_each([("c", block(104, 120)), ("a", LEFT)],
                                    [("cup", LEFT), ("jug", RIGHT)])  # fmt: skip
    assert [(one.name, one.subject) for one in held] == [("cup", "a"), ("jug", None), ("c", "c")]
    assert [one.comparison.sad for one in held] == pytest.approx([0, 2.0, 0.8])
    assert str(held[1]).endswith("(no subject)") and str(held[2]).endswith("(no such thing)")
    nobody = wb.failures.compare_each([], [("cup", LEFT)])
    assert nobody[0].comparison.lost == pytest.approx(1.5)


def test_one_lump_is_not_as_good_as_two_subjects(two):
    lump, right = cut(two, LEFT + RIGHT), cut(two, RIGHT, LEFT)
    assert wb.failures.compare(lump.alpha(), two.alpha).sad < 0.01  # all of it, and nothing else
    found = wb.failures.scored(lump, two)
    # The larger block has the lump, with the smaller one too much; the smaller has nothing.
    assert (found.comparison.lost, found.comparison.leaked) == pytest.approx((1.5, 1.5), abs=0.01)
    assert np.isnan(found.comparison.boundary)
    good = wb.failures.scored(right, two)
    assert good.comparison.sad < 0.01 and good.comparison.boundary == 0
    assert [one.subject for one in good.each] == ["thing 1", "thing 0"]


def test_swapped_alphas_are_seen_where_the_sum_sees_nothing(two):
    """Each has half of the other: the sum of both is right."""
    halves = [LEFT.copy(), RIGHT.copy()]
    halves[0][45:], halves[1][45:] = RIGHT[45:], LEFT[45:]
    session = cut(two, *halves)
    assert wb.failures.compare(session.alpha(), two.alpha).sad < 0.01
    assert wb.failures.scored(session, two).comparison.sad == pytest.approx(3.5, abs=0.01)


def test_a_lesson_tells_each_subject_at_each_step(two):
    made = wb.failures.lesson(cut(two, LEFT, RIGHT), two, codes=())
    first, last = made[1].score, made[-1].score
    assert [one.subject for one in last.each] == ["thing 0", "thing 1"]
    assert last.comparison.sad < 0.01 < first.comparison.sad
    names = [one.name for one in made[-1].pictures if not one.close]
    assert names == ["The cut-out", "Its alpha", "Error of cup", "Error of jug"]
    assert "     jug: SAD" in str(made)
    assert made.html().count("Each beside its own truth") == len(made)


def test_a_truth_as_a_plane_is_of_all_together(two):
    made = wb.failures.lesson(cut(two, LEFT + RIGHT), two.alpha, codes=())
    assert made[-1].comparison.sad < 0.01 and made[-1].score.each == ()


def test_a_verdict_has_an_error_map_for_each_and_its_figures(two):
    from workbench.failures.symptoms import verdict

    told = verdict(cut(two, LEFT), two)
    assert told.values["sad of cup"] < 0.01 and told.values["sad of jug"] == pytest.approx(2)
    assert told.values["sad"] == pytest.approx(2, abs=0.01)
    assert "jug: SAD 2.00 = 2.00 lost" in told.words
    assert [axes.get_title() for axes in told.figure.axes][3:] == ["cup: SAD 0.0", "jug: SAD 2.0"]


@pytest.fixture
def shaded(two):
    """One block, and a shadow beside it that reaches under it."""
    shadow = 0.5 * block(30, 60)
    image = np.rint(np.where(LEFT[..., None] > 0, 30, 200 * (1 - shadow[..., None])))
    image = image.repeat(3, 2).astype(np.uint8)
    return replace(two, mode="shadow", image=image, alpha=LEFT, shadow=shadow,
                   subjects=(("cup", LEFT),), prompts=two.prompts[:1])  # fmt: skip


def test_the_shadow_is_scored_beside_the_subject_alone(shaded):
    session = cut(shaded, LEFT)
    without = wb.failures.scored(session, shaded)
    assert without.comparison.sad < 0.01 and without.each == ()
    # 20 of its 30 columns lie beside the cup, 50 rows, half dark.
    assert without.shadow.lost == pytest.approx(0.5) and without.shadow.leaked == 0
    session.subject().shadow("lift").shadow_here([(50, 25), (50, 65)], size=24)
    lifted = wb.failures.scored(session, shaded)
    assert lifted.shadow.sad < 0.6 * without.shadow.sad
    assert lifted.comparison == without.comparison


def test_a_turn_scores_the_shadow_beside_the_models_and_a_good_one(shaded):
    good = cut(shaded, LEFT)
    good.subject().shadow("lift").shadow_here([(50, 25), (50, 65)], size=24)
    lesson = wb.failures.lesson(good, shaded, codes=())
    assert "The shadow: <b>SAD" in lesson.html() and "     shadow: SAD" in str(lesson)
    mine = wb.failures.attempt(shaded, lesson, "grabcut", "click")
    mine.session.subject().load_mask(LEFT)
    mine._score.click()
    said = mine._told.value
    assert "Your shadow: SAD 0.50; the model alone: 0.50; a good one: " in said
    assert mine.score().values["sad of the shadow"] == pytest.approx(0.5)


def test_a_truth_of_another_size_is_refused(two):
    with pytest.raises(ArrayError, match="truth"):
        wb.failures.lesson(wb.open(two.image[:90], "grabcut", journal=False).subject()
                           .click(5, 5).session, two)  # fmt: skip
