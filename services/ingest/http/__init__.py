"""POST /events and the probes."""
