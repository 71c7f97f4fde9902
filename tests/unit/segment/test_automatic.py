"""Networks without prompts: what they are shown to the last digit, and what may go wrong."""

from __future__ import annotations

import threading
import time

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from small_onnx import constant, save, turned_back

import workbench as wb
from workbench import segment
from workbench.coordinates import Frame
from workbench.errors import (
    CancelledError,
    LicenceError,
    ModelError,
    UnknownNameError,
    WeightsDamagedError,
    WeightsMismatchError,
    WeightsMissingError,
)
from workbench.nets import table
from workbench.segment import automatic_registry
from workbench.segment.automatic import RECIPES, AutomaticModel, Recipe, kept_shape
from workbench.segment.u2net import U2Net

IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5), (1.0, 1.0, 1.0)
SIGNED = (0.5, 0.5, 0.5), (0.5, 0.5, 0.5)
OF_256 = (128 / 255,) * 3, (256 / 255,) * 3  # (value − 128) / 256

# As their own repositories say: side, (mean, deviation), divided by, what the answer is.
PUBLISHED = {
    "u2netp": (320, IMAGENET, "maximum", "stretch"),
    "u2net": (320, IMAGENET, "maximum", "stretch"),
    "u2net_human_seg": (320, IMAGENET, "maximum", "stretch"),
    "silueta": (320, IMAGENET, "maximum", "stretch"),
    "isnet": (1024, HALF, "255", "stretch"),
    "isnet_imgly": (1024, OF_256, "255", "alpha"),
    "modnet": (512, SIGNED, "255", "alpha"),
    "birefnet_lite": (1024, IMAGENET, "255", "logits"),
    "birefnet": (1024, IMAGENET, "255", "logits"),
    "birefnet_portrait": (1024, IMAGENET, "255", "logits"),
    "rmbg_1_4": (1024, HALF, "255", "stretch"),
    "rmbg_2_0": (1024, IMAGENET, "255", "alpha"),
}


def picture(height: int, width: int, top: int = 200) -> np.ndarray:
    """All values from 0 to ``top`` in each channel, another order in each."""
    values = np.arange(height * width) % (top + 1)
    return np.stack([np.roll(values, k * 7).reshape(height, width) for k in range(3)], -1).astype(
        np.uint8
    )


@pytest.fixture
def invert(tmp_path):
    """A file that takes mean and deviation out again and answers with one channel."""

    def make(mean, deviation, channel=0, size=(None, None), extra=0, name="m.onnx"):
        return turned_back(tmp_path / name, mean, deviation, channel, size, extra)

    return make


# ---- what they are shown


def test_every_model_of_the_catalogue_has_its_recipe():
    from workbench import weights

    families = ("automatic", "u2net")
    assert set(PUBLISHED) == set(RECIPES)
    assert set(RECIPES) == {n for n, e in weights.catalogue().items() if e.family in families}


@pytest.mark.parametrize("channel", [0, 2])
@pytest.mark.parametrize("name", PUBLISHED)
def test_colours_come_in_as_each_model_wants_them(invert, name, channel):
    side, (mean, deviation), divisor, answer = PUBLISHED[name]
    square = name != "modnet"
    shape = (side, side) if square else (512, 672)
    path = invert(mean, deviation, channel, shape if square else (None, None), extra=2)
    shown = picture(*shape)
    expected = shown[..., channel] / np.float32(200 if divisor == "maximum" else 255)
    if answer == "stretch":
        expected = expected / expected.max()
    elif answer == "logits":
        expected = 1 / (1 + np.exp(-expected))
    found = AutomaticModel(path, name, "id").belief(shown)
    assert found.dtype == np.float32 and found.shape == shape
    assert np.abs(found - expected).max() < 2e-6


def test_a_photo_is_squeezed_by_averaging(invert):
    small = picture(320, 320, 255)
    blocks = small.repeat(4, 0).repeat(2, 1)  # each value four times below, twice beside
    model = AutomaticModel(invert(*IMAGENET, 1, (320, 320)), "u2net", "id")
    assert np.abs(model.belief(blocks) - small[..., 1] / np.float32(255)).max() < 2e-6
    prediction = model.salient(blocks)
    assert prediction.logits.shape == (1, 320, 320)
    assert prediction.shape == (1280, 640) and prediction.frame == Frame.whole((1280, 640))


