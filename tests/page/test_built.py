"""Tests that the built page matches its sources."""

import hashlib
import json
from pathlib import Path

import rbacpsp

PAGE = Path(rbacpsp.__file__).parent / "page"
UI, BUILT = PAGE / "ui", PAGE / "built"


def sources() -> list[str]:
    result = [
        path.relative_to(UI).as_posix() for path in (UI / "src").rglob("*") if path.suffix in {".ts", ".css"}
    ]
    return sorted([*result, "build.mjs", "package-lock.json"])


def test_the_build_is_of_the_current_sources() -> None:
    digest = hashlib.sha256()
    for name in sources():
        digest.update(f"{name}\0".encode() + (UI / name).read_bytes() + b"\0")
    recorded = (BUILT / "sources.sha256").read_text().strip()
    assert recorded == digest.hexdigest(), "run npm run build in rbacpsp/page/ui"


def test_what_is_built_is_ascii_and_cannot_end_its_element() -> None:
    for name in ("explorer.js", "explorer.css"):
        text = (BUILT / name).read_text("ascii")
        assert "</script" not in text.lower()
        assert "</style" not in text.lower()
        assert "<!--" not in text


def test_the_script_never_reads_text_as_markup_or_code() -> None:
    script = (BUILT / "explorer.js").read_text("ascii")
    for word in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "fetch(",
        "XMLHttpRequest",
        "import(",
    ):
        assert word not in script


def test_the_lock_of_the_sources_names_no_registry() -> None:
    lock = json.loads((UI / "package-lock.json").read_text("utf-8"))
    assert lock["packages"]
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
