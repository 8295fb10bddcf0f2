"""Keys, sealed text and names that tell nothing. AES-256-GCM and HMAC of the library cryptography.

A key file holds one key a line, the present one first; older ones stay until every file has been
written anew (`unknot rotate-key`).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from bot.core.errors import SettingsError, StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
NAME_LETTERS = 32
# A reminder still shows the minute that was chosen, so that none falls behind midnight or into
# quiet hours; ten seconds are left for the tick.
SPREAD_SECONDS = 50
_HEAD = (
    "# Key of Unknot's data. Keep it apart from the data; without it the data cannot be read.\n"
)


@dataclass(frozen=True)
class Key:
    """One key with what is derived from it: for sealing, for names, an id that tells nothing."""

    id: str
    sealing: AESGCM
    naming: bytes

    @classmethod
    def of(cls, secret: bytes) -> Key:
        """Derive all parts from 32 secret bytes."""

        def part(purpose: bytes, length: int = KEY_BYTES) -> bytes:
            return HKDFExpand(SHA256(), length, b"unknot " + purpose).derive(secret)

        return cls(part(b"id", 4).hex(), AESGCM(part(b"seal")), part(b"name"))

    def name(self, text: str) -> str:
        """A name for files and logs from which nobody without the key can tell the text."""
        return hmac.new(self.naming, text.encode(), hashlib.sha256).hexdigest()[:NAME_LETTERS]


class Vault:
    """The present key and the older ones."""

    def __init__(self, secrets_: Sequence[bytes]) -> None:
        """`secrets_` are 32 bytes each, the present one first."""
        self.keys = tuple(Key.of(secret) for secret in secrets_)
        self._by_id: Mapping[str, Key] = {key.id: key for key in self.keys}

    @property
    def key(self) -> Key:
        """The present key."""
        return self.keys[0]

    def names(self, text: str) -> tuple[str, ...]:
        """The name of a text under each key, the present one first."""
        return tuple(key.name(text) for key in self.keys)

    def label(self, user: str) -> str:
        """A name for logs; nobody without the key can tell whose it is."""
        return self.key.name("log " + user)[:12]

    def spread(self, user: str) -> timedelta:
        """How much later than others a user is woken: the same each day, and tells nothing."""
        return timedelta(seconds=int(self.key.name("spread " + user), 16) % SPREAD_SECONDS)

    def seal(self, plain: bytes, bound: bytes) -> bytes:
        """Sealed bytes that open only together with the same `bound` bytes."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self.key.sealing.encrypt(nonce, plain, bound)

    def open(self, key_id: str, sealed: bytes, bound: bytes) -> bytes:
        """The plain bytes; StoreError when the key is unknown or anything was changed."""
        key = self._by_id.get(key_id)
        if key is None:
            raise StoreError(
                f"written with another key (id {key_id}); put that key into the key file"
            )
        try:
            return key.sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
        except (InvalidTag, ValueError):
            raise StoreError("damaged: it does not open with its key") from None


def throwaway() -> Vault:
    """A vault for data that is forgotten at the end."""
    return Vault([secrets.token_bytes(KEY_BYTES)])


# -- where keys come from ------------------------------------------------------------------------


def encoded(secret: bytes) -> str:
    """A key as text for a setting or a key file."""
    return base64.urlsafe_b64encode(secret).decode()


def decoded(text: str, where: str) -> bytes:
    """The key in a text; SettingsError that says what a key looks like."""
    try:
        secret = base64.b64decode(text.strip(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if len(secret) != KEY_BYTES:
        raise SettingsError(
            f"{where}: not a key; a key is {KEY_BYTES} random bytes in base64. Leave it out, and"
            " the first start makes one; or restore it from your backup of the key"
        )
    return secret


def from_setting(text: str) -> Vault:
    """The vault of UNKNOT_KEY: keys divided by commas, the present one first."""
    return Vault([decoded(part, "UNKNOT_KEY") for part in text.split(",") if part.strip()])


def key_file_for(data: Path) -> Path:
    """Where the key of a data folder is kept unless a setting says otherwise: beside it."""
    return data.with_name(data.name + ".key")


def made_or_read(path: Path, *, data: Path) -> tuple[Vault, bool]:
    """The vault of a key file, and whether the key was made just now, for new data only."""
    if path.exists():
        return from_file(path, data=data), False
    users = data / "users"
    if users.exists() and any(users.iterdir()):
        raise SettingsError(
            f"{path}: the key is missing, and {data} holds data that only it can open. Put the key"
            " back from your backup, or set UNKNOT_KEY or UNKNOT_KEY_FILE"
        )
    write_keys(path, [secrets.token_bytes(KEY_BYTES)])
    return from_file(path, data=data), True


def from_file(path: Path, *, data: Path) -> Vault:
    """The vault of a key file; one inside the data folder or open to others is refused."""
    if path.resolve().is_relative_to(data.resolve()):
        raise SettingsError(
            f"UNKNOT_KEY_FILE: {path} lies inside the data folder {data}; a copy of the data"
            " would hold its key. Choose a place outside"
        )
    keys = read_keys(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"{path}: others may read this key; run: chmod 600 {path}")
    return Vault(keys)


def read_keys(path: Path) -> list[bytes]:
    """The keys of a file, the present one first."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the key file cannot be read ({error})") from None
    keys = [
        decoded(line, f"{path}:{number}")
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.startswith("#")
    ]
    if not keys:
        raise SettingsError(f"{path}: holds no key; restore it from your backup of the key")
    return keys


def write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Write a key file that only its owner may read, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_HEAD + "".join(encoded(key) + "\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise SettingsError(f"{path}: the key cannot be written ({error.strerror})") from error
