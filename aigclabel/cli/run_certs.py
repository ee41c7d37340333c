"""`aigclabel certs dev`: the local development identity."""

from __future__ import annotations

from argparse import Namespace

from aigclabel.cli import as_json
from aigclabel.signing import Signer
from aigclabel.signing.local import home


def run(arguments: Namespace) -> int:
    """Make the identity on first use, and say where it is."""
    signer = Signer.local()
    told = {
        "uri": signer.uri,
        "algorithm": signer.algorithm,
        "fingerprint": signer.fingerprint,
        "self_issued": signer.self_issued,
        "anchor": str(home() / "root.pem"),
    }
    if arguments.json:
        print(as_json(told))
        return 0
    print(f"local development identity, self-issued: {told['fingerprint']}")
    print(f"sign with it:   --signer '{told['uri']}' (the default)")
    print(f"believe it:     --trust {told['anchor']}")
    print("it proves that a file is unchanged, not who you are: get a certificate for that")
    return 0
