"""Where voices enter and leave, and the arithmetic between sample rates."""
