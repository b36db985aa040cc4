"""Logs, metrics and health: the same for every service."""
