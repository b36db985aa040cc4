"""`python -m local_stack VERB`: the commands behind the Makefile."""

import argparse
import sys
from collections.abc import Callable

from local_stack import verbs
from local_stack.errors import StackError

VERBS: dict[str, Callable[[], None]] = {
    "up": verbs.up,
    "down": verbs.down,
    "reset": verbs.reset,
    "logs": verbs.logs,
    "status": verbs.status,
}


def main() -> int:
    """Run the verb; a failure is one line, below what there is to read about it."""
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=__doc__)
    parser.add_argument("verb", choices=VERBS)
    verb = VERBS[parser.parse_args().verb]
    try:
        verb()
    except StackError as error:
        if error.details:
            print(error.details.rstrip(), file=sys.stderr)
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ninterrupted: `make down` stops what was started", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
