"""Ears: where speech starts and ends, and which words it has."""
