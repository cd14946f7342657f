"""What a shell offers for the word under the cursor.

A person waits for it, so that nothing of the program is imported here: `table.json` says which options and
arguments there are (`python -m tests.docs.commands` writes it), and names of the cluster come from a cache,
which a process of its own fills.
"""
