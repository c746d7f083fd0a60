"""What is played beside a reply's own sound, and how much of all of it was heard."""