@pytest.mark.parametrize(
    ("shape", "grid"),
    [
        ((512, 512), (512, 512)),
        ((1024, 2048), (512, 1024)),
        ((2048, 1024), (1024, 512)),
        ((300, 400), (512, 672)),  # all of it smaller: brought up to 512
        ((400, 700), (384, 672)),  # between the two: left, cut down to multiples of 32
        ((10, 10), (512, 512)),
        ((1000, 20_000), (96, 2048)),  # 20 to 1: the long side is bounded
        ((1, 5000), (32, 2048)),
    ],
)
def test_modnet_keeps_the_photos_shape(shape, grid):
    assert kept_shape(shape, 512) == grid


def test_a_file_of_another_size_is_shown_that_size(invert):
    shown = picture(64, 96)
    model = AutomaticModel(invert(*SIGNED, size=(64, 96)), "modnet", "id")
    assert model.grid((1000, 1000)) == (64, 96)
    assert np.abs(model.belief(shown) - shown[..., 0] / np.float32(255)).max() < 2e-6


def test_half_precision_files_are_run(tmp_path):
    nodes = [helper.make_node("ReduceMean", ["x"], ["y"], axes=[1], keepdims=1)]
    path = save(tmp_path / "h.onnx", nodes, size=(32, 32), kind=TensorProto.FLOAT16)
    shown = np.full((32, 32, 3), 200, np.uint8)
    recipe = Recipe(32, "alpha", mean=(0, 0, 0), deviation=(1, 1, 1))
    found = AutomaticModel(path, "mine", "id", recipe).belief(shown)
    assert found.dtype == np.float32 and np.abs(found - 200 / 255).max() < 1e-3


def test_an_answer_of_nothing_is_not_stretched_to_certainty(invert):
    model = AutomaticModel(invert(*HALF, size=(32, 32)), "isnet", "id")
    faint = np.random.default_rng(0).integers(0, 10, (32, 32, 3)).astype(np.uint8)
    assert model.belief(faint).max() < 0.1
    clear = faint * 25
    assert model.belief(clear).max() == 1 and model.belief(clear).min() == 0


def test_the_real_network_answers_as_it_did(u2netp, astronaut):
    found = U2Net(u2netp).saliency(astronaut)
    assert found.shape == (320, 320)
    assert found.mean() == pytest.approx(0.55159, abs=2e-4)
    assert (found > 0.5).mean() == pytest.approx(0.55207, abs=5e-4)
    assert np.array_equal(found, U2Net(u2netp).saliency(astronaut, lambda *_: None))


@pytest.mark.parametrize("name", ["u2net", "modnet", "birefnet"])
@pytest.mark.parametrize("shape", [(1, 1), (3, 60), (2000, 100)])
def test_small_and_long_photos_are_answered_too(invert, name, shape):
    size = (None, None) if name == "modnet" else (64, 64)
    model = AutomaticModel(invert(*SIGNED, size=size), name, "id")
    prediction = model.salient(np.full((*shape, 3), 90, np.uint8))
    assert prediction.masks[0].shape == shape and np.isfinite(prediction.masks[0]).all()


# ---- files that are not what they should be


def test_other_inputs_are_named(tmp_path, invert):
    one = [helper.make_node("Identity", ["x"], ["y"])]
    files = {
        "gray": save(tmp_path / "gray.onnx", one, size=(8, 8), channels=1),
        "double": save(tmp_path / "double.onnx", one, size=(8, 8), kind=TensorProto.DOUBLE),
    }
    two = onnx.load(invert(*HALF, size=(8, 8)))
    two.graph.input.append(helper.make_tensor_value_info("clicks", TensorProto.FLOAT, [1, 2]))
    two.graph.node.append(helper.make_node("Identity", ["clicks"], ["c"]))
    (tmp_path / "two.onnx").write_bytes(two.SerializeToString())
    files["two"] = tmp_path / "two.onnx"
    for name, path in files.items():
        with pytest.raises(WeightsMismatchError, match=rf"one picture .* in {name}\.onnx, got"):
            AutomaticModel(path, "isnet", "id")
    with pytest.raises(WeightsMismatchError, match=r"\(1, 3, 320, 320\)"):
        U2Net(invert(*IMAGENET, size=(64, 64)))


