"""One file from a URL, over a line that may be bad and is never trusted."""

from __future__ import annotations

import contextlib
import http.client
import json
import queue
import re
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from .. import published
from ..files import readable_size
from ..progress import Progress, report
from ..published import Figure
from .expected import Cut, Expected, Failed, check, discard, sidecar

_CHUNK = 1 << 18
_RESUMES = 3  # times that a cut download goes on before the address is given up
_SLOWEST = 2048  # bytes a second; slower than this for long is a stall, whatever trickles in
_ANSWER_LIMIT = 4 * 2**20  # bytes of a publisher's description of a release


def from_url(
    expected: Expected, url: str, part: Path, progress: Progress | None, timeout: float
) -> Figure | None:
    """Download into ``part``, going on where it stopped, until it is the right file.

    Returns:
        The publisher's figure that it was found to agree with; None where there is none, or where
        the catalogue's own was used.
    """
    resumes = 0
    figure: Figure | None = None
    resumed_before = part.exists()
    while True:
        before = part.stat().st_size if part.exists() else 0
        try:
            figure = _download(expected, url, part, progress, timeout) or figure
        except Cut as error:
            after = part.stat().st_size if part.exists() else 0
            resumes += 1
            if resumes > _RESUMES or after <= before:
                raise Failed(f"{error}, after {after} bytes") from error
            continue
        if expected.sha256 is None and figure is None:
            figure = _github_figure(expected, url, progress, timeout)
        try:
            check(expected, part, figure)
            return figure
        except Failed:
            # What was there from an earlier time may have been of another file. Once, from zero.
            if not (resumed_before or resumes):
                raise
            resumed_before, resumes = False, 0


def _download(
    expected: Expected, url: str, part: Path, progress: Progress | None, timeout: float
) -> Figure | None:
    """One request: append to ``part`` or begin it anew. What the publisher says it should be."""
    have = part.stat().st_size if part.exists() else 0
    validator = _read_validator(part)
    if have and have == expected.size and expected.sha256 is not None:
        return None  # whole, and only not yet checked
    if have >= expected.most_bytes or (validator is None and expected.sha256 is None):
        # Too long, or nothing could tell that the rest is of the same file.
        discard(part)
        have = 0
    request = urllib.request.Request(url, headers={"User-Agent": "matte-workbench"})
    # A compressed answer would make lengths and ranges mean something else.
    request.add_header("Accept-Encoding", "identity")
    if have:
        request.add_header("Range", f"bytes={have}-")
        if validator:
            request.add_header("If-Range", validator)
    words = f"{expected.name}: asking {urllib.parse.urlsplit(url).hostname}"
    response = _open(request, timeout, have / expected.most_bytes, words, progress)
    figure: Figure | None = response.figure if expected.sha256 is None else None
    try:
        if response.status == 416:
            response.close()
            # Nothing to come after what is there: it is whole, or it is not this file.
            if have and response.headers.get("Content-Range", "") == f"bytes */{have}":
                return figure
            discard(part)
            raise Cut("the server has no such part of it")
        total = _length(response, have, expected)
        if response.status == 200:
            have = 0
        _write_validator(part, response)
    except BaseException:
        response.close()
        raise
    with part.open("ab" if have else "wb") as file:
        too_much = _copy(response, file, have, total, expected, progress, timeout)
    if too_much:
        discard(part)
        raise Failed(f"expected {expected.megabytes}, the server sends more")
    return figure


def _github_figure(
    expected: Expected, url: str, progress: Progress | None, timeout: float
) -> Figure | None:
    """What GitHub says of a release's asset. None where it says nothing: that is no failure."""
    question = published.github_question(url)
    if question is None:
        return None
    address, asset = question
    request = urllib.request.Request(address, headers={"User-Agent": "matte-workbench"})
    words = f"{expected.name}: asking GitHub for its SHA-256"
    try:
        with contextlib.closing(_open(request, timeout, 1.0, words, progress)) as response:
            if response.status != 200:  # no such release, or too many questions from this address
                return None
            return published.in_release(response.read(_ANSWER_LIMIT), asset)
    except (Failed, OSError, http.client.HTTPException, ValueError):
        return None


def _length(response: Any, have: int, expected: Expected) -> int | None:
    """How long the whole file is by the answer's headers; Failed where they cannot be right."""
    if response.status in (401, 403):
        raise Failed(
            f"the server answered {response.status} {response.reason}: it may want a login or an "
            "agreement; get the file there by hand and copy it into the weights folder"
        )
    if response.status not in (200, 206):
        raise Failed(f"the server answered {response.status} {response.reason}")
    if response.headers.get("Content-Encoding", "identity") not in ("identity", ""):
        raise Failed("the server sends it compressed, unasked")
    if response.status == 206:
        found = re.fullmatch(
            r"bytes (\d+)-(\d+)/(\d+|\*)", response.headers.get("Content-Range", "").strip()
        )
        if found is None or int(found[1]) != have:
            raise Failed("the server sends another part than was asked for")
        stated = found[3]
    else:
        stated = response.headers.get("Content-Length", "")
    total = int(stated) if stated.isdecimal() else None
    if total is not None and not expected.fits(total):
        raise Failed(
            f"expected {expected.size or expected.megabytes} bytes, the server offers {total}"
        )
    return total


