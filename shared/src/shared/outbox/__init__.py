"""The outbox: events leave after the commit that they announce, and at least once."""
