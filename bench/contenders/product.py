"""The product itself: its four services as they are shipped."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from bench.chains.over_http import PRODUCT_URLS
from bench.contenders.contender import INTAKE, ContenderFailed, Need
from bench.contenders.intake import Intake
from bench.product import ONE_OF_EACH, ProductJobs, running_product
from bench.site import Site
from local_stack.errors import StackError


class ProductContender:
    """OB AI Studio, from the gateway's front door to a settled job; see `Contender`.

    Args:
        name: as shown to people.
        modules: what is started in the place of a service.
        replicas: how many processes of each service.
        told: settings in the place of the usual ones.
    """

    needs = frozenset(Need)

    def __init__(
        self,
        name: str = "product",
        modules: Mapping[str, str] = MappingProxyType({}),
        replicas: Mapping[str, int] = ONE_OF_EACH,
        told: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.name = name
        self._modules = modules
        self._replicas = replicas
        self._told = told
        self._resources = ExitStack()

    def start(self, site: Site, folder: Path) -> None:
        """See `Contender.start`."""
        try:
            self._product = self._resources.enter_context(
                running_product(site, folder, self._replicas, self._modules, self._told)
            )
        except StackError as error:
            raise ContenderFailed(str(error), error.details) from error
        self.jobs = self._resources.enter_context(ProductJobs(site.database_url))
        command = [sys.executable, "-m", "bench.chains.over_http"]
        environment = os.environ | {PRODUCT_URLS: " ".join(self._product.urls)}
        log = folder / "logs" / f"{self.name}-intake.log"
        self._intake = Intake(command, environment, log)
        self._resources.callback(self._intake.stop)

    def parts(self) -> Mapping[str, Sequence[int]]:
        """See `Contender.parts`."""
        return {**self._product.pids(), INTAKE: [self._intake.pid]}

    def prepare(self, jobs: range) -> None:
        """See `Contender.prepare`; there is nothing to do."""

    def hand_in(self, jobs: range, per_second: float | None) -> Mapping[int, float]:
        """See `Contender.hand_in`."""
        return self._intake.hand_in(jobs, per_second)

    def finished(self, jobs: range) -> Mapping[int, float]:
        """See `Contender.finished`."""
        return self.jobs.done_at(jobs)

    def count_finished(self, jobs: range) -> int:
        """See `Contender.count_finished`."""
        return self.jobs.count_done(jobs)

    def stop(self) -> None:
        """See `Contender.stop`."""
        self._resources.close()

    def log_tail(self) -> str:
        """See `Contender.log_tail`."""
        return self._product.log_tail()
