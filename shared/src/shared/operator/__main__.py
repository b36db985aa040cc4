"""What a deployment runs before the services, and what operators run beside them.

``python -m shared.operator setup`` is all that a deployment needs.
"""

import argparse
import asyncio
import sys
from importlib import import_module
from typing import Final

VERBS: Final = {
    "setup": "migrate, declare and make all that the services need; twice changes nothing",
    "migrate": "bring the database to the newest schema",
    "topology": "declare exchanges and queues",
    "bucket": "make the bucket if it is not there",
    "events": "write the event catalogue below docs/events",
    "check": "look at every job with the rules; print what breaks one",
    "dlq": "list, explain, replay or dismiss dead messages",
    "gc": "delete objects that belong to no job",
}


def main(words: list[str]) -> int:
    """Run the verb that the command line names; return the exit code."""
    program = "python -m shared.operator"
    listed = "\n".join(f"  {verb:9} {what}" for verb, what in VERBS.items())
    parser = argparse.ArgumentParser(
        prog=program,
        description=f"{__doc__}\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("verb", choices=VERBS, metavar="VERB")
    verb: str = parser.parse_args(words[:1]).verb
    module = import_module(f"shared.operator.verbs.{verb}")
    own = argparse.ArgumentParser(prog=f"{program} {verb}", description=module.__doc__)
    if hasattr(module, "add_arguments"):
        module.add_arguments(own)
    code: int = asyncio.run(module.run(own.parse_args(words[1:])))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
