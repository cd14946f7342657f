"""Removes the secrets of a login from every text that a server or a library writes about it.

A server may repeat a token in a message, a redirect or a header: as it is, percent-encoded, in base64, in
hexadecimal, escaped as in JSON, or in pieces.
"""

import base64
import re
from collections.abc import Iterable
from urllib.parse import quote

_HIDDEN = "<hidden>"
_SHORTEST = 4
"""Shorter secrets are not looked for: they would be found everywhere."""
_PIECE_LEAST, _PIECE_MOST = 12, 24
"""A run of so many characters of a secret gives it away."""
_BLANKS = re.compile(r"\s+")


_MOST = 50_000
"""Characters: what a server says beyond is in nobody's message."""
_MARGIN = 10_000


class Secrets:
    """The secrets of one login."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._whole: set[str] = set()
        self._pieces: dict[int, set[str]] = {}
        for secret in {one.strip() for one in secrets}:
            if len(secret) >= _SHORTEST:
                for form in _forms(secret):
                    self._add(form, secret)

    def __repr__(self) -> str:
        """Nothing of them."""
        return "<Secrets>"

    def _add(self, form: str, secret: str) -> None:
        self._whole.add(form)
        size = min(max(_PIECE_LEAST, len(secret) // 2 - 2), _PIECE_MOST)
        solid = _BLANKS.sub("", form)
        if len(solid) >= size:
            pieces = self._pieces.setdefault(size, set())
            pieces.update(solid[at : at + size] for at in range(len(solid) - size + 1))

    def hide(self, text: str) -> str:
        """The text without the secrets, in whichever form and however broken by white space they are."""
        if not self._whole:
            return text
        if len(text) > _MOST:
            # What is cut in two at the end is not told from other text, so a stretch before it goes too.
            return self.hide(text[:_MOST])[: _MOST - _MARGIN]
        for form in sorted(self._whole, key=len, reverse=True):
            text = text.replace(form, _HIDDEN)
        # Pieces are looked for in the text without its white space: a secret may be wrapped.
        places = [at for at, char in enumerate(text) if not char.isspace()]
        solid = _BLANKS.sub("", text)
        covered = set[int]()
        for size, pieces in self._pieces.items():
            for at in range(len(solid) - size + 1):
                if solid[at : at + size] in pieces:
                    covered.update(range(at, at + size))
        if not covered:
            return text
        gone = {places[at] for at in covered}
        # What is gone becomes a character that no text holds, and a run of it the one word.
        left = "".join("\0" if at in gone else char for at, char in enumerate(text))
        return re.sub(r"\0(?:\s*\0)*", _HIDDEN, left)


def _forms(secret: str) -> set[str]:
    raw = secret.encode()
    forms = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        "".join(f"%{byte:02X}" for byte in raw),
        "".join(f"%{byte:02x}" for byte in raw),
        "".join(f"\\u{ord(char):04x}" for char in secret),
        "".join(f"\\x{byte:02x}" for byte in raw),
        "".join(f"&#{ord(char)};" for char in secret),
        raw.hex(),
        raw.hex().upper(),
        secret[::-1],
    }
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        for before in range(3):
            # Within a longer text base64 has three ways to write what does not depend on its neighbors.
            coded = encode(bytes(before) + raw).decode().rstrip("=")[(0, 2, 3)[before] :]
            forms.add(coded[:-1] if (len(raw) + before) % 3 else coded)
    return {form for form in forms if len(form) >= _SHORTEST}
