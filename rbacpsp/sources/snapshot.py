"""Writes snapshots: one file with a cluster, which is read like any other file and gives the same answers."""

import gzip
import os
from collections.abc import Iterable
from typing import Any

import msgspec

from rbacpsp.decode.decoder import SNAPSHOT
from rbacpsp.model import AnyObject, Manifest, Objects, Version
from rbacpsp.sources.atomic_write import OWN, replaced_file


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

    The header has the version, the warnings and the counts; for a live server also its version, what it
    serves and what could not be read. Its time (`asOf`) is the creation of the newest object, so that an
    unchanged cluster gives the same bytes whenever it is read. The file is written completely or not at all.
    Assumed objects are not items: they are assumed again when the file is read. The data of Secrets is never
    read and never written.

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
    kubernetes_version = versions[0] or objects.kubernetes_version
    openshift = versions[1] or objects.openshift_version
    head: dict[str, Any] = {
        "apiVersion": api_version,
        "kind": kind,
        "warnings": sorted(objects.warnings),
        "ignored": objects.ignored,
    }
    if objects.unread:
        head["passedOver"] = sorted(objects.unread)
    if kubernetes_version:
        head["kubernetesVersion"] = str(kubernetes_version)
    if openshift:
        head["openshiftVersion"] = str(openshift)
    newest = max((obj.metadata.creation_timestamp for obj in objects), default="")
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
    all_objects = [*objects.loaded, *objects.surroundings.values()]
    items = [encoder.encode(_plain(obj)) for obj in _ordered(all_objects)]
    return encoder.encode(head)[:-1] + b',"items":[\n' + b",\n".join(items) + b"\n]}\n"


def _ordered(objects: Iterable[AnyObject]) -> list[AnyObject]:
    return sorted(objects, key=lambda obj: (obj.kind, obj.namespace, obj.name))


def _plain(obj: AnyObject) -> Any:
    return obj.body if isinstance(obj, Manifest) else obj
