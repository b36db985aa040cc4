"""The simulator's settings, all from environment variables."""

import os
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from runpod_simulator.timings import Modes, OutputMode, Timings


class Settings(BaseSettings):
    """Every variable may also be given as `<NAME>_FILE`, the path of a file with the value."""

    model_config = SettingsConfigDict(populate_by_name=True, frozen=True)

    host: str = Field(default="127.0.0.1", validation_alias="RUNPOD_SIMULATOR_HOST")
    port: int = Field(default=9200, ge=0, le=65535, validation_alias="RUNPOD_SIMULATOR_PORT")
    api_key: SecretStr = Field(
        default=SecretStr("simulated-key"), validation_alias="RUNPOD_API_KEY"
    )
    endpoint_id: str = Field(default="simulated", validation_alias="RUNPOD_ENDPOINT_ID")

    delay_ms: int = Field(default=300, ge=0, validation_alias="RUNPOD_SIMULATOR_DELAY_MS")
    execution_ms: int = Field(default=3000, ge=0, validation_alias="RUNPOD_SIMULATOR_EXECUTION_MS")
    cold_start_ms: int = Field(
        default=4000, ge=0, validation_alias="RUNPOD_SIMULATOR_COLD_START_MS"
    )
    workers: int = Field(default=3, ge=0, le=64, validation_alias="RUNPOD_SIMULATOR_WORKERS")
    clock_scale: float = Field(
        default=1.0, gt=0, le=100, validation_alias="RUNPOD_SIMULATOR_CLOCK_SCALE"
    )
    seed: int = Field(default=0, validation_alias="RUNPOD_SIMULATOR_SEED")
    output: OutputMode = Field(
        default=OutputMode.BASE64, validation_alias="RUNPOD_SIMULATOR_OUTPUT"
    )
    ledger_file: Path | None = Field(default=None, validation_alias="RUNPOD_SIMULATOR_LEDGER_FILE")

    bucket_endpoint_url: str | None = Field(default=None, validation_alias="BUCKET_ENDPOINT_URL")
    bucket_access_key_id: SecretStr | None = Field(
        default=None, validation_alias="BUCKET_ACCESS_KEY_ID"
    )
    bucket_secret_access_key: SecretStr | None = Field(
        default=None, validation_alias="BUCKET_SECRET_ACCESS_KEY"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name, field in cls.model_fields.items():
            variable = str(field.validation_alias)
            path = os.environ.get(f"{variable}_FILE")
            if path and variable not in values and name not in values:
                values[variable] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @model_validator(mode="after")
    def _bucket_is_whole(self) -> Self:
        if self.bucket_access_key_id and not self.bucket_endpoint_url:
            message = "BUCKET_ACCESS_KEY_ID needs BUCKET_ENDPOINT_URL"
            raise ValueError(message)
        return self

    def timings(self) -> Timings:
        """Return the durations the simulator starts with."""
        return Timings(
            delay_ms=self.delay_ms,
            execution_ms=self.execution_ms,
            cold_start_ms=self.cold_start_ms,
            workers=self.workers,
            clock_scale=self.clock_scale,
        )

    def modes(self) -> Modes:
        """Return the modes the simulator starts with."""
        return Modes(output=self.output)
