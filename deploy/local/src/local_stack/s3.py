"""An S3 server on the loopback interface, as a process of ours."""

import shutil
import sys

from local_stack.places import Places
from local_stack.ports import listening
from local_stack.processes import Process, inherited_environment

START_SECONDS = 60


class S3:
    """One server with its objects on the disk, below the given places."""

    name = "s3"

    def __init__(self, places: Places, *, port: int) -> None:
        self.process = Process(self.name, places.run, places.logs)
        self.claims = [(self.process, port)]
        self._port = port
        self._folder = places.data / self.name

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start the server; back when it answers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        environment = inherited_environment(without=("AWS_", "S3_", "PYTHON")) | {
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self._port),
            "SERVICES": "s3",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self._folder),
        }
        command = [sys.executable, "-m", "ministack"]
        self.process.start(command, environment=environment, folder=self._folder)
        self.process.wait_until(lambda: listening(self._port), seconds=START_SECONDS)

    def stop(self, *, kill: bool = False) -> bool:
        """Stop the server."""
        return self.process.stop(grace_seconds=0 if kill else 10)

    def delete(self) -> None:
        """Delete every object."""
        shutil.rmtree(self._folder, ignore_errors=True)
