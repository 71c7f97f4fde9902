"""Session files with bytes flipped, cut and moved: a session or SessionFileError, nothing else."""

from __future__ import annotations

import random
import zipfile

import numpy as np
import pytest

import workbench as wb
from workbench.errors import InputError, SessionFileError, WorkbenchError


@pytest.fixture
def whole(session, tmp_path):
    subject = session.subject().click(64, 48).paint([(64, 20), (80, 30)], keep=False)
    subject.rerun()
    session.subject("dog").load_mask(np.eye(96, 128, dtype=bool)).edges(feather=2)
    session.save(tmp_path / "s.mws")
    return (tmp_path / "s.mws").read_bytes()


def opened(path) -> bool:
    """Whether it opens; where it does, it must render too."""
    try:
        session = wb.load(path, journal=False)
    except SessionFileError as error:
        assert "\n" not in str(error) and "expected" in str(error)
        return False
    except InputError as error:  # sound in itself, but its edits do not fit this photo
        assert "expected" in str(error)
        return False
    try:
        assert session.alpha().shape == session.photo.shape
    except WorkbenchError as error:  # such as another segmenter than there is
        assert "expected" in str(error)
    return True


@pytest.mark.parametrize("seed", range(4))
def test_bytes_flipped_cut_and_repeated(whole, tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "broken.mws"
    outcomes = [0, 0]
    for turn in range(75):
        data = bytearray(whole)
        if turn % 3 == 0:
            del data[rng.randrange(len(data)) :]
        elif turn % 3 == 1:
            for _ in range(rng.randint(1, 5)):
                data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        else:
            # The directory at the end, where names, sizes and methods stand.
            at = rng.randrange(len(data) - 700, len(data))
            data[at] = rng.randrange(256)
        path.write_bytes(data)
        outcomes[opened(path)] += 1
    assert outcomes[0] > 25


@pytest.mark.parametrize("member", ["header.json", "edits.jsonl", "predictions/", "masks/"])
def test_bytes_flipped_inside_sound_members(whole, tmp_path, member):
    """Past the checksums: what a member says is broken, the zip around it is not."""
    rng = random.Random(member)
    source = zipfile.ZipFile(tmp_path / "s.mws")
    path = tmp_path / "broken.mws"
    outcomes = [0, 0]
    for turn in range(60):
        with zipfile.ZipFile(path, "w") as made:
            for name in source.namelist():
                data = bytearray(source.read(name))
                if name.startswith(member):
                    for _ in range(rng.randint(1, 3)):
                        if turn % 2:
                            data[rng.randrange(len(data))] = rng.randrange(256)
                        else:  # another digit, quote or bracket: often still JSON
                            data[rng.randrange(min(len(data), 600))] = rng.choice(b'0129-.,"[]{}e ')
                made.writestr(name, bytes(data))
        outcomes[opened(path)] += 1
    assert outcomes[0] > 10
