"""Starts the submitter: ``python -m submitter``."""

import uvloop

from submitter.app import run
from submitter.settings import SubmitterSettings

if __name__ == "__main__":
    uvloop.run(run(SubmitterSettings.from_environment()))
