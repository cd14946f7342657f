"""The error that stops a run; a problem of one cluster becomes a row of the results instead."""


class FleetError(Exception):
    """A run cannot start or continue: no snapshot, no login, results that cannot be written."""
