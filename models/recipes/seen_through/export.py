"""The trained network as an ONNX file that onnxruntime runs without torch.

    python models/recipes/seen_through/export.py WEIGHTS.pt models/seen_through.onnx

Prints the SHA-256 that ``workbench/quality/checks/seen_through.py`` holds the file to.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from network import TAPS, Through


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    net = Through()
    net.load_state_dict(torch.load(given.weights, weights_only=True))
    net.eval()
    torch.onnx.export(
        net, (torch.rand(1, 3, 240, TAPS),), str(given.out), input_names=["strip"],
        output_names=["seen"], dynamic_axes={"strip": {2: "points"}, "seen": {2: "half"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    import onnxruntime

    session = onnxruntime.InferenceSession(str(given.out), providers=["CPUExecutionProvider"])
    strip = torch.rand(1, 3, 12 * 77, TAPS)
    found = session.run(None, {"strip": strip.numpy()})[0]
    with torch.no_grad():
        apart = float(np.abs(found - net(strip).numpy()).max())
    sha256 = hashlib.sha256(given.out.read_bytes()).hexdigest()
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, off torch's by {apart:.1e}, {sha256}")


if __name__ == "__main__":
    main()
