"""``python -m gateway`` serves; ``python -m gateway openapi`` prints the OpenAPI document."""

import json
import sys

from gateway.app import create_app
from gateway.server import build_server
from gateway.settings import GatewaySettings

_BROKEN = 1
_NOT_STARTED = 3


def main(arguments: list[str]) -> int:
    """Run one of the two and return the exit code."""
    if arguments == ["openapi"]:
        sys.stdout.write(json.dumps(create_app(_any_settings()).openapi(), indent=2) + "\n")
        return 0
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    settings = GatewaySettings.from_environment()
    server = build_server(create_app(settings), settings)
    server.run()
    if not server.started:
        return _NOT_STARTED
    return _BROKEN if server.broken else 0


def _any_settings() -> GatewaySettings:
    """Return settings for a document, for which nothing has to be there."""
    return GatewaySettings.model_validate(
        {
            "database_url": "postgresql://nowhere",
            "rabbitmq_url": "amqp://nowhere",
            "r2_endpoint_url": "http://nowhere",
            "r2_access_key_id": "-",
            "r2_secret_access_key": "-",
            "r2_bucket": "nowhere",
        }
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
