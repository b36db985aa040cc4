"""The first product's paths over the same use cases."""
