"""One file that holds a cluster: written once, loaded again like any other file, with the same answers."""

import gzip
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from rbacpsp.load.decode import SNAPSHOT
from rbacpsp.model import AnyObject, Manifest, Objects, Version


def write_snapshot(path: str | os.PathLike[str], objects: Objects, version: Version | None = None) -> None:
    """Write a cluster to one `.json.gz`: a List with a header.

    The header has the version, the warnings, the counts, of a live server its own version, what it serves and
    what could not be read, and as the time (`asOf`) the creation of the newest object: an unchanged cluster
    gives the same bytes, whenever it is read. The file appears whole or not at all: it is written under
    another name beside its place and then renamed. Secrets are never among the objects, so none is written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    target = Path(path)
    packed = gzip.compress(_encoded(objects, version), mtime=0)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(packed)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(target)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _encoded(objects: Objects, version: Version | None) -> bytes:
    api_version, kind = SNAPSHOT
    said = version or objects.kubernetes_version
    head: dict[str, Any] = {
        "apiVersion": api_version,
        "kind": kind,
        "warnings": sorted(objects.warnings),
        "ignored": objects.ignored,
    }
    if said:
        head["kubernetesVersion"] = str(said)
    newest = max((one.metadata.creation_timestamp for one in objects), default="")
    if newest:
        head["asOf"] = newest
    if objects.server:
        head["server"] = {
            "gitVersion": objects.server.git_version,
            "discovery": objects.server.discovery,
            "unread": objects.server.gaps,
        }
    encoder = msgspec.json.Encoder(order="sorted")
    ordered = sorted(objects, key=lambda one: (one.kind, one.namespace, one.name))
    items = [encoder.encode(_plain(one)) for one in ordered]
    return encoder.encode(head)[:-1] + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _plain(one: AnyObject) -> Any:
    return one.body if isinstance(one, Manifest) else one
