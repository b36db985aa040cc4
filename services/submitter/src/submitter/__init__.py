"""The submitter service."""
