"""The trained second look as an ONNX file that onnxruntime runs without torch.

python models/recipes/second_look/export.py WEIGHTS.pt models/second_look.onnx
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import torch
from network import PLANES, SecondLook, opacity
from torch import nn

LARGE = 500  # numbers: what is smaller is not worth it


class Exported(nn.Module):
    """The network with its answer as an opacity."""

    def __init__(self, network: SecondLook) -> None:
        super().__init__()
        self.network = network

    def forward(self, planes: torch.Tensor) -> torch.Tensor:
        """(1, PLANES, h, w) to (1, 1, h, w) in [0, 1]."""
        return opacity(self.network(planes)[0]).clamp(0, 1)


def halve(path: Path) -> None:
    """Keep the large weights of an ONNX file in 16 bits; what is computed is of 32 as before."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load(str(path))
    casts = []
    for one in model.graph.initializer:
        values = numpy_helper.to_array(one)
        if values.dtype == np.float32 and values.size > LARGE:
            name, kept = one.name, f"{one.name}_half"
            one.CopyFrom(numpy_helper.from_array(values.astype(np.float16), kept))
            casts.append(helper.make_node("Cast", [kept], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    network = SecondLook()
    network.load_state_dict(torch.load(given.weights, weights_only=True))
    module = Exported(network).eval()
    planes = torch.rand(1, PLANES, 96, 128)
    torch.onnx.export(
        module, (planes,), str(given.out), input_names=["planes"], output_names=["alpha"],
        dynamic_axes={"planes": {2: "rows", 3: "columns"}, "alpha": {2: "rows", 3: "columns"}},
        opset_version=17, dynamo=False,
    )  # fmt: skip
    halve(given.out)
    import onnxruntime

    session = onnxruntime.InferenceSession(str(given.out), providers=["CPUExecutionProvider"])
    other = torch.rand(1, PLANES, 160, 64)
    found = session.run(None, {"planes": other.numpy()})[0]
    with torch.no_grad():
        apart = float(np.abs(found - module(other).numpy()).max())
    content = given.out.read_bytes()
    print(f"{given.out}: {len(content):,} bytes, off torch's by {apart:.1e}")
    print(hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
