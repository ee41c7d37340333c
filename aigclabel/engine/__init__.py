"""The verbs: the only module that knows policies, schemas, containers and carriers.

```python
from aigclabel import Declaration, Signer, policy, stamp, verify

said = Declaration(producer="Example Models Ltd", producer_code="EXAMPLE-MODELS")
rules = policy("cn.gb45438-2025")
stamp("cat.png", said, rules).save("cat.labelled.png")
print(verify("cat.labelled.png", rules))
```

Everything is synchronous, and nothing asks the network unless the caller hands in something
that does (a signer with a time-stamp authority).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aigclabel.asset import Asset, Source
from aigclabel.engine.carrying import ACTIONS, Errand, carried
from aigclabel.engine.choices import SIGNATURES, Choices
from aigclabel.engine.peeking import peek
from aigclabel.engine.planning import left_open, marks_to_write
from aigclabel.engine.reading import Desk, look, read_asset
from aigclabel.engine.searching import searching
from aigclabel.engine.stamping import Order, stamp_asset
from aigclabel.errors import UsageError
from aigclabel.fetching import Fetch
from aigclabel.keys import Search
from aigclabel.model import Context, Declaration, Evidence, Mark
from aigclabel.plugins import Plugins
from aigclabel.protocols import Limits
from aigclabel.report.report import Report
from aigclabel.rules import Policy, judge
from aigclabel.signing import LOCAL, Signer, TrustStore

if TYPE_CHECKING:
    from aigclabel.provenance import Recovery
    from aigclabel.resolving import Resolver

__all__ = ["Stamper", "carry", "peek", "plan", "read", "recover", "stamp", "verify"]

_ANYBODY = Context()
_BUILT_IN = Plugins()
_LIMITS = Limits()
_PLAIN = Choices()
_SEARCH = Search()
_CLOSELY = Search("geometry")


def plan(
    source: Source,
    declaration: Declaration,
    policy: Policy,
    context: Context = _ANYBODY,
    *,
    choices: Choices = _PLAIN,
    plugins: Plugins = _BUILT_IN,
) -> tuple[Mark, ...]:
    """The marks that a policy asks of this content and that can be written here, in layer
    order. An id that the declaration leaves open is `unstated`.

    Raises what `stamp` raises when the policy cannot be met: CannotLabel or
    UnsupportedFormat, naming each requirement and why, or MissingFact.
    """
    dated = _dated(replace(context, origin=declaration.origin))
    _, view = look(Asset.of(source), dated, Desk(plugins, _LIMITS, search=choices.search))
    return marks_to_write(policy, view, left_open(declaration), dated, choices, plugins)


def stamp(  # noqa: PLR0913  a stamp has this many free choices, all but three with defaults
    source: Source,
    declaration: Declaration,
    policy: Policy,
    signer: Signer | None = LOCAL,
    context: Context = _ANYBODY,
    *,
    choices: Choices = _PLAIN,
    broken_parent: str = "refuse",
    on_event: Callable[[Asset], object] | None = None,
    parent: bytes | None = None,
    fingerprint: bool = False,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> Asset:
    """The content with every label that the policy asks for, signed, read back and judged.

    Without `signer` a local development identity signs, and reports say that it is
    self-issued; `signer=None` leaves the signature out. `broken_parent="quote"` keeps a
    manifest that cannot be read beside the result instead of raising. `on_event` is called
    with the finished asset. `parent` is what `freeze` kept of what the content was made from, when
    that is no longer at hand. With `fingerprint` the manifest records the content's fingerprint, by
    which copies lead back to it; where a watermark is put in it does so unasked. Content that
    carries the whole plan already comes back byte for byte.

    Raises CannotLabel (naming each requirement and why), MissingFact, UnsupportedFormat,
    ConflictingLabels, BrokenProvenance, MalformedAsset, AssetChanged or SigningError. The
    source is never written.
    """
    if broken_parent not in {"refuse", "quote"}:
        raise UsageError(f"broken_parent is 'refuse' or 'quote', not {broken_parent!r}")
    if choices.signature not in SIGNATURES:
        raise UsageError(f"signature is one of {', '.join(SIGNATURES)}, not {choices.signature!r}")
    if fingerprint and signer is None:
        raise UsageError("a fingerprint stands in the signed manifest: give a signer")
    asset, dated = Asset.of(source), _dated(replace(context, origin=declaration.origin))
    search = searching(choices.search, policy, asset.info, dated, choices)
    desk = Desk(plugins, limits, search=search)
    who = signer.resolved() if signer is not None else None
    order = Order(
        declaration, policy, who, dated, choices, desk, broken_parent, on_event, parent, fingerprint
    )
    return stamp_asset(asset, order)


def read(  # noqa: PLR0913  a look has this many free choices, all but one with defaults
    source: Source,
    trust: TrustStore | None = None,
    context: Context = _ANYBODY,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
    fetch: Fetch | None = None,
    readers: tuple[str, ...] = (),
    search: Search = _SEARCH,
    resolver: Resolver | None = None,
) -> Evidence:
    """Everything that the content says of itself, and how far to believe it.

    `readers` names who is to look for notices of others, such as `ocr` (Tesseract, which has to
    be installed), or `ocr:en,zh-Hans` for some languages only; nobody does without.

    `search` says how hard to look for watermarks and with which keys. Without, they are looked for
    where a manifest says that there is one: it takes decoding the content.

    Nothing asks the network, but for a manifest that the content only names: that is got
    through `fetch`, where one is given (a `Fetcher`). Failing to is a fault.

    `resolver` is asked for the manifest that content has lost, where none in it is intact; what it
    leads to stands in `recovered`, apart from what is in the content: see `recover`.

    Whatever is wrong with the content is in the evidence. Raises UsageError for a source
    that is no readable file or a reader that is not here, AssetChanged when it changes
    meanwhile, nothing else.
    """
    desk = Desk(plugins, limits, trust, fetch, search=search)
    if readers:
        from aigclabel.engine.asking import asked

        desk = replace(desk, readers=asked(readers, plugins))
    if resolver is not None:
        from aigclabel.engine.recovering import read_with

        desk = replace(desk, search=replace(search, effort=search.effort or "geometry"))
        return read_with(resolver, Asset.of(source), _dated(context), desk)
    return read_asset(Asset.of(source), _dated(context), desk)


def verify(  # noqa: PLR0913  a check has this many free choices, all but two with defaults
    source: Source,
    policy: Policy,
    trust: TrustStore | None = None,
    context: Context = _ANYBODY,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
    fetch: Fetch | None = None,
    readers: tuple[str, ...] = (),
    search: Search = _SEARCH,
    resolver: Resolver | None = None,
) -> Report:
    """The evidence held against a policy, clause by clause; `readers`, `search` and `resolver` as
    for `read`. Watermarks are looked for where the policy wants one, too. A label that a resolver
    leads to does not meet a requirement: it is not in the content. Raises what `read` raises."""
    dated, asset = _dated(context), Asset.of(source)
    evidence = read(
        asset,
        trust,
        dated,
        plugins=plugins,
        limits=limits,
        fetch=fetch,
        readers=readers,
        search=searching(search, policy, asset.info, dated),
        resolver=resolver,
    )
    return judge(policy, evidence, dated)


def recover(
    source: Source,
    resolver: Resolver,
    trust: TrustStore | None = None,
    context: Context = _ANYBODY,
    *,
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
    search: Search = _CLOSELY,
) -> Recovery:
    """The manifests that content has lost, as `resolver` finds them by the content's watermarks and
    fingerprint: what they state, how sure it is that they are this content's, and what changed.

    A recovered label does not stand in the content, and no policy that wants one there is met by
    it. Whatever a resolver answers is checked, and refused with the reason where it does not fit.

    Raises UsageError for a source that is no readable file, AssetChanged when it changes meanwhile;
    nothing that a resolver does.
    """
    from aigclabel.engine.recovering import recover_asset

    desk = Desk(plugins, limits, trust, search=search)
    return recover_asset(Asset.of(source), resolver, _dated(context), desk)


def carry(
    original: Source,
    derived: Source,
    signer: Signer | None = LOCAL,
    *,
    action: str = "",
    plugins: Plugins = _BUILT_IN,
    limits: Limits = _LIMITS,
) -> Asset:
    """The derived content with the labels of the original that it was made from, signed with
    the original as its parent, and read back.

    `action` names what was done (`c2pa.resized`, `c2pa.transcoded` …); without one it is what
    the two files tell. Labels come over field by field; notices are in the pixels or not.

    Raises CannotLabel where the derived format has no place for a label, ConflictingLabels,
    BrokenProvenance (a manifest that cannot become the parent), SigningError, UsageError.
    """
    if action and action not in ACTIONS:
        known = ", ".join(ACTIONS)
        raise UsageError(f"{action!r} is no action that carry knows: choose from {known}")
    who = signer.resolved() if signer is not None else None
    errand = Errand(who, action, _dated(_ANYBODY), Desk(plugins, limits))
    return carried(Asset.of(original), Asset.of(derived), errand)


@dataclass(frozen=True, slots=True)
class Stamper:
    """A stamp prepared once and used often: for model vendors, one per model."""

    declaration: Declaration
    policy: Policy
    signer: Signer | None = LOCAL
    context: Context = _ANYBODY

    def stamp(self, source: Source, content_id: str = "", choices: Choices = _PLAIN) -> Asset:
        """`stamp` with this declaration; `content_id` is this content's own number."""
        said = replace(self.declaration, content_id=content_id or self.declaration.content_id)
        return stamp(source, said, self.policy, self.signer, self.context, choices=choices)


def _dated(context: Context) -> Context:
    """The context with its day set: the only place where the clock is asked for it."""
    return replace(context, on=context.on or datetime.now(UTC).astimezone().date())
