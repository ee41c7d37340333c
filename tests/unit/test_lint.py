"""Definitions of manifests held against C2PA 2.4 and CAWG: each breaks one rule."""

from copy import deepcopy

import pytest

from aigclabel import (
    LOCAL,
    Declaration,
    Origin,
    Signer,
    SigningError,
    carry,
    policy,
    stamp,
)
from aigclabel.asset import Asset
from aigclabel.carriers.signed import lint, sdk, vocabulary, writing

TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = TYPES + "trainedAlgorithmicMedia"
RULES = policy("cn.gb45438-2025")
SAID = Declaration("EXAMPLE-MODELS", system="example-image", version="3.1")


def created(**more):
    return {"action": "c2pa.created", "digitalSourceType": TRAINED, **more}


def good(*actions, assertions=(), **more):
    done = {
        "label": "c2pa.actions.v2",
        "created": True,
        "data": {"allActionsIncluded": True, "actions": list(actions or (created(),))},
    }
    return {
        "claim_generator_info": [{"name": "x", "version": "1", "specVersion": "2.4.0"}],
        "assertions": [done, *assertions],
        **more,
    }


def rules(definition, *parents, **more):
    return {each.rule for each in lint.breaches(definition, parents, **more)}


def opened(*ids, **more):
    return {"action": "c2pa.opened", "parameters": {"ingredientIds": list(ids)}, **more}


def test_what_is_right_breaks_nothing():
    assert rules(good()) == set()
    assert rules(good(opened("parent"), {"action": "c2pa.transcoded"}), "parent") == set()
    mine = {"label": "com.example.note", "kind": "Json", "data": {"a": 1}}
    assert rules(good({**created(), "when": "2026-11-24T10:00:00Z"}, assertions=[mine])) == set()
    own = "http://c2pa.org/digitalsourcetype/trainedAlgorithmicData"
    assert rules(good(created(digitalSourceType=own))) == set()
    assert rules(good(created(), {"action": "com.example.polished"})) == set()


# -- what the SDK signs all the same ------------------------------------------------------


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (good(created(digitalSourceType="trainedAlgorithmicMedia")), "action.sourceType"),
        (good(created(digitalSourceType=TRAINED.replace("http", "https"))), "action.sourceType"),
        (good(created(digitalSourceType=TRAINED.upper())), "action.sourceType"),
        (good(created(digitalSourceType=TYPES + "trainedMedia")), "action.sourceType"),
        (good(created(digitalSourceType="")), "action.sourceType"),
        (good(created(digitalSourceType=7)), "action.sourceType"),
        (good(created(), {"action": "c2pa.polished"}), "action.unknown"),
        (good(created(), {"action": "polished"}), "action.unknown"),
        (good(created(), {"action": "c2pa.color_adjustments"}), "action.deprecated"),
        (good(created(softwareAgnt={"name": "x"})), "action.key"),
        (good(created(when="yesterday")), "action.when"),
        (good(asertions=[]), "definition.key"),
        (good(assertions=[{"label": "a.b", "data": {"a": 1}, "creatd": True}]), "assertion.key"),
        (
            good(assertions=[{"label": "c2pa.training-mining", "data": {"a": 1}}]),
            "assertion.unknown",
        ),
        (good(assertions=[{"label": "c2pa.actions", "data": {"a": 1}}]), "assertion.unknown"),
        (good(assertions=[{"label": "a.b", "data": {}}]), "assertion.empty"),
        (good(assertions=[{"label": "one word", "data": {"a": 1}}]), "assertion.label"),
        (good(assertions=["a.b"]), "assertion.form"),
    ],
)
def test_what_goes_out_unseen_is_named(definition, rule):
    assert rules(definition) == {rule}


def test_what_is_named_here_the_sdk_signs_in_silence(tmp_path):
    """The reason for all of this: if the SDK refused it, nobody would have to look."""
    asset = Asset.of_image(image(), "image/png")
    for wrong in (
        good(created(digitalSourceType="trainedAlgorithmicMedia")),
        good(created(), {"action": "c2pa.polished"}),
        good(created(softwareAgnt={"name": "x"})),
        good(asertions=[]),
    ):
        job = sdk.Job(wrong, Signer.local())
        with (tmp_path / "out.png").open("w+b") as out:
            sdk.sign_into(job, asset, out)
        assert (tmp_path / "out.png").stat().st_size > asset.size
        with pytest.raises(SigningError, match=r"C2PA 2\.4|c2pa-rs"):
            lint.check(job)


