"""What can be made to go wrong, by a script."""
