"""Starts the storer: ``python -m storer``."""

import uvloop

from storer.app import run
from storer.settings import StorerSettings

if __name__ == "__main__":
    uvloop.run(run(StorerSettings.from_environment()))
