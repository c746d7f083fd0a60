"""Other people's voice agents on the same work: a program each, run in a virtual environment of its own."""
