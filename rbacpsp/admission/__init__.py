"""Answers review objects and submitted objects as the API server and its admission plugins do.

Import each module by its own name: loading files needs only `validation`, and is faster without the others.
"""
