"""The widget: a controller that knows no ipywidgets, a stage, panels, and the app that joins them."""