def _copy(
    response: Any,
    file: BinaryIO,
    have: int,
    total: int | None,
    expected: Expected,
    progress: Progress | None,
    timeout: float,
) -> bool:
    """The answer's body into the file, watching length and pace; whether it is too long."""
    whole = total or expected.most_bytes
    window_start, window_bytes, shown = time.monotonic(), 0, 0.0
    with _pumped(response) as blocks:
        while True:
            now = time.monotonic()
            if now - shown > 0.1:
                shown = now
                words = f"{expected.name}: {readable_size(have)} of {readable_size(whole)}"
                report(progress, have / whole, words)
            if now - window_start > 3 * timeout:
                if window_bytes < 3 * timeout * _SLOWEST:
                    raise Cut(f"only {window_bytes} bytes in {now - window_start:.0f} s")
                window_start, window_bytes = now, 0
            try:
                block = blocks.get(timeout=0.1)
            except queue.Empty:
                continue
            if isinstance(block, TimeoutError):
                raise Cut(f"no data for {timeout:g} s") from block
            if isinstance(block, Exception):
                raise Cut(f"the connection broke ({_reason(block)})") from block
            if not block:
                break
            have += len(block)
            window_bytes += len(block)
            if have > expected.most_bytes:
                return True
            file.write(block)
    if total is not None and have < total:
        raise Cut(f"the connection ended early, {total - have} bytes short")
    return False


@contextlib.contextmanager
def _pumped(response: Any) -> Iterator[queue.Queue[Any]]:
    """The body's blocks in a queue, then b"" or the exception that ended it.

    Read in a thread of its own, so that a person who cancels does not wait for a line that hangs.
    The thread closes the answer: closing it from elsewhere would wait for the read as well.
    """
    blocks: queue.Queue[Any] = queue.Queue(maxsize=8)
    given_up = threading.Event()

    def put(item: Any) -> None:
        while not given_up.is_set():
            with contextlib.suppress(queue.Full):
                blocks.put(item, timeout=0.1)
                return

    def pump() -> None:
        with contextlib.closing(response):
            try:
                while not given_up.is_set():
                    block = response.read1(_CHUNK)
                    put(block)
                    if not block:
                        return
            except (OSError, http.client.HTTPException, ValueError) as error:
                put(error)

    threading.Thread(target=pump, daemon=True, name="workbench-fetch").start()
    try:
        yield blocks
    finally:
        given_up.set()


def _open(
    request: urllib.request.Request,
    timeout: float,
    fraction: float,
    words: str,
    progress: Progress | None,
) -> Any:
    """The answer to a request, or Failed within about ``timeout`` seconds.

    Its attribute ``figure`` is the publisher's SHA-256 of the file, where that was sent.

    In a thread of its own: looking up a name has no time-out, and a server may send its headers
    byte by byte. A thread that is given up on closes what it gets at last.
    """
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
    given_up = threading.Event()

    redirects = _Redirects(request.full_url)
    opener = urllib.request.build_opener(redirects)

    def ask() -> None:
        answer: Any
        try:
            answer = opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            answer = error  # an answer too, with status and headers
        except (OSError, http.client.HTTPException, ValueError) as error:
            answers.put(error)
            return
        answer.figure = redirects.figure or published.in_headers(answer.headers, request.full_url)
        answers.put(answer)
        if given_up.is_set():
            answer.close()

    threading.Thread(target=ask, daemon=True, name="workbench-fetch").start()
    deadline = time.monotonic() + timeout
    try:
        while True:
            report(progress, fraction, words)
            try:
                answer = answers.get(timeout=min(0.1, max(timeout, 0.01)))
                break
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise Failed(f"no answer within {timeout:g} s") from None
    except BaseException:
        given_up.set()
        raise
    if isinstance(answer, Exception) and not isinstance(answer, urllib.error.HTTPError):
        if isinstance(answer, TimeoutError):
            raise Failed(f"no answer within {timeout:g} s") from answer
        raise Failed(f"no connection ({_reason(answer)})") from answer
    return answer


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, reads what the publisher says on them, and stays on https."""

    def __init__(self, url: str) -> None:
        self.figure: Figure | None = None
        self._publisher = urllib.parse.urlsplit(url).netloc

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """See HTTPRedirectHandler."""
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.URLError("it leads from https to an address without")
        # The server in the catalogue speaks for the publisher (it may send on to a repository's
        # new name first); where it leads in the end is only a store.
        if self.figure is None and urllib.parse.urlsplit(req.full_url).netloc == self._publisher:
            self.figure = published.in_headers(headers, req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _reason(error: BaseException) -> str:
    inner = getattr(error, "reason", error)
    words = getattr(inner, "strerror", None) or str(inner) or type(inner).__name__
    return str(words).strip().split("\n")[0][:200]


def _read_validator(part: Path) -> str | None:
    """What the server called this version of the file when the download began."""
    try:
        value = json.loads(sidecar(part).read_text("utf-8"))["validator"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return value if isinstance(value, str) and value.isprintable() else None


def _write_validator(part: Path, response: Any) -> None:
    """Remember it. A weak ETag says nothing about bytes and must not be used for ranges."""
    tag = response.headers.get("ETag", "")
    validator = tag if tag.startswith('"') else response.headers.get("Last-Modified")
    sidecar(part).write_text(json.dumps({"validator": validator}), "utf-8")
