"""What the tab Model asks for: another model, its weights, the photo turned, a mask by itself.

Each of these takes a while and is done on the workers; what comes of it is an edit.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import segment, weights
from ..edits import UseSegmenter
from ..progress import CancelToken
from ..session import pin
from .panels.models import ModelPanel

if TYPE_CHECKING:
    from .app import Workbench


class ModelWork:
    """The panel of models, and what its buttons do.

    Attributes:
        panel: what a person sees of it.
    """

    def __init__(self, app: Workbench) -> None:
        self._app = app
        self.panel = ModelPanel(self.use, self.fetch, self.auto, self.turn)

    def use(self, name: str) -> None:
        """Another segmenter from here on."""
        app, session = self._app, self._app.session

        def done(pinned: tuple[UseSegmenter, str], seconds: float) -> None:
            session.words = pinned[1]
            session.do(pinned[0])

        def failed(error: BaseException) -> None:
            app._failed(error)
            app._refresh_panels()
            app._prepare()

        # Hashing a checkpoint of gigabytes takes seconds: not on the event loop, and not behind
        # the encode that is not wanted any more.
        app._scout.cancel("prepare")
        app._scout.submit("use", lambda token: pin(name, progress=token), done, failed)

    def fetch(self, name: str) -> None:
        """Get a segmenter's weights, then use it."""
        app, state = self._app, segment.segmenters()[name]
        if state.missing or state.by_hand:
            app._status.say(f"{name}: {state.why}")
            return
        needed = state.weights or name

        def done(path: Path, seconds: float) -> None:
            app._status.say(f"Fetched {path.name}.")
            self.panel.rescan()
            self.use(name)

        app._scout.submit(
            "fetch", lambda token: weights.fetch(needed, progress=token), done, app._failed
        )

    def auto(self, name: str) -> None:
        """A starting mask without a click; the model's weights are fetched first where need be."""
        app, subject = self._app, self._app.session.subject()

        def work(token: CancelToken) -> str:
            state = segment.automatic_models()[name]
            if not state.ready and state.weights:
                weights.fetch(state.weights, progress=token)
            return segment.automatic_identity(name)  # hashes the file, once

        def done(identity: str, seconds: float) -> None:
            self.panel.rescan()
            app._do(lambda _: subject.auto(name))

        app._scout.submit("auto", work, done, app._failed)

    def turn(self) -> None:
        """Have the photo turned each way, and go on with the turn that the model does best with."""
        app, session = self._app, self._app.session
        subject = session.subject()

        def done(turns: list[Any], seconds: float) -> None:
            best, now = turns[0].turn, session.document.state().segmenter.turn
            if session is not app.session or best == now:
                app._status.say(f"The model does best as it is, turned by {now}°.")
                return
            app._do(lambda s: s.use(turn=best))

        app._search.submit(
            "turn", lambda token: session.best_turn(subject, token), done, app._failed
        )
