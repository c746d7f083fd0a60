"""Minds that a user brings along: a language model behind HTTP, or a callable."""
