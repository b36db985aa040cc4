"""`raw`, with every picture decoded in the product's sandbox and its thumbnail stored beside it."""
