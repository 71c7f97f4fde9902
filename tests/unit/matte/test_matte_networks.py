"""ViTMatte against transformers' own, from real checkpoints of a small random model; windows; the
entry points of other packages; what is refused."""

from __future__ import annotations

import json
import pickle
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest

from workbench import weights
from workbench.errors import (
    CancelledError,
    InputError,
    LicenceError,
    MissingPackageError,
    ModelError,
    UnknownNameError,
    WeightsDamagedError,
    WeightsMismatchError,
    WeightsMissingError,
    WeightsUnsafeError,
)
from workbench.matte import (
    matting_identity,
    matting_methods,
    matting_networks,
    networks,
    pieces,
    solve_alpha,
)
from workbench.matte.grid import Grid
from workbench.nets import table
from workbench.nets.packages import import_package

pytest.importorskip("transformers")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ViTMatte of two narrow blocks as transformers saves it: config.json, model.safetensors."""
    t = import_package("transformers", "vitmatte")
    import torch

    torch.manual_seed(0)
    backbone = t.VitDetConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=2, num_channels=4, image_size=64,
        pretrain_image_size=64, patch_size=16, window_size=3, window_block_indices=[0],
        residual_block_indices=[1], use_relative_position_embeddings=True,
        out_features=["stage2"],
    )  # fmt: skip
    model = t.VitMatteForImageMatting(
        t.VitMatteConfig(
            backbone_config=backbone, hidden_size=32, convstream_hidden_sizes=[4, 8, 16],
            fusion_hidden_sizes=[16, 8, 8, 4],
        )
    )  # fmt: skip
    for name, value in model.named_parameters():
        # Wide enough that the alphas differ from place to place.
        torch.nn.init.normal_(value, 1 if "norm" in name else 0, 0.2)
    where = tmp_path_factory.mktemp("vitmatte")
    model.eval().save_pretrained(where)
    return where


@pytest.fixture(scope="module")
def case() -> tuple[np.ndarray, np.ndarray]:
    """Image (75, 90, 3) uint8 and a trimap whose sure pixels touch the border."""
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (75, 90, 3), np.uint8)
    trimap = np.full((75, 90), 0.5, np.float32)
    trimap[:, :20], trimap[:, 70:] = 0, 1
    return image, trimap


def reference(folder: Path, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
    t = import_package("transformers", "vitmatte")
    import torch

    levels = np.where(trimap == 0.5, 128, trimap * 255).astype(np.uint8)
    inputs = t.VitMatteImageProcessor()(images=image, trimaps=levels, return_tensors="pt")
    with torch.inference_mode():
        found = t.VitMatteForImageMatting.from_pretrained(folder).eval()(**inputs).alphas
    return found[0, 0, : image.shape[0], : image.shape[1]].numpy()


def test_same_as_transformers(folder: Path, case: tuple[np.ndarray, np.ndarray]) -> None:
    image, trimap = case
    theirs = reference(folder, image, trimap)
    band = trimap == 0.5
    assert theirs[band].std() > 0.02
    result = solve_alpha(image, trimap, "vitmatte", checkpoint=folder)
    np.testing.assert_allclose(result.alpha[band], theirs[band], atol=2e-6)
    np.testing.assert_array_equal(result.alpha[~band], trimap[~band])
    assert result.converged and result.notes == ()
    again = solve_alpha(image, trimap, "vitmatte", checkpoint=folder / "model.safetensors")
    np.testing.assert_array_equal(again.alpha, result.alpha)
    # 16 bits are kept as such, and give the same where they are the same.
    deep = solve_alpha(image.astype(np.uint16) * 257, trimap, "vitmatte", checkpoint=folder)
    np.testing.assert_allclose(deep.alpha, result.alpha, atol=2e-6)


def test_the_authors_own_names(
    folder: Path, case: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    import torch

    from workbench.nets.reading import read_state

    state = {}
    for name, value in read_state(folder / "model.safetensors").items():
        for theirs, ours in networks._OTHER_NAMES:
            name = name.replace(ours, theirs)
        state[name] = value
    assert any(n.startswith("backbone.blocks.0.attn.") for n in state)
    torch.save({"model": state}, tmp_path / "ViTMatte_S.pth")
    (tmp_path / "config.json").write_text((folder / "config.json").read_text())
    wanted = solve_alpha(*case, "vitmatte", checkpoint=folder).alpha
    found = solve_alpha(*case, "vitmatte", checkpoint=tmp_path / "ViTMatte_S.pth").alpha
    np.testing.assert_array_equal(found, wanted)


def test_published_architectures_have_their_published_sizes() -> None:
    t = import_package("transformers", "vitmatte")
    for name, parameters in (("vitmatte", 25.8e6), ("vitmatte_base", 96.7e6)):
        config = networks.vitmatte_config(name)
        entry = weights.catalogue()[name]
        assert entry.sha256 is None and not entry.commercial
        with import_package("transformers.initialization", "vitmatte").no_init_weights():
            model = t.VitMatteForImageMatting(
                t.VitMatteConfig(
                    backbone_config=t.VitDetConfig(
                        **{k: v for k, v in config["backbone_config"].items() if k != "model_type"}
                    ),
                    **{k: v for k, v in config.items() if k.endswith(("size", "sizes"))},
                )
            )
        held = sum(v.numel() for v in model.state_dict().values())
        assert abs(held - parameters) < 0.01 * parameters and entry.fits(4 * held + 40_000)
        del model


class Counting:
    """A network that paints each window in the mean of its photo, and counts how it is asked."""

    name, identity = "counting", "counting:1"

    def __init__(self) -> None:
        self.windows: list[tuple[int, ...]] = []

    def alpha(self, image: np.ndarray, trimap: np.ndarray) -> np.ndarray:
        assert image.dtype == np.float32 and set(np.unique(trimap)) <= {0, 0.5, 1}
        self.windows.append(trimap.shape)
        return np.full(trimap.shape, image.mean(), np.float32)


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> Counting:
    made = Counting()
    point = EntryPoint("counting", "elsewhere:make", "workbench.matting")
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda checkpoint, progress: made)
    monkeypatch.setattr(
        table, "entry_points", lambda group: [point] if group == "workbench.matting" else []
    )
    monkeypatch.setattr(networks, "_made", None)
    return made


def test_a_network_of_another_package(counting: Counting) -> None:
    assert "counting" in matting_methods() and matting_networks()["counting"]
    assert matting_identity("counting") == "counting:1"
    image = np.full((20, 30, 3), 51, np.uint8)
    trimap = np.zeros((20, 30), np.float32)
    trimap[5:15] = 0.5
    # One kind alone of what is sure is enough for a network.
    result = solve_alpha(image, trimap, "counting", identity="counting:1")
    np.testing.assert_allclose(result.alpha[5:15], 0.2, atol=1e-6)
    with pytest.raises(WeightsMismatchError, match=r"counting:0.*counting:1"):
        solve_alpha(image, trimap, "counting", identity="counting:0")


def test_windows_are_bounded_and_joined(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    grid = Grid(tile=64, margin=16, blend=8, even=True)
    monkeypatch.setattr(networks, "PIECES", pieces.Pieces(grid, 80 * 80, False, False))
    image = np.full((200, 330, 3), 102, np.uint8)
    trimap = np.zeros((200, 330), np.float32)
    trimap[90:], trimap[90:130] = 1, 0.5
    seen: list[float] = []
    result = solve_alpha(image, trimap, "counting", lambda fraction, words: seen.append(fraction))
    np.testing.assert_allclose(result.alpha[90:130], 0.4, atol=1e-6)
    assert max(max(shape) for shape in counting.windows) <= 64 + 2 * 16
    assert len(counting.windows) == 12  # of 24: those that the band crosses
    assert seen == sorted(seen) and len(seen) > 12
    counting.windows.clear()

    def stop(fraction: float, words: str) -> None:
        if fraction > 0.3:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        solve_alpha(image, trimap, "counting", stop)
    assert 3 <= len(counting.windows) < 6


def test_what_a_network_answers_is_looked_at(
    counting: Counting, monkeypatch: pytest.MonkeyPatch
) -> None:
    image, trimap = np.zeros((9, 9, 3), np.uint8), np.full((9, 9), 0.5, np.float32)
    trimap[0], trimap[8] = 0, 1
    monkeypatch.setattr(counting, "alpha", lambda image, trimap: trimap[1:])
    with pytest.raises(ModelError, match=r"\(9, 9\), got \(8, 9\)"):
        solve_alpha(image, trimap, "counting")
    monkeypatch.setattr(counting, "alpha", lambda image, trimap: trimap * np.nan)
    mask = np.full((9, 9), 0.25, np.float32)
    result = solve_alpha(image, trimap, "counting", mask=mask)
    assert not result.converged and "no number for 63 pixels" in result.notes[0]
    np.testing.assert_array_equal(result.alpha[1:8], 0.25)


def test_identity_is_of_weights_and_config(folder: Path, tmp_path: Path) -> None:
    one = matting_identity("vitmatte", folder)
    hashes = [weights.file_sha256(folder / f)[:16] for f in ("model.safetensors", "config.json")]
    assert one == f"vitmatte:{'+'.join(hashes)}:float32"
    assert matting_identity("closed_form") == "" == matting_identity("rw")
    image, trimap = np.zeros((9, 9, 3), np.uint8), np.full((9, 9), 0.5, np.float32)
    trimap[0], trimap[8] = 0, 1
    solve_alpha(image, trimap, "vitmatte", checkpoint=folder, identity=one)
    with pytest.raises(WeightsMismatchError, match="which the edit was made with"):
        solve_alpha(image, trimap, "vitmatte", checkpoint=folder, identity="vitmatte:0:float32")


def test_what_is_refused(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_MODELS", str(tmp_path / "none"))
    with pytest.raises(LicenceError, match="--non-commercial"):
        matting_identity("vitmatte")
    with pytest.raises(WeightsMissingError, match="models fetch vitmatte --non-commercial"):
        matting_identity("vitmatte", non_commercial=True)
    with pytest.raises(WeightsMissingError, match=r"model\.safetensors"):
        matting_identity("vitmatte", tmp_path)
    with pytest.raises(UnknownNameError, match="did you mean vitmatte"):
        matting_identity("vitmate")
    image, trimap = np.zeros((9, 9, 3), np.uint8), np.full((9, 9), 0.5, np.float32)
    trimap[0], trimap[8] = 0, 1
    with pytest.raises(InputError, match="expected no checkpoint for knn"):
        solve_alpha(image, trimap, "knn", checkpoint=folder)

    def ask(path: Path) -> None:
        solve_alpha(image, trimap, "vitmatte", checkpoint=path)

    # Of another size than the published one, and nothing beside that says so.
    alone = tmp_path / "alone.safetensors"
    alone.write_bytes((folder / "model.safetensors").read_bytes())
    with pytest.raises(WeightsMismatchError, match=r"expected the weights of vitmatte"):
        ask(alone)
    with pytest.raises(WeightsDamagedError):
        alone.write_bytes(b"no tensors")
        ask(alone)
    unsafe = tmp_path / "unsafe.pth"
    unsafe.write_bytes(pickle.dumps({"model": Path}))
    with pytest.raises(WeightsUnsafeError):
        ask(unsafe)
    other = tmp_path / "other"
    other.mkdir()
    (other / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes())
    config = json.loads((folder / "config.json").read_text())
    config["backbone_config"] = {"model_type": "swin"}
    (other / "config.json").write_text(json.dumps(config))
    with pytest.raises(WeightsMismatchError, match="on a swin"):
        ask(other)
    (other / "config.json").write_text("{")
    with pytest.raises(WeightsDamagedError, match="expected the config"):
        ask(other)


def test_a_missing_package_is_said_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "absent", lambda packages: ["transformers"])
    with pytest.raises(MissingPackageError, match=r'pip install "matte-workbench\[vitmatte\]"'):
        matting_identity("vitmatte")
    state = matting_networks(non_commercial=True)["vitmatte"]
    assert not state and "matte-workbench[vitmatte]" in state.why
