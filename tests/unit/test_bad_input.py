"""Bad input through the public face and the command line: a typed error in one line, no more."""

from __future__ import annotations

import gc
import io
import pickle
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench import cli
from workbench import errors as err


def encoded(photo: np.ndarray, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.fromarray(photo).save(out, kind, **options)
    return out.getvalue()


def header_bomb() -> bytes:
    """A PNG of a few bytes that says it is 20000 × 10000."""

    def chunk(name: bytes, body: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + crc

    ihdr = struct.pack(">IIBBBBB", 20000, 10000, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", ihdr) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


BAD = {
    "missing.jpg": (None, err.ImageMissingError, "no such file"),
    "truncated.jpg": ("truncated", err.ImageDamagedError, "expected a whole JPEG"),
    "text.png": (b"Dear photo,\nhow are you?\n", err.ImageFormatError, "got text"),
    "empty.jpg": (b"", err.ImageFormatError, "got an empty file"),
    "moving.gif": ("gif", err.ImageFormatError, "got GIF"),
    "bomb.png": (header_bomb(), err.ImageTooLargeError, "at most 64 megapixels, got 200"),
}


@pytest.fixture
def bad(photo, tmp_path):
    def make(name: str) -> Path:
        content = BAD[name][0]
        if content == "truncated":
            content = encoded(photo, "JPEG")[:-900]
        elif content == "gif":
            other = [Image.fromarray(photo[::-1])]
            content = encoded(photo, "GIF", save_all=True, append_images=other)
        if content is not None:
            (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name", BAD)
def test_a_bad_photo_has_its_own_error(bad, disks, name):
    path, (_, kind, says) = bad(name), BAD[name]
    with pytest.raises(kind, match=says) as caught:
        wb.open(path, segmenter="disks")
    assert "expected" in str(caught.value) and "\n" not in str(caught.value)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["cut", "lab", "replay"])
def test_on_the_command_line_it_is_one_line_and_exit_code_2(
    bad, session, name, command, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(
        "workbench.cli.lab.subprocess.call", lambda *_, **__: pytest.fail("Jupyter was started")
    )
    photo, out = str(bad(name)), str(tmp_path / "out")
    session.subject().click(64, 48)
    saved = str(session.save(tmp_path / "s.mws"))
    arguments = {
        "cut": ["cut", photo, "--point", "5,5", "--segmenter", "grabcut", "--out", out],
        "lab": ["lab", photo],
        "replay": ["replay", saved, photo, "--out", out],
    }[command]
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == "" and shown.err.count("\n") == 1
    assert (
        shown.err.startswith("workbench: expected") and BAD[name][2].split("got")[-1] in shown.err
    )
    assert not Path(out).exists()


# ---- unusual, but fine


def test_a_photo_of_one_pixel(tmp_path):
    session = wb.open(np.full((1, 1, 3), 9, np.uint8), segmenter="grabcut")
    session.subject().click(0.5, 0.5).paint([(0.5, 0.5)], size=3, hardness=1)
    assert session.alpha().tolist() == [[1.0]]
    assert len(session.export(tmp_path)) == 5


def test_cmyk_and_the_first_frame_of_a_moving_webp(photo, tmp_path):
    cmyk = io.BytesIO()
    Image.fromarray(photo).convert("CMYK").save(cmyk, "JPEG", quality=95)
    session = wb.open(cmyk.getvalue(), segmenter="grabcut")
    assert np.abs(session.image.astype(int) - photo).mean() < 20
    other = [Image.fromarray(photo[::-1])]
    moving = encoded(photo, "WEBP", save_all=True, append_images=other, lossless=True)
    session = wb.open(moving, segmenter="grabcut")
    assert np.array_equal(session.image, photo)
    assert session.photo.info["notes"] == ["animated: first of 2 frames used"]


# ---- values


@pytest.mark.parametrize(
    "array",
    [
        np.full((4, 4, 3), np.nan, np.float32),
        np.full((4, 4, 3), 2.0),
        np.zeros((4, 4, 5), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.zeros((4, 4, 3), np.int64),
    ],
    ids=str,
)
def test_arrays_that_are_no_photo(array):
    with pytest.raises(err.ArrayError, match="expected"):
        wb.open(array, segmenter="grabcut")


def test_prompts_outside_and_inside_out(session):
    subject = session.subject()
    with pytest.raises(err.PromptError, match=r"inside 0\.\.128 × 0\.\.96, got \(128, 5\)"):
        subject.click(128, 5)
    with pytest.raises(err.PromptError, match=r"x0 < x1 .*got \(50, 10, 20, 30\)"):
        subject.box(50, 10, 20, 30)
    with pytest.raises(err.PromptError, match="at least one pixel"):
        subject.box(5, 5, 5, 5)


def test_unknown_segmenters_are_answered_with_the_nearest(photo):
    with pytest.raises(err.UnknownNameError, match=r"got 'vitb' \(did you mean vit_b"):
        wb.open(photo, segmenter="vitb")


# ---- checkpoints


def weights_of(torch, **tensors) -> dict:
    return {name: torch.zeros(shape) for name, shape in tensors.items()}


def tried(photo: np.ndarray, path: Path) -> None:
    """As far as it must go before the checkpoint is read."""
    session = wb.open(photo, "vit_b", checkpoint=path, journal=False)
    session.subject().click(64, 48)
    session.alpha()


class Evil:
    """Its unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("how", ["torch", "pickle"])
def test_a_checkpoint_with_code_in_it_does_not_run(photo, tmp_path, how):
    torch = pytest.importorskip("torch")
    trap, path = tmp_path / "ran", tmp_path / "evil.pth"
    if how == "torch":
        torch.save({"image_encoder.pos_embed": Evil(trap)}, path)
    else:
        path.write_bytes(pickle.dumps(Evil(trap)))
    with pytest.raises(err.WeightsError, match="expected") as caught:
        tried(photo, path)
    assert not trap.exists()
    assert how != "torch" or isinstance(caught.value, err.WeightsUnsafeError)


def test_a_checkpoint_of_another_architecture_is_named(photo, tmp_path):
    torch = pytest.importorskip("torch")
    path = tmp_path / "other.pth"
    torch.save({"conv1.weight": torch.zeros(8, 3, 3, 3), "fc.bias": torch.zeros(10)}, path)
    with pytest.raises(err.WeightsMismatchError, match="expected the weights of vit_b"):
        tried(photo, path)


def test_a_checkpoint_that_is_none(photo, tmp_path):
    with pytest.raises(err.WeightsMissingError, match="no such file"):
        tried(photo, tmp_path / "no.pth")
    (tmp_path / "text.pth").write_text("hello")
    with pytest.raises(err.WeightsError, match="expected"):
        tried(photo, tmp_path / "text.pth")
    with pytest.raises(err.InputError, match="expected no checkpoint for grabcut"):
        wb.open(photo, "grabcut", checkpoint=tmp_path / "text.pth")


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda s: s.retract(None), "expected an edit or its id, got None"),
        (lambda s: s.note(3, "x"), "expected an edit or its id, got 3"),
        (lambda s: s.subject().accept("hair"), "expected one of propose_passes(), got 'hair'"),
        (lambda s: s.pick(None), "expected one of propose(), got None"),
        (lambda s: wb.recover(None), "expected one of recoverable(), got None"),
        (lambda s: wb.failures.lesson(None), "expected a session, got None"),
        (lambda s: wb.failures.sweep("hair", ()), "expected two to six severities, got 0"),
        (lambda s: s.subject(""), "expected a subject name of 1 to 100 characters, got ''"),
        (lambda s: wb.open("https://a.org/b.png"), "save what is at that address first"),
    ],
)
def test_what_is_nothing_of_the_kind_is_said_in_words(session, ask, says):
    session.subject()
    before = session.edits
    with pytest.raises(wb.errors.InputError) as caught:
        ask(session)
    assert says in str(caught.value)
    assert session.edits == before


@pytest.mark.parametrize("given", [{"session": 3}, {"width": -5}])
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_refused_widget_leaves_no_second_error(session, given):
    with pytest.raises(wb.errors.InputError):
        wb.Workbench(**({"session": session} | given))
    gc.collect()
