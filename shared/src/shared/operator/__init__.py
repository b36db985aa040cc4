"""What an operator runs by hand or before a deployment: ``python -m shared.operator``."""
