"""Where everything lies in the widget: the rows of buttons, the column of the stage, the tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as w

from .panels.controls import button, row, titled

if TYPE_CHECKING:
    from .app import Workbench

_SIDE = "278px"


class Arrangement:
    """The app's parts in their places.

    Attributes:
        top: the rows above the stage.
        middle: the tools, the stage with what belongs below it, and the tabs.
        tabs: of panels.
        options: holds the tool's options, of the session's controller.
        viewing: holds the view's controls, likewise.
        photo: words on the photo.
    """

    def __init__(self, app: Workbench) -> None:
        self.options, self.viewing = w.VBox([]), w.HBox([])
        self.photo = w.HTML()
        self.tabs = _tabs(app)
        self.top = w.VBox([self._actions(app), self.options])
        # What one looks at while working is in one column: stage, words, zoom, files. What comes
        # and goes is below the stage, which must not move under a hand.
        main = w.VBox(
            [
                app.stage.widget,
                app._recovery.widget,
                app._status.widget,
                app._rerun.widget,
                app._keys.widget,
                self._zooming(app),
                app._files.widget,
            ],
            layout=w.Layout(flex="1 1 480px", min_width="0"),
        )
        self.middle = w.HBox(
            [app._palette.widget, main, self.tabs], layout=w.Layout(flex_flow="row wrap")
        )
        self.middle.add_class("wb-middle")

    def _actions(self, app: Workbench) -> w.HBox:
        return row(
            app._incoming.photos,
            app._undo,
            app._redo,
            button("Re-run", "Ask the model again, with your corrections as hints (Enter)",
                   lambda: app._do(lambda s: s.subject().rerun()), "refresh"),
            button("Start over", "Begin anew; the history stays, undo brings it back",
                   lambda: app._do(lambda s: s.reset()), "trash-o"),
            button("Auto mask", "A starting mask without a click, of what stands out (the model is "
                   "chosen in the tab Model)", app._models.start, "magic"),
            app._picking.button,
            app._hovering,
            app._closer,
            self.viewing,
        )  # fmt: skip

    def _zooming(self, app: Workbench) -> w.HBox:
        return row(
            button("Fit", "Show the whole photo (0)",
                   lambda: app._moved(app.controller.fit())),
            button("100 %", "One photo pixel, one screen pixel (N)",
                   lambda: app._moved(app.controller.actual_size())),
            button("200 %", "One photo pixel, two screen pixels",
                   lambda: app._moved(app.controller.actual_size(2))),
            button("Zoom in", "Zoom in (+, or the wheel)",
                   lambda: app._moved(app.controller.zoom(1.5)), "search-plus"),
            button("Zoom out", "Zoom out (−, or the wheel)",
                   lambda: app._moved(app.controller.zoom(1 / 1.5)), "search-minus"),
            button("Keys", "Show or hide the keys (?)", app._keys.toggle, "keyboard-o"),
            self.photo,
            *app._comparing.widgets,
            app._photos.widget,
        )  # fmt: skip


def _tabs(app: Workbench) -> w.Tab:
    key = button(
        "Chroma key",
        "Take away the one colour along the photo's border, and its light on the subject",
        lambda: app._do(lambda session: session.subject().chroma_key()),
        "television",
    )
    subject = [
        app._subjects.widget,
        app._candidates.widget,
        app._prompts.widget,
        app._attribution.widget,
    ]
    files = titled("From a file", app._incoming.masks, app._incoming.depths, app._behind.chooser)
    return w.Tab(
        [
            w.VBox(subject),
            w.VBox([app._matte.widget]),
            w.VBox([app._check.widget]),
            w.VBox([app._history.widget]),
            w.VBox([app._models.widget, titled("Screen", key), files]),
        ],
        titles=["Subject", "Edge", "Check", "History", "Model"],
        layout=w.Layout(width=_SIDE, flex="0 0 auto"),
    )
