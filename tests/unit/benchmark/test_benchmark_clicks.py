import cv2
import numpy as np
import pytest

from workbench import cutouts
from workbench.benchmark import clicks, lite, scenes
from workbench.coordinates import Frame
from workbench.errors import FetchError
from workbench.segment.base import Embedding, Prediction


def plane(rows: str) -> np.ndarray:
    return np.array([[c == "#" for c in row] for row in rows.split()])


def test_the_first_click_is_the_point_farthest_from_the_edge_first_in_reading_order():
    truth = plane("...... .####. .####. .####. .####.")
    free = np.ones_like(truth)
    # Beyond the picture's last row counts as outside, like any other edge.
    assert clicks.next_click(truth & False, truth, free) == (2, 2, 1)
    free[2, 2] = False
    assert clicks.next_click(truth & False, truth, free) == (2, 3, 1)


def test_the_larger_mistake_is_clicked_and_of_equals_what_is_wrongly_taken():
    truth = plane("###.... ###.... ###....")
    small = plane("....... .....#. .......")
    free = np.ones_like(truth)
    assert clicks.next_click(small, truth, free) == (1, 1, 1)
    assert clicks.next_click(truth | small, truth, free) == (1, 5, 0)
    twin = plane("....### ....### ....###")
    assert clicks.next_click(twin, truth, free) == (1, 5, 0)


def test_the_interval_of_a_mean_holds_it_and_narrows():
    few, many = ([0.0, 1.0] * n for n in (10, 1000))
    (a, b), (c, d) = clicks.interval(few), clicks.interval(many)
    assert a < 0.5 < b and c < 0.5 < d and d - c < (b - a) / 5
    assert clicks.interval(few) == (a, b)


class Squares:
    """Answers a click with a square around it, and never takes anything back but the pixel."""

    name = "squares"
    identity = "squares:none:uint8"
    capabilities = frozenset({"points", "boxes", "hint"})

    def __init__(self) -> None:
        self.hints: list = []

    def encode(self, image, region=None, progress=None):
        return Embedding("key", image.shape[:2], None, None, 1)

    def predict(self, embedding, prompts):
        logits = np.full(embedding.shape, -4.0, np.float32)
        if prompts.boxes:
            x0, y0, x1, y1 = (round(v) for v in prompts.boxes[0])
            logits[y0:y1, x0:x1] = 4
        else:
            self.hints.append(prompts.hint)
        for (x, y), label in zip(prompts.points, prompts.labels, strict=True):
            if label:
                logits[max(int(y) - 3, 0) : int(y) + 4, max(int(x) - 3, 0) : int(x) + 4] = 4
            else:
                logits[int(y), int(x)] = -4
        frame = Frame.whole(embedding.shape)
        return Prediction.ranked(np.ones(1, np.float32), logits[None], frame, embedding.shape)


def test_a_scene_is_clicked_through_by_the_protocol():
    truth = np.zeros((20, 30), bool)
    truth[5:12, 4:18] = True  # two squares of seven side by side
    segmenter = Squares()
    image = np.zeros((20, 30, 3), np.uint8)
    run = clicks.click_through(segmenter, image, truth, (4, 5, 18, 12), 10)
    assert run.box == 1.0
    assert run.curve[0] == 0.5  # one square inside, touching neither end
    assert all(run.obeyed) and len(run.curve) == len(run.seconds) == 10
    assert segmenter.hints[0] is None and segmenter.hints[1] is not None
    assert run.clicks_to(0.5) == 1 and run.curve[-1] > 0.9 and run.clicks_to(1.1) == clicks.MOST
    words = {m.name: m.value for m in lite.summary("squares", "validation", [run] * 3)}
    assert words["squares: box"] == 1.0 and words["squares: 1 click"] == 0.5
    assert words["squares: answers that obey every click"] == 1.0
    first, box = words["squares: first click, median"], words["squares: box, median"]
    assert first == pytest.approx(1000 * run.seconds[0]) and box == 1000 * run.boxed > 0


def test_what_belongs_together_falls_into_one_split(tmp_path):
    root = tmp_path / "usr/share/wallpapers/Altai/contents/images"
    assert cutouts.picture_name(root / "5120x2880.png") == "Altai"
    assert cutouts.picture_name(tmp_path / "Elephants_3840x2160.jpg") == "Elephants.jpg"
    assert cutouts.picture_name(tmp_path / "wood-d.webp") == "wood.webp"
    assert cutouts.picture_name(tmp_path / "cow-d.png") == "cow-d.png"
    assert {cutouts.split_of(f"{n}.png") for n in range(40)} == set(cutouts.SPLITS)


@pytest.fixture
def pictures(tmp_path, monkeypatch) -> cutouts.Material:
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    rng = np.random.default_rng(0)
    things = []
    for n in range(2):
        cut = rng.integers(0, 256, (150, 130, 4)).astype(np.uint8)
        y, x = np.mgrid[0:150, 0:130]
        cut[..., 3] = np.where(np.hypot((x - 65) / 60, (y - 75) / 70) < 1, 255, 0)
        cv2.imwrite(str(tmp_path / f"thing{n}.png"), cut)
        things.append(tmp_path / f"thing{n}.png")
    behind = rng.integers(0, 256, (300, 500, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "behind.png"), behind)
    return cutouts.Material(tuple(things), (tmp_path / "behind.png",), ())


def test_a_scene_is_the_same_every_time_and_its_truth_is_what_can_be_seen(pictures):
    made = [scenes.scene(pictures, "validation", n) for n in range(6)]
    again = scenes.scene(pictures, "validation", 3)
    assert np.array_equal(made[3].image, again.image) and made[3].box == again.box
    assert not np.array_equal(made[3].image, scenes.scene(pictures, "test", 3).image)
    for scene in made:
        height, width = scene.truth.shape
        assert height >= 480 and width >= 640 and scene.image.shape == (height, width, 3)
        assert scene.truth.mean() > scenes.SMALLEST and scene.visible[0] >= scenes.VISIBLE
        assert int(scene.subjects.sum(axis=0).max()) == 1  # no pixel is two subjects'
        x0, y0, x1, y1 = scene.box
        rows, columns = np.nonzero(scene.truth)
        off = 0.05 * max(np.ptp(rows), np.ptp(columns))
        drawn = np.array([x0, y0, x1, y1])
        bounds = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
        assert np.abs(drawn - bounds).max() <= off and (drawn >= 0).all()


def test_without_apt_the_benchmark_says_what_it_needs(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="expected apt-get and dpkg-deb"):
        cutouts.material("test")
