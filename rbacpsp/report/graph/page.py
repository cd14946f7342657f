"""`graph -o html`: the picture in a page that loads nothing."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from rbacpsp.report.graph.drawing import Drawing
from rbacpsp.report.graph.svg import STYLE, picture

_PAGE_STYLE = (
    "body{margin:0;background:#f5f7fa}svg{display:block;margin:0 auto}"
    "@media print{@page{margin:10mm}svg{max-width:100%;height:auto}}"
)


def stream(drawing: Drawing) -> Iterator[str]:
    """The page, in chunks."""
    hashes = " ".join(f"'sha256-{_hash(style)}'" for style in (_PAGE_STYLE, STYLE))
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield (
        '<meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none'; style-src {hashes}; base-uri 'none'; form-action 'none'\">\n"
    )
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>Who reaches what</title>\n<style>{_PAGE_STYLE}</style>\n</head>\n<body>\n"
    yield from picture(drawing)
    yield "</body>\n</html>\n"


def _hash(style: str) -> str:
    return b64encode(sha256(style.encode()).digest()).decode()
