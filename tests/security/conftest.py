"""The rig of the gateway's own tests, here for those who mean it harm."""

from test_gateway.conftest import objects, rig, settings, visitor

__all__ = ["objects", "rig", "settings", "visitor"]
