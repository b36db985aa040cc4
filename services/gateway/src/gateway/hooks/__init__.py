"""Calls from outside that are hints and never trusted."""
