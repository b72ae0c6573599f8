"""Fails where something is missing that the programs beside it need."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305  # noqa: F401
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: F401
