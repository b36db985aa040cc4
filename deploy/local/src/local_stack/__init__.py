"""The whole product on one machine without Docker: real servers and services as processes."""
