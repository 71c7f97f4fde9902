"""A precision is chosen once, is part of what the segmenter is, and stays with the session."""

from functools import partial

import numpy as np
import pytest
from small_models import build_small_sam

import workbench as wb
from workbench import cli, segment
from workbench.errors import InputError, UnknownNameError
from workbench.nets import device
from workbench.prompts import PromptSet
from workbench.segment import registry, sam


@pytest.fixture
def small_vit_b(monkeypatch, small_checkpoint):
    """A checkpoint that "vit_b" takes: the small model stands for the large one."""
    monkeypatch.setattr(sam, "load_sam", partial(sam.load_sam, build=build_small_sam))
    monkeypatch.setattr(registry, "_made", type(registry._made)())
    monkeypatch.setattr(device, "native_bfloat16", lambda device: False)
    monkeypatch.setenv("WORKBENCH_DEVICE", "cpu")
    monkeypatch.delenv("WORKBENCH_PRECISION", raising=False)
    return small_checkpoint


def difference(a, b):
    return float(np.linalg.norm(a - b) / np.linalg.norm(b))


def test_each_precision_is_a_segmenter_of_its_own(small_vit_b, disk, monkeypatch):
    plain = segment.get_segmenter("vit_b", small_vit_b)
    half = segment.get_segmenter("vit_b", small_vit_b, precision="bfloat16")
    assert plain.identity.endswith(":float32") and half.identity.endswith(":bfloat16")
    assert half.identity == segment.identity("vit_b", small_vit_b, precision="bfloat16")
    assert segment.get_segmenter("vit_b", small_vit_b, precision="float32") is plain
    embedding = half.encode(disk[0])
    assert embedding.key != plain.encode(disk[0]).key
    with pytest.raises(InputError, match="expected an embedding of"):
        plain.predict(embedding, PromptSet(points=((9, 9),), labels=(1,)))
    monkeypatch.setattr(device, "native_bfloat16", lambda device: True)
    assert segment.get_segmenter("vit_b", small_vit_b) is half


def test_a_session_keeps_to_its_precision_on_any_machine(small_vit_b, disk, tmp_path, monkeypatch):
    picture, _ = disk
    session = wb.open(picture, "vit_b", checkpoint=small_vit_b, precision="bfloat16", journal=False)
    session.subject().click(180, 110)
    first = session.subject().prediction
    saved = session.save(tmp_path / "half.mws")

    # What was answered comes out of the file: no model is asked, whatever this machine would use.
    with monkeypatch.context() as patch:
        patch.setattr(segment, "get_segmenter", lambda *a, **k: pytest.fail("a model was asked"))
        again = wb.load(saved, picture, journal=False)
        assert np.array_equal(again.subject().prediction.logits, first.logits)

    # A new click is asked of the same arithmetic, though "auto" is float32 here.
    again.subject().click(20, 20, keep=False)
    _ = again.subject().prediction
    assert again.bench.models["vit_b"].identity.endswith(":bfloat16")

    # The other one is a choice, and an edit like any other.
    again.use("vit_b", small_vit_b)
    assert again.document.state().segmenter.precision == "float32"
    again.retract(again.edits[-2])
    other = again.subject().prediction
    assert 0 < difference(other.logits, first.logits) < 0.02
    again.undo(), again.undo()
    assert again.document.state().segmenter.precision == "bfloat16"


def test_sessions_from_before_there_was_a_choice_are_float32(small_vit_b, monkeypatch):
    monkeypatch.setattr(device, "native_bfloat16", lambda device: True)
    assert segment.get_segmenter("vit_b", small_vit_b, precision="").precision == "float32"


def test_a_precision_where_there_is_none_to_choose():
    assert segment.precision_for("grabcut") == segment.precision_for("lite", "") == ""
    with pytest.raises(InputError, match=r"no precision for grabcut, .* got 'bfloat16'"):
        segment.get_segmenter("grabcut", precision="bfloat16")
    with pytest.raises(UnknownNameError, match="did you mean float32"):
        segment.get_segmenter("grabcut", precision="float23")
    with pytest.raises(UnknownNameError, match="did you mean vit_b"):
        segment.precision_for("vitb", "bfloat16")


def test_on_the_command_line(small_vit_b, disk, tmp_path):
    from PIL import Image

    photo = tmp_path / "disk.png"
    Image.fromarray(disk[0]).save(photo)
    arguments = ["cut", str(photo), "--point", "180,110", "--segmenter", "vit_b", "--checkpoint",
                 str(small_vit_b), "--method", "none", "--formats", "session"]  # fmt: skip
    for precision in ("bfloat16", "float32"):
        out = tmp_path / precision
        assert cli.main([*arguments, "--precision", precision, "--out", str(out)]) == 0
        made = wb.load(out / "disk.mws", journal=False)
        assert made.document.state().segmenter.identity.endswith(f":{precision}")
