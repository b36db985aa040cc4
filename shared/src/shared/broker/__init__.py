"""RabbitMQ: the topology, connections in and out, and what becomes of a message whose handler fails."""
