"""A report as text, HTML and JSON, and its pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from workbench.edits import Paint
from workbench.errors import ExportError
from workbench.quality.finding import Finding, Measure
from workbench.report import VERSION, Report, page, schema
from workbench.report.thumbnails import HEIGHT, WIDTH, thumbnail, window

EVIL = "<img src=x onerror=alert(1)>"
BRUSH = Paint(subject="a", points=((1.0, 2.0), (3.0, 4.0)), keep=True, size=5.0)
HOLE = Finding(
    "holes", 0.6, (10, 20, 30, 40), 120.0, "px²", f"A hole in {EVIL}.", (BRUSH,),
    modes=(EVIL,), now=EVIL, next_time=EVIL,
)  # fmt: skip
WHOLE = Finding("noise", np.float32(0.2), None, np.inf, "", "Noisy.", now=f"Do {EVIL}.")
DARK = Measure("exposure", 0.12, "share", 0.05, "poor", f"Too dark for {EVIL}.")
PICTURE = np.full((9, 12, 3), (255, 128, 0), np.uint8)


@pytest.fixture
def report():
    found = ((EVIL, HOLE), ("cat", WHOLE))
    return Report(EVIL, found, (DARK,), thumbnails=(PICTURE, None))


class Tags(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def test_measures_are_kept_beside_what_was_found(report):
    assert report.find("holes") == [HOLE] and report.find("fringe") == []
    assert "poor  exposure" in str(report) and str(report).startswith(f"{EVIL}: 2 found")
    assert "nothing found" in str(Report("x", ()))
    assert "Nothing found" in Report("x", ())._repr_html_()


def test_the_json_is_as_its_schema_says(report):
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    validator.check_schema(schema())
    content = json.loads(report.to_json())
    validator.validate(content)
    validator.validate(json.loads(Report("x", ()).to_json()))
    assert content["version"] == VERSION == 1 and content["title"] == EVIL
    first, second = content["findings"]
    assert first["box"] == [10, 20, 30, 40] and first["remedy"][0]["edit"] == "Paint"
    assert second["measure"] is None and second["box"] is None  # JSON has no infinity
    assert not validator.is_valid({**content, "version": 2})
    assert not validator.is_valid({**content, "findings": [{**first, "severity": 1.5}]})


def test_what_a_hand_can_do_is_said_beside_what_edits_do(report):
    hole, whole = report.findings[0][1], report.findings[1][1]
    edits = BRUSH.words()
    assert page.remedy(replace(hole, now="Look there.")) == f"{edits}. Look there."
    assert page.remedy(replace(hole, now="")) == edits
    assert page.remedy(whole) == whole.now and page.remedy(replace(whole, now="")) == "By hand."
    assert page.likely(replace(hole, modes=("low_contrast", "hair"))) == (
        "Makes likely: low contrast, hair."
    )
    assert page.likely(replace(hole, modes=("holes",))) == ""


@pytest.mark.parametrize("whole", [False, True])
def test_nothing_that_others_wrote_becomes_markup(report, whole, tmp_path):
    text = report._repr_html_()
    if whole:
        text = report.to_html(tmp_path / "report.html").read_text("utf-8")
    tags = Tags(text).found
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 1 and pictures[0]["src"].startswith("data:image/png;base64,")
    assert not any(name.startswith("on") for _, attributes in tags for name in attributes)
    assert text.count("&lt;img src=x onerror") >= 5


def test_the_file_needs_nothing_from_outside(report, tmp_path):
    text = report.to_html(tmp_path / "report.html").read_text("utf-8")
    tags = Tags(text).found
    assert {"script", "link", "iframe", "object"}.isdisjoint(tag for tag, _ in tags)
    policy = next(a["content"] for t, a in tags if a.get("http-equiv"))
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    assert "http://" not in text and "https://" not in text and "url(" not in text
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    with pytest.raises(ExportError):
        report.to_html(tmp_path)  # a folder


def test_a_report_without_a_session_is_plain_html(report):
    assert report._repr_mimebundle_() is None
    assert replace(report, session=object())._repr_mimebundle_() is None  # no kernel is live


def test_a_place_is_shown_at_100_percent_or_reduced_and_never_beyond_the_photo():
    assert window((1000, 2000), (5, 990, 9, 998)) == (slice(1000 - HEIGHT, 1000), slice(0, WIDTH))
    rows, columns = window((1000, 2000), (500, 400, 1300, 500))
    assert columns.stop - columns.start == 1040 and rows.stop - rows.start == 780
    assert window((50, 60), None) == (slice(0, 50), slice(0, 60))


def test_a_thumbnail_shows_the_photo_and_beside_it_what_was_cut_out():
    image = np.zeros((300, 400, 3), np.uint8)
    image[:, :200] = 255
    alpha = np.zeros((300, 400), np.float32)
    alpha[:, :200] = 1  # what is white is kept, what is black goes
    both = thumbnail(image, (190, 140, 210, 160), alpha)
    assert both.shape == (HEIGHT, 2 * WIDTH + 4, 3)
    photo, cut = both[:, :WIDTH], both[:, WIDTH + 4 :]
    assert (photo[5, 5] == 255).all() and (photo[5, -5] == 0).all()
    assert (cut[5, 5] == 255).all()
    assert len(set(cut[5, -5].tolist())) > 1  # a colour: neither white nor black can be told here
    assert thumbnail(image, None).shape == (126, 168, 3)
