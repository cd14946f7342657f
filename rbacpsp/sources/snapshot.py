"""A snapshot: one file with a cluster, which loads like any other file and gives the same answers."""

import gzip
import os
from collections.abc import Iterable
from typing import Any

import msgspec

from rbacpsp.decode.decoder import SNAPSHOT
from rbacpsp.model import AnyObject, Manifest, Objects, Version
from rbacpsp.sources.replacing import OWN, replaced_file


def write_snapshot(
    path: str | os.PathLike[str],
    objects: Objects,
    version: Version | None = None,
    *,
    openshift: Version | None = None,
    assumed: Iterable[AnyObject] = (),
    whole: bool = True,
) -> None:
    """Write a cluster to one `.json.gz`: a List with a header.

    The header has the version, the warnings, the counts, of a live server its own version, what it serves and
    what could not be read, and as the time (`asOf`) the creation of the newest object: an unchanged cluster
    gives the same bytes, whenever it is read. The file appears whole or not at all. What is assumed is no
    item: it is assumed again when the file is read. What Secrets hold is never read, so it is never written.

    Raises:
        OSError: The file cannot be written; nothing is left behind.
    """
    packed = gzip.compress(_encoded(objects, (version, openshift), _ordered(assumed), whole=whole), mtime=0)
    with replaced_file(path, OWN) as stream:
        stream.write(packed)


def _encoded(
    objects: Objects,
    versions: tuple[Version | None, Version | None],
    assumed: list[AnyObject],
    *,
    whole: bool,
) -> bytes:
    api_version, kind = SNAPSHOT
    said = versions[0] or objects.kubernetes_version
    openshift = versions[1] or objects.openshift_version
    head: dict[str, Any] = {
        "apiVersion": api_version,
        "kind": kind,
        "warnings": sorted(objects.warnings),
        "ignored": objects.ignored,
    }
    if objects.unread:
        head["passedOver"] = sorted(objects.unread)
    if said:
        head["kubernetesVersion"] = str(said)
    if openshift:
        head["openshiftVersion"] = str(openshift)
    newest = max((one.metadata.creation_timestamp for one in objects), default="")
    if newest:
        head["asOf"] = newest
    if objects.server:
        head["server"] = {
            "gitVersion": objects.server.git_version,
            "discovery": objects.server.discovery,
            "unread": objects.server.gaps,
        }
    if assumed:
        head["assumed"] = assumed
    if whole and not objects.server:
        head["whole"] = True
    encoder = msgspec.json.Encoder(order="sorted")
    found = [*objects.loaded, *objects.surroundings.values()]
    items = [encoder.encode(_plain(one)) for one in _ordered(found)]
    return encoder.encode(head)[:-1] + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _ordered(objects: Iterable[AnyObject]) -> list[AnyObject]:
    return sorted(objects, key=lambda one: (one.kind, one.namespace, one.name))


def _plain(one: AnyObject) -> Any:
    return one.body if isinstance(one, Manifest) else one
