"""What a command of the bench says to people, and how it hears that it is to end."""

import signal
import sys


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def end_when_told() -> None:
    """Let Ctrl-C and SIGTERM end a run with its processes, also where a shell has made it deaf."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
