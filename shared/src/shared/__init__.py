"""What every service shares: contracts, domain rules and one adapter per outside system."""
