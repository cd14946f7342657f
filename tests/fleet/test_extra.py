"""Tests that a fleet command without its packages says how to install them."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from rbacpsp.cli import main
from rbacpsp.fleet import extra


@pytest.mark.parametrize(("more", "missing"), [([], "pyarrow"), (["--engine", "dask"], "dask, distributed")])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str], missing: str
) -> None:
    monkeypatch.setattr(extra, "find_spec", lambda name: None if name in missing else object())
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    given = ["fleet", "audit", str(tmp_path / "a.json"), "-O", str(tmp_path / "r"), *more]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 2
    assert result.stderr == (
        f"error: a fleet needs packages that are not installed ({missing}): "
        "pip install 'rbacpsp[fleet]' installs them\n"
    )
    assert not (tmp_path / "r").exists()
