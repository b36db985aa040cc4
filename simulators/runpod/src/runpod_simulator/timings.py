"""What may be tuned while the simulator runs: durations and how results are handed over."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

RETENTION_MS: Final = 30 * 60 * 1000
SYNC_RETENTION_MS: Final = 60 * 1000


class OutputMode(StrEnum):
    """The three shapes in which worker-comfyui has handed over pictures.

    Source: worker-comfyui 5.8.5 handler.py for the first two; its README for versions below 5.0.0.
    """

    BASE64 = "base64"
    S3_URL = "s3_url"
    MESSAGE = "message"


class Timings(BaseModel):
    """Durations in simulated milliseconds, and the pace of the clock itself.

    Source: RunPod docs (results are kept 30 minutes after `/run`, 1 minute after `/runsync`).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    delay_ms: int = Field(
        default=300, ge=0, description="How long a job waits even when a worker is warm"
    )
    execution_ms: int = Field(default=3000, ge=0, description="How long one picture takes")
    jitter: float = Field(default=0.2, ge=0, le=1, description="Part of both by which they vary")
    cold_start_ms: int = Field(default=4000, ge=0, description="How long a cold worker warms up")
    idle_timeout_ms: int = Field(
        default=300_000, ge=1, description="Idle time after which it goes cold"
    )
    workers: int = Field(
        default=3, ge=0, le=64, description="Size of the pool; 0 leaves jobs IN_QUEUE"
    )
    retention_ms: int = Field(default=RETENTION_MS, ge=0)
    sync_retention_ms: int = Field(default=SYNC_RETENTION_MS, ge=0)
    clock_scale: float = Field(
        default=1.0, gt=0, le=100, description="Real seconds per simulated second"
    )


class Modes(BaseModel):
    """How the worker answers and how strictly the gateway reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    output: OutputMode = OutputMode.BASE64
    strict_body: bool = Field(
        default=True,
        description="Refuse with 400 what production is believed to refuse: JSON without an "
        "`input` object, a `policy` out of range, a relative `webhook`",
    )
