"""Packs the sample clusters for the wheel: `python -m tests.docs.samples`."""

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from tests.docs import console

FOLDER = console.ROOT / "sample_clusters"
FILE = console.ROOT / "rbacpsp" / "cli" / "samples.zip"


def contents() -> dict[str, bytes]:
    """Every file of the sample clusters, by its path below their folder."""
    files = sorted(path for path in FOLDER.rglob("*") if path.is_file())
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in files}


def packed() -> bytes:
    """The files as an archive, without the times of the files."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in contents().items():
            archive.writestr(ZipInfo(name), data, ZIP_DEFLATED, 9)
    return stream.getvalue()


def held(file: Path = FILE) -> dict[str, bytes]:
    """The files in an archive."""
    with ZipFile(file) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


if __name__ == "__main__":
    FILE.write_bytes(packed())
