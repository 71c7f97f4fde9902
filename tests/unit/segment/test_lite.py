import numpy as np
import pytest
from small_models import iou

from workbench.coordinates import Frame
from workbench.errors import (
    ArrayError,
    InputError,
    PromptError,
    WeightsDamagedError,
    WeightsMissingError,
)
from workbench.prompts import Hint, PromptSet
from workbench.segment.base import Segmenter
from workbench.segment.classical import GrabCutSegmenter
from workbench.segment.click_head import Stages
from workbench.segment.lite import heard
from workbench.segment.u2net import U2Net


@pytest.fixture(scope="module", params=["lite", "headless", "grabcut"])
def segmenter(request):
    if request.param == "grabcut":
        return GrabCutSegmenter()
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def portrait(lite, astronaut):
    return lite.encode(astronaut)


@pytest.fixture(scope="module")
def looked_at(segmenter, disk):
    """The disk's embedding: a look at it is most of what a test of an answer costs."""
    return segmenter.encode(disk[0])


def test_they_are_segmenters(segmenter):
    assert isinstance(segmenter, Segmenter)
    assert {"points", "boxes", "hint"} <= segmenter.capabilities


def test_a_box_cuts_out_a_plain_thing(segmenter, looked_at, disk):
    _, truth = disk
    prediction = segmenter.predict(looked_at, PromptSet(boxes=((115, 45, 245, 175),)))
    assert iou(prediction.masks[0] > 0.5, truth) > 0.97
    assert 0 < prediction.scores[0] <= 1


def test_a_click_cuts_out_a_plain_thing(segmenter, looked_at, disk):
    _, truth = disk
    prediction = segmenter.predict(looked_at, PromptSet(points=((180, 110),), labels=(1,)))
    assert iou(prediction.masks[0] > 0.5, truth) > 0.95
    assert list(prediction.scores) == sorted(prediction.scores, reverse=True)


def test_drop_clicks_may_come_first(segmenter, looked_at, disk):
    _, truth = disk
    points = ((10.0, 10.0), (300.0, 20.0), (20.0, 200.0), (180.0, 110.0))
    prediction = segmenter.predict(looked_at, PromptSet(points, (0, 0, 0, 1)))
    assert iou(prediction.masks[0] > 0.5, truth) > 0.95
    only = segmenter.predict(looked_at, PromptSet(points[:3], (0, 0, 0))).masks[0]
    assert [only[int(y), int(x)] < 0.5 for x, y in points[:3]] == [True] * 3


def test_a_hint_alone_is_sharpened_along_the_edges(segmenter, looked_at, disk):
    _, truth = disk
    y, x = np.mgrid[0:60, 0:80] * 4 + 2
    rough = np.clip((62 - np.hypot(x - 183, y - 107)) / 6, -4, 4).astype(np.float32)
    hint = Hint(rough, Frame.whole((240, 320)))
    prediction = segmenter.predict(looked_at, PromptSet(hint=hint))
    coarse = np.kron(rough > 0, np.ones((4, 4), bool))
    assert iou(prediction.masks[0] > 0.5, truth) > max(0.96, iou(coarse, truth))


def test_every_click_is_obeyed_at_full_size(segmenter, astronaut):
    embedding = segmenter.encode(np.ascontiguousarray(astronaut[::2, ::2]))
    rng = np.random.default_rng(11)
    for count in (1, 3, 8):
        points = tuple((float(x), float(y)) for x, y in rng.uniform(0, 255, (count, 2)))
        labels = tuple(int(v) for v in rng.integers(0, 2, count))
        for boxes in ((), ((50.0, 25.0, 200.0, 250.0),)):
            mask = segmenter.predict(embedding, PromptSet(points, labels, boxes)).masks[0]
            for (x, y), label in zip(points, labels, strict=True):
                assert (mask[int(y), int(x)] >= 0.5) == bool(label), (points, labels, boxes)


