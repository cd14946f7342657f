"""Completes words in a shell.

A person waits for it, so nothing else of the program is imported: `table.json` lists the options and
arguments (`python -m tests.docs.commands` writes it), and names of the cluster come from a cache that a
separate process fills.
"""
