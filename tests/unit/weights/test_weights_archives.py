"""Weights that lie in pieces in an archive at a URL."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile

import pytest
from weights_server import DATA, parts, visible

from workbench import weights as w
from workbench.errors import CancelledError, FetchError, WeightsError

# Cut unevenly; in the archives they lie in another order, with something else between them.
PIECES = {"package/dist/b": DATA[:170_001], "package/dist/c": DATA[170_001:170_002],
          "package/dist/a": DATA[170_002:]}  # fmt: skip
OTHER = {"package/other": b"something else" * 99}
IN_ORDER = dict(sorted((PIECES | OTHER).items()))


def tgz(members, mode="w:gz"):
    """A tar of (name → bytes, or a TarInfo with nothing in it)."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as bundle:
        for name, body in members.items() if isinstance(members, dict) else members:
            if isinstance(body, tarfile.TarInfo):
                bundle.addfile(body)
            else:
                info = tarfile.TarInfo(name)
                info.size = len(body)
                bundle.addfile(info, io.BytesIO(body))
    return file.getvalue()


def zipped(members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, body in members.items():
            package.writestr(name, body)
    return file.getvalue()


@pytest.fixture
def packed(place, server):
    """The server holds this archive, and the catalogue says so; the entry's changes on top."""

    def write(data, members=tuple(PIECES), said=None, **changes):
        server.data = data
        source = {
            "archive": server.url, "members": list(members), "size": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        } | (said or {})  # fmt: skip
        return place(addresses=[source], **changes)

    return write


def refused(reason):
    """Fetching ends with this reason, and leaves nothing that could be taken for the file."""
    with pytest.raises(FetchError, match=reason):
        w.fetch("small")
    assert w.find("small") is None and parts(w.weights_folder()) == []


@pytest.mark.parametrize(
    "data", [tgz(IN_ORDER), tgz(PIECES, "w"), zipped(IN_ORDER)], ids=["tgz", "tar", "zip"]
)
def test_the_pieces_are_joined_in_the_order_that_the_catalogue_says(packed, data):
    folder = packed(data)
    seen = []
    path = w.fetch("small", lambda fraction, words: seen.append(words))
    assert path.read_bytes() == DATA and w.verify("small") == path
    # The archive is gone, and no name of it was ever a file of ours.
    assert visible(folder) == ["small.bin"] and not list(folder.glob(".*.part*"))
    assert seen[-1] == "small is ready" and "small: taking it out of the archive" in seen
    assert "3 members in http://127.0.0.1" in str(w.catalogue()["small"].addresses[0])


def test_a_cut_archive_goes_on_where_it_stopped(packed, server):
    data = tgz(IN_ORDER)
    packed(data)
    server.plan = ["cut:100000"]
    w.fetch("small")
    assert server.requests == [(None, None), ("bytes=100000-", '"one"')]


@pytest.mark.parametrize(
    ("plan", "words", "asked"),
    [
        (["stall:200000"], "small: 0.2 MB of 0.3 MB", [None, "bytes=200000-"]),
        # All of it is there, and only to be taken apart: it is not asked for again.
        ([], "small: taking it out of the archive", [None]),
    ],
)
def test_a_cancelled_fetch_keeps_what_came_and_goes_on(packed, server, plan, words, asked):
    packed(tgz(IN_ORDER))
    server.plan = plan

    def cancel(fraction, said):
        if said == words:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        w.fetch("small", cancel)
    assert w.find("small") is None
    w.fetch("small")
    assert w.verify("small").read_bytes() == DATA
    assert [wanted for wanted, _ in server.requests] == asked


def link(name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, "/etc/passwd"
    return name, info


B, C, A = PIECES.items()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (tgz([A, B]), "the archive holds no package/dist/c"),
        (tgz([A, B, ("./package/dist/c", C[1])]), "the archive holds no package/dist/c"),
        (tgz([A, B, ("package/dist/../dist/c", C[1])]), "the archive holds no package/dist/c"),
        (tgz([A, B, C, B]), "holds package/dist/b twice"),
        (tgz([A, B, link(C[0], tarfile.SYMTYPE)]), "package/dist/c as something else than a file"),
        (tgz([A, B, link(C[0], tarfile.LNKTYPE)]), "package/dist/c as something else than a file"),
        (tgz([A, B, link(C[0], tarfile.DIRTYPE)]), "package/dist/c as something else than a file"),
        (tgz([A, B, (C[0], C[1] + b"x")]), "expected 0.3 MB, the archive holds more"),
        (tgz([A, B, (C[0], b"")]), "expected 300000 bytes, got 299999"),
        (tgz([A, B, (C[0], b"\0")]), "expected SHA-256"),
        (tgz(PIECES)[:-3000], "the archive is broken"),
        (zipped(PIECES)[:-3000], "the archive is broken"),
        (b"no archive at all", "the archive is broken"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_archive(packed, data, reason):
    packed(data)
    refused(reason)


def test_a_zip_whose_bytes_are_not_what_they_were_is_broken(packed):
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as package:
        for name, body in PIECES.items():
            package.writestr(name, body)
    data = bytearray(stored.getvalue())
    data[1000] ^= 1
    packed(bytes(data))
    refused("the archive is broken .*CRC")


def test_an_archive_of_other_bytes_is_not_taken_apart(packed):
    packed(tgz(IN_ORDER), said={"sha256": "0" * 64})
    refused("expected SHA-256 0000000000000000…, got")
    packed(tgz(IN_ORDER), said={"size": 99})
    refused("expected 99 bytes, the server offers")


def test_a_disk_must_hold_the_archive_too(packed, monkeypatch):
    from workbench.weights import fetching

    data = tgz(IN_ORDER)
    packed(data)
    usage = fetching.shutil.disk_usage("/")
    room = len(DATA) + len(data) - 1
    monkeypatch.setattr(fetching.shutil, "disk_usage", lambda _: usage._replace(free=room))
    refused("expected 0.6 MB free for small")


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (["../a"], {}), (["/a"], {}), (["a//b"], {}), (["a\\..\\b"], {}), (["a\nb"], {}),
        (["a", "a"], {}), ([], {}), ([3], {}), (["a"], {"archive": "file:///etc/passwd"}),
        (["a"], {"sha256": None}), (["a"], {"sha256": "abc"}), (["a"], {"size": None}),
        (["a"], {"size": 0}),
    ],
    ids=str,
)  # fmt: skip
def test_an_address_that_makes_no_sense_is_refused(packed, members, said):
    packed(tgz(IN_ORDER), members, said)
    with pytest.raises(WeightsError, match="expected a catalogue"):
        w.catalogue()
