"""The names of all time zones, from the IANA time zone database (release 2025b).

`rbacpsp/catalog/data/time-zones.txt` is the list of Python's `zoneinfo.available_timezones()`, sorted.
"""

from functools import cache

from rbacpsp.model.package_data import package_data


@cache
def time_zones() -> frozenset[str]:
    """All names, for example `Europe/Berlin`."""
    text = package_data("rbacpsp.catalog", "data/time-zones.txt").decode()
    return frozenset(text.split())
