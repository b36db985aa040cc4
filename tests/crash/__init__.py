"""The exhaustive crash suite: every failpoint of every service, struck once in every way.

`make crash`; see `docs/decisions/0012`.
"""
