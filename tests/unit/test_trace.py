"""What generators leave behind: each rule with a value of its kind, and values that are none."""

import pytest

from aigclabel.errors import PolicyError
from aigclabel.model import Declaration, Origin
from aigclabel.protocols import Slot, Value, Wish
from aigclabel.rules.text import parse
from aigclabel.schemas.trace import RULES, Trace

PROMPT = "a secret wish"
SAMPLES = [
    ("fooocus_scheme", PROMPT, "Fooocus"),
    ("invokeai_metadata", '{"positive_prompt": "a secret wish"}', "InvokeAI"),
    ("Dream", '"a secret wish" -s 30', "InvokeAI"),
    ("generation_data", '{"prompt": "a secret wish"}', "TensorArt or Liblib"),
    ("parameters", '{"sui_image_params": {"prompt": "a secret wish"}}', "SwarmUI"),
    ("parameters", "a secret wish\nSteps: 20, Sampler: Euler a, Seed: 1", "AUTOMATIC1111"),
    ("UserComment", "a secret wish\nSteps: 20, CFG scale: 7, Sampler: DPM++", "AUTOMATIC1111"),
    ("prompt", '{"3": {"class_type": "KSampler", "inputs": {}}}', "ComfyUI"),
    ("workflow", '{"last_node_id": 9, "nodes": []}', "ComfyUI"),
    ("Comment", '{"prompt": "a secret wish", "steps": 28, "uc": "bad"}', "NovelAI"),
    ("Description", "a secret wish --v 6 Job ID: 0a1b2c3d-0000-1111-2222-333344445555",
     "Midjourney"),
    ("Credit", "Made with Google AI", "Google AI"),
    ("UserComment", '{"aweme": 1, "aigc_type": 1}', "ByteDance app"),
    ("Software", "NovelAI", "NovelAI"),
    ("CreatorTool", "Adobe Firefly 3", "Adobe Firefly"),
    ("comment", "Made with Suno", "Suno"),
]  # fmt: skip
NOT = [
    ("Software", "GIMP 2.10"),
    ("parameters", "width=3"),
    ("Comment", "taken at the sea"),
    ("Comment", '{"exposure": 3}'),
    ("prompt", "Say cheese"),
    ("Description", "Job description for ID 4"),
    ("CreatorTool", "Adobe Photoshop 25.0"),
    ("Title", "Midjourney, a history"),
]


def found(name, text):
    slot = Slot("key", name, b"", "tEXt", "here", 0)
    return Trace().find(Value(slot, "image/png", texts=((name, text),)))


@pytest.mark.parametrize(("name", "text", "generator"), SAMPLES)
def test_a_trace_is_told_and_the_prompt_is_not(name, text, generator):
    (reading,) = found(name, text)
    assert dict(reading.fields)["Generator"] == generator
    assert PROMPT not in str(reading)
    assert reading.shared


@pytest.mark.parametrize(("name", "text"), NOT)
def test_an_ordinary_value_is_no_trace(name, text):
    assert found(name, text) == ()


def test_every_rule_has_a_sample_and_a_source():
    hit = {g for _, _, g in SAMPLES}
    assert {rule.generator for rule in RULES if rule.generator} <= hit
    assert all(rule.source for rule in RULES)


def test_long_values_cost_little():
    text = "Steps: 1, " * 200_000
    assert found("parameters", text) == ()


def test_a_trace_states_nothing_and_is_never_written():
    assert Trace().origin((("Generator", "ComfyUI"),)) is Origin.UNKNOWN
    assert Trace().home("image/png") is None
    assert Trace().fill(Declaration("P"), Wish()) == ()


def test_no_policy_can_ask_for_a_trace():
    text = """
id = "x"
version = "1"
title = "t"
jurisdiction = "XX"
source = "s"
confidence = "c"
checked_on = 2026-11-23
status = "in_force"
require = { all_of = ["a"] }
[requirement.a]
clause = "1"
duty = "d"
roles = ["provider"]
layer = "metadata"
schema = "trace"
present = ["Generator"]
"""
    with pytest.raises(PolicyError, match="trace"):
        parse(text, "x.toml")
