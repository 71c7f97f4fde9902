"""JupyterLab on a folder and a real Chromium in front of it, for measuring and for tests.

with Lab(folder) as lab:
    notebook = lab.open("demo.ipynb", ["import workbench as wb", "..."])
    notebook.page.mouse.click(...)
    notebook.run("x + 1")   # in the same kernel, beside the notebook
"""

from __future__ import annotations

import ast
import json
import os
import queue
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 120  # seconds for a start on a busy machine

# What is printed comes back with the reply. The kernel's output channel carries the widgets'
# pictures too: left unread for a thousand messages, it drops what comes after, and with it the
# output that is waited for.
_PRINTED = """
import contextlib as _contextlib, io as _io
with _contextlib.redirect_stdout(_io.StringIO()) as _printed:
    exec({code!r})
"""


def missing() -> str | None:
    """Why there can be no browser test here, or None."""
    try:
        import jupyter_client  # noqa: F401
        import playwright.sync_api  # noqa: F401
    except ImportError as error:
        return f"{error.name} is not installed (pip install 'matte-workbench[test]')"
    if chromium() is None:
        return "there is no Chromium (chromium or google-chrome on the path; $WORKBENCH_CHROMIUM)"
    return None


def chromium() -> str | None:
    """The browser's program."""
    named = os.environ.get("WORKBENCH_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return named or next(filter(None, map(shutil.which, names)), None)


@dataclass
class Notebook:
    """A notebook open in a page, and its kernel."""

    page: Any
    client: Any

    def run(self, code: str, timeout: float = 60) -> str:
        """Run code in the notebook's kernel, without a cell; what it prints.

        Raises:
            RuntimeError: the code raised.
            TimeoutError: no answer came within ``timeout`` seconds.
        """
        asked = self.client.execute(
            _PRINTED.format(code=code), user_expressions={"printed": "_printed.getvalue()"}
        )
        reply = self._reply(asked, timeout)
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply.get("traceback", [reply["status"]])))
        return ast.literal_eval(reply["user_expressions"]["printed"]["data"]["text/plain"])

    def _reply(self, asked: str, timeout: float) -> dict[str, Any]:
        end = time.monotonic() + timeout
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=max(end - time.monotonic(), 0))
            except queue.Empty:
                raise TimeoutError(f"expected the kernel's answer within {timeout:g} s") from None
            if reply["parent_header"].get("msg_id") == asked:
                return reply["content"]

    def run_cells(self) -> None:
        """Run all cells of the notebook and wait for the end.

        Raises:
            RuntimeError: a cell raised.
        """
        self.page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget;
                const cells = [...panel.content.model.cells].filter(c => c.type === 'code');
                const outputs = cells.flatMap(c => c.outputs.toJSON());
                return cells.every(c => c.executionCount !== null && c.executionState !== 'running')
                    || outputs.some(o => o.output_type === 'error');
            }""",
            timeout=PATIENCE * 1000,
        )
        wrong = self.page.evaluate(
            """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
                .filter(c => c.type === 'code').flatMap(c => c.outputs.toJSON())
                .filter(o => o.output_type === 'error').map(o => o.traceback.join('\\n'))"""
        )
        if wrong:
            raise RuntimeError(wrong[0])

    def close(self) -> None:
        """Close the page; the kernel ends with the server."""
        self.client.stop_channels()
        self.page.context.close()


class Lab:
    """A JupyterLab server on ``folder`` with settings of its own, and a browser."""

    def __init__(self, folder: Path, size: tuple[int, int] = (1400, 1000)) -> None:
        self.folder = Path(folder)
        self.size = size
        self.token = secrets.token_hex(16)
        self._home = self.folder / ".lab"
        self._server: subprocess.Popen[bytes] | None = None
        self._playwright: Any = None
        self.browser: Any = None
        self.url = ""

    def __enter__(self) -> Lab:
        try:
            self._start_server()
            from playwright.sync_api import sync_playwright

            self._playwright = sync_playwright().start()
            self.browser = self._playwright.chromium.launch(
                executable_path=chromium(), args=ARGUMENTS
            )
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start_server(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = self._home / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        # Nothing may pop up over the notebook, and nothing may ask the network for news.
        quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        (settings / "notification.jupyterlab-settings").write_text(json.dumps(quiet))
        environment = {
            **os.environ,
            "JUPYTER_CONFIG_DIR": str(self._home / "config"),
            "JUPYTER_RUNTIME_DIR": str(self._home / "runtime"),
            "JUPYTERLAB_SETTINGS_DIR": str(self._home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self._home / "workspaces"),
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")])
            ),
        }
        with (self._home / "server.log").open("wb") as log:
            self._server = subprocess.Popen(
                [
                    sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
                    "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1",
                    f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
                    f"--IdentityProvider.token={self.token}",
                    f"--ServerApp.root_dir={self.folder}",
                ],
                env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.ask("/api/status")
                return
            except OSError:
                if self._server.poll() is not None:
                    break
                time.sleep(0.2)
        tail = (self._home / "server.log").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"JupyterLab did not start:\n{tail}")

    def ask(self, path: str) -> Any:
        """The server's answer to a GET request."""
        request = urllib.request.Request(
            self.url + path, headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def open(
        self, name: str, cells: list[str] | None = None, run: bool = True, ratio: float = 1.0
    ) -> Notebook:
        """Open a notebook of the folder in a fresh page; written first where ``cells`` are given.

        Args:
            name: path inside the folder, ending in .ipynb.
            cells: the sources of code cells.
            run: run all cells and wait for the end.
            ratio: pixels of the screen in one page pixel.
        """
        if cells is not None:
            write_notebook(self.folder / name, cells)
        width, height = self.size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, device_scale_factor=ratio
        )
        page = context.new_page()
        page.goto(f"{self.url}/lab/tree/{name}?token={self.token}&reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=PATIENCE * 1000)
        client = self._client(name)
        page.wait_for_function(
            "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady",
            timeout=PATIENCE * 1000,
        )
        # The sidebar takes room that a stage needs.
        page.evaluate("window.jupyterapp.shell.collapseLeft()")
        notebook = Notebook(page, client)
        if run:
            notebook.run_cells()
        return notebook

    def _client(self, name: str) -> Any:
        from jupyter_client import BlockingKernelClient

        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for session in self.ask("/api/sessions"):
                file = self._home / "runtime" / f"kernel-{session['kernel']['id']}.json"
                if session["path"] == name and file.exists():
                    client = BlockingKernelClient(connection_file=str(file))
                    client.load_connection_file()
                    client.start_channels()
                    try:
                        client.wait_for_ready(timeout=PATIENCE)
                        client.iopub_channel.stop()  # see _PRINTED
                        return client
                    except RuntimeError:
                        # On a busy machine a kernel that is still starting is taken for dead.
                        client.stop_channels()
            time.sleep(0.2)
        raise RuntimeError(f"no kernel was started for {name}")

    def close(self) -> None:
        """End the browser and the server, and only these."""
        if self.browser is not None:
            self.browser.close()
        if self._playwright is not None:
            self._playwright.stop()
        if self._server is not None and self._server.poll() is None:
            # The server ends its kernels on SIGTERM; its session is its own, so is what is left.
            self._server.send_signal(signal.SIGTERM)
            try:
                self._server.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self._server.pid, signal.SIGKILL)
                self._server.wait(15)


def write_notebook(path: Path, cells: list[str]) -> None:
    """A notebook of code cells, with the kernel named: Lab would ask which one to start."""
    import nbformat

    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}
        },
    )
    nbformat.write(notebook, path)
