"""Tests that no message, warning or file contains a secret of a login, however a server repeats it."""

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from rbacpsp.model import Request
from rbacpsp.sources.connection import Connection
from rbacpsp.sources.live import read_live
from rbacpsp.sources.refusals import ConnectError
from rbacpsp.sources.secrets import Secrets
from rbacpsp.verify.ask import Asker
from tests.live.fake import Asked, Fake, Reply, role_list, run_fake, status

TOKEN = "s3cr3t-0123456789/abcdefghij+klmno"  # noqa: S105 - of no server
PASSWORD = "correct horse battery staple"  # noqa: S105 - of no server


def forms(secret: str) -> dict[str, str]:
    """The forms in which a server may repeat a secret."""
    raw = secret.encode()
    half = len(secret) // 2
    return {
        "as it is": secret,
        "percent-encoded": quote(secret, safe=""),
        "percent-encoded, every character": "".join(f"%{byte:02x}" for byte in raw),
        "base64": base64.b64encode(raw).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(raw).decode(),
        "base64 within other text": base64.b64encode(b"Bearer " + raw + b" is not welcome").decode(),
        "hexadecimal": raw.hex(),
        "escaped as in JSON": "".join(f"\\u{ord(char):04x}" for char in secret),
        "in JSON": json.dumps({"token": secret}),
        "in two pieces": f"{secret[:half]} ... {secret[half:]}",
        "broken over lines": f"{secret[:half]}\n    {secret[half:]}",
        "backwards": secret[::-1],
    }


@pytest.mark.parametrize("secret", [TOKEN, PASSWORD])
@pytest.mark.parametrize("form", forms(""))
def test_no_form_of_a_secret_is_left_in_a_text(secret: str, form: str) -> None:
    told = forms(secret)[form]
    hidden = Secrets([secret]).hide(f"user {told} is unknown")
    assert hidden.startswith("user ")
    assert hidden.endswith(" is unknown")
    assert "<hidden>" in hidden
    for size in (len(secret) // 2 - 1,):
        pieces = {told[at : at + size] for at in range(len(told) - size + 1)}
        assert not {piece for piece in pieces if piece in hidden and piece in secret}


def test_objects_that_are_not_secrets_are_kept() -> None:
    text = 'User "jane" cannot list roles at the cluster scope: s3cr3t is a word'
    assert Secrets([TOKEN, "", "abc"]).hide(text) == text


def everywhere(told: str) -> Callable[[Asked, int], Reply | None]:
    """A server that repeats a text wherever a server can."""
    header = told.replace("\n", " ").encode("ascii", "replace").decode()
    headers = {"Warning": f'299 - "{header}"'}

    def reply(asked: Asked, _: int) -> Reply | None:
        match asked.path.rpartition("/")[2]:
            case "version":
                return Reply({"major": "1", "minor": "24", "gitVersion": f"v1.24.17-{told}"}, headers=headers)
            case "clusterroles":
                return Reply(status(403, f"forbidden: {told}"), 403, headers)
            case "roles":
                return Reply(role_list(["a"]), headers=headers)
            case "pods":
                return Reply(status(403, told), 403, headers | {"Location": f"https://x/{header}"})
            case "apis":
                return Reply(status(500, told), 500, headers)
        return None

    return reply


def at_fault(told: str, code: int) -> Callable[[Asked, int], Reply | None]:
    """A server whose error repeats a text."""

    def reply(asked: Asked, _: int) -> Reply | None:
        if asked.path == "/version":
            return None
        location = {"Location": "https://elsewhere/" + quote(told)} if code == 302 else {}
        return Reply(status(code, told) if code != 302 else None, code, location)

    return reply


def run(fake: Fake, folder: Path, login: dict[str, str], *words: str) -> str:
    """Everything that a command writes, to the terminal and into files."""
    kubeconfig = fake.kubeconfig(folder, dict(login))
    command = [sys.executable, "-m", "rbacpsp", *words, "--kubeconfig", kubeconfig]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=folder)
    assert "Traceback" not in done.stderr
    files = "".join(gzip.decompress(path.read_bytes()).decode() for path in folder.glob("*.json.gz"))
    return done.stdout + done.stderr + files


LOGINS = {"token": ({"token": TOKEN}, TOKEN), "password": ({"username": "u", "password": PASSWORD}, PASSWORD)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("login", "form"),
    [("token", "as it is"), ("token", "percent-encoded"), ("token", "in two pieces"), ("password", "base64")],
)
def test_no_form_of_a_secret_leaves_the_program(tmp_path: Path, login: str, form: str) -> None:
    given, secret = LOGINS[login]
    told = forms(secret)[form]
    size = len(secret) // 2 - 1
    pieces = {text[at : at + size] for text in (secret, told) for at in range(len(text) - size + 1)}
    with run_fake(everywhere(told)) as fake:
        written = run(fake, tmp_path, given, "who-can", "get", "pods")
        written += run(fake, tmp_path, given, "snapshot", "-O", str(tmp_path / "out.json.gz"))
    with run_fake(at_fault(told, 302 if form == "as it is" else 400)) as fake:
        written += run(fake, tmp_path, given, "who-can", "get", "pods")
    assert [piece for piece in pieces if piece in written and piece not in "user unknown is"] == []


def test_no_text_of_a_list_or_a_review_shows_a_secret(tmp_path: Path) -> None:
    def reply(asked: Asked, _: int) -> Reply | None:
        if asked.path.endswith("reviews"):
            return Reply(
                {"kind": "Review", "status": {"allowed": False, "reason": TOKEN, "evaluationError": TOKEN}},
                201,
            )
        return Reply({"kind": TOKEN, "items": []}) if asked.path.endswith("/roles") else None

    with run_fake(reply) as fake:
        kubeconfig = fake.kubeconfig(tmp_path, {"token": TOKEN})
        asker = Asker(Connection(kubeconfig=kubeconfig))
        assert asker.own_access(Request("get", resource="pods")).words == "<hidden>"
        assert asker.rules("x", None).evaluation_error == "<hidden>"
        with pytest.raises(ConnectError) as caught:
            read_live(kubeconfig=kubeconfig, kinds={"Role"}, discovery=False)
    assert "answers with the kind <hidden>, not RoleList" in str(caught.value)
