"""The studio's types are made of the gateway's own schemas."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

TYPES = Path(__file__).parents[3] / "frontend" / "api.types.gen.ts"
HEAD_LINES = 3


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_studios_types_are_those_of_the_interface() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "gateway", "openapi"], capture_output=True, text=True, check=True
    )
    schemas = json.loads(printed.stdout)["components"]["schemas"]
    whole = json.dumps(schemas, separators=(",", ":"), ensure_ascii=False)
    *head, types = TYPES.read_text(encoding="utf-8").split("\n", HEAD_LINES)
    assert head[1] == f"// schemas {digest(whole)}", "the schemas have changed: make types"
    assert head[2] == f"// types {digest(types)}", "not to be edited by hand: make types"
