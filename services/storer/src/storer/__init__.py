"""The storer service."""
