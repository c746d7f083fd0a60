"""Sessions kept as files, and served again."""
