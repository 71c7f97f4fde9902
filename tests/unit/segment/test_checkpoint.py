import pickle

import pytest
from small_models import build_small_sam, skeleton

from workbench.errors import (
    WeightsDamagedError,
    WeightsMismatchError,
    WeightsMissingError,
    WeightsUnsafeError,
)
from workbench.nets.reading import import_torch, read_state
from workbench.segment.checkpoint import load_state, recognise

torch = import_torch()


class Creates:
    """Unpickling it creates a file."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.mark.parametrize("how", ["pickle", "torch", "legacy"])
def test_code_in_a_checkpoint_is_refused_and_does_not_run(tmp_path, how):
    trap, path = tmp_path / "ran", tmp_path / "evil.pth"
    payload = {"image_encoder.pos_embed": torch.zeros(3), "x": Creates(trap)}
    if how == "pickle":
        path.write_bytes(pickle.dumps(Creates(trap)))
    else:
        torch.save(payload, path, _use_new_zipfile_serialization=how == "torch")
    with pytest.raises(WeightsUnsafeError, match=r"io\.open|builtins\.open"):
        read_state(path)
    assert not trap.exists()
    # The trap works: without the guard the same file runs it.
    pickle.loads(pickle.dumps(Creates(trap))).close()
    assert trap.exists()


def test_a_pickled_module_is_refused(tmp_path):
    torch.save(torch.nn.Linear(2, 2), tmp_path / "module.pth")
    with pytest.raises(WeightsUnsafeError, match=r"torch\.nn"):
        read_state(tmp_path / "module.pth")


def test_truncated_empty_and_foreign_files_are_damaged(tmp_path, small_checkpoint):
    whole = small_checkpoint.read_bytes()
    cases = {
        "cut_end": whole[:-200],
        "half": whole[: len(whole) // 2],
        "empty": b"",
        "page": b"<html>404</html>",
        "noise": bytes(range(256)) * 40,
    }
    for name, data in cases.items():
        path = tmp_path / f"{name}.pth"
        path.write_bytes(data)
        with pytest.raises(WeightsDamagedError, match="bytes that do not read"):
            read_state(path)


def test_a_missing_file_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(WeightsMissingError, match=r"nowhere\.pth"):
        read_state(tmp_path / "nowhere.pth")


def test_wrappers_are_opened_and_other_contents_refused(tmp_path):
    torch.save({"state_dict": {"a": torch.ones(2)}}, tmp_path / "wrapped.pth")
    assert list(read_state(tmp_path / "wrapped.pth")) == ["a"]
    torch.save([torch.ones(2)], tmp_path / "list.pth")
    with pytest.raises(WeightsMismatchError, match="got list"):
        read_state(tmp_path / "list.pth")
    torch.save({"a": 3}, tmp_path / "number.pth")
    with pytest.raises(WeightsMismatchError, match="got int under 'a'"):
        read_state(tmp_path / "number.pth")


def test_architectures_are_recognised_by_their_shapes():
    assert recognise(skeleton(768, 12)) == "vit_b"
    assert recognise(skeleton(1024, 24)) == "vit_l"
    assert recognise(skeleton(1280, 32)) == "vit_h"
    assert recognise(skeleton(768, 2)) == "a SAM of width 768 and depth 2"
    assert recognise({"image_encoder.patch_embed.seq.0.c.weight": torch.zeros(1)}) == "vit_t"
    hq = {"mask_decoder.hf_token.weight": torch.zeros(1)}
    assert recognise(skeleton(768, 12) | hq) == "hq_vit_b"
    assert recognise(skeleton(768, 3) | hq) == "a SAM-HQ of width 768 and depth 3"
    assert recognise({"conv.weight": torch.zeros(1)}) is None


def test_another_architecture_is_named(small_checkpoint):
    model = build_small_sam()
    with pytest.raises(WeightsMismatchError, match=r"vit_b in x\.pth, got those of vit_l"):
        load_state(model, skeleton(1024, 24), "vit_b", "x.pth")
    state = read_state(small_checkpoint)
    bent = dict(state)
    bent["mask_decoder.iou_token.weight"] = torch.zeros(1, 7)
    with pytest.raises(WeightsMismatchError, match=r"iou_token\.weight of \(1, 7\) instead of"):
        load_state(model, bent, recognise(bent), "x.pth")
    fewer = dict(state)
    del fewer["mask_decoder.iou_token.weight"]
    with pytest.raises(WeightsMismatchError, match="1 of them missing"):
        load_state(model, fewer, "small", "x.pth")
    load_state(model, state, "small", "x.pth")
    loaded = model.state_dict()
    assert all(torch.equal(loaded[name], state[name]) for name in state)
