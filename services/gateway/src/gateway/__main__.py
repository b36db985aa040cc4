"""``python -m gateway`` serves; ``python -m gateway openapi`` prints the OpenAPI document."""

import json
import sys

from gateway.app import build_app, run
from gateway.security.requests import RequestMetrics
from gateway.settings import GatewaySettings
from shared.service import run_process


def main(arguments: list[str]) -> int:
    """Run one of the two and return the exit code."""
    if arguments == ["openapi"]:
        document = build_app(_any_settings(), RequestMetrics()).openapi()
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
        return 0
    if arguments:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    run_process(run(GatewaySettings.from_environment()))
    return 0


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
