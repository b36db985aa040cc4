"""Requests to addresses that others named: only public ones, and only as they were checked."""
