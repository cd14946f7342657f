"""Reads audit logs: which requests were allowed or refused, and which grants were used.

`reading` decodes events, `asked` converts them to requests, `record` counts them. `verification` compares
them with the analyzer; `usage` shows which grants are used (`rows`), which can be removed (`removable`) and
which roles are sufficient (`synthesis`).
"""
