"""What the service says of itself: limits and prices, health, its interface in words."""
