"""The whole decision, as a pure library: who serves a client, and why, under a set of statements at a time."""
