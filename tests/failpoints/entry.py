"""Starts a service with the layer around its drivers, as its own main module."""

import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path

from failpoints.layer import HANG_SECONDS, Layer, Switchboard
from failpoints.weaving import weave
from shared.settings import Profile

FOLDER_VARIABLE = "FAILPOINTS"


def run_woven(service: str, environment: Mapping[str, str] = os.environ) -> None:
    """Weave the layer and run `python -m SERVICE`; returns or leaves as that does.

    Raises:
        SystemExit: in production, or when no folder is named that arms the points.
    """
    if environment.get("PROFILE") == Profile.PRODUCTION:
        sys.exit("failpoints are refused in production")
    if not environment.get(FOLDER_VARIABLE):
        sys.exit(f"{FOLDER_VARIABLE} must name the folder that arms the points")
    time_scale = float(environment.get("TIME_SCALE", "1"))
    layer = Layer(
        service, Switchboard(Path(environment[FOLDER_VARIABLE])), HANG_SECONDS * time_scale
    )
    weave(layer, runpod_base_url=environment.get("RUNPOD_BASE_URL", "https://api.runpod.ai/v2"))
    sys.argv = [service, *sys.argv[2:]]
    # As `python -m SERVICE` would: then no decoding child runs the main module again.
    runpy.run_module(service, run_name="__main__", alter_sys=True)
