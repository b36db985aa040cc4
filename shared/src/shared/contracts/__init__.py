"""What goes over the wire between services."""
