"""The options of every command, as DESIGN section 6 fixes them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from aigclabel.cli.options_watermark import add_searched, add_written
from aigclabel.model import ROLES, Answer, Context, Origin
from aigclabel.report.words import LANGUAGES

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[_Parser]"  # noqa: SLF001  it has no public name

_SIGNER = "such as file:key.pem?chain=chain.pem, or none (default: a local identity)"
_MODEL = "of the register of models: gives name, version, code, number, and whether it is filed"
_KEPT = "where that register is, and where the stamp is recorded: sqlite:///FILE or postgresql://…"
_MODELS = "a register that models export made: was the model filed, and is its number the one"
_MODELS_TRUST = "who signs that register; without it nothing follows from it"
_REVOCATION = "an OCSP response or revocation list (DER or PEM), with --trust"
_LOOK = "who looks for notices of others: ocr, or ocr:en,zh for languages"
_FINGERPRINT = "record what copies can be known by; so does a watermark"
_RESOLVER = "sqlite:///FILE or postgresql://USER@HOST/NAME"
_POLICY = "id, or a TOML file; may be given several times"
_ALGORITHMS = ("es256", "es384", "es512", "ps256", "ed25519")

_WHEN = ("start", "middle", "end", "both", "throughout")
_EVERY = "give it again after at most so many seconds of a sound or video"
_FORM = "put it into a subtitle track of a video, where the policy accepts that"
_BREAK = "give it again after an interruption at this second; may be given several times"

_LONGEST = 7 * 86400.0
"""Seconds: no sound or video that anybody labels is longer than a week."""
_DONE = "what was done to content that existed before, such as crop; may be given several times"
_NOT_STAMPED = {Origin.HUMAN, Origin.UNKNOWN}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and takes no abbreviated options."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """One line on standard error, exit 2."""
        self.exit(2, f"aigclabel: {message} (see '{self.prog} --help')\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = _Parser(
        prog="aigclabel",
        description="Put labels on AI-generated content, and check them.",
        epilog="'aigclabel demo' shows the whole on pictures and a text that it makes.",
    )
    from aigclabel import __version__

    top.add_argument("--version", action="version", version=f"aigclabel {__version__}")
    commands = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _stamp(commands)
    _read(commands)
    _verify(commands)
    _recover(commands)
    _carry(commands)
    _correct(commands)
    _admit(commands)
    _policies(commands)
    _certs(commands)
    _trust(commands)
    _registers(commands)
    _ledger(commands)
    for name, told in (
        ("doctor", "check that everything the library needs works here"),
        ("demo", "label pictures and a text, tamper with copies, and show what verify says"),
    ):
        command = _command(commands, name, told)
        if name == "demo":
            command.add_argument("picture", nargs="*", help="pictures of your own to label")
            command.add_argument("--folder", help="where to put the files (default: a new one)")
    return top


def _command(commands: Commands, name: str, told: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
    command.set_defaults(run=_runner(name))
    command.add_argument("--json", action="store_true", help="print JSON")
    return command


def _runner(name: str) -> Callable[[argparse.Namespace], int]:
    """The module of a command is loaded only when the command runs."""

    def run(arguments: argparse.Namespace) -> int:
        """Runs the command's own module."""
        module = import_module(f"aigclabel.cli.run_{name}")
        status: int = module.run(arguments)
        return status

    return run


