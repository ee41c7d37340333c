"""A manifest more over content that does not change: to add to what was said, or to take
personal data out of it (C2PA 2.4, 11.2, update manifests; 6.8, redaction)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aigclabel.carriers.signed import jumbf, manifest, sdk, writing
from aigclabel.carriers.signed.looking import look
from aigclabel.errors import UsageError
from aigclabel.protocols import View, Work

_OPAQUE = ("c2pa.actions", "c2pa.hash.", "c2pa.ingredient")
"""What cannot be redacted: actions and hard bindings (C2PA 2.4, 6.8), and ingredients, with
which the history would go."""
_LABELS = (
    "org.aigclabel.",
    "c2pa.ai-disclosure",
    "c2pa.soft-binding",
    "c2pa.watermark",
    "cawg.training-mining",
    "c2pa.training-mining",
)
"""What says that content was made by AI, or what may be done with it: no law lets a tool take that
away."""
_LABELLING = re.compile(
    rb"digital_?source_?type|trainedalgorithmic|algorithmicmedia|aigc|tc260", re.IGNORECASE
)
"""What metadata says where it labels content, whatever else it says."""

_TELLING = 24
"""Bytes: what is shorter may stand elsewhere by chance."""


@dataclass(frozen=True, slots=True)
class Amendment:
    """What a new manifest adds: assertions by label, and the URIs of those that it redacts."""

    assertions: Mapping[str, Any]
    redactions: tuple[str, ...] = ()
    reason: str = ""


def amended(work: Work, amendment: Amendment, *, update: bool) -> Work:
    """The asset of a work with one manifest more: an update manifest, or one that opens the
    content and does nothing to it. It stays where the last one was.

    Raises SigningError or BrokenProvenance.
    """
    definition = manifest.amending(amendment.assertions, amendment.redactions, amendment.reason)
    before = work.before.provenance
    mode = "sidecar" if before is not None and before.mode == "sidecar" else "auto"
    work = replace(work, signature=mode)
    who = writing.signer_of(work)
    signed, _ = writing.signed(sdk.Job(definition, who, writing.parent_of(work), update), work)
    return replace(work, asset=signed)


def frozen(work: Work, anchors: tuple[bytes, ...]) -> bytes:
    """What to keep of the asset of a work, so that it can be a parent when it is gone; its
    manifests as `anchors` (PEM) judge them now. Raises BrokenProvenance."""
    made = writing.parent_of(work, anchors) or manifest.parent(work, None)
    builder = sdk.builder_of(sdk.Job({}, writing.signer_of(work), made), anchors)
    return sdk.frozen(builder, made.ingredient["label"])


def takes_updates(work: Work) -> bool:
    """Whether an update manifest may serve: where the SDK places the manifest in the file."""
    before, container = work.before.provenance, work.container
    ours = container is not None and "c2pa" in container.kinds(work.asset.media_type)
    return before is not None and before.mode == "embedded" and not ours


def is_left(view: View, chosen: tuple[tuple[str, bytes], ...]) -> bool:
    """Whether any of the assertions that `resolved` gave still says what it said: in the
    manifests, or somewhere in the file, which may keep what it once held."""
    store = look(view)[0].store
    found = {_uri(*key): content for key, content in _contents(store).items()}
    if any(found.get(uri) == content for uri, content in chosen):
        return True
    gone = dict(chosen)
    kept = {content for uri, content in found.items() if uri not in gone}
    contents = [each for each in gone.values() if len(each) >= _TELLING and each not in kept]
    data = view.asset.data() if contents else b""
    return any(content in data or content in store for content in contents)


def resolved(view: View, paths: tuple[str, ...]) -> tuple[tuple[str, bytes], ...]:
    """The URI of every assertion that paths name, and what stands in it. A path is the label of
    an assertion (`c2pa.metadata`, in every manifest that has it), or manifest and assertion
    (`urn:c2pa:…/c2pa.metadata`).

    Raises UsageError for a path that names nothing, or something that must stay, and
    MalformedAsset for a store that cannot be walked.
    """
    found = _contents(look(view)[0].store)
    chosen: dict[str, bytes] = {}
    for path in paths:
        label, _, name = path.rpartition("/")
        named = [key for key in found if key[1] == name and label in {"", key[0]}]
        _check(path, name, [key[1] for key in found], there=bool(named))
        if any(_LABELLING.search(found[key]) for key in named):
            raise UsageError(f"{path} cannot be redacted: it holds a label beside all else")
        for manifest_label, assertion in named:
            chosen[_uri(manifest_label, assertion)] = found[manifest_label, assertion]
    return tuple(chosen.items())


def _check(path: str, name: str, known: list[str], *, there: bool) -> None:
    if name.startswith(_OPAQUE):
        raise UsageError(f"{path} cannot be redacted: actions, hashes and ingredients must stay")
    if name.startswith(_LABELS):
        raise UsageError(f"{path} cannot be redacted: it says how the content was made")
    if not there:
        offered = sorted({each for each in known if not each.startswith((*_OPAQUE, *_LABELS))})
        raise UsageError(
            f"no manifest here holds {path}: there is {', '.join(offered) or 'nothing to redact'}"
        )


def _contents(store: bytes) -> dict[tuple[str, str], bytes]:
    """What every assertion of a store holds, by manifest and label."""
    return {
        (label, box.label): jumbf.payload(box) or _content(box)
        for label, each in jumbf.boxes(store).items()
        for box in _assertions(each)
    }


def _uri(label: str, assertion: str) -> str:
    return f"self#jumbf=/c2pa/{label}/c2pa.assertions/{assertion}"


def _assertions(box: jumbf.Box) -> tuple[jumbf.Box, ...]:
    group = jumbf.part(box, b"c2as")
    return tuple(each for each in group.inside if each.label) if group else ()


def _content(box: jumbf.Box) -> bytes:
    """What an assertion of another kind than CBOR holds: JSON, or a file."""
    return max((each.content for each in box.inside[1:]), key=len, default=b"")
