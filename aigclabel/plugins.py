"""Name → object: the built-in table first, installed entry points on a miss."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aigclabel.discovery import entry_names, entry_point
from aigclabel.errors import PolicyError, UsageError
from aigclabel.model import Layer
from aigclabel.protocols import Carrier, Container, NoticeReader, Schema
from aigclabel.rules import Policy

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aigclabel.backends import Backend, WatermarkBackend

_CONTAINERS = {
    "image/jpeg": "aigclabel.containers.jpeg:JpegContainer",
    "image/png": "aigclabel.containers.png:PngContainer",
    "image/webp": "aigclabel.containers.riff:RiffContainer",
    "image/gif": "aigclabel.containers.gif:GifContainer",
    "image/tiff": "aigclabel.containers.tiff:TiffContainer",
    "image/x-adobe-dng": "aigclabel.containers.tiff:TiffContainer",
    **dict.fromkeys(
        ("image/heic", "image/heif", "image/avif"), "aigclabel.containers.heif:HeifContainer"
    ),
    "image/jxl": "aigclabel.containers.jxl:JxlContainer",
    "image/svg+xml": "aigclabel.containers.svg:SvgContainer",
    "video/mp4": "aigclabel.containers.bmff:BmffContainer",
    "video/quicktime": "aigclabel.containers.bmff:BmffContainer",
    "video/3gpp": "aigclabel.containers.bmff:BmffContainer",
    "audio/mp4": "aigclabel.containers.bmff:BmffContainer",
    "video/x-matroska": "aigclabel.containers.matroska:MatroskaContainer",
    "video/webm": "aigclabel.containers.matroska:MatroskaContainer",
    "audio/x-matroska": "aigclabel.containers.matroska:MatroskaContainer",
    "audio/webm": "aigclabel.containers.matroska:MatroskaContainer",
    "video/x-msvideo": "aigclabel.containers.avi:AviContainer",
    "video/x-flv": "aigclabel.containers.flv:FlvContainer",
    "audio/wav": "aigclabel.containers.wave:WaveContainer",
    "audio/aiff": "aigclabel.containers.aiff:AiffContainer",
    "audio/mpeg": "aigclabel.containers.id3:Id3Container",
    "audio/flac": "aigclabel.containers.flac:FlacContainer",
    "audio/ogg": "aigclabel.containers.ogg:OggContainer",
    "audio/opus": "aigclabel.containers.ogg:OggContainer",
    "video/ogg": "aigclabel.containers.ogg:OggContainer",
    "application/pdf": "aigclabel.containers.pdf:PdfContainer",
    **dict.fromkeys(
        (
            *(
                f"application/vnd.openxmlformats-officedocument.{kind}"
                for kind in (
                    "wordprocessingml.document",
                    "wordprocessingml.template",
                    "spreadsheetml.sheet",
                    "spreadsheetml.template",
                    "presentationml.presentation",
                    "presentationml.template",
                    "presentationml.slideshow",
                )
            ),
            "application/vnd.ms-word.document.macroEnabled.12",
            "application/vnd.ms-excel.sheet.macroEnabled.12",
            "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
            *(
                f"application/vnd.oasis.opendocument.{kind}"
                for kind in (
                    "text",
                    "text-template",
                    "spreadsheet",
                    "spreadsheet-template",
                    "presentation",
                    "presentation-template",
                    "graphics",
                )
            ),
            "application/epub+zip",
        ),
        "aigclabel.containers.zipped:ZippedContainer",
    ),
    "text/html": "aigclabel.containers.html:HtmlContainer",
    **dict.fromkeys(
        (
            "application/json",
            "text/rtf",
            "text/x-ndjson",
            "application/x-subrip",
            "text/csv",
            "text/tab-separated-values",
            "text/x-bat",
            "text/x-php",
            "text/x-ssa",
        ),
        "aigclabel.containers.data_text:DataTextContainer",
    ),
    **dict.fromkeys(
        (
            "application/toml",
            "application/xml",
            "application/yaml",
            "text/css",
            "text/javascript",
            "text/vtt",
            "text/x-c",
            "text/x-c++",
            "text/x-csharp",
            "text/x-go",
            "text/x-haskell",
            "text/x-java",
            "text/x-kotlin",
            "text/x-lua",
            "text/x-perl",
            "text/x-powershell",
            "text/x-python",
            "text/x-r",
            "text/x-ruby",
            "text/x-rust",
            "text/x-scala",
            "text/x-shellscript",
            "text/x-sql",
            "text/x-swift",
            "text/x-typescript",
        ),
        "aigclabel.containers.comments:CommentContainer",
    ),
    "text/plain": "aigclabel.containers.text:TextContainer",
    "text/markdown": "aigclabel.containers.text:TextContainer",
}
_SCHEMAS = {
    "cn.aigc": "aigclabel.schemas.cn_aigc:CnAigc",
    "iptc": "aigclabel.schemas.iptc:Iptc",
    "latent": "aigclabel.schemas.latent:Latent",
    "rights": "aigclabel.schemas.rights:Rights",
    "trace": "aigclabel.schemas.trace:Trace",
    "notice": "aigclabel.schemas.notice:Notice",
    "watermark": "aigclabel.schemas.watermark:Watermark",
    "c2pa": "aigclabel.schemas.c2pa:C2pa",
    "filing": "aigclabel.schemas.filing:FilingNumber",
}
_CARRIERS = {
    Layer.VISIBLE: "aigclabel.carriers.visible:VisibleCarrier",
    Layer.WATERMARK: "aigclabel.carriers.watermark:WatermarkCarrier",
    Layer.METADATA: "aigclabel.carriers.metadata:MetadataCarrier",
    Layer.SIGNED: "aigclabel.carriers.signed:SignedCarrier",
}

_READERS = {"ocr": "aigclabel.carriers.visible.ocr:Ocr"}
_WATERMARKS = {"rivagan": "aigclabel.carriers.watermark.rivagan:RivaGan"}


@dataclass(frozen=True, slots=True)
class Plugins:
    """What a program brings itself, before anything built in or installed is looked up."""

    containers: tuple[Container, ...] = ()
    schemas: tuple[Schema, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    readers: tuple[NoticeReader, ...] = ()
    watermarks: tuple[WatermarkBackend, ...] = ()

    def container(self, media_type: str) -> Container | None:
        """The container that serves a media type, or None."""
        for own in self.containers:
            if media_type in own.media_types:
                return own
        found = _made(_CONTAINERS, "containers", media_type) or _offered(
            "containers", lambda each: media_type in each.media_types
        )
        return cast("Container | None", found)

    def schema(self, name: str) -> Schema:
        """The schema called `name`. Raises UsageError when nobody has it."""
        for own in self.schemas:
            if own.id == name:
                return own
        found = _made(_SCHEMAS, "schemas", name)
        if found is None:
            raise UsageError(f"nothing here knows the schema {name!r}: install its plug-in")
        return cast("Schema", found)

    def vocabulary(self) -> Mapping[str, Schema]:
        """The built-in schemas, the program's own and the installed ones, by id."""
        every = (*_SCHEMAS, *(own.id for own in self.schemas), *entry_names("schemas"))
        return {name: self.schema(name) for name in dict.fromkeys(every)}

    def carrier(self, layer: Layer) -> Carrier | None:
        """The carrier of a layer: the program's own; of watermarks one that is installed, since
        who installs one wants it; the built-in."""
        for own in self.carriers:
            if own.layer is layer:
                return own
        if layer is not Layer.WATERMARK:
            return cast("Carrier", _built_in(_CARRIERS[layer]))
        found = _made({}, "carriers", layer.value) or _offered(
            "carriers", lambda each: each.layer is layer
        )
        return cast("Carrier", found or _built_in(_CARRIERS[layer]))

    def reader(self, name: str) -> NoticeReader:
        """The reader of others' notices called `name`. Raises UsageError when nobody has it."""
        for own in self.readers:
            if own.name == name:
                return own
        found = _made(_READERS, "readers", name)
        if found is None:
            known = ", ".join(sorted({*_READERS, *entry_names("readers")}))
            raise UsageError(f"there is no reader of notices {name!r}: choose from {known}")
        return cast("NoticeReader", found)

    def backend(self, words: str) -> Backend:
        """The watermark of others that `NAME` or `NAME:WORDS` stands for. Raises UsageError when
        nobody has it, or it cannot work here."""
        from aigclabel.backends import Backend, Guarded

        name, _, asked = words.partition(":")
        own = next((each for each in self.watermarks if each.name == name), None)
        found = own or _made(_WATERMARKS, "watermarks", name)
        if found is None:
            known = ", ".join(sorted({*_WATERMARKS, *entry_names("watermarks")}))
            raise UsageError(f"there is no watermark {name!r:.60}: choose from {known}")
        backend = Backend(Guarded(cast("WatermarkBackend", found)), asked)
        if reason := backend.watermark.obstacle(asked):
            raise UsageError(reason)
        return backend


