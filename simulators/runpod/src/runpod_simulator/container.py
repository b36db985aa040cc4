"""The files of one worker, which stay there from job to job as long as it is warm."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

KEPT_FILES: Final = 64


class Container:
    """ComfyUI's input folder and the counters of its output folder.

    Source: ComfyUI 0.3.64, observed: an old upload can be loaded again by name, and file names in
    the output folder count per prefix.
    """

    def __init__(self) -> None:
        """Start with empty folders."""
        self._inputs: OrderedDict[str, bytes] = OrderedDict()
        self._saved: dict[str, int] = {}
        self._lock = threading.Lock()

    def upload(self, name: str, data: bytes) -> None:
        """Store or overwrite an input file; the oldest go when there are too many."""
        with self._lock:
            self._inputs[name] = data
            self._inputs.move_to_end(name)
            while len(self._inputs) > KEPT_FILES:
                self._inputs.popitem(last=False)

    def inputs(self) -> Mapping[str, bytes]:
        """Return the input folder as it is now, file name to bytes."""
        with self._lock:
            return dict(self._inputs)

    def next_filename(self, prefix: str) -> str:
        """Return the name under which SaveImage stores its next picture."""
        with self._lock:
            number = self._saved.get(prefix, 0) + 1
            self._saved[prefix] = number
        return f"{prefix}_{number:05d}_.png"
