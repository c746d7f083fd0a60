"""Other people's voice agents whose connection ends or breaks, each with what it has for that switched on."""
