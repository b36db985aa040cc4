"""Starts the storer: ``python -m storer``."""

from shared.service import run_process
from storer.app import run
from storer.settings import StorerSettings

if __name__ == "__main__":
    run_process(run(StorerSettings.from_environment()))
