"""The built studio, served from the same origin as the interface."""
