"""What is kept of a conversation: the journal, what it costs, how long it took, and reading it again."""
