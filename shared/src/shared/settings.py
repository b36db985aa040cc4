"""Settings from the environment: one class per outside system, composed by each service.

A variable ``X`` may also be given as ``X_FILE``, the path of a file that holds its value.
"""

import os
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, Self
from urllib.parse import unquote

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

DEVELOPMENT_SECRETS = frozenset(
    {"development-session-secret-0123456789", "dev", "test", "guest", "simulated-key"}
)

_PASSWORD: Final = re.compile(r"[a-z+]+://[^:/@]*:([^/]*)@")


class Profile(StrEnum):
    """Where the process runs: `production` refuses every convenience of development."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


def with_secret_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the content of every ``X_FILE`` under ``X``.

    Raises:
        OSError: a file that a variable names cannot be read.
    """
    from_files = {
        name.removesuffix("_FILE"): Path(path).read_text(encoding="utf-8").strip()
        for name, path in environment.items()
        if name.endswith("_FILE") and name.removesuffix("_FILE") and path
    }
    return {**environment, **from_files}


class _EnvironmentAndFiles(EnvSettingsSource):
    """The environment, case-insensitive, with the ``X_FILE`` variables resolved."""

    def _load_env_vars(self) -> Mapping[str, str | None]:
        wanted = {name.upper() for name in self.settings_cls.model_fields}
        relevant = {
            name: value
            for name, value in os.environ.items()
            if name.upper() in wanted or name.upper().removesuffix("_FILE") in wanted
        }
        return {name.lower(): value for name, value in with_secret_files(relevant).items()}


class Settings(BaseSettings):
    """The base of all settings: read from the environment, unknown names ignored."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    profile: Profile = Profile.DEVELOPMENT
    log_level: str = "INFO"
    time_scale: float = Field(default=1.0, gt=0)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read only what was handed over in code and the environment."""
        _ = env_settings, dotenv_settings, file_secret_settings
        return init_settings, _EnvironmentAndFiles(settings_cls)

    @classmethod
    def from_environment(cls) -> Self:
        """Read everything from the environment.

        Raises:
            pydantic.ValidationError: something is missing or not allowed; it names the variables,
            never their values.
        """
        return cls()

    @property
    def is_production(self) -> bool:
        """Whether conveniences of development are refused."""
        return self.profile is Profile.PRODUCTION

    @model_validator(mode="after")
    def _refuse_default_secrets(self) -> Self:
        if self.is_production:
            for name in type(self).model_fields:
                value = getattr(self, name)
                if isinstance(value, SecretStr) and _secret_part(value) in DEVELOPMENT_SECRETS:
                    message = f"{name.upper()} holds a value for development; set a real one"
                    raise ValueError(message)
        return self


def _secret_part(value: SecretStr) -> str:
    """Return the password of a URL, and any other secret as it is."""
    secret = value.get_secret_value()
    password = _PASSWORD.match(secret)
    return secret if password is None else unquote(password[1])


def _without_trailing_slash(url: str) -> str:
    return url.rstrip("/")


BaseUrl = Annotated[str, Field(pattern=r"^https?://[^/]+"), AfterValidator(_without_trailing_slash)]


class DatabaseSettings(Settings):
    """Postgres."""

    database_url: SecretStr


class BrokerSettings(Settings):
    """RabbitMQ."""

    rabbitmq_url: SecretStr


class StorageSettings(Settings):
    """Cloudflare R2, or any other S3 server."""

    r2_endpoint_url: BaseUrl
    r2_public_endpoint_url: BaseUrl | None = None
    r2_access_key_id: SecretStr
    r2_secret_access_key: SecretStr
    r2_bucket: str = Field(min_length=3)


class RunPodSettings(Settings):
    """RunPod Serverless."""

    runpod_api_key: SecretStr
    runpod_endpoint_id: str = Field(min_length=1)
    runpod_base_url: BaseUrl = "https://api.runpod.ai/v2"
    runpod_limit_factor: float = Field(default=1.0, gt=0)
    """How much more than RunPod publishes this endpoint allows: it is more with many workers."""

    @model_validator(mode="after")
    def _refuse_plain_http(self) -> Self:
        if self.is_production and not self.runpod_base_url.startswith("https://"):
            message = (
                "RUNPOD_BASE_URL must be https in production: the simulator is for development"
            )
            raise ValueError(message)
        return self


class RetentionSettings(Settings):
    """How long pictures are kept."""

    retention_days: int = Field(default=30, ge=0)
    """From the end of their job; 0 keeps them until their owner deletes them."""


class OpsSettings(Settings):
    """Where health and metrics are served."""

    ops_host: str = "127.0.0.1"
    ops_port: int = Field(ge=0, le=65535)
