"""What the studio may weigh, and how fast it must be."""
