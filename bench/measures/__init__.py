"""What the kernel says: processor time, memory, and how much of the machine others use."""
