"""Two hundred photos in a row: the memory of the process stays flat."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

GROWTH = 24_000_000
"""Bytes that the process may grow by from the 50th photo to the 200th. One photo with all that is
made of it holds about 2 MB here; if only its pixels were kept, these 150 would be 38 MB."""

_PHOTOS = """
import gc, os, sys
from functools import partial
sys.path.insert(0, sys.argv[1])
import numpy as np
import torch
import workbench as wb
from small_models import build_small_sam
from workbench import segment
from workbench.segment import sam, shelf

torch.set_num_threads(1)
build = partial(build_small_sam, side=256)
if not os.path.exists(sys.argv[2]):
    torch.manual_seed(7)
    torch.save(build().state_dict(), sys.argv[2])
sam.load_sam = partial(sam.load_sam, build=lambda name: build(), device="cpu")
segment.EMBEDDINGS = segment.EmbeddingCache(5_000_000)  # full long before the 50th
random = np.random.default_rng(0)

def resident():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

for n in range(1, 201):
    height, width = (int(v) for v in random.integers(240, 340, 2))
    photo = random.integers(0, 256, (height, width, 3), np.uint8)
    session = wb.open(photo, "vit_b", checkpoint=sys.argv[2], journal=False)
    subject = session.subject()
    subject.click(width / 2, height / 2)
    assert subject.mask.shape == (height, width)
    if n % 10 == 0:
        session.trimap()
    session.close()
    if n in (50, 200):
        shelf.flush()
        print(resident())
print(len(shelf.kept()), sum(one.size for one in shelf.kept()))
"""


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="resident memory is read as Linux tells it"
)
def test_two_hundred_photos_hold_memory_flat(tmp_path):
    here = Path(__file__).parent / "segment"
    ran = subprocess.run(
        [sys.executable, "-c", _PHOTOS, str(here), str(tmp_path / "small.pth")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "WORKBENCH_CACHE_LIMIT": "8MB"},
    )
    assert ran.returncode == 0, ran.stderr
    early, late, count, held = (int(word) for word in ran.stdout.split())
    assert late - early < GROWTH, f"grew by {(late - early) / 1e6:.0f} MB"
    assert count > 20 and held <= 8_000_000
