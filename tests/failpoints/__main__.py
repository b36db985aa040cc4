"""``python -m failpoints SERVICE``."""

import sys

from failpoints.entry import run_woven

if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(f"usage: {__doc__}")
    run_woven(sys.argv[1])
