import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import workbench as wb
from workbench import inventory, segment, weights
from workbench.errors import (
    FetchError,
    InputError,
    LicenceError,
    MissingPackageError,
    UnknownNameError,
    WeightsMissingError,
)
from workbench.nets import table
from workbench.segment import registry
from workbench.segment.click_head import head_path


@pytest.fixture
def nothing_here(monkeypatch, tmp_path):
    """A machine without any weights, and with no way to fetch them."""
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))

    def fetch(name, progress=None):
        raise FetchError(f"expected {name} from the net, got no net")

    monkeypatch.setattr(weights, "fetch", fetch)


def test_importing_it_loads_no_model_library():
    code = (
        "import sys, workbench.segment; "
        "print(sorted({'torch','torchvision','onnxruntime','cv2','matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_table_says_what_is_missing_and_how_to_get_it(nothing_here):
    states = segment.segmenters()
    order = ["hq_vit_h", "vit_h", "vit_l", "hq_vit_b", "vit_b", "vit_t", "lite", "grabcut"]
    assert [name for name in states if name in order] == order
    assert not states["vit_b"] and "workbench models fetch vit_b" in states["vit_b"].why
    assert states["vit_b"].weights == "vit_b" and states["vit_b"].bytes > 3e8
    assert states["grabcut"] and states["grabcut"].weights is None
    assert str(states).count("\n") == len(states) - 1 and "not ready: " in str(states)


def test_without_weights_or_net_auto_is_grabcut_and_says_why(nothing_here):
    name, words = segment.resolve_auto()
    assert name == "grabcut"
    assert "got no net" in words and "workbench models fetch vit_b" in words
    assert "\n" not in words


def test_auto_takes_the_best_that_is_there(nothing_here, monkeypatch):
    have = {"u2netp"}
    real = weights.find
    monkeypatch.setattr(weights, "find", lambda n: n if n in have else real(n))
    assert segment.resolve_auto()[0] == "lite"
    have.add("vit_b")
    assert segment.resolve_auto()[0] == "vit_b"
    have.add("vit_h")
    assert segment.resolve_auto()[0] == "vit_h"
    have.add("hq_vit_h")
    assert segment.resolve_auto()[0] == "hq_vit_h"


def test_auto_fetches_the_small_network(nothing_here, monkeypatch):
    have: set[str] = set()
    monkeypatch.setattr(weights, "fetch", lambda n, progress=None: have.add(n))
    monkeypatch.setattr(weights, "find", lambda n: n if n in have else None)
    assert segment.resolve_auto()[0] == "lite"
    assert have == {"u2netp"}


def test_unknown_names_get_a_suggestion():
    for ask in (segment.get_segmenter, segment.identity):
        with pytest.raises(UnknownNameError, match="did you mean vit_b"):
            ask("vitb")
    with pytest.raises(UnknownNameError, match="did you mean u2netp"):
        segment.automatic("u3netp", np.zeros((4, 4, 3), np.uint8))


def test_a_name_of_the_other_kind_is_told_how_to_ask_it(tmp_path):
    with pytest.raises(UnknownNameError, match=r"u2net is a model .*: subject\.auto\('u2net'\)"):
        segment.get_segmenter("u2net")
    with pytest.raises(UnknownNameError, match=r"vit_b is a segmenter: session\.use\('vit_b'\)"):
        segment.automatic_identity("vit_b")


def test_a_segmenter_of_our_own_is_found_without_looking_through_what_is_installed(monkeypatch):
    monkeypatch.setattr(table, "entry_points", None)  # calling it would fail
    assert segment.get_segmenter("grabcut") is segment.get_segmenter("grabcut")
    assert "everything" in segment.capabilities("lite")


@pytest.fixture
def not_for_trade(tmp_path, monkeypatch):
    """A catalogue whose vit_b may not be used commercially, and whose sam3 is given by hand."""
    known = json.loads((Path(__file__).parents[3] / "models/catalogue.json").read_text("utf-8"))
    known["weights"]["vit_b"] |= {"commercial": False, "licence": "CC-BY-NC-4.0", "terms": "ask"}
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(known))
    monkeypatch.setenv("WORKBENCH_CATALOGUE", str(path))


def test_a_licence_against_commercial_use_holds_in_code_too(nothing_here, not_for_trade, tmp_path):
    assert "vit_b" not in segment.segmenters()
    assert segment.segmenters(non_commercial=True)["vit_b"].licence == "CC-BY-NC-4.0"
    for ask in (segment.get_segmenter, segment.identity):
        with pytest.raises(LicenceError, match=r"non_commercial=True.*CC-BY-NC-4\.0: ask"):
            ask("vit_b")
        with pytest.raises(WeightsMissingError, match="--non-commercial"):
            ask("vit_b", non_commercial=True)
        with pytest.raises(WeightsMissingError, match=r"mine\.pth"):  # one's own concern
            ask("vit_b", tmp_path / "mine.pth")
    with pytest.raises(LicenceError):
        wb.open(np.zeros((8, 8, 3), np.uint8), "vit_b", journal=False)
    session = wb.open(np.zeros((8, 8, 3), np.uint8), "grabcut", journal=False)
    with pytest.raises(LicenceError):
        session.use("vit_b")
    assert segment.resolve_auto()[0] == "grabcut"


