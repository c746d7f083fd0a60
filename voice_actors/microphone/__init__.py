"""What MicActor notices of the user: whether somebody speaks, and whether it is meant to interrupt."""
