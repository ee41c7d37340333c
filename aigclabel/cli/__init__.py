"""The command line. Errors are one line on standard error that says what to do; exit 2."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from io import TextIOWrapper

from aigclabel.cli.arguments import parser
from aigclabel.errors import AigcLabelError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit status. `verify`: 0 met or exempt, 1 unmet, 3 unknown, 2 for
    usage or a file that cannot be opened; the others 0 or 2."""
    if argv is None:
        _stop_cleanly()
        _say_anything()
    arguments = parser().parse_args(argv)
    try:
        status: int = arguments.run(arguments)
        if sys.stdout is not None:  # as after `>&-`
            sys.stdout.flush()
    except AigcLabelError as wrong:
        print(f"aigclabel: {one_line(wrong)}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of our output went away: nothing is wrong, and nobody listens.
        sys.stderr.close()
        return 0
    except OSError as wrong:
        print(f"aigclabel: standard input or output fails: {one_line(wrong)}", file=sys.stderr)
        _give_up_output()
        return 2
    except KeyboardInterrupt as stopped:
        print("aigclabel: stopped; nothing was half-written", file=sys.stderr)
        return 128 + (stopped.args[0] if stopped.args else signal.SIGINT)
    return status


def _stop_cleanly() -> None:
    """Termination and a closed terminal clear up as an interrupt does: by default they end a
    process in the middle of a write."""

    def stop(number: int, _: object) -> None:
        """Ends the command as Ctrl-C does."""
        raise KeyboardInterrupt(number)

    for each in (signal.SIGTERM, signal.SIGHUP):
        # What is ignored (nohup) stays ignored.
        if signal.getsignal(each) is signal.SIG_DFL:
            signal.signal(each, stop)


def _say_anything() -> None:
    """A character that the terminal's coding lacks is written as its number, never an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _give_up_output() -> None:
    """What could not be written is not tried again when the interpreter ends."""
    with suppress(OSError):
        sys.stdout.close()


def as_json(told: object) -> str:
    """JSON on one line; with escapes where standard output has no code for a character."""
    text = json.dumps(told, ensure_ascii=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(told)
    return text


def one_line(wrong: Exception) -> str:
    """An error's message on one line, harmless in a terminal."""
    from aigclabel.report import clean

    return clean(" ".join(str(wrong).split()), 2000)
