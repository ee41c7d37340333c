"""What the statements of a store mean: AI, ingredients, trust, in every style that writers use."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.conftest import Workshop

from aigclabel.carriers.signed.jumbf import Signed
from aigclabel.carriers.signed.story import tell
from aigclabel.carriers.signed.uncovered import Coverage
from aigclabel.carriers.signed.validation import DECIDED, Judge, Validation
from aigclabel.carriers.signed.verdict import judged
from aigclabel.provenance import Trust
from aigclabel.signing import Signer
from aigclabel.signing.raw import raw_signature

TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = TYPES + "trainedAlgorithmicMedia"
COMPOSITE = TYPES + "compositeWithTrainedAlgorithmicMedia"
CAMERA = TYPES + "digitalCapture"


def action(name, source="", **more):
    return {"action": f"c2pa.{name}", **({"digitalSourceType": source} if source else {}), **more}


def manifest(*actions, parent="", parts=(), label="c2pa.actions.v2", assertions=(), **more):
    linked = [("parentOf", parent)] if parent else []
    linked += [("componentOf", each) for each in parts]
    return {
        "assertions": [{"label": label, "data": {"actions": list(actions), **more}}, *assertions],
        "ingredients": [
            {"relationship": kind, "active_manifest": name, "label": f"c2pa.ingredient__{number}"}
            for number, (kind, name) in enumerate(linked)
        ],
    }


def report(*manifests, results=None, state="Trusted"):
    """Manifests called a, b, c …; a is active."""
    success = [{"code": "signingCredential.trusted"}]
    return {
        "active_manifest": "a",
        "manifests": dict(zip("abcdefgh", manifests, strict=False)),
        "validation_state": state,
        "validation_results": {"activeManifest": {"success": success, **(results or {})}},
    }


SHOP = Workshop()
ROOT = SHOP.authority()


def signed_by(issued):
    """What a store holds of a signature that this certificate's key really made."""
    signer = Signer("test:", "es256", issued.pem, issued.key_pem)
    return Signed((issued.der,), algorithm="es256", message=b"m",
                  signature=raw_signature(signer, b"m"))  # fmt: skip


LEAF = signed_by(SHOP.leaf(ROOT))
STRANGER = signed_by(SHOP.leaf(SHOP.authority("Stranger")))
JUDGE = Judge((ROOT.pem,))


def verdict(told, signed=None, judge=JUDGE):
    """The verdict where every manifest is signed below our root, unless `signed` says."""
    signers = dict.fromkeys("abcdefgh", LEAF) | (signed or {})
    return judged(Validation(tell(told), signers, judge), "embedded", Coverage(complete=True))


def ai(*manifests, signed=None):
    return verdict(report(*manifests), signed).ai


@pytest.mark.parametrize(
    ("manifests", "said"),
    [
        ([manifest(action("created", TRAINED))], "generated"),
        ([manifest(action("created", TRAINED), label="c2pa.actions")], "generated"),
        ([manifest(action("created", "trainedAlgorithmicMedia"))], "generated"),
        ([manifest(action("created", COMPOSITE))], "modified"),
        ([manifest(action("created", CAMERA))], "none"),
        ([manifest(action("created", CAMERA), action("edited", COMPOSITE))], "modified"),
        ([manifest(action("created", CAMERA), action("edited"))], "unknown"),
        ([manifest(action("created"))], "unknown"),
        ([manifest()], "unknown"),
        # Converted or edited by others after a model made it, one and three parents deep.
        (
            [manifest(action("opened"), parent="b"), manifest(action("created", TRAINED))],
            "generated",
        ),
        (
            [
                manifest(action("opened"), action("edited"), parent="b"),
                manifest(action("opened"), parent="c", label="c2pa.actions"),
                manifest(action("opened"), action("converted"), parent="d"),
                manifest(action("created", TRAINED), action("edited", TRAINED)),
            ],
            "generated",
        ),
        # A camera picture that was filled in by a model, and one with a generated component.
        (
            [
                manifest(action("opened"), action("edited", COMPOSITE), parent="b"),
                manifest(action("created", CAMERA)),
            ],
            "modified",
        ),
        (
            [
                manifest(action("created", CAMERA), parts=["b"]),
                manifest(action("created", TRAINED)),
            ],
            "modified",
        ),
        # Opened without a manifest below, with the source type at the opening itself.
        ([manifest(action("opened", TRAINED))], "generated"),
        # Templates speak for every action that says nothing itself.
        (
            [
                manifest(
                    action("created"), templates=[{"action": "*", "digitalSourceType": TRAINED}]
                )
            ],
            "generated",
        ),
    ],
)
def test_ai_follows_parents_to_the_oldest(manifests, said):
    assert ai(*manifests) == said


