"""What a run found, for people and for programs: a table, plots and JSON."""
