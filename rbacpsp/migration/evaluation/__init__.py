"""Evaluates admission policies on pods without a server."""
