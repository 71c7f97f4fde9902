"""Weights: what there is, where it lies, and fetching it without trusting the way.

Importing this package touches no network. A file gets its name only after its size and SHA-256
were found right, so whatever ``find`` returns is whole. Several processes may fetch at once.

Where the catalogue knows no SHA-256 ("unverified"), a first fetch is checked against the
publisher's own figure if there is one, and what was seen is written down beside the file: from then
on another file under that name is noticed (trust on first use).
"""

from .entries import Weights as Weights
from .entries import catalogue as catalogue
from .entries import require_licence as require_licence
from .fetching import fetch as fetch
from .fetching import remove as remove
from .present import checked_against as checked_against
from .present import file_sha256 as file_sha256
from .present import find as find
from .present import is_there as is_there
from .present import require as require
from .present import verify as verify
from .present import weights_folder as weights_folder
