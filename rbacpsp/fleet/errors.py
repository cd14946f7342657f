"""What stops a whole run, in a line; what is wrong with one cluster is a row of the results instead."""


class FleetError(Exception):
    """A run cannot start or go on: no snapshot, no login, results that cannot be written."""