def test_clicks_are_obeyed_where_the_logits_are_coarser_than_the_photo(segmenter):
    rng = np.random.default_rng(2)
    image = np.kron(
        rng.integers(0, 256, (30, 50, 3)).astype(np.uint8), np.ones((50, 50, 1), np.uint8)
    )
    points = ((1200.5, 700.5), (33.0, 1490.0), (2499.0, 3.0))
    prediction = segmenter.predict(
        segmenter.encode(image), PromptSet(points=points, labels=(1, 0, 1))
    )
    assert prediction.logits.shape[-1] < image.shape[1]
    mask = prediction.masks[0]
    found = [bool(mask[int(y), int(x)] >= 0.5) for x, y in points]
    assert found == [True, False, True]


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (20, 400), (400, 20), (2, 3)])
def test_odd_photos_give_finite_answers(segmenter, shape):
    image = np.full((*shape, 3), 120, np.uint8)
    embedding = segmenter.encode(image)
    middle = (shape[1] / 2, shape[0] / 2)
    for prompts in (
        PromptSet(points=(middle,), labels=(1,)),
        PromptSet(points=(middle,), labels=(0,)),
        PromptSet(boxes=((0, 0, shape[1], shape[0]),)),
    ):
        prediction = segmenter.predict(embedding, prompts)
        assert prediction.masks[0].shape == shape
        assert np.isfinite(prediction.logits).all() and np.isfinite(prediction.scores).all()


def test_the_same_question_has_the_same_answer_to_the_bit(segmenter, astronaut):
    import cv2

    prompts = PromptSet(points=((220, 120), (60, 100)), labels=(1, 0))
    first = segmenter.predict(segmenter.encode(astronaut), prompts)
    cv2.setRNGSeed(99)
    fresh = segmenter.encode(astronaut)
    segmenter.predict(fresh, PromptSet(boxes=((0, 0, 300, 300),)))
    again = segmenter.predict(fresh, prompts)
    assert np.array_equal(first.logits, again.logits)
    assert np.array_equal(first.scores, again.scores)


def test_a_region_answers_inside_itself(segmenter, disk):
    image, truth = disk
    embedding = segmenter.encode(image, region=(100, 30, 260, 190))
    assert embedding.region == (100, 30, 260, 190)
    prediction = segmenter.predict(embedding, PromptSet(points=((180, 110),), labels=(1,)))
    assert iou(prediction.masks[0] > 0.5, truth) > 0.9
    assert float(prediction.masks[0][:, :100].max()) < 1e-6
    with pytest.raises(PromptError, match="inside the region"):
        segmenter.predict(embedding, PromptSet(points=((5, 5),), labels=(1,)))


def test_bad_input_is_named(segmenter, lite):
    with pytest.raises(ArrayError):
        segmenter.encode(np.zeros((4, 4), np.uint8))
    embedding = segmenter.encode(np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(PromptError, match=r"point inside 0\.\.8"):
        segmenter.predict(embedding, PromptSet(points=((9, 9),), labels=(1,)))
    other = GrabCutSegmenter() if segmenter is lite else lite
    with pytest.raises(InputError, match="expected an embedding of"):
        other.predict(embedding, PromptSet(points=((3, 3),), labels=(1,)))


def test_the_astronaut_comes_out_whole_and_the_flag_and_shuttle_stay(lite, portrait):
    mask = lite.predict(portrait, PromptSet(boxes=((20, 0, 500, 512),))).masks[0]
    inside = {"face": (220, 120), "hair": (180, 60), "collar": (230, 220), "suit": (150, 380)}
    outside = {"shuttle": (420, 120), "flag": (40, 120), "dark": (330, 60)}
    assert {k: mask[y, x] > 0.5 for k, (x, y) in inside.items()} == dict.fromkeys(inside, True)
    assert {k: mask[y, x] > 0.5 for k, (x, y) in outside.items()} == dict.fromkeys(outside, False)


def test_one_click_offers_what_it_may_mean(lite, portrait):
    prediction = lite.predict(portrait, PromptSet(points=((220, 120),), labels=(1,)))
    assert 1 <= len(prediction.scores) <= 3
    assert all(m[120, 220] > 0.5 for m in prediction.masks)
    for i, one in enumerate(prediction.masks):
        for other in prediction.masks[:i]:
            assert iou(one > 0.5, other > 0.5) < 0.95  # a choice between equals is none
    several = lite.predict(portrait, PromptSet(points=((220, 120), (150, 380)), labels=(1, 1)))
    assert len(several.scores) == 1
    assert several.masks[0][380, 150] > 0.5 and several.masks[0][120, 40] < 0.5


def two_disks() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:240, 0:360] + 0.5
    a, b = np.hypot(x - 110, y - 120) < 50, np.hypot(x - 250, y - 120) < 50
    grain = np.random.default_rng(4).integers(-6, 7, (240, 360, 3))
    picture = np.where(a[..., None], (200, 60, 50), np.where(b[..., None], (230, 190, 60), 95))
    return np.clip(picture + grain, 0, 255).astype(np.uint8), a, b


