"""Live events: what the broker says, read once from Postgres, told to every browser."""
