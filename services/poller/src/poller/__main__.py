"""Starts the poller: ``python -m poller``."""

from poller.app import run
from poller.settings import PollerSettings
from shared.service import run_process

if __name__ == "__main__":
    run_process(run(PollerSettings.from_environment()))
