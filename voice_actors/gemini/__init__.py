"""The Gemini Live wire protocol, both halves, and the link that carries it."""
