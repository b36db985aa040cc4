"""The submitter's settings."""

from pydantic import field_validator

from shared.runpod.payload import usable_webhook
from shared.service import ServiceSettings
from shared.settings import RunPodSettings, StorageSettings


class SubmitterSettings(ServiceSettings, StorageSettings, RunPodSettings):
    """Everything that the submitter reads from the environment."""

    ops_port: int = 9101
    public_base_url: str | None = None

    @field_validator("public_base_url", mode="before")
    @classmethod
    def _usable(cls, value: str | None) -> str | None:
        if not value:
            return None
        if usable_webhook(value) is None:
            message = (
                "PUBLIC_BASE_URL must be https (or http on loopback): RunPod calls it from outside"
            )
            raise ValueError(message)
        return value.rstrip("/")