def test_what_is_given_out_on_request_is_not_said_to_be_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path))
    state = segment.segmenters()["sam3"]
    assert not state and "on request: ask for it at" in state.why and "fetch" not in state.why
    with pytest.raises(WeightsMissingError, match=r"ask for it at .* as sam3\.safetensors"):
        segment.get_segmenter("sam3")
    with pytest.raises(FetchError, match="on request alone: ask for it at"):
        weights.fetch("sam3")
    (row,) = [line for line in inventory.overview().split("\n") if line.startswith("  sam3 ")]
    assert "on request" in row and "to fetch" not in row
    assert "sam3 is given out on request alone: ask for it at https://" in inventory.overview()
    assert "not here: ask for it at" in inventory.details("sam3")


def test_missing_weights_and_misplaced_checkpoints_are_named(nothing_here, tmp_path):
    for ask in (segment.get_segmenter, segment.identity):
        with pytest.raises(WeightsMissingError):
            ask("vit_b")
        with pytest.raises(WeightsMissingError, match=r"mine\.pth"):
            ask("vit_b", tmp_path / "mine.pth")
        with pytest.raises(InputError, match="no checkpoint for grabcut"):
            ask("grabcut", tmp_path / "mine.pth")


def test_identity_is_known_without_loading_and_is_the_segmenters_own(u2netp, tmp_path):
    assert segment.identity("grabcut") == "grabcut:none:uint8"
    head = weights.file_sha256(head_path())[:16]
    assert segment.identity("lite", u2netp) == f"lite:309c8469258dda74+{head}:float32"
    own = tmp_path / "own.onnx"
    own.write_bytes(b"a network of one's own, which the head was not trained on")
    assert segment.identity("lite", own).count("+") == 0
    made = segment.get_segmenter("lite", u2netp)
    assert made.identity == segment.identity("lite", u2netp)
    assert segment.get_segmenter("lite", u2netp) is made


def test_a_changed_checkpoint_is_loaded_anew(u2netp, tmp_path):
    import os

    copy = tmp_path / "copy.onnx"
    copy.write_bytes(u2netp.read_bytes())
    first = segment.get_segmenter("lite", copy)
    os.utime(copy, ns=(1, 1))
    assert segment.get_segmenter("lite", copy) is not first


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A package of somebody else's, installed, that announces segmenters."""
    (tmp_path / "theirs.py").write_text("""
class Mine:
    name, capabilities = "mine", frozenset({"points", "text"})

    def __init__(self, checkpoint):
        self.identity = f"mine:{checkpoint.name if checkpoint else 'none'}:float32"

    def encode(self, image, region=None, progress=None): ...
    def predict(self, embedding, prompts): ...


def make(checkpoint, progress):
    return Mine(checkpoint)


def make_nothing(checkpoint, progress):
    return object()


number = 3
""")
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[workbench.segmenters]\nmine = theirs:make\nempty = theirs:make_nothing\n"
        "number = theirs:number\nabsent = theirs:gone\nunwritten = nobodys.package:make\n"
        "grabcut = theirs:make\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    registry._made.clear()
    sys.modules.pop("theirs", None)


def test_others_can_add_segmenters(elsewhere):
    states = segment.segmenters()
    assert states["mine"] and states["mine"].why == "added by theirs"
    assert segment.get_segmenter("mine").identity == "mine:none:float32"
    assert segment.get_segmenter("mine") is segment.get_segmenter("mine")
    assert segment.capabilities("mine") == {"points", "text"}
    (elsewhere / "own.pth").write_bytes(b"x")
    made = segment.get_segmenter("mine", elsewhere / "own.pth")
    assert (
        made.identity == segment.identity("mine", elsewhere / "own.pth") == ("mine:own.pth:float32")
    )
    # A name of our own cannot be taken over.
    assert segment.get_segmenter("grabcut").identity == "grabcut:none:uint8"


def test_a_bad_factory_of_others_is_named(elsewhere):
    with pytest.raises(InputError, match=r"empty = 'theirs:make_nothing' of theirs.*got object"):
        segment.get_segmenter("empty")
    with pytest.raises(InputError, match=r"number = .* to be a function .* got int"):
        segment.get_segmenter("number")
    for name in ("absent", "unwritten"):
        with pytest.raises(MissingPackageError, match=f"{name} = .* of theirs, got: "):
            segment.get_segmenter(name)