def _stamp(commands: Commands) -> None:
    it = _command(commands, "stamp", "label a file as a policy asks, sign it, and read it back")
    it.add_argument("input", metavar="IN", help="a file, or - for standard input")
    it.add_argument("-o", "--output", required=True, metavar="OUT", help="a file, or -")
    it.add_argument(
        "--policy", action="append", required=True, metavar="ID", help="id or TOML file"
    )
    said = it.add_argument_group("what you state of the content")
    said.add_argument("--producer", required=True, help="legal name of who made it")
    said.add_argument("--producer-code", default="", help="the 27-character TC260 code, or an id")
    said.add_argument("--system", default="", help="name of the model or system")
    said.add_argument("--system-version", default="")
    said.add_argument("--filing", default="", help="the model's filing or licence number")
    said.add_argument("--model", default="", metavar="ID", help=_MODEL)
    said.add_argument("--ledger", default="", metavar="URL", help=_KEPT)
    said.add_argument("--content-id", default="", help="your number for this content")
    said.add_argument("--propagator", default="", help="name of the platform that relays it")
    said.add_argument("--propagator-code", default="")
    said.add_argument("--propagate-id", default="", help="the platform's number for it")
    said.add_argument("--security-code", default="", help="ReservedCode1 of the AIGC label")
    said.add_argument("--data-mining", default="", help="a term of PLUS, PROHIBITED-AIMLTRAINING")
    made = it.add_argument_group("how the label is made")
    made.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
    made.add_argument(
        "--identity", default="", metavar="URI", help="a publisher who vouches for it"
    )
    made.add_argument("--locale", default="", help="language of the notice, such as zh-Hans")
    made.add_argument("--notice", default="", metavar="TEXT", help="wording of your own")
    made.add_argument("--safe", default="", choices=["crops"], help="keep it in centre crops")
    made.add_argument("--notice-at", default="", choices=_WHEN, help="where or when it is given")
    made.add_argument("--notice-every", default=0.0, type=seconds, metavar="S", help=_EVERY)
    made.add_argument(
        "--notice-break", default=[], action="append", type=seconds, metavar="S", help=_BREAK
    )
    made.add_argument("--notice-form", default="", choices=["track"], help=_FORM)
    made.add_argument("--without-notice", action="store_true", help="where the policy allows it")
    made.add_argument(
        "--signature", default="auto", choices=["auto", "embedded", "text", "sidecar"]
    )
    add_written(made)
    made.add_argument("--fingerprint", action="store_true", help=_FINGERPRINT)
    made.add_argument("--resolver", default="", metavar="URL", help=f"register it: {_RESOLVER}")
    made.add_argument("--broken-parent", default="refuse", choices=["refuse", "quote"])
    made.add_argument("--media-type", default=None, help="of a text that its name does not tell")
    made.add_argument("--force", action="store_true", help="replace OUT when it exists")
    _context(it, [each.value for each in Origin if each not in _NOT_STAMPED], "generated")


def _read(commands: Commands) -> None:
    it = _command(commands, "read", "say what files state of themselves, and whether to believe it")
    it.add_argument("--peek", action="store_true", help="what a manifest claims, unverified; fast")
    _files(it)
    it.add_argument("--crjson", action="store_true", help="print the manifests as C2PA's crJSON")


def _verify(commands: Commands) -> None:
    it = _command(commands, "verify", "hold files against a policy, clause by clause")
    _files(it)
    it.add_argument(
        "--policy", action="append", required=True, metavar="ID", help="id or TOML file"
    )
    it.add_argument("--html", metavar="FILE", help="write the report as one page, too")
    it.add_argument("--models", default="", metavar="EXPORT", help=_MODELS)
    it.add_argument(
        "--models-trust", action="append", default=[], metavar="PEM_OR_FOLDER", help=_MODELS_TRUST
    )
    it.add_argument("--resolver", default="", metavar="URL", help=f"find lost labels: {_RESOLVER}")
    it.add_argument("--lang", default="en", choices=LANGUAGES, help="of the report")
    _context(it, [each.value for each in Origin], "unknown")


def _recover(commands: Commands) -> None:
    it = _command(commands, "recover", "find the labels again that copies of labelled files lost")
    it.add_argument("files", nargs="+", metavar="FILE", help="files, or - for standard input")
    it.add_argument("--resolver", required=True, metavar="URL", help=_RESOLVER)
    it.add_argument("-o", "--output", default="", metavar="FILE", help="write the manifest, too")
    it.add_argument("--force", action="store_true", help="replace the manifest's file")
    add_searched(it, "geometry")
    _looks(it)


def _carry(commands: Commands) -> None:
    it = _command(commands, "carry", "put an original's labels onto what was made of it")
    it.add_argument("original", metavar="ORIGINAL", help="the labelled file")
    it.add_argument("input", metavar="DERIVED", help="what a resize or transcode made of it")
    it.add_argument("-o", "--output", required=True, metavar="OUT", help="a file, or -")
    it.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
    it.add_argument("--action", default="", metavar="ACTION", help="such as c2pa.resized")
    it.add_argument("--media-type", default=None, help="of a text that its name does not tell")
    it.add_argument("--force", action="store_true", help="replace OUT when it exists")


