"""The websocket: channels that know what changed in a scope, the hub that asks them, and a session for each socket."""
