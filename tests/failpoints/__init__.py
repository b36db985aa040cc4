"""A fault layer for tests: woven around the drivers of a service, never part of the product.

`python -m failpoints SERVICE` starts a service with the layer; see `docs/decisions/0012`.
"""
