"""The object store and the names of what is in it."""
