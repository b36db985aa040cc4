"""`make load`: people at the running stack, as many as wanted, and what they had to put up with."""
