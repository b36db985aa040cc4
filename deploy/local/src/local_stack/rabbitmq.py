"""A RabbitMQ broker on the loopback interface, as a process of ours."""

import base64
import http.client
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from local_stack.places import Places
from local_stack.ports import listening
from local_stack.processes import Process, inherited_environment, run
from local_stack.rabbitmq_files import rabbitmq_root

USER = "ob"
START_SECONDS = 60
STOP_SECONDS = 30
NODE_NAME = "ob@localhost"


@dataclass(frozen=True, slots=True)
class RabbitMQPorts:
    """What one broker listens on."""

    amqp: int
    distribution: int
    epmd: int
    management: int


class RabbitMQ:
    """One broker with its data below the given places."""

    name = "rabbitmq"

    def __init__(self, places: Places, *, ports: RabbitMQPorts, password: str) -> None:
        self.process = Process(self.name, places.run, places.logs)
        self._port_mapper = Process("epmd", places.run, places.logs)
        self.claims = [
            (self.process, ports.amqp),
            (self.process, ports.distribution),
            (self.process, ports.management),
            (self._port_mapper, ports.epmd),
        ]
        self._listen = ports
        self._password = password
        self._folder = places.data / self.name
        self._cache = places.cache

    @property
    def url(self) -> str:
        """Where and as whom to connect; the vhost is `/`."""
        return f"amqp://{USER}:{self._password}@127.0.0.1:{self._listen.amqp}/"

    @property
    def management_url(self) -> str:
        """Its management API, with the user and the password in it."""
        return f"http://{USER}:{self._password}@127.0.0.1:{self._listen.management}"

    def start(self) -> None:
        """Start the broker; back when AMQP and the management API answer."""
        root = rabbitmq_root(self._cache)
        environment = self._environment(root)
        self._configure()
        # Left to itself the server now and then is faster than the epmd that it spawns, and dies.
        if not self._port_mapper.alive:
            epmd = ("epmd", "-port", str(self._listen.epmd), "-address", "127.0.0.1")
            self._port_mapper.start(epmd, environment=environment, folder=self._folder)
        self._port_mapper.wait_until(lambda: listening(self._listen.epmd), seconds=START_SECONDS)
        command = [root / "usr/lib/rabbitmq/bin/rabbitmq-server"]
        self.process.start(command, environment=environment, folder=self._folder)
        self.process.wait_until(self._answers, seconds=START_SECONDS)

    def stop(self, *, kill: bool = False) -> bool:
        """Stop the broker and its port mapper; killing it is for data that nobody keeps."""
        by = signal.SIGKILL if kill else signal.SIGTERM
        stopped = self.process.stop(by=by, grace_seconds=STOP_SECONDS)
        self._port_mapper.stop()
        return stopped

    def control(self, *arguments: str) -> str:
        """Run one `rabbitmqctl` command against the running broker and return what it printed."""
        root = rabbitmq_root(self._cache)
        program = root / "usr/lib/rabbitmq/bin/rabbitmqctl"
        environment = self._environment(root)
        return run(
            program, "-n", NODE_NAME, *arguments, environment=environment, folder=self._folder
        )

    def delete(self) -> None:
        """Delete queues, messages and users."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _configure(self) -> None:
        for part in ("home", "mnesia", "log"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        config = self._folder / "rabbitmq.conf"
        config.touch(mode=0o600)
        config.write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._listen.amqp}\n"
            f"management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self._listen.management}\n"
            f"default_user = {USER}\n"
            f"default_pass = {self._password}\n"
        )
        (self._folder / "enabled_plugins").write_text("[rabbitmq_management].\n")
        (self._folder / "env.conf").touch()

    def _environment(self, root: Path) -> dict[str, str]:
        folder, listen = self._folder, self._listen
        inherited = inherited_environment(without=("RABBITMQ_", "ERL_"))
        return (inherited if root == Path("/") else _with_programs_of(root, inherited)) | {
            "HOME": str(folder / "home"),
            "RABBITMQ_NODENAME": NODE_NAME,
            "RABBITMQ_NODE_PORT": str(listen.amqp),
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_DIST_PORT": str(listen.distribution),
            "ERL_EPMD_PORT": str(listen.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(folder / "env.conf"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # The start script then becomes the server, so that the pid we know is the server's.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def _answers(self) -> bool:
        return listening(self._listen.amqp) and self._manages()

    def _manages(self) -> bool:
        token = base64.b64encode(f"{USER}:{self._password}".encode()).decode()
        connection = http.client.HTTPConnection("127.0.0.1", self._listen.management, timeout=5)
        try:
            connection.request("GET", "/api/vhosts", headers={"Authorization": f"Basic {token}"})
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _with_programs_of(root: Path, inherited: dict[str, str]) -> dict[str, str]:
    libraries = ":".join(str(folder) for folder in root.glob("usr/lib/*-linux-gnu*"))
    known = inherited.get("LD_LIBRARY_PATH")
    return inherited | {
        "PATH": f"{root}/usr/lib/erlang/bin:{inherited.get('PATH', os.defpath)}",
        "LD_LIBRARY_PATH": f"{known}:{libraries}" if known else libraries,
    }
