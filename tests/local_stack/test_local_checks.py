"""The counts that `make test` closes with."""

import pytest

from local_stack.checks import Counts, count


@pytest.mark.parametrize(
    ("runner", "output", "exit_code", "counts"),
    [
        ("pytest", "===== 12 passed, 1 skipped in 3.21s =====", 0, Counts(12, 0, 1)),
        ("pytest", "= 1 failed, 2 passed, 1 error in 3.21s (0:00:03) =", 1, Counts(2, 2, 0)),
        ("pytest", "INTERNALERROR", 3, Counts(0, 1, 0)),
        ("pytest", "===== 12 passed in 3.21s =====", 1, Counts(12, 1, 0)),
        ("vitest", "\x1b[2m      Tests \x1b[22m 1 failed | 41 passed (42)", 1, Counts(41, 1, 0)),
        (None, "", 0, Counts(1, 0, 0)),
        (None, "error", 1, Counts(0, 1, 0)),
    ],
)
def test_a_runners_closing_line_is_read(
    runner: str | None, output: str, exit_code: int, counts: Counts
) -> None:
    assert count(runner, output, exit_code) == counts


def test_counts_add_up_to_the_closing_line() -> None:
    assert str(Counts(2, 0, 1) + Counts(3, 1, 0)) == "5 passed, 1 failed, 1 skipped"
    assert str(Counts(2) + Counts(3)) == "5 passed, 0 failed"
