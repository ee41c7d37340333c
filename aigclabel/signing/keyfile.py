"""`file:key.pem?chain=chain.pem`: a key in a file of this machine."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from aigclabel.signing.options import content, split
from aigclabel.signing.signer import Signer


def from_uri(uri: str) -> Signer:
    """The signer that a `file:` URI names, untested; without `chain=` the certificates stand in
    the key's file. Raises UsageError for files that cannot be read."""
    path, options = split(uri)
    file = Path(unquote(path.removeprefix("//")))
    key = content(file)
    chain = options.chain() or key
    return Signer(f"file:{path}", chain=chain, key=key, **options.fields())
