"""A Gemini Live server for one's own machine: it hears, thinks a little, and speaks, without key, cost or network."""
