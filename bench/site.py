"""Where one contender finds its servers in one round, as its processes are told."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from bench.loopback import require_loopback

ENDPOINT_ID: Final = "bench"
BUCKET: Final = "bench"
_VARIABLES: Final = {
    "database_url": "BENCH_DATABASE_URL",
    "broker_url": "BENCH_BROKER_URL",
    "provider_url": "BENCH_PROVIDER_URL",
}


@dataclass(frozen=True, slots=True)
class Site:
    """An empty database, an empty virtual host, and the process that plays RunPod and S3.

    Args:
        database_url: Of a database that holds the table of `bench.job_table` and nothing else.
        broker_url: Of a virtual host without queues.
        provider_url: Without a path; RunPod is below `/v2`, all else is the store.

    Raises:
        NotLoopback: One of them is on another machine.
    """

    database_url: str
    broker_url: str
    provider_url: str

    def __post_init__(self) -> None:
        for name in _VARIABLES:
            require_loopback(getattr(self, name))

    @classmethod
    def from_environment(cls, given: Mapping[str, str] = os.environ) -> Self:
        """Return the site that this process was started for."""
        return cls(**{name: given[variable] for name, variable in _VARIABLES.items()})

    def environment(self) -> Mapping[str, str]:
        """Return the variables that `from_environment` reads."""
        return {variable: getattr(self, name) for name, variable in _VARIABLES.items()}

    @property
    def endpoint_url(self) -> str:
        """The provider's endpoint, as RunPod's has `/run` and `/status/{id}`."""
        return f"{self.provider_url}/v2/{ENDPOINT_ID}"

    @property
    def bucket_url(self) -> str:
        """What objects are put below."""
        return f"{self.provider_url}/{BUCKET}"
