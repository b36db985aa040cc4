"""Starts the poller: ``python -m poller``."""

import uvloop

from poller.app import run
from poller.settings import PollerSettings

if __name__ == "__main__":
    uvloop.run(run(PollerSettings.from_environment()))
