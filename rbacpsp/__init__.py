"""Answers what the Kubernetes API server would: who can do what, which policy wins, and why."""

__version__ = "0.1.0"