def test_an_ingredient_may_name_the_source_type_of_what_was_opened():
    opened = manifest(action("opened"), parent="nobody")
    signed = {"a": replace(LEAF, sources=(("c2pa.ingredient__0", TRAINED),))}
    assert ai(opened, signed=signed) == "generated"
    assert ai(opened) == "unknown"


def test_a_source_type_in_metadata_is_noted_but_states_no_action():
    legacy = {"label": "stds.schema-org.CreativeWork", "data": {"digitalSourceType": TRAINED}}
    told = verdict(report(manifest(assertions=[legacy])))
    assert (told.ai, told.digital_source_type) == ("unknown", TRAINED)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"softwareAgent": "Model 2.0"}, ("Model 2.0", "")),
        ({"softwareAgent": {"name": "Model", "version": "2"}}, ("Model", "2")),
        ({"softwareAgentIndex": 1}, ("Second", "9")),
        ({"softwareAgentIndex": 7}, ("", "")),
        ({"softwareAgent": 5}, ("", "")),
        ({}, ("", "")),
    ],
)
def test_software_is_read_in_every_form(given, read):
    agents = ["First", {"name": "Second", "version": "9"}]
    told = tell(report(manifest(action("created", TRAINED, **given), softwareAgents=agents)))
    (made,) = told.manifests["a"].actions
    assert (made.agent, made.version) == read


def test_cycles_end():
    told = tell(report(manifest(parent="b", parts=["a"]), manifest(parent="a")))
    assert [each.label for each in told.line()] == ["a", "b"]
    assert {each.label for each in told.reachable()} == {"a", "b"}
    assert verdict(report(manifest(parent="a"))).ai == "unknown"


# -- integrity and trust ----------------------------------------------------------------


def codes(*named):
    return [{"code": each} for each in named]


@pytest.mark.parametrize(
    ("state", "failure", "intact"),
    [
        ("Trusted", (), True),
        ("Valid", ("signingCredential.untrusted",), True),
        ("Invalid", ("signingCredential.expired", "signingCredential.untrusted"), True),
        ("Invalid", ("timeStamp.mismatch",), True),
        ("Invalid", ("cawg.x509.signature.mismatch",), True),
        ("Invalid", ("claimSignature.mismatch",), False),
        ("Invalid", ("signingCredential.untrusted", "assertion.dataHash.mismatch"), False),
        ("Invalid", (), False),
        ("", (), False),
    ],
)
def test_only_codes_about_content_break_it(state, failure, intact):
    told = verdict(report(manifest(), results={"failure": codes(*failure)}, state=state))
    assert told.intact is intact
    assert told.codes == tuple(code for code in failure if code not in DECIDED)
    if not intact:
        assert told.trust is Trust.BROKEN


def test_a_trust_code_with_a_failure_beside_it_is_no_trust():
    failing = report(manifest(), results={"failure": codes("signingCredential.revoked")})
    told = verdict(failing)
    assert (told.signer_trusted, told.revoked) == (False, True)
    assert verdict(report(manifest())).signer_trusted


def test_what_the_sdk_says_of_times_and_chains_is_not_taken_over():
    """It has one pool of anchors: a claim anchor could vouch for a time stamp there."""
    success = codes("timeStamp.validated", "timeStamp.trusted", "signingCredential.trusted")
    told = verdict(report(manifest(), results={"success": success}), {"a": STRANGER})
    assert (told.timestamped, told.signed_at, told.time_authority) == (False, None, None)
    assert told.signer_trusted is False
    assert told.codes == ("signingCredential.untrusted", "timeStamp.validated")


