"""Accounts and the sessions that stand for them."""
