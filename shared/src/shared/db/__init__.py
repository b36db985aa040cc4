"""Postgres: the only place that holds SQL. Each transition is one statement, guarded in its WHERE."""