def test_a_click_on_a_face_means_the_person(lite, portrait):
    person = lite.predict(portrait, PromptSet(((225, 60),), (1,))).masks[0] > 0.5
    assert person[430, 200], "the suit is hers"
    assert not person[200, 430], "the shuttle is not"


def test_a_drop_click_removes_the_thing_and_a_keep_click_adds_it(lite):
    image, a, b = two_disks()
    embedding = lite.encode(image)
    box = ((50.0, 60.0, 310.0, 180.0),)
    both = lite.predict(embedding, PromptSet(boxes=box)).masks[0] > 0.5
    assert iou(both, a | b) > 0.95
    less = lite.predict(embedding, PromptSet(((250, 120),), (0,), box)).masks[0] > 0.5
    assert iou(less, a) > 0.95
    one = lite.predict(embedding, PromptSet(((110, 120), (250, 120)), (1, 0))).masks[0] > 0.5
    assert iou(one, a) > 0.95
    more = lite.predict(embedding, PromptSet(((110, 120), (250, 120)), (1, 1))).masks[0] > 0.5
    assert iou(more, a | b) > 0.95


def test_crops_are_remembered_within_a_bound(headless, astronaut, monkeypatch):
    lite = headless
    embedding = lite.encode(astronaut[::4, ::4])
    looks: list[tuple] = []

    def counted(image, progress=None):
        looks.append(image.shape)
        return np.eye(320, dtype=np.float32)

    monkeypatch.setattr(lite._network, "saliency", counted)
    box = PromptSet(boxes=((25.0, 25.0, 75.0, 75.0),))
    lite.predict(embedding, box)
    lite.predict(embedding, box)
    assert len(looks) == 1
    for i in range(12):
        lite.predict(embedding, PromptSet(boxes=((i * 6.0, 0.0, i * 6.0 + 50, 70.0),)))
    assert len(embedding.data._crops) <= 8


def test_a_first_answer_takes_few_looks_and_a_later_one_none(lite, astronaut, monkeypatch):
    looks: list[tuple] = []
    see = Stages.see

    def counted(network, fine):
        looks.append(fine.shape)
        return see(network, fine)

    monkeypatch.setattr(Stages, "see", counted)
    embedding = lite.encode(astronaut)
    assert len(looks) == 1
    # The head hesitates over a face: what stands out is taken from what was seen already.
    answer = lite.predict(embedding, PromptSet(((225, 60),), (1,)))
    assert len(looks) <= 2
    before = len(looks)
    hint = Hint(answer.logits[0], answer.frame)
    lite.predict(embedding, PromptSet(((225, 60), (60, 480)), (1, 0), (), hint))
    assert len(looks) <= before + 1
    embedding = lite.encode(astronaut)
    looks.clear()
    lite.predict(embedding, PromptSet(boxes=((180, 20, 280, 130),)))
    assert len(looks) == 2, "from near and nearer; from afar it was looked at before"


