"""The storer's settings."""

from shared.service import ServiceSettings
from shared.settings import RunPodSettings, StorageSettings


class StorerSettings(ServiceSettings, StorageSettings, RunPodSettings):
    """Everything that the storer reads from the environment."""

    ops_port: int = 9103
    runpod_result_origins: str = ""

    @property
    def result_origins(self) -> list[str]:
        """Return the origins from which a result may be fetched by its URL."""
        return [origin for origin in self.runpod_result_origins.split(",") if origin.strip()]
