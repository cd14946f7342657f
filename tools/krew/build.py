"""Builds the archive of the krew plugin, the same bytes each time, and its manifest for a version.

`python tools/krew/build.py VERSION FOLDER` writes kubectl-rbacpsp.zip and rbacpsp.yaml to a folder.
"""

import hashlib
import io
import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "plugins" / "rbacpsp.yaml"
FILES = {
    "kubectl-rbacpsp": (ROOT / "plugins" / "kubectl-rbacpsp", 0o755),
    "LICENSE": (ROOT / "LICENSE", 0o644),
}


def archive() -> bytes:
    """The archive: not compressed, so that no library's version shows in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as packed:
        for name, (path, mode) in FILES.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, whatever builds it
            entry.external_attr = (0o100000 | mode) << 16
            packed.writestr(entry, path.read_bytes())
    return stream.getvalue()


def manifest(text: str, version: str, digest: str) -> str:
    """The manifest with a version and a checksum."""
    text = re.sub(r"(?m)^(  version: ).*$", rf"\g<1>v{version}", text)
    text = re.sub(r"(?m)(releases/download/)v[^/]+/", rf"\g<1>v{version}/", text)
    return re.sub(r"(?m)(sha256: ).*$", rf"\g<1>{digest}", text)


def main(version: str, folder: Path) -> None:
    """Write both."""
    packed = archive()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kubectl-rbacpsp.zip").write_bytes(packed)
    text = MANIFEST.read_text(encoding="utf-8")
    digest = hashlib.sha256(packed).hexdigest()
    (folder / "rbacpsp.yaml").write_text(manifest(text, version, digest), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