def _made(table: Mapping[str, str], group: str, name: str) -> object | None:
    if name in table:
        return _built_in(table[name])
    return _instance(entry_point(group, name), name)


def _offered(group: str, fits: Callable[[Any], bool]) -> object | None:
    """What an installed package offers under a name of its own: one container may serve
    several media types."""
    for name in entry_names(group):
        found = _instance(entry_point(group, name), name)
        try:
            if fits(found):
                return found
        except AttributeError as wrong:
            raise _unfit(name, wrong) from wrong
    return None


@cache
def _built_in(path: str) -> object:
    """One object per name: none of them has state."""
    module, _, attribute = path.partition(":")
    made: object = getattr(import_module(module), attribute)()
    return made


def _instance(found: object | None, name: str) -> object | None:
    try:
        return found() if isinstance(found, type) else found
    except Exception as wrong:
        raise _unfit(name, wrong) from wrong


def _unfit(name: str, wrong: Exception) -> UsageError:
    return UsageError(
        f"the plug-in {name!r} does not serve ({wrong}): update or remove the package it is from"
    )


_LONGEST = 4_000_000
"""Characters of a policy file that are read: more than any policy has."""


# -- policies ---------------------------------------------------------------------------


def policy(name: str | Path) -> Policy:
    """The policy with an id, with an id and a version (`eu.art50@2026.11`), or in a TOML file.

    Raises PolicyError when nothing is called that, naming what comes near.
    """
    from aigclabel.rules.text import parse

    found = _text_of(name)
    return found if isinstance(found, Policy) else parse(found[0], found[1], _to_extend)


