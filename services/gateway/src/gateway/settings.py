"""The gateway's settings."""

from pathlib import Path
from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from shared.domain.limits import JobLimits
from shared.service import ServiceSettings
from shared.settings import BaseUrl, RetentionSettings, RunPodSettings, StorageSettings

DEVELOPMENT_SESSION_SECRET: Final = "development-session-secret-0123456789"  # noqa: S105 - no secret: refused in production
REAL_RUNPOD: Final[str] = RunPodSettings.model_fields["runpod_base_url"].default


class GatewaySettings(ServiceSettings, StorageSettings, RetentionSettings):
    """Everything that the gateway reads from the environment."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    ops_port: int = Field(default=9100, ge=0, le=65535)
    session_secret: SecretStr = Field(default=SecretStr(DEVELOPMENT_SESSION_SECRET), min_length=32)
    guest_accounts: bool | None = None
    guest_free_credits: int = Field(default=100, ge=0)
    job_price_credits: int = Field(default=2, ge=0)
    max_open_jobs: int = Field(default=20, ge=0)
    jobs_per_minute: int = Field(default=60, ge=0)
    """Of one account; 0 is no limit, for both."""
    studio_dir: Path | None = None
    maintenance_notice: Path | None = None
    """While this file is there, what people ask for is told when to come back."""
    leave_notice_seconds: float = Field(default=2.0, ge=0, le=10)
    """How long it still serves after it was told to end and says that it is not ready."""
    drain_seconds: int = Field(default=20, ge=1, le=600)
    """How long it waits after that for requests that run, before it answers them with 503."""
    runpod_base_url: BaseUrl = REAL_RUNPOD
    runpod_endpoint_id: str = ""
    """Whose breaker refuses jobs; without it none is refused."""

    @field_validator("studio_dir", "guest_accounts", "maintenance_notice", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: object) -> object:
        return None if value == "" else value

    @model_validator(mode="after")
    def _refuse_guests_in_production(self) -> Self:
        if self.is_production and self.guest_accounts:
            raise ValueError("GUEST_ACCOUNTS is a convenience of development; leave it out")
        return self

    @property
    def guests_allowed(self) -> bool:
        """Whether a visitor gets an account without signing in."""
        return not self.is_production if self.guest_accounts is None else self.guest_accounts

    @property
    def job_limits(self) -> JobLimits:
        """Return how much one account may ask for."""
        return JobLimits(self.max_open_jobs or None, self.jobs_per_minute or None)

    @property
    def simulated(self) -> bool:
        """Whether pictures come from somewhere else than RunPod."""
        return self.runpod_base_url != REAL_RUNPOD

    @property
    def conveniences(self) -> list[str]:
        """Name the conveniences of development that are on."""
        secret = self.session_secret.get_secret_value()
        named = {
            "guest accounts": self.guests_allowed,
            "development session secret": secret == DEVELOPMENT_SESSION_SECRET,
            "RunPod simulator": self.simulated,
        }
        return [name for name, on in named.items() if on]
