"""Benchmarks: one file per question, one harness. Run them with `python -m benchmarks`.

Every measured program is a process of its own; sides that are compared take turns in one run, so that they share the
machine's moods. Trust the ratios before the absolute figures.
"""
