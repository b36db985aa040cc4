"""What a person may choose about the local stack: two variables of the environment."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from local_stack.errors import StackError

STUDIO_PORT = 8000
PORT_BASE = 16_500
LAST_PORT = 65_535
PORTS_FROM_BASE = 20


@dataclass(frozen=True, slots=True)
class StackSettings:
    """Where the stack listens.

    Args:
        studio_port: `PORT`: the studio and the API.
        port_base: `PORT_BASE`: the first of the twenty ports that everything else takes.
    """

    studio_port: int = STUDIO_PORT
    port_base: int = PORT_BASE

    @classmethod
    def from_environment(cls) -> Self:
        """Read `PORT` and `PORT_BASE`.

        Raises:
            StackError: One of them is no port.
        """
        return cls(
            studio_port=_port("PORT", STUDIO_PORT, LAST_PORT),
            port_base=_port("PORT_BASE", PORT_BASE, LAST_PORT - PORTS_FROM_BASE),
        )

    @classmethod
    def read(cls, file: Path) -> "StackSettings | None":
        """Return what the file holds, or None when there is no such file."""
        try:
            return cls(**json.loads(file.read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, file: Path) -> None:
        """Write the file that `read` reads."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(self)))

    @property
    def studio_url(self) -> str:
        """The address for browsers."""
        return f"http://127.0.0.1:{self.studio_port}"


def _port(name: str, default: int, last: int) -> int:
    text = os.environ.get(name) or str(default)
    if not text.isdigit() or not 0 < int(text) <= last:
        message = f"{name}={text} is no port: use a number from 1 to {last}"
        raise StackError(message)
    return int(text)
