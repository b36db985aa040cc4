"""The name under which an attempt's picture is saved; it proves whose picture an answer holds."""

from uuid import UUID


def filename_prefix(attempt_id: UUID) -> str:
    """Return the prefix of an attempt's output file, unique per attempt."""
    return f"ob-{attempt_id}"
