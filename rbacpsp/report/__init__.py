"""Answers as text: a module for each format, and the output of kubectl in `rbacpsp.report.kubectl`."""
