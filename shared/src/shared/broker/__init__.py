"""RabbitMQ: topology, connections in and out, and the fate of messages whose handler fails."""
