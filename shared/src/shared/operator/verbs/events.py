"""Write the event catalogue below ``docs/events``."""

import argparse
from pathlib import Path

from shared.operator.event_pages import write_event_pages


async def run(_: argparse.Namespace) -> int:
    """Do it; return the exit code."""
    write_event_pages(Path("docs/events"))
    return 0
