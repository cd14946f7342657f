"""Reads the data files of this program's packages."""

from pkgutil import get_data


def package_data(package: str, path: str) -> bytes:
    """The bytes of a file that belongs to a package, by its path within the package.

    pkgutil is imported in a tenth of the time of importlib.resources, and every question reads such files.
    """
    data = get_data(package, path)
    if data is None:
        raise FileNotFoundError(f"{package}: cannot read the file {path}")
    return data
