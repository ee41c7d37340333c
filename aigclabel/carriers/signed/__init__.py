"""The SIGNED layer: C2PA manifests, written and read; `sdk/` is the only importer of c2pa."""

from aigclabel.carriers.signed.carrier import SignedCarrier
from aigclabel.carriers.signed.looking import has_manifest

__all__ = ["SignedCarrier", "has_manifest"]
