"""A mouth: how text is read, and what it sounds like."""
