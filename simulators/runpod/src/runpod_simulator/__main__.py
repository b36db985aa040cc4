"""`python -m runpod_simulator`."""

import signal
import sys
from types import FrameType

from runpod_simulator.server import build_server
from runpod_simulator.settings import Settings


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = Settings()
    base = f"http://{settings.host}:{settings.port}/v2/{settings.endpoint_id}"
    sys.stdout.write(f"RunPod simulator at {base} (nothing real runs here)\n")
    sys.stdout.flush()
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _already_stopping)
    build_server(settings).run()


def _already_stopping(_number: int, _frame: FrameType | None) -> None:
    """Take the signal that the server raises again after it has drained, so that we exit 0."""


if __name__ == "__main__":
    main()
