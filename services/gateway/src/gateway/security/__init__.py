"""What stands between the network and the features: sessions, origins, headers, request ids."""