def test_codes_come_once_failures_first_without_noise():
    results = {
        "failure": codes("signingCredential.untrusted", "signingCredential.untrusted"),
        "informational": codes("signingCredential.ocsp.skipped", "algorithm.deprecated"),
        "success": codes("claimSignature.validated", "timeStamp.validated"),
    }
    told = verdict(report(manifest(), results=results), {"a": STRANGER})
    assert told.codes == (
        "signingCredential.untrusted",
        "algorithm.deprecated",
        "timeStamp.validated",
    )


def with_ingredient(then=(), now=(), better=(), listed=(), recorded=(), name="b"):
    """A manifest with one parent, its recorded results and today's differences."""
    active = manifest(action("opened"), parent="b")
    (ingredient,) = active["ingredients"]
    ingredient["active_manifest"] = name
    if listed:
        ingredient["validation_status"] = codes(*listed)
    ingredient["validation_results"] = {
        "activeManifest": {"failure": codes(*then), "success": codes(*recorded)}
    }
    told = report(active, manifest(action("created", TRAINED)))
    told["validation_results"]["ingredientDeltas"] = [
        {
            "ingredientAssertionURI": "self#jumbf=/c2pa/a/c2pa.assertions/c2pa.ingredient__0",
            "validationDeltas": {"failure": codes(*now), "success": codes(*better)},
        }
    ]
    return told


TRUST = "signingCredential.trusted"
UNTRUSTED = "signingCredential.untrusted"


@pytest.mark.parametrize(
    ("given", "signer", "worst"),
    [
        ({"recorded": [TRUST]}, LEAF, "trusted"),
        ({"recorded": [TRUST]}, STRANGER, "untrusted"),
        ({"recorded": [TRUST]}, Signed(), "untrusted"),
        ({"then": [UNTRUSTED], "better": [TRUST]}, LEAF, "trusted"),
        ({"recorded": [TRUST], "now": [UNTRUSTED]}, STRANGER, "untrusted"),
        ({"then": [UNTRUSTED]}, STRANGER, "untrusted"),
        ({"then": ["signingCredential.invalid"]}, LEAF, "trusted"),
        ({"then": ["signingCredential.invalid"]}, STRANGER, "untrusted"),
        ({"now": ["signingCredential.revoked"]}, LEAF, "untrusted"),
        ({"then": ["assertion.dataHash.mismatch"], "better": [TRUST]}, LEAF, "broken"),
        ({"recorded": [TRUST], "now": ["claimSignature.mismatch"]}, LEAF, "broken"),
        ({"listed": ["claimSignature.mismatch"], "better": [TRUST]}, LEAF, "broken"),
        ({"listed": ["claimSignature.validated"], "better": [TRUST]}, LEAF, "trusted"),
        ({"recorded": [TRUST], "name": "gone"}, LEAF, "broken"),
        ({"listed": ["manifest.inaccessible"], "name": ""}, LEAF, "untrusted"),
        ({"name": ""}, LEAF, "none"),
    ],
)
def test_ingredients_by_what_was_recorded_and_what_differs_today(given, signer, worst):
    """The record is the child's word, so who signed is judged by the chain, here and now."""
    told = verdict(with_ingredient(**given), {"b": signer})
    assert (told.ingredients.count, told.ingredients.worst) == (1, worst)
    (each,) = told.history
    assert (each.state, each.depth, each.relationship) == (worst, 1, "parentOf")
    assert ("ingredient.manifest.missing" in each.codes) == (given.get("name") == "gone")


def test_a_broken_grandparent_shows():
    told = with_ingredient(recorded=[TRUST])
    below = manifest(action("opened"), parent="c")
    below["ingredients"][0]["validation_results"] = {
        "activeManifest": {"failure": codes("assertion.dataHash.mismatch")}
    }
    told["manifests"]["b"] = below
    assert verdict(told).ingredients.worst == "broken"


