"""Prepares one photo again and again, as a decoder's child does, and nothing else.

Started as `python -m bench.vitals.decoding`; reads orders as lines of JSON,
`{"source": "photo.jpg", "seconds": 8}`, and answers each with how many it prepared in a second.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from bench.chains.intake import READY, say
from shared.images.pictures import UploadLimits
from shared.images.prepare import prepare_upload
from shared.images.probe import register_decoders


def prepared_per_second(source: Path, seconds: float) -> float:
    """Return how often a photo was prepared in a second; at least once."""
    limits, count, began_at = UploadLimits(), 0, time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        while count == 0 or time.monotonic() < began_at + seconds:
            prepare_upload(source, Path(folder), limits)
            count += 1
    return count / (time.monotonic() - began_at)


def main() -> None:
    """Carry out orders until there are no more."""
    register_decoders()
    say(READY)
    for line in sys.stdin:
        order = json.loads(line)
        say(json.dumps(prepared_per_second(Path(order["source"]), order["seconds"])))


if __name__ == "__main__":
    main()
