"""One conversation of one client, from its setup on, and what a client can come back to."""
