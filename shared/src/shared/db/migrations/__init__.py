"""The schema, step by step (Alembic); run by ``python -m shared.operator migrate``."""
