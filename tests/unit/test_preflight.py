"""session.preflight(): findings with edits and advice, measures, and what the session keeps."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, TiffImagePlugin

import workbench as wb
from workbench import preflighting
from workbench.cli import main
from workbench.errors import UnknownNameError


@pytest.fixture(autouse=True)
def by_colour_alone(monkeypatch):
    """What stands out is told without a network, on every machine."""
    monkeypatch.setattr(preflighting.segment, "automatic_models", dict)


@pytest.fixture
def taken(photo, tmp_path):
    """A dark JPEG of quality 60 that says how it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769).update(
        {0x829A: TiffImagePlugin.IFDRational(1, 30), 0x829D: 2.8, 0x8827: 3200}
    )
    path = tmp_path / "taken.jpg"
    Image.fromarray(photo // 4).save(path, quality=60, exif=exif)
    return path


def test_findings_come_with_modes_advice_and_what_was_used(taken, disks):
    report = wb.open(taken, "disks").preflight()
    assert [f.severity for f in report] == sorted((f.severity for f in report), reverse=True)
    figures = {m.code: m for m in report.measures}
    assert figures["jpeg_artifacts"].value == 60 and figures["low_resolution"].value == 96
    assert figures["shutter"].value == pytest.approx(30) and figures["iso"].verdict == "poor"
    (dark,) = report.find("underexposed")
    assert dark.modes == ("degraded", "low_contrast")
    assert "100 to 400" in dark.next_time and "ISO 3200" in dark.next_time
    assert json.loads(report.to_json())["measures"][0]["code"] == "low_resolution"
    assert "JPEG quality 60" in report._repr_html_()


def test_settings_of_the_camera_that_make_faults_likely_are_findings(taken, disks):
    report = wb.open(taken, "disks").preflight()
    for code, mode in (("shutter", "degraded"), ("aperture", "hair"), ("iso", "hair")):
        (one,) = report.find(code)
        assert mode in one.modes and one.now and one.next_time and one.severity <= 0.5
    assert "f/2.8" in report.find("aperture")[0].why


def test_the_background_to_shoot_before_is_told_from_the_subjects_own_colours(disks):
    y, x = np.mgrid[0:192, 0:256] + 0.5
    inside = np.hypot(x - 128, y - 96) < 60
    photo = np.where(inside[..., None], (24, 160, 74), (40, 150, 84)).astype(np.uint8)
    session = wb.open(photo, "disks")
    session.subject().load_mask(inside.astype(np.float32))
    (weak,) = session.preflight().find("low_contrast")
    assert "the subject differs most from a blue background" in weak.next_time


def test_remedies_made_in_any_order_come_to_the_same(taken, disks):
    report = wb.open(taken, "disks").preflight()
    wanted = [one for one in report if any(hasattr(x, "radius") for x in one.remedy)]
    assert len(wanted) >= 2, [one.code for one in report]
    settings = []
    for order in (report, list(reversed(list(report)))):
        session = wb.open(taken, "disks")
        session.subject().box(10, 10, 100, 80)
        for finding in order:
            if finding.remedy and all(hasattr(x, "sets") for x in finding.remedy):
                fresh = [replace(x, subject=session.subject().id) for x in finding.remedy]
                session.do_together(fresh)
        settings.append(session.subject().settings)
    assert settings[0] == settings[1]


def test_a_photo_without_exif_says_so(photo, disks):
    report = wb.open(photo, "disks").preflight()
    assert "no EXIF" in report.find("noise")[0].next_time
    assert not {m.code for m in report.measures} & {"shutter", "aperture", "iso", "jpeg_artifacts"}


def test_one_click_applies_what_a_finding_advises(photo, disks):
    session = wb.open(photo, "disks")
    for finding in session.preflight(["low_resolution", "noise"]):
        session.mend(finding)
    settings = session.subject().settings
    assert settings.radius == 3 and settings.denoise == 40 and settings.drop_islands == 25


def test_several_things_become_several_subjects(disks):
    image = np.full((96, 160, 3), 90, np.uint8)
    image[20:60, 15:55], image[30:80, 100:140] = (230, 40, 40), (240, 220, 40)
    session = wb.open(image, "disks")
    (found,) = session.preflight(["several_subjects"])
    assert found.modes == ("multi_subject",) and found.measure == 2
    session.mend(found)
    assert len(session.subjects) == 2
    boxes = sorted(s.state.layers[0].boxes[0] for s in session.subjects)
    assert boxes[0][0] < 16 and 54 < boxes[0][2] < 60 and 95 < boxes[1][0] < 101
    # Said and done: it is not said again.
    assert len(session.preflight(["several_subjects"])) == 0


def test_a_photo_on_its_head_is_turned_for_the_model(disks):
    image = np.full((120, 160, 3), (120, 170, 235), np.uint8)
    image[:60] = np.random.default_rng(0).integers(40, 110, (60, 160, 1)).astype(np.uint8)
    session = wb.open(image, "disks")
    session.mend(session.preflight(["upside_down"])[0])
    assert session.document.state().segmenter.turn == 180


def test_every_remedy_is_made_of_edits_that_can_be_made(photo, disks, monkeypatch):
    from workbench.quality.checks import Remedy
    from workbench.quality.preflight import Part
    from workbench.quality.preflight.seen import taken as figure

    ring = ((10.0, 10.0), (60.0, 10.0), (60.0, 60.0))
    remedies = (
        Remedy("preset", {"name": "hair and fur"}), Remedy("box", {"box": (5.0, 5.0, 90.0, 90.0)}),
        Remedy("shadow", {"mode": "lift"}),
        Remedy("parts", {"parts": (Part("hair", ring, {"radius": 20.0, "smart": True}, "", 1.0),
                                   Part("transparent", ring, {"radius": 5.0}, "", 0.9))}),
        Remedy("set", {"blur_length": 12.0, "blur_angle": 40.0, "contrast": 0.0}),
        Remedy("frame"),
    )  # fmt: skip
    seen = figure("motion_blur", 20, "px", 6, "moved", remedy=remedies)
    monkeypatch.setattr(preflighting, "look", lambda shot, codes: [seen])
    session = wb.open(photo, "disks")
    (found,) = session.preflight()
    assert len(found.remedy) == 7
    session.mend(found)
    assert [p.state.edit.kind for p in session.subject().passes] == ["hair", "transparent"]
    assert session.subject().settings.blur_length == 12


def test_the_mask_that_was_asked_for_is_what_is_looked_at(photo, disks):
    session = wb.open(photo, "disks")
    mask = np.zeros((96, 128), np.float32)
    mask[:30, 40:90] = 1
    session.subject().load_mask(mask)
    (found,) = session.preflight(["cut_by_frame"])
    assert "the subject" in found.why and found.box[1] == 0


def test_a_session_file_keeps_what_the_photos_file_said(taken, disks, tmp_path):
    session = wb.open(taken, "disks")
    session.save(tmp_path / "a.mws", include_photo=True)
    taken.unlink()
    again = wb.load(tmp_path / "a.mws")
    figures = {m.code: m.value for m in again.preflight(["jpeg_artifacts", "iso"]).measures}
    assert figures == {"jpeg_artifacts": 60, "iso": 3200}


def test_facts_that_make_no_sense_are_left_out():
    from workbench.decoding import facts_again

    bad = {"camera": {"ISO": float("nan"), "Evil": 1, "FNumber": [2]}, "dpi": [0, "x"],
           "orientation": 99, "tables": [[1, 2]]}  # fmt: skip
    assert facts_again(bad) == {"camera": {}} and facts_again("no") == {}
    assert facts_again({"camera": {"ISO": 400, "Make": "x" * 500}})["camera"]["Make"] == "x" * 100


def test_the_command_line_prints_a_table_or_json(taken, capsys):
    assert main(["check", str(taken)]) == 0
    told = capsys.readouterr().out
    assert "jpeg_artifacts" in told and "poor" in told and "now:" in told
    assert main(["check", str(taken), "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert {m["code"] for m in content["measures"]} >= {"noise", "iso"}
    assert main(["check", str(taken.with_name("gone.jpg"))]) == 2
    assert "expected a photo" in capsys.readouterr().err


def test_no_such_measure(photo, disks):
    with pytest.raises(UnknownNameError, match="measure"):
        wb.open(photo, "disks").preflight(["blurry"])


def test_remedies_are_for_the_current_subject_and_none_is_needed(photo, disks):
    session = wb.open(photo, "disks")
    second = session.subject("second")
    ((name, found),) = session.preflight(["low_resolution"]).findings
    assert name == "second" and {edit.subject for edit in found.remedy} == {second.id}
    for subject in session.subjects:
        subject.delete()
    ((name, found),) = session.preflight(["low_resolution"]).findings
    assert name == "the photo" and found.remedy == ()
