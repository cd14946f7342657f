"""Measures speed and memory: `python -m bench` (or `make bench`)."""
