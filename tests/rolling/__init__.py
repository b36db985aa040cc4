"""Rolling restarts of every service under load, with people at the API who notice everything."""
