"""Answers review objects and submitted objects as the API server and its admission plugins do.

Each module is imported by its own name: loading files needs `validation` alone, and quickly.
"""
