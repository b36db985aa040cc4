"""A module for each verb: `run`, and `add_arguments` where it takes any.

Each imports what it needs and no more, so that a look at the dead messages does not wait for the
clients of the store and of the broker.
"""
