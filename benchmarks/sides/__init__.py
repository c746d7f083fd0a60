"""Programs that are measured, a process each: ours, and others' that the suite needs no environment for."""