def test_colours_may_take_off_half_of_what_is_believed_and_add_little():
    belief = np.zeros((10, 10), bool)
    belief[2:8, 2:8] = True
    bush, ghost, other = belief.copy(), belief.copy(), ~belief
    bush[:, 3::2] = False
    assert bush.sum() * 2 == belief.sum() and heard(bush, belief) == 1
    ghost[3:] = False
    assert heard(ghost, belief) == 0, "next to nothing would be left"
    assert heard(other, belief) == 0
    assert heard(np.ones((10, 10), bool), belief) == 0
    assert heard(np.zeros((10, 10), bool), belief) == 0


def test_saliency_of_nothing_is_not_stretched_to_certainty(lite):
    rng = np.random.default_rng(0)
    flat = rng.integers(118, 122, (200, 200, 3)).astype(np.uint8)
    found = lite._network.saliency(flat)
    assert found.shape == (320, 320) and found.dtype == np.float32
    assert float(found.max()) < 1.0


def test_the_automatic_answer_is_the_thing_that_stands_out(lite, disk):
    image, truth = disk
    prediction = lite.network.salient(image)
    assert prediction.logits.shape == (1, 320, 320)
    assert prediction.frame == Frame.whole((240, 320))
    assert iou(prediction.masks[0] > 0.5, truth) > 0.9


def test_a_broken_network_file_is_named(tmp_path):
    with pytest.raises(WeightsMissingError, match=r"none\.onnx"):
        U2Net(tmp_path / "none.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    with pytest.raises(WeightsDamagedError, match=r"broken\.onnx"):
        U2Net(tmp_path / "broken.onnx")


def test_a_closer_look_keeps_what_was_there_but_for_the_clicks(lite, disk):
    photo, inside = disk
    region = (100, 40, 280, 200)
    there = inside.copy()
    there[150:190, 110:150] = True  # what it would not see as part of the thing by itself
    hint = Hint(np.where(there, 8, -8).astype(np.float32), Frame.whole(inside.shape))
    embedding = lite.encode(photo, region)
    kept = lite.predict(embedding, PromptSet(((180, 110),), (1,), hint=hint)).masks[0] > 0.5
    part = np.s_[40:200, 100:280]
    assert iou(kept[part], there[part]) > 0.9
    dropped = lite.predict(embedding, PromptSet(((130, 170),), (0,), hint=hint)).masks[0] > 0.5
    assert iou(dropped[part], inside[part]) > 0.9


def test_a_later_click_changes_what_it_is_on_and_leaves_the_rest(lite):
    image, a, b = two_disks()
    embedding = lite.encode(image)
    first = lite.predict(embedding, PromptSet(((110, 120),), (1,)))
    hint = Hint(first.logits[0], first.frame)
    both = lite.predict(embedding, PromptSet(((110, 120), (250, 120)), (1, 1), (), hint))
    assert iou(both.masks[0] > 0.5, a | b) > 0.95
    hint = Hint(both.logits[0], both.frame)
    points = ((110, 120), (250, 120), (120, 130))
    again = lite.predict(embedding, PromptSet(points, (1, 1, 1), (), hint))
    assert iou(again.masks[0] > 0.5, both.masks[0] > 0.5) > 0.98


def test_what_was_painted_stands_whatever_the_head_says(lite, disk):
    image, _ = disk
    embedding = lite.encode(image)
    painted = np.full((240, 320), -6, np.float32)
    painted[50:170, 120:240] = 6
    painted[200:230, 20:60] = 20
    painted[90:130, 160:200] = -20
    hint = Hint(painted, Frame.whole((240, 320)))
    mask = lite.predict(embedding, PromptSet(((215, 110),), (1,), (), hint)).masks[0]
    assert float((mask[204:226, 24:56] > 0.5).mean()) == 1.0
    assert float((mask[94:126, 164:196] > 0.5).mean()) == 0.0
