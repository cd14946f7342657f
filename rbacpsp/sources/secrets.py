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
"""Shorter secrets are not searched for, since they would be found everywhere."""
_PIECE_LEAST, _PIECE_MOST = 12, 24
"""The least and the largest length of a part of a secret that is hidden too."""
_BLANKS = re.compile(r"\s+")


_MOST = 50_000
"""The most characters of a text that are read."""
_MARGIN = 10_000


class Secrets:
    """The secrets of one login."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._whole: set[str] = set()
        self._pieces: dict[int, set[str]] = {}
        for secret in {secret_text.strip() for secret_text in secrets}:
            if len(secret) >= _SHORTEST:
                for form in _forms(secret):
                    self._add(form, secret)

    def __repr__(self) -> str:
        """A text without the secrets."""
        return "<Secrets>"

    def _add(self, form: str, secret: str) -> None:
        self._whole.add(form)
        size = min(max(_PIECE_LEAST, len(secret) // 2 - 2), _PIECE_MOST)
        solid = _BLANKS.sub("", form)
        if len(solid) >= size:
            parts = self._pieces.setdefault(size, set())
            parts.update(solid[start : start + size] for start in range(len(solid) - size + 1))

    def hide(self, text: str) -> str:
        """The text without the secrets, in any form, even if white space interrupts them."""
        if not self._whole:
            return text
        if len(text) > _MOST:
            # A secret may be cut in two at the end, so the text before it is removed too.
            return self.hide(text[:_MOST])[: _MOST - _MARGIN]
        for form in sorted(self._whole, key=len, reverse=True):
            text = text.replace(form, _HIDDEN)
        # Parts are searched in the text without its white space, since a secret may be wrapped.
        positions = [position for position, char in enumerate(text) if not char.isspace()]
        solid = _BLANKS.sub("", text)
        covered = set[int]()
        for size, parts in self._pieces.items():
            for position in range(len(solid) - size + 1):
                if solid[position : position + size] in parts:
                    covered.update(range(position, position + size))
        if not covered:
            return text
        hidden_positions = {positions[position] for position in covered}
        # Hidden characters become NUL, which is in no text, and each run of it becomes one word.
        marked_text = "".join(
            "\0" if position in hidden_positions else char for position, char in enumerate(text)
        )
        return re.sub(r"\0(?:\s*\0)*", _HIDDEN, marked_text)


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
        for padding in range(3):
            # In a longer text, base64 has three forms of what does not depend on the neighbors.
            coded = encode(bytes(padding) + raw).decode().rstrip("=")[(0, 2, 3)[padding] :]
            forms.add(coded[:-1] if (len(raw) + padding) % 3 else coded)
    return {form for form in forms if len(form) >= _SHORTEST}