def test_other_outputs_are_named(tmp_path, invert):
    recipe = Recipe(8, "alpha", output=3)
    with pytest.raises(WeightsMismatchError, match=r"at least 4 outputs .* got 3"):
        AutomaticModel(invert(*HALF, size=(8, 8), extra=2), "mine", "id", recipe)
    planes = save(tmp_path / "p.onnx", [helper.make_node("Identity", ["x"], ["y"])], size=(8, 8))
    shown = picture(8, 8)
    with pytest.raises(WeightsMismatchError, match=r"one plane .* got \(1, 3, 8, 8\)"):
        AutomaticModel(planes, "isnet", "id").belief(shown)
    one = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=1),
        helper.make_node("Log", ["m"], ["y"]),
    ]
    nothing = save(tmp_path / "n.onnx", one, size=(8, 8))
    with pytest.raises(WeightsMismatchError, match="NaN"):
        AutomaticModel(nothing, "isnet", "id").belief(shown)


def test_a_network_that_fails_on_a_photo_is_named(tmp_path):
    nodes = [helper.make_node("Add", ["x", "c"], ["y"])]  # (…, 5, 5) fits no photo
    path = save(tmp_path / "a.onnx", nodes, [constant("c", np.zeros((1, 3, 5, 5)))])
    with pytest.raises(ModelError, match="answer of isnet for 1024 × 1024 pixels"):
        AutomaticModel(path, "isnet", "id").belief(picture(8, 8))


def test_damaged_files_are_named(tmp_path, invert):
    whole = invert(*HALF, size=(8, 8)).read_bytes()
    path = tmp_path / "bad.onnx"
    for data in (b"", b"not a network", whole[:-9], whole[: len(whole) // 2], whole[3:]):
        path.write_bytes(data)
        with pytest.raises(WeightsDamagedError, match=r"bad\.onnx"):
            AutomaticModel(path, "isnet", "id")
    with pytest.raises(WeightsMissingError, match=r"none\.onnx"):
        AutomaticModel(tmp_path / "none.onnx", "isnet", "id")


def test_operators_from_elsewhere_are_refused(tmp_path):
    nodes = [helper.make_node("Evil", ["x"], ["y"], domain="local")]
    with pytest.raises(WeightsDamagedError, match="Evil"):
        AutomaticModel(save(tmp_path / "e.onnx", nodes, size=(8, 8)), "isnet", "id")


# ---- taking it back


def test_cancelling_stops_the_network_where_it_stands(tmp_path):
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["v", "square"], ["w"]),
            helper.make_node("Identity", ["go_in"], ["go"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("v", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("w", TensorProto.FLOAT, None),
        ],
    )
    nodes = [
        helper.make_node("ReduceMean", ["x"], ["m"], axes=[1], keepdims=1),
        helper.make_node("Loop", ["often", "", "m"], ["y"], body=body),
    ]
    constants = [
        constant("often", 1_000_000, np.int64),  # half an hour
        constant("square", np.eye(256)),
    ]
    model = AutomaticModel(
        save(tmp_path / "slow.onnx", nodes, constants, size=(256, 256)), "isnet", "id"
    )
    asked = []

    def cancel(fraction, words):
        asked.append(words)
        if len(asked) > 3:
            raise CancelledError("enough")

    start = time.monotonic()
    with pytest.raises(CancelledError):
        model.belief(picture(256, 256), cancel)
    assert time.monotonic() - start < 30
    assert "isnet looks at the photo" in asked
    assert not [t for t in threading.enumerate() if t.name == "workbench-network"]


# ---- by name, and as an edit


def test_models_are_listed_with_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))
    offered = wb.automatic_models()
    assert {"u2netp", "u2net", "modnet", "birefnet", "birefnet_lite"} <= set(offered)
    assert not {"rmbg_1_4", "rmbg_2_0", "isnet", "silueta"} & set(offered)
    assert not offered["birefnet"].ready and "several GB of memory" in offered["birefnet"].why
    copyleft = [name for name, state in offered.items() if state.copyleft]
    assert copyleft == ["isnet_imgly"]
    assert "copyleft licence (AGPL-3.0-only); get its 136 MB" in offered["isnet_imgly"].why
    everything = wb.automatic_models(non_commercial=True)
    assert set(everything) >= set(RECIPES)
    assert "workbench models fetch rmbg_2_0 --non-commercial" in everything["rmbg_2_0"].why


