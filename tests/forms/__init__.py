"""Small files of every format beside those of the spine, one module per family.

Each module has `forms()`: the name of a form, its media type and its bytes.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path


@cache
def every_form() -> dict[str, tuple[str, bytes]]:
    """All forms of all families, by `family/name`."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        module = import_module(f"forms.{path.stem}")
        found |= {f"{path.stem}/{name}": form for name, form in module.forms().items()}
    return found