def _files(it: argparse.ArgumentParser) -> None:
    it.add_argument("files", nargs="+", metavar="FILE", help="files, or - for standard input")
    _looks(it)
    it.add_argument("--fetch", metavar="HOST[,HOST]", help="hosts that may be asked (default none)")
    add_searched(it)


def _looks(it: argparse.ArgumentParser) -> None:
    """How content is read, and whom to believe."""
    it.add_argument(
        "--trust",
        action="append",
        default=[],
        metavar="PEM_OR_FOLDER",
        help="whom you believe; also official (the lists installed) or integrity-only (nobody)",
    )
    it.add_argument("--revocation", action="append", default=[], metavar="FILE", help=_REVOCATION)
    it.add_argument("--sidecar", metavar="FILE", help="the manifest that belongs to FILE")
    it.add_argument("--look", action="append", default=[], metavar="READER", help=_LOOK)
    it.add_argument("--at", metavar="TIME", help="judge certificates at this moment (ISO 8601)")
    it.add_argument("--media-type", default=None, help="of a text that its name does not tell")


def _context(
    it: argparse.ArgumentParser, origins: list[str], default: str, role: str = "provider"
) -> None:
    asks = it.add_argument_group("who asks, when, and what they know")
    asks.add_argument("--role", default=role, choices=ROLES)
    asks.add_argument("--on", metavar="DATE", help="judge the law on this day (default today)")
    asks.add_argument("--origin", default=default, choices=origins)
    asks.add_argument(
        "--fact", action="append", default=[], metavar="NAME=ANSWER", help="yes, no or unknown"
    )
    asks.add_argument("--operation", action="append", default=[], metavar="NAME", help=_DONE)
    asks.add_argument("--agreement", default="", metavar="ID")
    asks.add_argument("--recipient", default="", metavar="ID")
    asks.add_argument("--users", type=int, metavar="N", help="of the system, per month")
    asks.add_argument("--placed", metavar="DATE", help="when the system came on the market")


def _policies(commands: Commands) -> None:
    it = _command(commands, "policies", "list the policies, or explain one")
    it.add_argument("id", nargs="?", metavar="ID", help="id or TOML file")
    it.add_argument("--lang", default="en", choices=LANGUAGES, help="of what is explained")
    it.add_argument("--table", choices=["machine", "visible"], help="of all policies side by side")


def _certs(commands: Commands) -> None:
    it = _command(commands, "certs", "keys and certificates")
    what = it.add_subparsers(required=True, metavar="WHAT", dest="what")
    for name, told in (
        ("dev", "make or show the local identity"),
        ("csr", "make a key, and a request for its certificate"),
        ("check", "hold key and chain against the rules of C2PA, one by one"),
    ):
        part = what.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name == "csr":
            _request(part)
        if name == "check":
            part.add_argument("signer", metavar="SIGNER", help="a URI, or a PEM file: a chain")
            part.add_argument("--key", metavar="FILE", help="the key that the chain is for")
            part.add_argument("--at", metavar="TIME", help="judge dates at this moment (ISO 8601)")


def _request(it: argparse.ArgumentParser) -> None:
    it.add_argument("-o", "--output", required=True, metavar="FILE", help="a file, or -")
    it.add_argument("--key", metavar="FILE", help="the key; made when the file is not there")
    it.add_argument("--signer", default="", metavar="URI", help="a key elsewhere, instead: pkcs11:")
    it.add_argument("--country", required=True, metavar="CC", help="two letters, such as CN")
    it.add_argument("--organization", required=True, metavar="O", help="the legal name")
    it.add_argument("--name", required=True, metavar="CN", help="what readers show")
    it.add_argument("--usage", action="append", default=[], choices=["email", "documents", "c2pa"])
    it.add_argument("--algorithm", default="es256", choices=_ALGORITHMS, help="of a new key")
    it.add_argument("--force", action="store_true", help="replace the request when it exists")


