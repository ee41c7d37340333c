"""Every error that leaves the library.

```
AigcLabelError
├── UsageError               the caller asked for something that cannot be done as asked
│   ├── CannotLabel          a requirement that a stamp cannot write; names each one and why
│   ├── MissingFact          an input that only the caller knows is missing
│   ├── UnsupportedFormat    no container or carrier serves this media type
│   ├── MissingExtra         an optional dependency is not installed; names the pip line
│   ├── PolicyError          a policy file or a combination of policies is wrong
│   └── ConflictingLabels    the file carries labels that contradict each other
├── AssetError               the content itself
│   ├── MalformedAsset       bytes that break the rules of their format
│   ├── AssetChanged         the file changed while it was being worked on
│   └── BrokenProvenance     a manifest that cannot be kept or extended
├── SigningError             keys, certificates, signatures
├── FetchError               an address that a fetcher was to get and did not
├── LedgerError              the register of what was labelled
└── NotCompliant             a report that somebody asked to be an exception
```

Each message is one line that tells the user what to do.
"""

from __future__ import annotations

__all__ = [
    "AigcLabelError",
    "AssetChanged",
    "AssetError",
    "BrokenProvenance",
    "CannotLabel",
    "ConflictingLabels",
    "FetchError",
    "LedgerError",
    "MalformedAsset",
    "MissingExtra",
    "MissingFact",
    "NotCompliant",
    "PolicyError",
    "SigningError",
    "UnsupportedFormat",
    "UsageError",
]


class AigcLabelError(Exception):
    """The root: catch this to catch everything the library raises."""


class UsageError(AigcLabelError):
    """The caller asked for something that cannot be done as asked."""


class CannotLabel(UsageError):
    """A requirement cannot be written; the message names each one and why."""

    layer: str = ""
    """Whose mark could not be written, where the carrier of another layer raises it."""


class MissingFact(UsageError):
    """An input that only the caller knows is missing."""


class UnsupportedFormat(UsageError):
    """No container or carrier serves this media type."""


class MissingExtra(UsageError):
    """An optional dependency is not installed; the message holds the pip line that mends it."""


class PolicyError(UsageError):
    """A policy file, or a combination of policies, is wrong."""


class ConflictingLabels(UsageError):
    """The file carries labels of one schema that contradict each other."""


class AssetError(AigcLabelError):
    """The content itself is the problem."""


class MalformedAsset(AssetError):
    """Bytes that break the rules of their format."""


class AssetChanged(AssetError):
    """The file changed while it was being worked on."""


class BrokenProvenance(AssetError):
    """A manifest that cannot be kept or extended."""


class SigningError(AigcLabelError):
    """A key, a certificate chain or a signature does not serve."""


class FetchError(AigcLabelError):
    """A fetcher did not get what an address names; the message says why."""


class LedgerError(AigcLabelError):
    """The register of what was labelled cannot be read or written."""


class NotCompliant(AigcLabelError):
    """Raised on request for a report that is not ok."""
