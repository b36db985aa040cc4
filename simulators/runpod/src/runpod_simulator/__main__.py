"""`python -m runpod_simulator`."""

import sys

from runpod_simulator.server import build_server
from runpod_simulator.settings import Settings


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    settings = Settings()
    base = f"http://{settings.host}:{settings.port}/v2/{settings.endpoint_id}"
    sys.stdout.write(f"RunPod simulator at {base} (nothing real runs here)\n")
    sys.stdout.flush()
    build_server(settings).run()


if __name__ == "__main__":
    main()
