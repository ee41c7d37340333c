"""A resolver of one's own: manifests kept by what leads back to them, in SQLite or PostgreSQL.

Whoever labels content registers it here. A copy that lost its metadata then leads back to its
manifest by its watermark or its fingerprint: `by_binding`, `by_content` and `manifest` give what
the routes of C2PA's Soft Binding Resolution API give (C2PA 2.4), for a server to expose.
"""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Any

from aigclabel.asset import Asset, Source
from aigclabel.carriers.watermark import fingerprints, windows
from aigclabel.engine.recovering import label_of, leads, store_of
from aigclabel.errors import UsageError
from aigclabel.intake import resolver_tables as tables
from aigclabel.intake.store import Store
from aigclabel.model import Context
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.resolving import MOST

_BUILT_IN = Plugins()
_LIMITS = Limits()
_ANYBODY = Context()
_TOP = 100
"""Matches that one question gets at most, whatever it asks for."""
_LONGEST = 8192
"""Letters of a value that are looked at: more than any fingerprint takes."""


class StoredResolver:
    """Manifests in a `Store`. Raises LedgerError where the database cannot be used."""

    def __init__(
        self, store: Store | str, *, plugins: Plugins = _BUILT_IN, limits: Limits = _LIMITS
    ) -> None:
        self._store = Store(store) if isinstance(store, str) else store
        self._plugins, self._limits = plugins, limits
        self._store.ready(tables.PART)

    def register(self, source: Source) -> str:
        """Keeps the manifest of labelled content, and gives its id. Registering it again changes
        nothing.

        Raises UsageError for content without an intact manifest or one that nothing leads back to,
        and where another manifest is kept under the same id.
        """
        asset = Asset.of(source)
        kept = store_of(asset, self._plugins, self._limits)
        bound = kept.provenance.soft_bindings
        if not any(each.alg != windows.ALG for each in bound):
            raise UsageError(
                "nothing would lead back to this manifest: stamp the content with a watermark, "
                "or with a fingerprint (--fingerprint)"
            )
        codes = [u for b in bound if b.alg == fingerprints.ALG for u in fingerprints.units(b.value)]
        row = tables.Row(
            kept.label, asset.media_type, asset.size, kept.store, json.dumps(label_of(kept))
        )
        with self._store.writing() as connection:
            before = tables.store(connection, kept.label)
            if before is not None and before != kept.store:
                raise UsageError(f"another manifest is registered as {kept.label}")
            if before is None:
                pairs = [(b.alg, b.value) for b in bound if b.alg != fingerprints.ALG]
                tables.insert(connection, row, pairs, codes)
        return kept.label

    def close(self) -> None:
        """Lets the database go."""
        self._store.close()

    # -- the routes -----------------------------------------------------------------------

    def by_binding(self, alg: str, value: str, max_results: int = MOST) -> dict[str, Any]:
        """The manifests that a soft binding (Base64) leads to, best first. Raises UsageError for
        a value that is no Base64, which a server answers by status 400."""
        found = self._found(alg, _decoded(value))
        return _matches(found, max_results)

    def by_content(
        self,
        asset: Source,
        alg: str = "",
        max_results: int = MOST,
        hint_alg: str = "",
        hint_value: str = "",
    ) -> dict[str, Any]:
        """The manifests that content leads to by its watermarks and fingerprint, or by `alg` only;
        a binding that the caller knows already may be given as a hint."""
        bound = list(leads(Asset.of(asset), self._plugins, self._limits).bindings)
        if hint_alg:
            bound.append((hint_alg, _decoded(hint_value)))
        best: dict[str, int] = {}
        for name, value in bound:
            if not alg or name == alg:
                for label, score in self._found(name, value).items():
                    best[label] = max(score, best.get(label, 0))
        return _matches(best, max_results)

    def manifest(self, manifest_id: str, endpoint: str = "") -> bytes | None:
        """The manifest store whose active manifest has this id; None where none is kept. A store
        has no endpoints."""
        del endpoint
        with self._store.reading() as connection:
            return tables.store(connection, manifest_id)

    def algorithms(self) -> dict[str, Any]:
        """The algorithms that manifests are found by."""
        with self._store.reading() as connection:
            marks = tables.algorithms(connection)
        return {
            "watermarks": [{"alg": each} for each in sorted(marks - {windows.ALG})],
            "fingerprints": [{"alg": fingerprints.ALG}],
        }

    def label(self, manifest_id: str) -> Mapping[str, Any] | None:
        """What a kept manifest says in short: labels, signer and AI; None where none is kept."""
        with self._store.reading() as connection:
            told = tables.label(connection, manifest_id)
        return None if told is None else json.loads(told)

    def _found(self, alg: str, value: bytes) -> dict[str, int]:
        """Ids of manifests with their scores."""
        with self._store.reading() as connection:
            if alg != fingerprints.ALG:
                return dict.fromkeys(tables.bound(connection, alg, value, _TOP), 100)
            asked = fingerprints.units(value)
            near = tables.near(connection, asked)
        found: dict[str, int] = {}
        for label, held in near.items():
            alike = [each for each in fingerprints.compare(held, asked) if each.same]
            if alike:
                found[label] = max(each.score for each in alike)
        return found


def _matches(found: Mapping[str, int], most: int) -> dict[str, Any]:
    if not isinstance(most, int) or most < 1:
        raise UsageError(f"maxResults is a whole number, 1 or more, not {most!r:.20}")
    ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return {
        "matches": [
            {"manifestId": label, "similarityScore": score}
            for label, score in ranked[: min(most, _TOP)]
        ]
    }


def _decoded(value: str) -> bytes:
    """Base64, of either alphabet, with or without its end."""
    text = value.strip().rstrip("=").replace("-", "+").replace("_", "/")
    if len(text) > _LONGEST:
        raise UsageError(f"the value of a soft binding has more than {_LONGEST} letters")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (NotBase64, ValueError):
        raise UsageError("the value of a soft binding is no Base64: encode its bytes") from None
