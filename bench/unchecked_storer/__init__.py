"""The storer with one part exchanged: it takes pictures unseen.

For the share of a job that is not the decoding of its picture. It is no part of the product.
"""
