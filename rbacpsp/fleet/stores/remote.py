"""Uses a bucket as a store with obstore: S3, and also Google's, Azure's and plain HTTPS."""

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
"""The schemes of addresses; S3 is tested, the others are supported by the library."""

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
"""The variables that contain a login; without them only a machine at Amazon has one."""
_TRUE = frozenset({"1", "true", "yes", "on"})


class RemoteStore:
    """A bucket or its equivalent; names are complete keys."""

    def __init__(self, root: str, environment: Mapping[str, str] = os.environ) -> None:
        """Set up the store of an address such as `s3://bucket`, without a request.

        Raises:
            FleetError: The library is not installed.
            StoreError: The library refuses the address, or a required variable is missing.
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

        with self._store_errors(under):
            for page in obstore.list(self._store, under or None):
                for item in page:
                    etag = item["e_tag"] or item["last_modified"].isoformat()
                    yield Entry(item["path"], item["size"], etag.strip('"'))

    def entry(self, name: str) -> Entry | None:
        """One object; None if it does not exist."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._store_errors(name):
            try:
                item = obstore.head(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return None
        return Entry(name, item["size"], (item["e_tag"] or item["last_modified"].isoformat()).strip('"'))

    def folders(self, under: str = "") -> list[str]:
        """The names of what is right below a prefix, up to the next slash, sorted."""
        import obstore

        with self._store_errors(under):
            listing = obstore.list_with_delimiter(self._store, under or None)
            return sorted(prefix.rstrip("/").rpartition("/")[2] for prefix in listing["common_prefixes"])

    def read(self, name: str) -> bytes | None:
        """The content of an object; None if it does not exist."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._store_errors(name):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except (NotFoundError, FileNotFoundError):
                return None

    def write_new(self, name: str, data: bytes) -> bool:
        """Write a complete object, unless it exists; returns whether it was written.

        On a server without conditional writes this is not atomic.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, NotSupportedError

        with self._store_errors(name):
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
        """Write a complete object, whether it exists or not."""
        import obstore

        with self._store_errors(name):
            obstore.put(self._store, name, data)

    def remove(self, name: str) -> None:
        """Remove an object, if it exists."""
        import obstore
        from obstore.exceptions import NotFoundError

        with self._store_errors(name):
            try:
                obstore.delete(self._store, name)
            except (NotFoundError, FileNotFoundError):
                return

    def _opened(self) -> "ObjectStore":
        from obstore.store import from_url

        client = {**_CLIENT, "allow_http": self._allows_http}  # options here override those of variables
        options: dict[str, Any] = {"retry_config": _PATIENCE, "client_options": client}
        with self._store_errors(""):
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
                "AWS_ENDPOINT_URL is plain http, which is not encrypted: set AWS_ALLOW_HTTP=true if "
                "this is intended"
            )

    @contextmanager
    def _store_errors(self, name: str) -> Iterator[None]:
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
    """The first line of the library's message."""
    return next(iter(str(error).splitlines()), type(error).__name__)
