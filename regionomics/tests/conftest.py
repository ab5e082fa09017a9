"""Property tests try the same examples each time, so that a change is judged by what it changes; with POLIEDRO_EXPLORE
in the environment (`make explore`) they draw others."""

import os
from contextlib import suppress

with suppress(ImportError):  # in an environment of the library's own
    from hypothesis import settings

    settings.register_profile("regionomics", derandomize="POLIEDRO_EXPLORE" not in os.environ)
    settings.load_profile("regionomics")
