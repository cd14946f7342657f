"""Audit logs: which requests were allowed or refused, and which grants were used.

`reading` makes events of bytes, `asked` requests of events, `record` counts them. `verification` holds them
against the analyzer; `usage` tells what is used (`rows`), what can go (`removable`) and which roles would do
(`synthesis`).
"""