def _to_extend(name: str) -> str:
    """The text of a policy that another extends. Raises PolicyError."""
    found = _text_of(name)
    if isinstance(found, Policy):
        raise PolicyError(f"extends: {name!r} is no text: only policies in TOML can be extended")
    return found[0]


def _text_of(name: str | Path) -> Policy | tuple[str, str]:
    """A policy's text and what it is called in errors, or one that a plug-in has made."""
    text = str(name)
    if isinstance(name, Path) or text.endswith(".toml"):
        return _read(Path(text)), Path(text).name
    shipped = _shipped(text)
    if shipped is not None:
        return shipped.read_text("utf-8"), shipped.name
    found = entry_point("policies", text)
    if isinstance(found, Policy):
        return found
    if isinstance(found, str):
        return found, text
    if isinstance(found, Path):
        return _read(found), found.name
    raise PolicyError(_unknown(text))


def _shipped(name: str) -> Traversable | None:
    """The file of an id, or of one version of it (`ID@VERSION`): the newest in the folder of
    policies, those before it in `archive`."""
    from aigclabel.rules.text import version_of

    folder = files("aigclabel") / "policies"
    wanted, at, version = name.partition("@")
    if wanted not in policy_ids():
        return None
    newest = folder / f"{wanted}.toml"
    if not at or version_of(newest.read_text("utf-8")) == version:
        return newest
    known = sorted(each.name for each in (folder / "archive").iterdir())
    if f"{wanted}@{version}.toml" in known:
        return folder / "archive" / f"{wanted}@{version}.toml"
    mine = [each.partition("@")[2] for each in known if each.startswith(f"{wanted}@")]
    there = ", ".join([version_of(newest.read_text("utf-8")), *(m[: -len(".toml")] for m in mine)])
    raise PolicyError(f"there is no version {version!r:.60} of {wanted}: there are {there}")


def _read(path: Path) -> str:
    try:
        if path.exists() and not path.is_file():  # a device or pipe may never end
            raise PolicyError(f"{path} is no file: name a policy file, which ends in .toml")
        with path.open(encoding="utf-8-sig") as text:
            return text.read(_LONGEST)
    except (OSError, ValueError) as wrong:
        raise PolicyError(f"{path} cannot be read as a policy file: {wrong}") from None


def policy_ids() -> tuple[str, ...]:
    """The ids of the policies in the package, sorted."""
    folder = files("aigclabel") / "policies"
    names = (each.name for each in folder.iterdir() if each.name.endswith(".toml"))
    return tuple(sorted(name.removesuffix(".toml") for name in names))


def installed_policy_ids() -> tuple[str, ...]:
    """The ids of the policies that other installed packages offer."""
    return entry_names("policies")


def _unknown(name: str) -> str:
    from difflib import get_close_matches

    if _is_file(name):
        return f"there is no policy {name!r}: a policy file's name ends in .toml"
    known = policy_ids()
    near = get_close_matches(name, known, 1, 0.4)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
    return f"there is no policy {name!r:.200}: {hint}"


def _is_file(name: str) -> bool:
    try:
        return Path(name).is_file()
    except OSError:  # too long for a name
        return False
