"""The panels beside the stage: each builds its controls and shows the session's state in them."""
