"""The finder of secrets finds them, in whatever spelling, and nothing else."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest

from security.canaries import hits

SECRET = "k3y/with+signs ไทย-7f21"
CANARIES = {"a secret": SECRET}


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe=""),
        json.dumps({"a": SECRET}),
        repr({"a": SECRET}),
        repr(SECRET.encode()),
        SECRET.encode().hex(),
        *(base64.b64encode(b"x" * n + SECRET.encode() + b"y" * n).decode() for n in range(6)),
        *(base64.urlsafe_b64encode(b"x" * n + SECRET.encode()).decode() for n in range(3)),
    ],
)
def test_a_secret_is_found_however_it_is_written(written: str, tmp_path: Path) -> None:
    text = f"first line\nbefore {written} behind\n"
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "service.log").write_text(text, encoding="utf-8")
    in_files = hits([tmp_path], CANARIES)
    in_texts = hits({"an answer": text}, CANARIES)
    assert [hit.where.removeprefix(f"{tmp_path}/") for hit in in_files] == ["folder/service.log:2"]
    assert [(hit.canary, hit.where) for hit in in_texts] == [("a secret", "an answer:2")]
    assert SECRET not in in_texts[0].context


def test_what_is_no_secret_is_not_found(tmp_path: Path) -> None:
    log = tmp_path / "service.log"
    log.write_bytes(b"k3y/with \xff nothing of it\n")
    assert hits([log], CANARIES) == []


def test_a_canary_that_anything_could_match_is_refused() -> None:
    with pytest.raises(ValueError, match="short"):
        hits({}, {"short": "abc"})
