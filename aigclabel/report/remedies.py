"""What to do about a finding, in one line each."""

from __future__ import annotations

from aigclabel.model import Remedy
from aigclabel.told import Told

_PATTERNS = {
    "operation": "say what was done: --operation NAME, or --fact {0}=yes|no ({1})",
    "users": "say how many monthly users the system has: --users N (a duty above {0})",
    "placed": "say when the system came on the market: --placed DATE (before {0} or not)",
    "format": "use an undamaged file in a format that is read here, not {0}",
    "undamaged": "use an undamaged copy: its {0} layer cannot be read here",
    "stamp": "stamp it under this policy: aigclabel stamp … --policy {0}",
    "restamp": "stamp it again under this policy (--policy {0}); a label of somebody else's is for "
    "its maker to mend",
    "by-hand": "add it by other means if you want it: a stamp writes only what must be",
    "stated": "say so where it holds, or a stamp is refused: --fact {0}=yes ({1})",
    "stamp-part": "stamp it under a policy of your own that extends {0} and relaxes the watermark: "
    "nothing here can write one into content of this kind, so a stamp under {0} is refused",
    "propagator": "name who passes it on: aigclabel stamp … --policy {0} --propagator NAME "
    "--propagate-id ID",
    "sign": "have it signed: aigclabel stamp … --signer URI",
    "original": "use the file as its signer made it, or stamp the original again: what is here "
    "was changed after it was signed",
    "signer": "sign it with a certificate that holds: aigclabel stamp … --signer URI",
    "timestamp": "add a time stamp: aigclabel stamp … --signer '…?tsa=URL'",
    "unwanted": "use an original without a {0} mark: this library takes none off",
    "spare": "nothing: the duty holds by another way",
}
_READERS = {
    "visible": "look at the content yourself, or use a copy that was stamped here: nothing here "
    "reads notices in it",
    "watermark": "look for it with --effort direct (in pictures, sound and video alone), or use "
    "the detector of whoever made it",
}
_ORIGIN = "say how it was made: --origin generated|edited|enhanced|human"
_ANCHORS = {
    "signer": "say whom you believe: --trust PEM_OR_FOLDER with an anchor of the signer",
    "tsa": "say whom you believe: --trust PEM_OR_FOLDER with an anchor of the time-stamp authority "
    "(TSA in its name)",
}


def remedy_words(remedy: Remedy) -> Told:
    """The sentence for a remedy."""
    kind, about = remedy.kind, remedy.about
    question = (about, remedy.detail)
    if kind == "fact":
        asked = "say whether it holds: --fact {0}=yes|no ({1})"
        return Told(asked, question) if remedy.detail else Told(_UNASKED, (about,))
    if kind == "do":
        done = "do what the duty wants, then say so: --fact {0}=yes ({1})"
        return Told(done, question) if remedy.detail else Told(_UNDONE, (about,))
    if kind == "origin":
        return Told(_ORIGIN)
    if kind == "anchor":
        return Told(_ANCHORS[about])
    if kind == "reader":
        return Told(_READERS.get(about, _NO_READER), (Told(about),))
    layer = kind in {"undamaged", "by-hand"}
    return Told(_PATTERNS[kind], (Told(about) if layer else about, remedy.detail))


_UNASKED = "say whether it holds: --fact {0}=yes|no"
_UNDONE = "do what the duty wants, then say so: --fact {0}=yes"
_NO_READER = "use a reader of the {0} layer: nothing here could look at it to the end"
