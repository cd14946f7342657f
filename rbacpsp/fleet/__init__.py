"""Many clusters: a question to each snapshot of a fleet, mapped by an engine, the answers as Parquet.

The unit of work is one snapshot. Nothing is divided further, so an engine only maps: the processes of this
machine, or those of a Dask scheduler. A snapshot that cannot be read is a row, never the end of a run.
"""
