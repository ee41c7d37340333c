"""Everything that touches c2pa: this folder is the only importer of it. Its traps end here.

Contexts and signers are kept per process: one that was made before a fork is no good after
it, and making both anew costs a quarter of a signature. Settings that the SDK does not know it
swallows without a word, so they are built here only, from values of the right types. Nothing
is ever signed in place, and no path is handed over (the SDK would guess the type from the name).
"""

from aigclabel.carriers.signed.sdk.archives import frozen
from aigclabel.carriers.signed.sdk.conformance import crjson
from aigclabel.carriers.signed.sdk.draft import Draft
from aigclabel.carriers.signed.sdk.reading import Look, look, readable
from aigclabel.carriers.signed.sdk.signing import (
    CannotEmbed,
    Job,
    Parent,
    builder_of,
    embeds,
    rooms,
    sign_beside,
    sign_into,
)

__all__ = ["CannotEmbed", "Draft", "Job", "Look", "Parent", "builder_of", "crjson", "embeds",
           "frozen", "look", "readable", "rooms", "sign_beside", "sign_into"]  # fmt: skip
