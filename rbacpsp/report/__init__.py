"""Answers as text: one module a format, and kubectl's own output in `rbacpsp.report.kubectl`."""
