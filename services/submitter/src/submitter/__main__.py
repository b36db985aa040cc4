"""Starts the submitter: ``python -m submitter``."""

from shared.service import run_process
from submitter.app import run
from submitter.settings import SubmitterSettings

if __name__ == "__main__":
    run_process(run(SubmitterSettings.from_environment()))
