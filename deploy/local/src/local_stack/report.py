"""What a person at the terminal sees while the stack works."""

import threading
import time


class Report:
    """Prints one line a step, with the seconds since it began; from any thread."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._one_at_a_time = threading.Lock()

    def step(self, text: str) -> None:
        """Print what has just been done."""
        with self._one_at_a_time:
            print(f"{time.monotonic() - self._began:7.1f} s  {text}", flush=True)

    def text(self, text: str = "") -> None:
        """Print a line without a time."""
        with self._one_at_a_time:
            print(text, flush=True)
