"""One conversation: what it is made from, who holds which end of which lane, what a program has of it, how it ends."""
