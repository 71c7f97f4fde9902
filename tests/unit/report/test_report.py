"""A report as text, HTML and JSON."""

from __future__ import annotations

import json

import numpy as np

from workbench.quality.finding import Finding, Measure
from workbench.report import Report
from workbench.report.thumbnails import HEIGHT, WIDTH, thumbnail, window

EVIL = "<img src=x onerror=alert(1)>"
HOLE = Finding("holes", 0.6, (10, 20, 30, 40), 120.0, "px²", f"A hole in {EVIL}.")
DARK = Measure("exposure", 0.12, "share", 0.05, "poor", f"Too dark for {EVIL}.")


def test_measures_are_kept_beside_what_was_found():
    report = Report(EVIL, (("dog", HOLE),), (DARK,))
    assert report.find("holes") == [HOLE] and report.find("fringe") == []
    assert "poor  exposure" in str(report) and str(report).startswith(f"{EVIL}: 1 found")
    content = json.loads(report.to_json())
    assert content["measures"][0]["verdict"] == "poor"
    assert content["findings"][0]["box"] == [10, 20, 30, 40]
    assert "nothing found" in str(Report("x", ()))


def test_nothing_that_others_wrote_becomes_markup():
    shown = Report(EVIL, ((EVIL, HOLE),), (DARK,))._repr_html_()
    assert "<img" not in shown and shown.count("&lt;img src=x") == 4


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
    alone = thumbnail(image, None)
    assert alone.shape == (126, 168, 3)
