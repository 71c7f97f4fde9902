"""What leaves the machine: nothing. The whole loop with the network refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import workbench
from workbench import weights

PROGRAM = """
import socket, sys

def refused(*arguments, **_):
    print("NETWORK", arguments, file=sys.stderr)
    raise OSError("no network in this test")

socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refused
socket.getaddrinfo = socket.create_connection = socket.gethostbyname = refused

import numpy as np
import workbench as wb

y, x = np.mgrid[0:96, 0:128]
photo = np.where((np.hypot(x - 64, y - 48) < 30)[..., None], (200, 60, 50), (60, 140, 70))
session = wb.open(photo.astype(np.uint8), segmenter=sys.argv[1])
subject = session.subject().box(30, 14, 98, 82).click(64, 48)
subject.paint([(64, 20), (80, 30)], keep=False, size=12).rerun().edges(feather=1)
assert session.alpha()[60, 64] > 0.9, session.alpha()[60, 64]
paths = session.export(sys.argv[2] + "/out")
again = wb.load(session.save(sys.argv[2] + "/s.mws"))
assert np.array_equal(again.alpha(), session.alpha())
print(len(paths), str(wb.segmenters()) != "")
"""


def loop(segmenter: str, folder: Path) -> None:
    root = str(Path(workbench.__file__).parent.parent)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, segmenter, str(folder)], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["5", "True"] and "NETWORK" not in done.stderr


def test_the_whole_loop_by_colours_alone(tmp_path):
    loop("grabcut", tmp_path)


def test_the_whole_loop_with_lite(tmp_path):
    if weights.find("u2netp") is None:
        pytest.skip("the weights of lite are not on this machine: workbench models fetch u2netp")
    loop("lite", tmp_path)
