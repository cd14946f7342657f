"""Audit logs as recorded answers: which requests were decided how, and what that says about the grants.

`reading` makes events of bytes, `asked` requests of events, `record` counts them. `verification` holds them
against the analyzer; `usage` tells what is used (`rows`), what can go (`removable`) and which roles would do
(`synthesis`).
"""
