"""A bucket as a store, through obstore: S3, and by the same library Google's, Azure's and plain HTTPS."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rbacpsp.fleet.extra import require_extra
from rbacpsp.fleet.stores.store import Entry, StoreError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore, RetryConfig

SCHEMES = ("s3", "gs", "az", "https")
"""What addresses begin with; S3 is tested, the others are the library's."""

_PATIENCE: "RetryConfig" = {"max_retries": 4, "retry_timeout": timedelta(seconds=30)}
_CLIENT: "ClientConfig" = {"connect_timeout": timedelta(seconds=5), "timeout": timedelta(seconds=60)}
_LOGINS = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_SKIP_SIGNATURE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
    }
)
"""The variables that name a login; without any of them only a machine of Amazon's own has one."""
_TRUE = frozenset({"1", "true", "yes", "on"})


class RemoteStore:
    """A bucket, or what corresponds to it; names are the whole keys."""

    def __init__(self, root: str, environment: Mapping[str, str] = os.environ) -> None:
        """Take an address such as `s3://bucket`; nothing is asked of it yet.

        Raises:
            FleetError: The library is not installed.
            StoreError: The library does not take the address, or a variable that it needs is missing.
        """
        require_extra(["obstore"])
        self.address = root
        self._environment = environment
        self._scheme = root.partition("://")[0]
        if self._scheme == "s3":
            self._require_plain_http_is_meant()
        self._store = self._opened()

    def entries(self, under: str) -> Iterator[Entry]:
        """The objects whose keys begin with a path."""
        import obstore

        with self._told(under):
            for found in obstore.list(self._store, under or None):
                for each in found:
                    etag = each["e_tag"] or each["last_modified"].isoformat()
                    yield Entry(each["path"], each["size"], etag.strip('"'))

    def entry(self, name: str) -> Entry | None:
        """One object; None where there is none."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._told(name):
            try:
                found = obstore.head(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return None
        return Entry(name, found["size"], (found["e_tag"] or found["last_modified"].isoformat()).strip('"'))

    def folders(self, under: str = "") -> list[str]:
        """The names of what is right below a prefix, up to the next slash, sorted."""
        import obstore

        with self._told(under):
            found = obstore.list_with_delimiter(self._store, under or None)
            return sorted(prefix.rstrip("/").rpartition("/")[2] for prefix in found["common_prefixes"])

    def read(self, name: str) -> bytes | None:
        """The content of an object; None where there is none."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._told(name):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def write_new(self, name: str, data: bytes) -> bool:
        """Write an object whole, unless there is one: False then.

        A server that has no conditional writes is asked before, not at once.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError

        with self._told(name):
            try:
                obstore.put(self._store, name, data, mode="create")
            except AlreadyExistsError:
                return False
            except NotSupportedError:
                if self.entry(name) is not None:
                    return False
                obstore.put(self._store, name, data)
        return True

    def replace(self, name: str, data: bytes) -> None:
        """Write an object whole, whether there is one or not."""
        import obstore

        with self._told(name):
            obstore.put(self._store, name, data)

    def remove(self, name: str) -> None:
        """Remove an object; none is no error."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._told(name):
            try:
                obstore.delete(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return

    def _opened(self) -> "ObjectStore":
        from obstore.store import from_url

        client = {**_CLIENT, "allow_http": self._allows_http}  # options given here hide those of variables
        options: dict[str, Any] = {"retry_config": _PATIENCE, "client_options": client}
        with self._told(""):
            try:
                return from_url(self.address, **options)
            except ValueError as error:
                raise StoreError(f"{self.address} is not an address of a store: {_first(error)}") from None

    @property
    def _allows_http(self) -> bool:
        return self._environment.get("AWS_ALLOW_HTTP", "").lower() in _TRUE

    def _require_plain_http_is_meant(self) -> None:
        endpoint = self._environment.get("AWS_ENDPOINT_URL", "")
        if endpoint.lower().startswith("http://") and not self._allows_http:
            raise StoreError(
                "AWS_ENDPOINT_URL is plain http, over which others can read along: "
                "set AWS_ALLOW_HTTP=true if that is meant"
            )

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError, UnauthenticatedError

        try:
            yield
        except (NotFoundError, FileNotFoundError):
            raise StoreError(f"there is no {self.address}/{name}".rstrip("/")) from None
        except (PermissionDeniedError, UnauthenticatedError):
            raise StoreError(f"{self.address}/{name} may not be read or written with this login") from None
        except (BaseError, OSError) as error:
            if self._scheme == "s3" and not _LOGINS.intersection(self._environment):
                raise StoreError(
                    f"{self.address} cannot be reached, and there is no login for it: set AWS_ACCESS_KEY_ID, "
                    "AWS_SECRET_ACCESS_KEY and AWS_REGION"
                ) from None
            raise StoreError(f"{self.address}/{name} cannot be read or written: {_first(error)}") from None


def _first(error: Exception) -> str:
    """The first line of what the library says."""
    return next(iter(str(error).splitlines()), type(error).__name__)
