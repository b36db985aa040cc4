"""The storer's settings."""

from typing import Self

from pydantic import model_validator

from shared.egress.targets import Target, TargetRefused, check_target, read_target
from shared.service import ServiceSettings
from shared.settings import RunPodSettings, StorageSettings


class StorerSettings(ServiceSettings, StorageSettings, RunPodSettings):
    """Everything that the storer reads from the environment."""

    ops_port: int = 9103
    runpod_result_origins: str = ""

    @property
    def result_origins(self) -> frozenset[Target]:
        """Return the origins from which a result may be fetched by its URL."""
        given = (origin.strip() for origin in self.runpod_result_origins.split(","))
        return frozenset(read_target(origin) for origin in given if origin)

    @property
    def trusted_origins(self) -> frozenset[Target]:
        """Return those of them that need not be public: all in development, none in production."""
        return frozenset() if self.is_production else self.result_origins

    @model_validator(mode="after")
    def _refuse_other_origins(self) -> Self:
        try:
            for origin in self.result_origins - self.trusted_origins:
                check_target(origin)
        except TargetRefused as refused:
            message = f"RUNPOD_RESULT_ORIGINS holds an origin that is refused here: {refused}"
            raise ValueError(message) from None
        return self
