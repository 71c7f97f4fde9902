"""A web server on this machine that serves one file and misbehaves as it is told."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DATA = hashlib.shake_256(b"weights").digest(300_000)
SHA = hashlib.sha256(DATA).hexdigest()
ROOT = Path(__file__).resolve().parents[3]


class Server(ThreadingHTTPServer):
    """Serves ``data`` at every path.

    Attributes:
        plan: what to do with the next requests, one word each; an empty plan is "ok".
            ok · cut:N close after N bytes · stall:N send N bytes, then nothing · trickle · hang
            (no answer at all) · drip (headers byte by byte) · long:N and short:N lie about the
            length · old:N (N bytes of an older version, which is then replaced) · wrong (other
            bytes of the same length) · endless · 404 · plain (no ranges) · shifted (a range that
            was not asked for) · gzip · 401 and the like
        etag: the validator it sends, or None.
        pages: other things, by path, for example a description of the file.
        linked: where set, every path but /store is answered with a redirect to there, and this is
            its X-Linked-ETag.
        requests: the headers of what was asked, as (Range, If-Range).
    """

    daemon_threads = True

    def __init__(self, data: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.data = data
        self.plan: list[str] = []
        self.etag: str | None = '"one"'
        self.pages: dict[str, bytes] = {}
        self.linked: str | None = None
        self.requests: list[tuple[str | None, str | None]] = []
        self.stopped = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/weights.bin"

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        server = self.server
        if self.path in server.pages:
            page = server.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        if server.linked is not None and self.path != "/store":
            self.send_response(302)
            self.send_header("Location", "/store")
            self.send_header("X-Linked-ETag", server.linked)
            self.end_headers()
            return
        asked, condition = self.headers["Range"], self.headers["If-Range"]
        server.requests.append((asked, condition))
        act, _, number = (server.plan.pop(0) if server.plan else "ok").partition(":")
        data, start = server.data, 0
        if act == "hang":
            server.stopped.wait(20)
            return
        if act == "drip":
            for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
                self.wfile.write(bytes([byte]))
                if server.stopped.wait(0.1):
                    return
        if act.isdecimal():
            self.send_error(int(act))
            return
        if act == "wrong":
            data = bytes(len(data))
        match = re.fullmatch(r"bytes=(\d+)-", asked or "")
        ranged = match and act != "plain" and condition in (None, server.etag)
        if ranged:
            start = int(match[1])
            if start >= len(data):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(data)}")
                self.end_headers()
                return
            self.send_response(206)
            first = start + (1 if act == "shifted" else 0)
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        body = data[start:]
        if act != "endless":
            lie = {"long": 1, "short": -1}.get(act, 0) * int(number or 0)
            self.send_header("Content-Length", str(len(body) + lie))
        if server.etag:
            self.send_header("ETag", server.etag)
        if act == "gzip":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if act == "endless":
            while not server.stopped.is_set():
                self.wfile.write(body)
        elif act == "old":
            server.etag = '"two"'
            self.wfile.write(bytes(int(number)))
        elif act == "cut":
            self.wfile.write(body[: int(number)])
        elif act == "stall":
            self.wfile.write(body[: int(number)])
            self.wfile.flush()
            server.stopped.wait(20)
        elif act == "trickle":
            for i in range(len(body)):
                self.wfile.write(body[i : i + 1])
                if server.stopped.wait(0.05):
                    return
        else:
            self.wfile.write(body)


@contextmanager
def serve(data: bytes) -> Iterator[Server]:
    """A running server, stopped at the end."""
    server = Server(data)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        time.sleep(0.01)
        server.shutdown()
        server.server_close()


def visible(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(".*.part"))
