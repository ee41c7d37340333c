"""Labels for AI-generated content: written, read back, and judged under the law."""

from aigclabel.asset import Asset
from aigclabel.engine import Stamper, carry, peek, plan, read, recover, stamp, verify
from aigclabel.engine.choices import Choices
from aigclabel.engine.provenance import Correction, correct, crjson, freeze, redact, update
from aigclabel.errors import (
    AigcLabelError,
    AssetChanged,
    AssetError,
    BrokenProvenance,
    CannotLabel,
    ConflictingLabels,
    FetchError,
    LedgerError,
    MalformedAsset,
    MissingExtra,
    MissingFact,
    NotCompliant,
    PolicyError,
    SigningError,
    UnsupportedFormat,
    UsageError,
)
from aigclabel.fetching import Fetcher
from aigclabel.model import (
    Answer,
    Context,
    Declaration,
    Evidence,
    Fault,
    Finding,
    Found,
    Layer,
    Mark,
    Origin,
    Outcome,
    Place,
)
from aigclabel.plugins import Plugins, policy
from aigclabel.protocols import Limits
from aigclabel.provenance import Glance, Provenance, Recovered, Recovery, Trust
from aigclabel.report.report import Report
from aigclabel.rules import Policy
from aigclabel.signing import LOCAL, Signer, TrustStore

__version__ = "0.1.0"

__all__ = [
    "LOCAL",
    "AigcLabelError",
    "Answer",
    "Asset",
    "AssetChanged",
    "AssetError",
    "BrokenProvenance",
    "CannotLabel",
    "Choices",
    "ConflictingLabels",
    "Context",
    "Correction",
    "Declaration",
    "Evidence",
    "Fault",
    "FetchError",
    "Fetcher",
    "Finding",
    "Found",
    "Glance",
    "Layer",
    "LedgerError",
    "Limits",
    "MalformedAsset",
    "Mark",
    "MissingExtra",
    "MissingFact",
    "NotCompliant",
    "Origin",
    "Outcome",
    "Place",
    "Plugins",
    "Policy",
    "PolicyError",
    "Provenance",
    "Recovered",
    "Recovery",
    "Report",
    "Signer",
    "SigningError",
    "Stamper",
    "Trust",
    "TrustStore",
    "UnsupportedFormat",
    "UsageError",
    "carry",
    "correct",
    "crjson",
    "freeze",
    "peek",
    "plan",
    "policy",
    "read",
    "recover",
    "redact",
    "stamp",
    "update",
    "verify",
]
