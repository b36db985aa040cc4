"""Rules without IO, clock or environment: standard library only."""
