"""Decodes files to objects: YAML as kubectl reads it, JSON, and checks against the schema, with lines."""

from rbacpsp.decode.manifests import Located, ManifestFile
from rbacpsp.decode.problems import LoadError, Problem
from rbacpsp.decode.values import decode_objects, parse_yaml
from rbacpsp.model.printable import shown

__all__ = [
    "LoadError",
    "Located",
    "ManifestFile",
    "Problem",
    "decode_objects",
    "parse_yaml",
    "shown",
]
