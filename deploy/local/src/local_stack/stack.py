"""Everything that runs on this machine, in the order in which it starts and stops."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from local_stack.credentials import Credentials
from local_stack.errors import StackError
from local_stack.places import Places, installation
from local_stack.ports import free, holder
from local_stack.processes import Process
from local_stack.report import Report
from local_stack.servers import ServerPorts, Servers
from local_stack.services import (
    Service,
    pipeline_environment,
    services,
    set_up,
    simulator,
)
from local_stack.settings import StackSettings

SETTINGS_FILE = "settings"


class Stack:
    """The servers, the simulator and the services of one installation."""

    def __init__(self, settings: StackSettings, places: Places) -> None:
        self.settings = settings
        self.places = places
        self.credentials = Credentials.kept_in(places.secrets, data=places.data)
        ports = ServerPorts.from_base(settings.port_base)
        self.servers = Servers(places, ports, self.credentials, durable=True)
        self.simulator = simulator(settings, places, self.credentials)
        self.services = services(settings, places, self.servers, self.credentials)

    @classmethod
    def here(cls) -> Self:
        """Return the stack of this repository: the one that runs, else the one that is asked for.

        Raises:
            StackError: It runs on other ports than asked for.
        """
        places = installation()
        asked = StackSettings.from_environment()
        running = StackSettings.read(places.run / SETTINGS_FILE)
        if running is not None and running != asked:
            stack = cls(running, places)
            if stack.alive:
                message = (
                    f"the stack runs with PORT={running.studio_port} "
                    f"PORT_BASE={running.port_base}: `make down` first"
                )
                raise StackError(message)
        return cls(asked, places)

    @classmethod
    def running(cls) -> Self:
        """Return the stack of this repository with the ports that it was started with."""
        places = installation()
        started_with = StackSettings.read(places.run / SETTINGS_FILE)
        return cls(started_with or StackSettings.from_environment(), places)

    @property
    def claims(self) -> list[tuple[Process, int]]:
        """Every port, with the process that listens on it."""
        of_servers = [claim for server in self.servers.all for claim in server.claims]
        ours = [self.simulator, *self.services]
        return of_servers + [(service.process, port) for service in ours for port in service.ports]

    @property
    def alive(self) -> list[str]:
        """The names of the processes that run."""
        return sorted({process.name for process, _ in self.claims if process.alive})

    @property
    def missing(self) -> list[str]:
        """The names of the processes that do not run."""
        return sorted({process.name for process, _ in self.claims if not process.alive})

    def check_ports(self) -> None:
        """See that nobody else has a port of ours.

        Raises:
            StackError: Somebody has; with who it is and what to run instead.
        """
        for process, port in self.claims:
            if not process.alive and not free(port):
                raise StackError(self._taken(port))

    def start(self, report: Report) -> None:
        """Start what does not run, all at once: each waits by itself for what it needs."""
        self.settings.write(self.places.run / SETTINGS_FILE)
        ours = [self.simulator, *self.services]
        starting = [service for service in ours if not service.process.alive]
        for service in starting:
            service.start()
        with ThreadPoolExecutor(max_workers=1) as beside:
            environment = pipeline_environment(self.settings, self.servers, self.credentials)
            setting_up = beside.submit(set_up, environment)
            self.servers.start(lambda server: report.step(f"{server.name} answers"))
            setting_up.result()
        report.step("database migrated, broker topology declared, bucket made")
        for service in starting:
            service.wait()
            report.step(f"{service.name} is ready")

    def stop(self, stopped: Callable[[str], None]) -> None:
        """Stop the gateway, then the workers, then what they stand on."""
        gateway, *workers = self.services
        for together in ([gateway], workers, [self.simulator]):
            with ThreadPoolExecutor(max_workers=len(together)) as threads:
                ran = list(threads.map(Service.stop, together))
            for service, was_running in zip(together, ran, strict=True):
                if was_running:
                    stopped(service.name)
        for name in self.servers.stop():
            stopped(name)
        (self.places.run / SETTINGS_FILE).unlink(missing_ok=True)

    def _taken(self, port: int) -> str:
        who = f"port {port} is in use by {holder(port)}: stop it, or run "
        if port == self.settings.studio_port:
            other = next(p for p in range(port + 1, port + 1000) if free(p))
            return f"{who}PORT={other} make up"
        return f"{who}PORT_BASE={self.settings.port_base + 1000} make up"