def test_no_commercial_use_must_be_said(session, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))
    with pytest.raises(LicenceError, match=r"non_commercial=True.*CC-BY-NC-4\.0"):
        session.subject().auto("rmbg_2_0")
    with pytest.raises(WeightsMissingError, match="fetch rmbg_2_0 --non-commercial"):
        session.subject().auto("rmbg_2_0", non_commercial=True)
    with pytest.raises(WeightsMissingError, match="fetch u2net`"):
        session.subject().auto("u2net")
    assert session.edits == ()


def test_a_path_alone_says_too_little(session):
    with pytest.raises(UnknownNameError, match=r'auto\("isnet", checkpoint=.*mine\.onnx'):
        session.subject().auto("mine.onnx")


def test_a_file_of_ones_own_is_pinned_and_replays_without_it(session, invert, tmp_path):
    path = invert(*HALF, channel=0, size=(64, 64))
    subject = session.subject().auto("isnet", checkpoint=path)
    red = session.image[..., 0] > 128
    assert ((subject.mask > 0.5) == red).mean() > 0.97
    assert session.edits[0].identity.startswith("isnet:") and session.edits[0].words() == (
        "Automatic mask by isnet"
    )
    before = subject.mask.copy()
    session.save(tmp_path / "s.mws")
    path.unlink()
    again = wb.load(tmp_path / "s.mws")
    assert np.array_equal(again.subject().mask, before)


def test_another_file_than_the_pinned_one_is_refused(invert, photo):
    path = invert(*HALF, channel=0, size=(64, 64))
    identity = segment.automatic_identity("isnet", path)
    segment.automatic("isnet", photo, checkpoint=path, identity=identity)
    invert(*HALF, channel=1, size=(64, 64))
    with pytest.raises(WeightsMismatchError, match=identity):
        segment.automatic("isnet", photo, checkpoint=path, identity=identity)
    with pytest.raises(WeightsMissingError, match=r"none\.onnx"):
        segment.automatic("isnet", photo, checkpoint=path.with_name("none.onnx"))


def test_one_model_is_kept_and_a_changed_file_is_read_anew(invert, photo):
    first, second = invert(*HALF, size=(8, 8)), invert(*HALF, size=(8, 8), name="n.onnx")
    made = automatic_registry._model("isnet", first, None)
    assert automatic_registry._model("isnet", first, None) is made
    automatic_registry._model("isnet", second, None)
    assert automatic_registry._model("isnet", first, None) is not made


def test_u2netp_shares_lites_network(u2netp):
    lite = segment.get_segmenter("lite")
    assert automatic_registry._model("u2netp", None, None) is lite.network


def test_others_can_add_models(monkeypatch, photo):
    from workbench.starting import as_prediction

    class Mine:
        identity = "mine:none:float32"

        def salient(self, image, progress=None):
            return as_prediction(np.ones(image.shape[:2], np.float32))

    class Entry:
        name, value, dist = "mine", "elsewhere:make", None

        def load(self):
            return lambda checkpoint, progress: Mine()

    class Taken(Entry):
        name = "u2net"  # names of our own are not taken over

    groups = []
    monkeypatch.setattr(
        table, "entry_points", lambda group: groups.append(group) or [Entry(), Taken()]
    )
    assert wb.automatic_models()["mine"].why == "added by elsewhere:make"
    assert "added" not in wb.automatic_models()["u2net"].why
    assert segment.automatic_identity("mine") == "mine:none:float32"
    assert (segment.automatic("mine", photo).masks[0] == 1).all()
    assert set(groups) == {"workbench.automatic"}
