"""Reads audit logs: which requests were allowed or refused, and which grants were used.

`reading` decodes events, `asked` converts them to requests, `record` counts them. `verification` compares
them with the analyzer; `usage` tells what is used (`rows`), what can be removed (`removable`) and which roles
would be enough (`synthesis`).
"""
