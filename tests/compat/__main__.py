"""``python -m compat``: the previous release's tests on the schema of this one."""

import sys
import tempfile
from pathlib import Path

from backends import TestRun

from compat.previous import WHOLE, NotThereError, PreviousRelease


def main() -> int:
    """Run them on servers of their own and return their exit code."""
    run = TestRun.begin()
    try:
        with tempfile.TemporaryDirectory(prefix="previous-release-") as folder:
            release = PreviousRelease.check_out(Path(folder))
            sys.stdout.write(f"{release.commit} with the migrations of this release\n")
            sys.stdout.flush()
            done = release.test(WHOLE, run.backends())
    except NotThereError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        run.end()
    sys.stdout.write(done.stdout[-8000:] + done.stderr[-2000:])
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
