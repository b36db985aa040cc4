"""`make streams`: thousands of open live-event streams at one gateway, and one event for many."""
