"""The names of all time zones, from the IANA time zone database (release 2025b).

`rbacpsp/catalog/data/time-zones.txt` is the list of Python's `zoneinfo.available_timezones()`, sorted.
"""

from functools import cache
from importlib.resources import files


@cache
def time_zones() -> frozenset[str]:
    """All names, for example `Europe/Berlin`."""
    text = files("rbacpsp.catalog").joinpath("data/time-zones.txt").read_text("utf-8")
    return frozenset(text.split())