def test_the_name_for_people_is_printable_and_short():
    info = {"common_name": "A\x1b[31m\nB" + "c" * 500, "issuer": "Org"}
    told = verdict(report({**manifest(), "signature_info": info}))
    assert told.signer.startswith("A[31mB")
    assert len(told.signer) <= 200


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(st.data())
def test_reports_of_any_shape_are_told(data):
    told = with_ingredient(then=[UNTRUSTED])
    place = told
    for _ in range(data.draw(st.integers(0, 5))):
        keys = list(place) if isinstance(place, dict) else range(len(place))
        if not keys:
            break
        key = data.draw(st.sampled_from(list(keys)))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(anything)
            break
        place = place[key]
    provenance = verdict(told)
    assert provenance.ai in {"generated", "modified", "none", "unknown"}
    assert replace(provenance, codes=()).present


# -- the words of the asset rubrics -----------------------------------------------------


@pytest.mark.parametrize(
    ("manifests", "said"),
    [
        ([manifest(action("created", TRAINED))], "fullyGenAIMedia"),
        ([manifest(action("opened", TRAINED))], "fullyGenAIMedia"),
        ([manifest(action("created", COMPOSITE))], "partlyGenAICreation"),
        ([manifest(action("created", TYPES + "composite"))], "compositionMayContainGenAI"),
        ([manifest(action("created", TYPES + "screenCapture"))], "screenCaptureMayContainGenAI"),
        ([manifest(action("created", TYPES + "compositeCapture"))], "capturedMediaStitched"),
        ([manifest(action("created", CAMERA))], "capturedMedia"),
        ([manifest(action("created", TYPES + "computationalCapture"))], "capturedMedia"),
        ([manifest(action("created", TYPES + "digitalCreation"))], "nonGenAIDigitalCreation"),
        (
            [manifest(action("created", "http://c2pa.org/digitalsourcetype/empty"))],
            "blankCanvas",
        ),
        # Edits: what is not editorial says nothing, whatever source type it names.
        (
            [manifest(action("created", CAMERA), action("edited", COMPOSITE))],
            "perceptibleGenAI",
        ),
        (
            [manifest(action("created", CAMERA), action("edited", TYPES + "compositeSynthetic"))],
            "perceptibleGenAI",
        ),
        (
            [manifest(action("created", CAMERA), action("edited", TYPES + "digitalArt"))],
            "perceptiblePossiblyGenAI",
        ),
        (
            [manifest(action("created", CAMERA), action("converted", COMPOSITE))],
            "capturedMedia",
        ),
        (
            [manifest(action("created", CAMERA), action("edited", TYPES + "humanEdits"))],
            "capturedMedia",
        ),
        # The parents count, and the strongest word of all.
        (
            [manifest(action("opened"), parent="b"), manifest(action("created", TRAINED))],
            "fullyGenAIMedia",
        ),
        ([manifest(action("opened"), parent="")], None),
        ([manifest()], None),
        ([manifest(action("created", TYPES + "negativeFilm"))], None),
    ],
)
def test_the_signal_of_the_asset_rubrics(manifests, said):
    assert verdict(report(*manifests)).signal == said


def test_an_ingredient_without_a_manifest_is_of_unknown_provenance():
    assert verdict(with_ingredient(name="")).signal == "mediaUnknownProvenance"


def test_a_thousand_ingredients_and_a_cycle_are_told_once_each():
    many = report(manifest(action("opened"), parent="a", parts=["b"] * 3000), manifest())
    told = verdict(many).history
    assert len(told) == 1000
    loop = report(
        manifest(parent="b"), manifest(parent="c", parts=["a"]), manifest(parent="b", parts=["c"])
    )
    assert [(each.depth, each.relationship) for each in verdict(loop).history] == [
        (1, "parentOf"),
        (2, "parentOf"),
        (2, "componentOf"),
        (3, "parentOf"),
        (3, "componentOf"),
    ]
