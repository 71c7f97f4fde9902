"""The trained click head as an ONNX file that onnxruntime runs without torch.

    python models/recipes/lite_click_head/export.py DATA WEIGHTS.pt models/lite_click_head.onnx

The ranges of features.py are folded in: the file takes U²-Net-p's tensors as they are.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from network import FINE, ClickHead
from torch import nn

INPUTS = {
    "d2": (64, 160), "e3": (64, 80), "d3": (64, 80), "e4": (64, 40), "d4": (64, 40),
    "e5": (64, 20), "d5": (64, 20), "e6": (64, 10),
    "picture": (12, 160), "saliency": (1, 160), "prompts": (8, 160),
}  # fmt: skip


class Exported(nn.Module):
    """The head behind the ranges that its training data was kept in."""

    def __init__(self, head: ClickHead, ranges: dict[str, np.ndarray]) -> None:
        super().__init__()
        self.head = head
        directions = torch.from_numpy(ranges["directions"][-FINE:])
        self.register_buffer("directions", directions[:, :, None, None].clone())
        for level in ("f160", "f80", "f40", "f20", "f10"):
            scale = 1 / (255 * ranges[f"{level}_step"])
            offset = -ranges[f"{level}_low"] * scale
            if level == "f160":
                scale, offset = scale[-FINE:], offset[-FINE:]
            for name, values in (("scale", scale), ("offset", offset)):
                plane = torch.from_numpy(values.astype(np.float32))[None, :, None, None]
                self.register_buffer(f"{level}_{name}", plane)

    def forward(
        self, d2: torch.Tensor, e3: torch.Tensor, d3: torch.Tensor, e4: torch.Tensor,
        d4: torch.Tensor, e5: torch.Tensor, d5: torch.Tensor, e6: torch.Tensor,
        picture: torch.Tensor, saliency: torch.Tensor, prompts: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        """See INPUTS; the picture and the saliency from 0 to 1. (1, 1, 160, 160) logits."""

        def ranged(level: str, x: torch.Tensor) -> torch.Tensor:
            # As in training: eight bits hold no more than their range.
            y = x * getattr(self, f"{level}_scale") + getattr(self, f"{level}_offset")
            return y.clamp(0.0, 1.0)

        return self.head(
            ranged("f160", nn.functional.conv2d(d2, self.directions)),
            ranged("f80", torch.cat([e3, d3], 1)),
            ranged("f40", torch.cat([e4, d4], 1)),
            ranged("f20", torch.cat([e5, d5], 1)),
            ranged("f10", e6),
            picture,
            saliency,
            prompts,
        )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    head = ClickHead()
    head.load_state_dict(torch.load(given.weights, weights_only=True))
    module = Exported(head, dict(np.load(given.data / "ranges.npz"))).eval()
    inputs = tuple(torch.rand(1, c, s, s) for c, s in INPUTS.values())
    torch.onnx.export(
        module, inputs, str(given.out), input_names=list(INPUTS), output_names=["logits"],
        opset_version=17, dynamo=False,
    )  # fmt: skip
    import onnxruntime

    session = onnxruntime.InferenceSession(str(given.out), providers=["CPUExecutionProvider"])
    found = session.run(None, {k: v.numpy() for k, v in zip(INPUTS, inputs, strict=True)})[0]
    with torch.no_grad():
        apart = float(np.abs(found - module(*inputs).numpy()).max())
    print(f"{given.out}: {given.out.stat().st_size:,} bytes, off torch's by {apart:.1e}")


if __name__ == "__main__":
    main()
