"""The names of the time zones of the world, as the IANA's database lists them (release 2025b).

`rbacpsp/catalog/data/time-zones.txt` is the list of Python's `zoneinfo.available_timezones()`, sorted.
"""

from functools import cache
from importlib.resources import files


@cache
def time_zones() -> frozenset[str]:
    """All names, for example `Europe/Berlin`."""
    text = files("rbacpsp.catalog").joinpath("data/time-zones.txt").read_text("utf-8")
    return frozenset(text.split())
