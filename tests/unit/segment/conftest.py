"""A small Segment Anything with random weights, U²-Net-p, and photos."""

from __future__ import annotations

import numpy as np
import pytest
from small_models import build_small_sam

from workbench import weights
from workbench.errors import FetchError


@pytest.fixture(scope="session")
def small_checkpoint(tmp_path_factory):
    """The small model's weights in a file, none of them zero."""
    from workbench.nets.reading import import_torch

    torch = import_torch()
    # Two threads on a busy machine wait for each other longer than the small model computes.
    torch.set_num_threads(1)
    torch.manual_seed(7)
    model = build_small_sam()
    with torch.no_grad():
        for parameter in model.parameters():
            if float(parameter.abs().max()) == 0:  # relative positions, biases, pos_embed
                parameter.normal_(0, 0.2)
    path = tmp_path_factory.mktemp("sam") / "small.pth"
    torch.save(model.state_dict(), path)
    return path


@pytest.fixture(scope="session")
def small_sam(small_checkpoint):
    from workbench.segment.sam import load_sam

    return load_sam(
        small_checkpoint, "small", "small:0123:float32", build=build_small_sam, device="cpu"
    )


@pytest.fixture(scope="session")
def u2netp():
    """The file of U²-Net-p; fetched once where it is missing."""
    path = weights.find("u2netp")
    if path is None:
        try:
            path = weights.fetch("u2netp")
        except FetchError as error:
            pytest.skip(f"U²-Net-p cannot be had here: {error}")
    return path


@pytest.fixture(scope="session")
def lite(u2netp):
    from workbench.segment.click_head import head_path
    from workbench.segment.lite import load_lite

    assert head_path() is not None
    return load_lite(str(u2netp), "lite:test:float32", head=head_path())


@pytest.fixture(scope="session")
def headless(u2netp):
    """Lite as it is where the click head's file is missing."""
    from workbench.segment.lite import load_lite

    return load_lite(str(u2netp), "lite:headless:float32")


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    import skimage.data

    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def disk() -> tuple[np.ndarray, np.ndarray]:
    """A photo (240, 320) of a red disk on green with grain, and where the disk is."""
    y, x = np.mgrid[0:240, 0:320] + 0.5
    inside = np.hypot(x - 180, y - 110) < 60
    grain = np.random.default_rng(3).integers(-10, 11, (240, 320, 3))
    picture = np.where(inside[..., None], (190, 60, 50), (70, 140, 80)) + grain
    return picture.astype(np.uint8), inside
