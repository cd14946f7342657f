"""Asks each snapshot of a fleet of clusters a question on an engine, and writes the answers as Parquet.

The unit of work is one snapshot. An engine maps tasks to processes of this machine or of a Dask scheduler. A
snapshot that cannot be read becomes a row and does not end the run.
"""
