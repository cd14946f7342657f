"""The stores of snapshots and results: folders, and buckets by their addresses."""

from rbacpsp.fleet.errors import FleetError
from rbacpsp.fleet.stores.local import LocalStore
from rbacpsp.fleet.stores.store import Entry, Store, StoreError

__all__ = ["Entry", "Store", "StoreError", "is_remote", "open_store", "split"]


def is_remote(address: str) -> bool:
    """Whether an address has a scheme, so that it is not a path.

    Raises:
        FleetError: The scheme is unknown.
    """
    scheme, separator, _ = address.partition("://")
    if not separator or "/" in scheme:
        return False
    from rbacpsp.fleet.stores.remote import SCHEMES

    if scheme not in SCHEMES:
        known = ", ".join(f"{known_scheme}://" for known_scheme in SCHEMES)
        raise FleetError(f'{address}: unknown scheme "{scheme}"; write a path, or one of {known}')
    return True


def split(address: str) -> tuple[str, str]:
    """Split an address with a scheme into its store, such as `s3://bucket`, and the name within."""
    scheme, _, bucket_and_name = address.partition("://")
    bucket, _, name = bucket_and_name.partition("/")
    if not bucket:
        raise FleetError(f"{address} names no bucket: write {scheme}://BUCKET/PREFIX")
    return f"{scheme}://{bucket}", name.lstrip("/")


def open_store(address: str) -> tuple[Store, str]:
    """The store of a folder's or a prefix's address, and the prefix of names within.

    Raises:
        FleetError: The scheme is unknown, or what the address needs is not installed.
        StoreError: The store refuses the address.
    """
    if not is_remote(address):
        return LocalStore(address), ""
    from rbacpsp.fleet.stores.remote import RemoteStore

    root, name = split(address)
    return RemoteStore(root), name.rstrip("/")
