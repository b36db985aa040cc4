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


OPERATOR = "operator"


def main() -> int:
    """Run the verb; a failure is one line, below what there is to read about it."""
    parser = argparse.ArgumentParser(prog="python -m local_stack", description=__doc__)
    parser.add_argument("verb", choices=[*VERBS, OPERATOR])
    parser.add_argument("words", nargs=argparse.REMAINDER, help="what `operator` is to do")
    arguments = parser.parse_args()
    if arguments.words and arguments.verb != OPERATOR:
        parser.error(f"{arguments.verb} takes no further words")
    try:
        if arguments.verb == OPERATOR:
            verbs.operator(arguments.words)
        VERBS[arguments.verb]()
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