# -- what makes a manifest invalid --------------------------------------------------------


def without(definition, *path):
    changed = deepcopy(definition)
    place = changed
    for each in path[:-1]:
        place = place[each]
    del place[path[-1]]
    return changed


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (without(good(), "assertions", 0), "actions.missing"),
        (without(good(), "assertions", 0, "created"), "actions.created"),
        (without(good(), "assertions", 0, "data", "allActionsIncluded"), "actions.all"),
        (without(good(), "claim_generator_info"), "generator.missing"),
        (without(good(), "claim_generator_info", 0, "specVersion"), "generator.specVersion"),
        (without(good(), "claim_generator_info", 0, "name"), "generator.name"),
        (good({"action": "c2pa.created"}), "action.source"),
        (good({"action": "c2pa.edited"}), "actions.first"),
        (good(created(), created()), "actions.beginning"),
        (good({"action": "c2pa.opened"}), "action.ingredient"),
        (good(opened("parent")), "action.ingredient"),
        (good(created(), {"action": "c2pa.placed"}), "action.ingredient"),
        (good(created(), {"action": "c2pa.translated"}), "action.language"),
        (good(created(), {"action": "c2pa.watermarked.bound"}), "actions.softBinding"),
    ],
)
def test_what_readers_would_find_invalid_is_named(definition, rule):
    assert rules(definition) == {rule}


def test_ingredients_of_the_definition_count():
    mine = {"label": "logo", "title": "l", "relationship": "componentOf"}
    placed = {"action": "c2pa.placed", "parameters": {"ingredientIds": ["logo"]}}
    assert rules(good(created(), placed, ingredients=[mine])) == set()
    assert rules(good(created(), placed)) == {"action.ingredient"}


# -- vocabularies -------------------------------------------------------------------------


def mining(**entries):
    return {"label": "cawg.training-mining", "data": {"entries": entries}}


@pytest.mark.parametrize(
    ("assertion", "rule"),
    [
        (mining(**{"cawg.ai_training": {"use": "notAllowed"}}), None),
        (mining(**{"cawg.data_mining": {"use": "constrained", "constraint_info": "ask"}}), None),
        (mining(), "training.entries"),
        (mining(**{"c2pa.ai_training": {"use": "allowed"}}), "training.entry"),
        (mining(**{"cawg.ai_training": {"use": "not_allowed"}}), "training.use"),
        (
            mining(**{"cawg.ai_training": {"use": "allowed", "constraint_info": "x"}}),
            "training.constraint",
        ),
        (
            {"label": "c2pa.soft-binding", "data": {"alg": "com.example.mine", "blocks": [{}]}},
            "softBinding.alg",
        ),
        (
            {"label": "c2pa.soft-binding", "data": {"alg": "io.iscc.v0", "blocks": []}},
            "softBinding.blocks",
        ),
        ({"label": "c2pa.soft-binding", "data": {"alg": "io.iscc.v0", "blocks": [{}]}}, None),
        ({"label": "c2pa.ai-disclosure", "data": {"modelType": "c2pa.types.model"}}, None),
        ({"label": "c2pa.ai-disclosure", "data": {"modelName": "m"}}, "disclosure.modelType"),
        (
            {"label": "c2pa.ai-disclosure", "data": {"modelType": "diffusion"}},
            "disclosure.modelType",
        ),
        (
            {
                "label": "c2pa.ai-disclosure",
                "data": {"modelType": "c2pa.types.model.onnx", "model": "m"},
            },
            "disclosure.key",
        ),
        (
            {
                "label": "c2pa.ai-disclosure",
                "data": {
                    "modelType": "c2pa.types.model",
                    "contentProfile": {"humanOversightLevel": "some"},
                },
            },
            "disclosure.oversight",
        ),
        (
            {"label": "cawg.metadata", "data": {"@context": {"dc": "x"}, "dc:format": "y"}},
            "metadata.kind",
        ),
        (
            {"label": "cawg.metadata", "kind": "Json", "data": {"dc:format": "y"}},
            "metadata.context",
        ),
    ],
)
def test_vocabularies_are_kept(assertion, rule):
    assert rules(good(assertions=[assertion])) == ({rule} if rule else set())


