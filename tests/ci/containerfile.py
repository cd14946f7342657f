"""A small interpreter of a Containerfile: it runs the steps in a scratch folder, without a builder.

What the steps name below /opt is below the scratch folder's `opt`; programs and the base image are those of
this machine. Installing with --require-hashes is stood in for, since tests are offline: the file must pin, by
hashes, what is installed here, and a path file lets the new environment use it.

Source: https://docs.docker.com/reference/dockerfile/
"""

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement


class Instruction(NamedTuple):
    """A line of a Containerfile, continued lines joined."""

    word: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """The instructions in their order."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield Instruction(word.upper(), " ".join(rest.split()))


@dataclass
class Stage:
    """The files of a stage, and how it runs programs."""

    folder: Path
    """The folder that represents the root of its file system."""
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0"
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def here(self, text: str) -> str:
        """A text in which paths below /opt point into the scratch folder."""
        return re.sub(r"(?<![\w./])/opt(?=/|\s|$|:)", f"{self.folder}/opt", text)

    def place(self, path: str) -> Path:
        """The location of a path of the stage."""
        return self.folder / (path if path.startswith("/") else f"{self.workdir}/{path}").lstrip("/")

    def variables(self) -> dict[str, str]:
        """The environment of its programs."""
        mine = {name: self.here(value) for name, value in self.environment.items()}
        path = mine.pop("PATH", "").replace("${PATH}", os.environ["PATH"]) or os.environ["PATH"]
        return {"HOME": os.environ["HOME"], **mine, "PATH": path}


def built(containerfile: Path, context: Path, scratch: Path, arguments: dict[str, str]) -> Stage:
    """Build the last stage.

    Args:
        containerfile: The file.
        context: The files that it may copy, without those that .containerignore excludes.
        scratch: An empty folder.
        arguments: Of --build-arg.
    """
    sent = scratch / "context"
    _send(context, sent)
    stages: dict[str, Stage] = {}
    known: dict[str, str] = {}
    stage = Stage(scratch)
    for word, rest in instructions(containerfile.read_text(encoding="utf-8")):
        match word:
            case "ARG":
                name, _, default = rest.partition("=")
                known[name] = arguments.get(name, default)
            case "FROM":
                image, _, name = rest.partition(" AS ")
                assert re.fullmatch(r"python:3\.\d+-slim-\w+", _filled(image, known))
                stage = stages[name or "last"] = Stage(scratch / f"stage-{name or 'last'}")
                stage.folder.mkdir()
            case "ENV":
                for each in shlex.split(rest):
                    name, _, value = each.partition("=")
                    stage.environment[name] = _filled(value, known)
            case "WORKDIR":
                stage.workdir = rest
                stage.place(rest).mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(stage, stages, sent, shlex.split(rest))
            case "RUN":
                for command in rest.split(" && "):
                    _run(stage, command)
            case "USER":
                stage.user = rest
            case "ENTRYPOINT":
                stage.entrypoint = tuple(json.loads(rest))
            case "CMD":
                stage.command = tuple(json.loads(rest))
            case _:
                assert word == "LABEL", word
    return stage


def _filled(text: str, known: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)\}", lambda found: known.get(found[1], found[0]), text)


def _send(context: Path, sent: Path) -> None:
    """Copy the files that .containerignore does not exclude, as a builder does."""
    patterns = [
        line
        for line in (context / ".containerignore").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert patterns[0] == "*"
    names = [pattern[1:] for pattern in patterns if pattern.startswith("!")]
    out = [pattern for pattern in patterns[1:] if not pattern.startswith("!")]

    def ignored(folder: str, inside: list[str]) -> list[str]:
        below = [os.path.relpath(f"{folder}/{name}", context) for name in inside]
        return [
            name
            for name, path in zip(inside, below, strict=True)
            if any(
                fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(f"/{path}", f"*{pattern[2:]}")
                for pattern in out
            )
        ]

    for name in names:
        (sent / name).parent.mkdir(parents=True, exist_ok=True)
        if (context / name).is_dir():
            shutil.copytree(context / name, sent / name, ignore=ignored)
        else:
            shutil.copy(context / name, sent / name)


def _copy(stage: Stage, stages: dict[str, Stage], sent: Path, words: list[str]) -> None:
    if words[0].startswith("--from="):
        source = stages[words.pop(0).removeprefix("--from=")]
        name, target = words
        assert name == target == "/opt/rbacpsp"
        # An environment contains its own path, which is the same in both stages of a real image.
        stage.place(target).parent.mkdir(parents=True, exist_ok=True)
        stage.place(target).symlink_to(source.place(name))
        return
    *names, target = words
    for name in names:
        to = stage.place(target)
        if (sent / name).is_dir():
            shutil.copytree(sent / name, to, dirs_exist_ok=True)
        else:
            into = to / Path(name).name if target.endswith("/") else to
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sent / name, into)


def _run(stage: Stage, command: str) -> None:
    words = shlex.split(stage.here(command))
    if Path(words[0]).name == "pip" and "--require-hashes" in words:
        file = stage.place(words[words.index("--requirement") + 1])
        _stand_in(Path(words[0]).parents[1], file)
        return
    # An environment of another Python than this one could not use what is installed here.
    here = re.sub("^python3(?= )", shlex.quote(sys.executable), stage.here(command))
    subprocess.run(
        ["/bin/sh", "-ec", here],
        cwd=stage.place(stage.workdir),
        env=stage.variables(),
        check=True,
        capture_output=True,
    )


def _stand_in(environment: Path, requirements: Path) -> None:
    """Use the packages installed here if they have the pinned versions; else skip the test."""
    text = requirements.read_text(encoding="utf-8")
    for pin in re.findall(r"^[A-Za-z0-9].*(?:\n    .*)*", text, re.MULTILINE):
        assert "--hash=sha256:" in pin
        requirement = Requirement(pin.partition("\\")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate():
            version = distribution(requirement.name).version
            if not requirement.specifier.contains(version):
                pytest.skip(f"{requirement.name} {version} is installed, and the image gets {requirement}")
    (place,) = environment.glob("lib/python*/site-packages")
    (place / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    if requirements.stem == "build":
        program = environment / "bin" / "hatchling"
        program.write_text(
            f"#!{environment}/bin/python\nfrom hatchling.cli import hatchling\nexit(hatchling())\n",
            encoding="utf-8",
        )
        program.chmod(0o755)
    assert sys.version_info >= (3, 11)
