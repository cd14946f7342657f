"""A mkdocs hook that turns links out of docs/ into links that work on the site.

The pages that `OUTSIDE` names are pages of the site. Any other file that a page links to is copied beside
them, and a link to a folder without a page is shown as its text alone.
"""

import re
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
OUTSIDE = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "sample_clusters/*/README.md",
    "tests/conformance/data/README.md",
    "tools/*/README.md",
)
"""Pages of the project that are not in docs/."""
_FENCE = re.compile(r"^ *(```+|~~~+).*?^ *\1", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\((?![a-z]+:|#)([^()\s#]+)(#[^()\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages of the project that are not in docs/."""
    for pattern in OUTSIDE:
        for path in sorted(ROOT.glob(pattern)):
            files.append(_file(path.relative_to(ROOT).as_posix(), config))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Lead the links of a page to the parts of the site, and give pages out of the navigation its room."""
    if page.file.inclusion == InclusionLevel.NOT_IN_NAV:
        page.meta["hide"] = ["navigation"]
    here = page.file.src_uri
    folder = dirname(here if (ROOT / here).is_file() else f"docs/{here}")

    def led(match: re.Match[str]) -> str:
        image, text, target, anchor = match.groups("")
        path = normpath(join(folder, target))
        if path.startswith("docs/"):
            result = path.removeprefix("docs/")
        elif (ROOT / path / "README.md").is_file():
            result = f"{path}/README.md"
        elif (ROOT / path).is_dir():
            return text
        else:
            result = path
        if result == path and files.get_file_from_path(result) is None and (ROOT / path).is_file():
            if path.endswith(".md"):
                raise PluginError(f"{here}: {path} is no page of the site: name it in {__file__}")
            files.append(_file(path, config))
        return f"{image}[{text}]({relpath(result, dirname(here) or '.')}{anchor})"

    parts, end = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(led, markdown[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _LINK.sub(led, markdown[end:])])


def _file(path: str, config: MkDocsConfig) -> File:
    options: dict[str, Any] = {"use_directory_urls": config.use_directory_urls}
    return File(path, str(ROOT), config.site_dir, **options)