def _trust(commands: Commands) -> None:
    it = _command(commands, "trust", "install the official C2PA trust lists from files; show them")
    what = it.add_subparsers(required=True, metavar="WHAT", dest="what")
    for name, told in (
        ("install", "keep lists from files, each in place of the one of its kind"),
        ("show", "what is installed, how old it is, and its hash"),
        ("list", "another name of show"),
    ):
        part = what.add_parser(name, help=told, description=told[0].upper() + told[1:] + ".")
        part.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
        if name == "install":
            part.add_argument("files", nargs="+", metavar="FILE", help="a list, as PEM or JSON")
            part.add_argument("--kind", default="", choices=["claim", "tsa"], help="what FILE is")
            part.add_argument("--dated", metavar="DATE", help="the day of a list that states none")


def context_of(arguments: argparse.Namespace) -> Context:
    """The context that the options state. Raises UsageError."""
    from aigclabel.errors import UsageError

    answers = {}
    for each in arguments.fact:
        name, equals, answer = each.partition("=")
        if not (name and equals) or answer not in {one.value for one in Answer}:
            raise UsageError(f"--fact {each}: write NAME=yes, NAME=no or NAME=unknown")
        answers[name] = answer
    return Context(
        role=arguments.role,
        on=day("--on", arguments.on),
        at=moment(getattr(arguments, "at", None)),
        origin=Origin(arguments.origin),
        facts=answers,
        agreement=arguments.agreement,
        recipient=arguments.recipient,
        users=arguments.users,
        placed=day("--placed", arguments.placed),
        without_notice=getattr(arguments, "without_notice", False),
        operations=tuple(arguments.operation),
    )


def day(option: str, text: str | None) -> date | None:
    """A date; None without one. Raises UsageError."""
    from aigclabel.errors import UsageError

    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"{option} {text}: write a date such as 2026-11-22") from None


def seconds(text: str) -> float:
    """A length of time in seconds. Raises ValueError, which argparse words."""
    value = float(text)
    if not 0 < value < _LONGEST:
        raise ValueError(text)
    return value


def moment(text: str | None) -> datetime | None:
    """A point in time, UTC where the text names no zone. Raises UsageError."""
    from aigclabel.errors import UsageError

    try:
        when = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise UsageError(f"--at {text}: write a time such as 2026-11-22T12:00:00Z") from None
    return when.replace(tzinfo=UTC) if when and when.tzinfo is None else when


def _registers(commands: Commands) -> None:
    """Models and publishers; their options stand in modules of their own."""
    from aigclabel.cli.options_models import models
    from aigclabel.cli.options_publishers import publishers

    models(_command(commands, "models", "keep models and their filings, and say what is due"))
    publishers(_command(commands, "publishers", "keep who may post, by pseudonym, and forget them"))


def _admit(commands: Commands) -> None:
    it = _command(commands, "admit", "decide on an upload, as a platform, and add what is owed")
    it.add_argument("input", metavar="FILE", help="the upload, or - for standard input")
    it.add_argument("-o", "--output", default="", metavar="OUT", help="what to hand out; or -")
    it.add_argument("--policy", action="append", required=True, metavar="ID", help=_POLICY)
    it.add_argument("--publisher", default="", metavar="ID", help="a pseudonymous id, no name")
    it.add_argument("--declared", choices=["yes", "no"], help="whether the publisher says AI")
    it.add_argument("--propagator", default="", help="the platform's name")
    it.add_argument("--propagator-code", default="")
    it.add_argument("--propagate-id", default="", help="the platform's number for the upload")
    it.add_argument("--signer", default="", metavar="URI", help=_SIGNER)
    it.add_argument("--shows-notices", action="store_true", help="the platform shows the notice")
    it.add_argument("--serves-output", action="store_true", help="it hands out OUT as it is")
    it.add_argument("--locale", default="", help="language of the notice, such as zh-Hans")
    it.add_argument("--ledger", default="", metavar="URL", help="where to record the decision")
    it.add_argument("--force", action="store_true", help="replace OUT when it exists")
    add_searched(it, "")
    _looks(it)
    _context(it, [each.value for each in Origin], "unknown", "platform")


def _correct(commands: Commands) -> None:
    from aigclabel.cli.options_correct import add

    add(_command(commands, "correct", "correct an AIGC label, and say in a manifest why"))


def _ledger(commands: Commands) -> None:
    from aigclabel.cli.options_ledger import add_parts

    add_parts(_command(commands, "ledger", "keep an append-only record, and prove what was in it"))
