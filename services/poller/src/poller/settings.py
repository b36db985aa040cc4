"""The poller's settings."""

from shared.service import ServiceSettings
from shared.settings import RetentionSettings, RunPodSettings


class PollerSettings(ServiceSettings, RunPodSettings, RetentionSettings):
    """Everything that the poller reads from the environment."""

    ops_port: int = 9102
    public_base_url: str | None = None
    """Only whether it is set matters here: with webhooks polling is the backstop, and rarer."""
