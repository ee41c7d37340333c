"""What a label's own integrity data does to the marks of a whole file."""

import json
import sys
from dataclasses import dataclass

import pytest
from unit.test_cn_security import STEPFUN, stepfun

from aigclabel import Asset, Context, Found, Layer, Limits, Mark, Plugins, Trust, read
from aigclabel.carriers.seals import sealed
from aigclabel.protocols import View
from aigclabel.seals import Seal

pytest.importorskip("gmalg", reason="gmalg is not installed")


@dataclass
class Vocabulary:
    """A schema whose labels say themselves what their seal is."""

    id: str = "toy"
    asked: int = 0

    def sealed(self, fields, keys):
        self.asked += 1
        state = dict(fields)["state"]
        return Seal(state.rstrip("0123456789"), pinned=b"mine" in keys, deviations=("toy.odd",))


@dataclass
class Unsealed:
    id: str = "plain"


def judged(*states, keys=(), schema=None):
    schema = schema or Vocabulary()
    schemas = {"toy": schema, "plain": Unsealed()}
    view = View(None, None, None, schemas, Limits(), Context(), keys=keys)
    found = tuple(
        Found(Mark(Layer.METADATA, "toy", (("state", each),)), "metadata", f"place {n}")
        for n, each in enumerate(states)
    )
    return sealed(found, view)[0]


@pytest.mark.parametrize(
    ("state", "keys", "trust", "deviations"),
    [
        ("holds", (), Trust.INTACT, ("toy.odd",)),
        ("holds", (b"mine",), Trust.TRUSTED, ("toy.odd",)),
        ("fails", (b"mine",), Trust.BROKEN, ("toy.seal-fails", "toy.odd")),
        ("unsupported", (b"mine",), Trust.NONE, ("toy.seal-unsupported", "toy.odd")),
        ("absent", (b"mine",), Trust.NONE, ("toy.odd",)),
    ],
)
def test_the_state_of_a_seal_is_the_trust_of_its_mark(state, keys, trust, deviations):
    (found,) = judged(state, keys=keys)
    assert (found.trust, found.deviations) == (trust, deviations)


def test_a_schema_without_seals_is_left_alone():
    mark = Found(Mark(Layer.METADATA, "plain"), "metadata", "here")
    view = View(None, None, None, {"plain": Unsealed()}, Limits(), Context())
    assert sealed((mark,), view) == ((mark,), ())


def test_the_same_label_at_many_places_is_checked_once_and_few_different_ones_at_all():
    schema = Vocabulary()
    assert {each.trust for each in judged(*["holds"] * 50, schema=schema)} == {Trust.INTACT}
    assert schema.asked == 1
    schema = Vocabulary()
    states = [f"holds{n}" for n in range(50)]
    told = [each.trust for each in judged(*states, schema=schema)]
    assert schema.asked == 4
    assert told == [Trust.INTACT] * 4 + [Trust.NONE] * 46, "never trusted unchecked"


def test_labels_without_a_code_do_not_use_up_the_checks():
    told = judged(*[f"absent{n}" for n in range(50)], "holds")
    assert told[-1].trust is Trust.INTACT


# -- a whole file -------------------------------------------------------------------------


def report(**changes):
    fields = STEPFUN | {"ReservedCode1": json.dumps(stepfun())} | changes
    rows = "".join(f"  {name}: '{text}'\n" for name, text in fields.items())
    return Asset.of_text(f"---\nAIGC:\n{rows}---\nText\n", "text/markdown", "a.md")


def test_a_real_vendors_label_in_a_file():
    (found,) = read(report()).marks
    assert found.trust is Trust.INTACT
    (found,) = read(report(ProduceID="142569260085903361")).marks
    assert found.trust is Trust.BROKEN
    (found,) = read(report(ContentPropagator="B", PropagateID="7", ReservedCode2="")).marks
    assert found.trust is Trust.INTACT, "relayed"
    (found,) = read(report(ReservedCode1="opaque")).marks
    assert found.trust is Trust.NONE


def test_without_gmalg_reading_goes_on_and_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "gmalg", None)
    evidence = read(report(), plugins=Plugins())
    (found,) = evidence.marks
    assert found.trust is Trust.NONE
    assert "cn.aigc.seal-unsupported" in found.deviations
    (fault,) = evidence.faults
    assert fault.reason.endswith("pip install 'aigclabel[gm]'")
    assert not fault.layers
    assert not evidence.unread or Layer.METADATA not in evidence.unread
