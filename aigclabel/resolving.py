"""The seam of resolvers: who finds the manifest again that content has lost.

The members are the routes of C2PA's Soft Binding Resolution API (C2PA 2.4, OpenAPI document of
that version), so that a server exposes a resolver as it is, and a client of one can be handed in.
Nothing here asks the network: only what a caller hands in may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from aigclabel.asset import Asset

MOST = 10
"""How many matches are asked for where nobody says (`maxResults`)."""


class Resolver(Protocol):
    """Finds manifests by what is in content. Whatever it answers is checked by who asks."""

    def by_binding(self, alg: str, value: str, max_results: int = MOST) -> Mapping[str, Any]:
        """`GET /matches/byBinding`: the manifests that a soft binding leads to. `value` is Base64.
        The answer has `matches`, best first, each with `manifestId`, and where they fit `endpoint`
        and `similarityScore` (0 to 100)."""

    def by_content(
        self,
        asset: Asset,
        alg: str = "",
        max_results: int = MOST,
        hint_alg: str = "",
        hint_value: str = "",
    ) -> Mapping[str, Any]:
        """`POST /matches/byContent`: the same for content, by one algorithm or all."""

    def manifest(self, manifest_id: str, endpoint: str = "") -> bytes | None:
        """`GET /manifests/{id}`: the manifest store whose active manifest this is, at the endpoint
        of its match where it has one; None where there is none."""

    def algorithms(self) -> Mapping[str, Any]:
        """`GET /services/supportedAlgorithms`: `watermarks` and `fingerprints`, each a list of
        `{"alg": …}`."""
