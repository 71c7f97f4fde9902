"""The widget: a controller without ipywidgets, a stage, panels, and the app that joins them."""
