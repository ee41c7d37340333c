"""`trace`: what generators leave in files without meaning to label them.

A trace is evidence of how a file came about, never a label: it is read, it has trust none, no
requirement can ask for it, and nobody writes one. Prompts are personal: a mark says that one
is there, never what it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from aigclabel.model import Declaration, Fields, Layer, Origin, Place
from aigclabel.protocols import Entry, Reading, Value, Wish

_HEAD = 1 << 16
"""How much of a value is looked at: graphs of nodes run to megabytes."""
_LONGEST = 64
_TOOLS = (
    "Adobe Firefly|AUTOMATIC1111|ComfyUI|DALL-?E|Draw Things|Fooocus|Ideogram|Imagen|InvokeAI|"
    "Leonardo\\.?AI|Midjourney|NovelAI|Stable Diffusion|Suno|SwarmUI|Udio"
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One trace: in a value called `name` (a pattern, any case) stands `text` (a pattern).

    `generator` names who left it; empty when the text itself does, by its first group.
    `prompt` says that what the user asked for stands there. `source` is where the form is
    described, and how sure that is.
    """

    name: str
    text: str
    generator: str
    source: str
    prompt: bool = False


RULES = (
    Rule("fooocus_scheme", "", "Fooocus", "Fooocus, metadata schemes; read", prompt=True),
    Rule("invokeai_metadata|invokeai_workflow|invokeai_graph|sd-metadata|dream", "", "InvokeAI",
         "InvokeAI, PNG keywords of its versions; read", prompt=True),
    Rule("generation_data", r"^\s*\{", "TensorArt or Liblib", "PNG keyword seen in the wild",
         prompt=True),
    Rule("parameters|usercomment", r"sui_image_params", "SwarmUI", "SwarmUI, image metadata; read",
         prompt=True),
    Rule("parameters|usercomment|comment", r"(?s)\bSteps: \d{1,5}, .{0,200}?\bSampler: ",
         "AUTOMATIC1111", "AUTOMATIC1111 web UI, PNG info; measured on samples", prompt=True),
    Rule("prompt|workflow|usercomment|imagedescription|make|model",
         r"(?s)^(?:prompt:|workflow:)?\s*\{.*\"(?:class_type|last_node_id|nodes)\"\s*:", "ComfyUI",
         "ComfyUI, graphs in PNG keywords and EXIF; measured on samples", prompt=True),
    Rule("comment", r"(?s)^\s*\{.*\"(?:uc|v4_prompt)\"\s*:", "NovelAI",
         "NovelAI, JSON in the PNG keyword Comment; measured on samples", prompt=True),
    Rule("description|imagedescription", r"Job ID: [0-9a-f]{8}-[0-9a-f]{4}-", "Midjourney",
         "Midjourney, PNG keyword Description; seen in the wild", prompt=True),
    Rule("credit", r"^(?:Made|Edited) with Google AI", "Google AI",
         "photoshop:Credit of Google's editors; general knowledge"),
    Rule("comment|usercomment|aigc_info", r"\"aigc_(?:label_)?type\"\s*:", "ByteDance app",
         "JSON with aigc_type in EXIF and comments; seen in the wild"),
    Rule("creatortool|software|encoder|tool|too|producer|creator|processingsoftware",
         rf"(?i)({_TOOLS})", "", "the name of a generator where tools name themselves"),
    Rule("comment", r"(?i)\bmade with (suno|udio)\b", "", "music generators' comments; seen"),
)  # fmt: skip


class Trace:
    """Which generator, which rule told it, and whether a prompt is there (`present`)."""

    id = "trace"
    layer = Layer.METADATA
    fields = ("Generator", "Name", "Prompt")
    relayed: tuple[str, ...] = ()

    def fill(self, declaration: Declaration, wish: Wish) -> Fields:  # noqa: ARG002
        """Nothing: a trace is no label, and nobody writes one."""
        return ()

    def home(self, media_type: str) -> tuple[str, str] | None:  # noqa: ARG002
        """None."""
        return None

    def spell(self, fields: Fields, kind: str) -> tuple[Entry, ...]:  # noqa: ARG002
        """Nothing."""
        return ()

    def find(self, value: Value) -> tuple[Reading, ...]:
        """Every trace in a value, by the first rule that fits each text."""
        texts = (*((each.name, each.text) for each in value.properties), *value.texts)
        readings = (_reading(name, text) for name, text in texts)
        return tuple(each for each in readings if each)

    def origin(self, fields: Fields) -> Origin:  # noqa: ARG002
        """Nothing: a trace can be copied, or stand in a file that people made."""
        return Origin.UNKNOWN

    def ours(self, fields: Fields, declaration: Declaration) -> bool:  # noqa: ARG002
        """Nothing but nothing."""
        return not fields

    def relay(self, fields: Fields, declaration: Declaration) -> Fields:  # noqa: ARG002
        """The same."""
        return fields


def _reading(name: str, text: str) -> Reading | None:
    for rule in _rules_for(name[:_LONGEST]):
        found = re.search(rule.text, text[:_HEAD])
        if found:
            fields = [("Generator", rule.generator or found[1]), ("Name", name)]
            fields += [("Prompt", "present")] if rule.prompt else []
            return Reading(tuple(fields), ("", name), Place.INFORMATIVE, (), shared=True)
    return None


@lru_cache(maxsize=256)
def _rules_for(name: str) -> tuple[Rule, ...]:
    """Kept, for a file may have a hundred thousand texts of one name."""
    return tuple(rule for rule in RULES if re.fullmatch(rule.name, name, re.IGNORECASE))