def test_the_list_of_soft_bindings_is_the_registered_one():
    assert len(vocabulary.SOFT_BINDINGS) == 53
    assert {"com.adobe.trustmark.P", "com.aiwatermark.audioseal.1"} <= vocabulary.SOFT_BINDINGS


# -- updates and redactions ---------------------------------------------------------------

URI = "self#jumbf=/c2pa/urn:c2pa:1/c2pa.assertions/c2pa.metadata"


def redacted(uri=URI, reason="c2pa.PII.present"):
    return {"action": "c2pa.redacted", "reason": reason, "parameters": {"redacted": uri}}


def test_redactions_are_told_and_have_limits():
    assert rules(good(opened("p"), redacted(), redactions=[URI]), "p", update=True) == set()
    assert rules(good(opened("p"), redactions=[URI]), "p") == {"redaction.action"}
    assert rules(good(opened("p"), redacted(reason="because")), "p") == {"action.reason"}
    assert rules(good(opened("p"), redacted(reason="com.example.why")), "p") == set()
    for kept in ("c2pa.hash.data", "c2pa.actions.v2", "c2pa.ingredient.v3"):
        uri = URI.replace("c2pa.metadata", kept)
        found = rules(good(opened("p"), redacted(uri), redactions=[uri]), "p")
        assert found == {"redaction.forbidden"}


def test_an_update_changes_nothing():
    edited = {"action": "c2pa.edited"}
    assert rules(good(opened("p"), edited), "p", update=True) == {"update.action"}
    assert "update.parent" in rules(good(opened("p")), update=True)


# -- at work ------------------------------------------------------------------------------


def image():
    from PIL import Image

    return Image.effect_noise((96, 64), 40).convert("RGB")


def test_everything_that_a_stamp_writes_passes(monkeypatch):
    """Every job of stamps over new, signed, edited and relayed content, and of a carry."""
    jobs = []
    signed = writing.signed
    monkeypatch.setattr(writing, "signed", lambda job, work: jobs.append(job) or signed(job, work))
    first = stamp(Asset.of_image(image(), "image/png"), SAID, RULES)
    for origin in (Origin.GENERATED, Origin.EDITED, Origin.ENHANCED):
        said = Declaration("OTHER", system="s", origin=origin)
        stamp(Asset.of_image(image(), "image/jpeg"), said, RULES)
    relaying = Declaration("X", propagator="P", propagator_code="PX", origin=Origin.EDITED)
    stamp(first, relaying, RULES)
    carry(first, Asset.of_image(image(), "image/jpeg"))
    carry(first, Asset.of_image(image(), "image/png"), action="c2pa.color_adjustments")
    assert len(jobs) == 7
    assert all(not lint.breaches(job.definition, ("parent",)) for job in jobs)


def test_a_source_type_that_nobody_knows_is_not_carried_on(monkeypatch):
    """What an original says in its own words stays in its manifest, and is not repeated."""
    asset = Asset.of_image(image(), "image/png")
    job = sdk.Job(good(created(digitalSourceType="trainedAlgorithmicMedia")), Signer.local())
    original = asset.renewed(lambda out: sdk.sign_into(job, asset, out), asset.size)
    made = carry(original, Asset.of_image(image(), "image/jpeg"), LOCAL)
    told = sdk.look(made).report
    actions = told["manifests"][told["active_manifest"]]["assertions"][0]["data"]["actions"]
    assert actions[0]["digitalSourceType"] == TRAINED


def test_a_breach_is_one_line_that_names_rule_and_section():
    with pytest.raises(SigningError) as caught:
        lint.check(sdk.Job(good({"action": "c2pa.edited"}), Signer.local()))
    assert "\n" not in str(caught.value)
    assert "18.15.2, actions.first" in str(caught.value)
