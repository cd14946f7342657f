"""Where snapshots come from and results go: folders, and buckets by their addresses."""

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.stores.local import LocalStore
from rbacpsp.fleet.stores.store import Entry, Store, StoreError

__all__ = ["Entry", "Store", "StoreError", "is_remote", "opened", "split"]


def is_remote(address: str) -> bool:
    """Whether it is the address of something behind a scheme, rather than a path.

    Raises:
        FleetError: The scheme is unknown.
    """
    scheme, separator, _ = address.partition("://")
    if not separator or "/" in scheme:
        return False
    from rbacpsp.fleet.stores.remote import SCHEMES

    if scheme not in SCHEMES:
        known = ", ".join(f"{each}://" for each in SCHEMES)
        raise FleetError(f'{address}: the scheme "{scheme}" is unknown; write a path, or one of {known}')
    return True


def split(address: str) -> tuple[str, str]:
    """An address behind a scheme as its store, such as `s3://bucket`, and the name within."""
    scheme, _, rest = address.partition("://")
    bucket, _, name = rest.partition("/")
    if not bucket:
        raise FleetError(f"{address} names no bucket: write {scheme}://BUCKET/PREFIX")
    return f"{scheme}://{bucket}", name.lstrip("/")


def opened(address: str) -> tuple[Store, str]:
    """The store of an address of a folder or a prefix, and what names within begin with.

    Raises:
        FleetError: The scheme is unknown, or what the address needs is not installed.
        StoreError: The store does not take the address.
    """
    if not is_remote(address):
        return LocalStore(address), ""
    from rbacpsp.fleet.stores.remote import RemoteStore

    root, name = split(address)
    return RemoteStore(root), name.rstrip("/")
