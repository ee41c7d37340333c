"""Who vouches (signers) and whom we believe (trust stores)."""

from aigclabel.signing.signer import LOCAL, Signer
from aigclabel.signing.trust import TrustStore

__all__ = ["LOCAL", "Signer", "TrustStore"]
