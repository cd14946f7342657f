"""Gatekeeper's constraints, the templates that they need, and its mutations."""
