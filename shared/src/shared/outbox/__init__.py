"""The outbox: events leave in the order of their commit's survival, at least once, never before the commit."""
