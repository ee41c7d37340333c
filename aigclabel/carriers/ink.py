"""Black, white and grey in every pixel format: how an opaque patch gets onto a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

LEVELS = (0, 255, 128, 64, 192, 32, 96, 160, 224)
"""The greys that a palette should have for smooth edges, the most needed first."""
_DARK, _LIGHT = 48, 208
"""How far the darkest and lightest colour of a full palette may be from black and white:
together still 9:1, twice what WCAG 2.2 1.4.3 asks for."""
_FULL = 256


def drawable(frames: tuple[Image, ...]) -> tuple[tuple[Image, ...], tuple[str, ...]]:
    """The frames in a mode that can show opaque black and white, and a note if that changed.

    Bilevel pictures with a transparent colour, and full palettes without black or white,
    become LA, RGB or RGBA with every pixel the same colour.
    """
    if all(_can_show(frame) for frame in frames):
        return frames, ()
    clear = any("transparency" in frame.info for frame in frames)
    mode = ("LA" if clear else "L") if frames[0].mode == "1" else ("RGBA" if clear else "RGB")
    note = (
        f"the picture has no opaque black and white to draw in: it is now {mode} instead of "
        f"{frames[0].mode}, each pixel with its colour kept"
    )
    return tuple(_converted(frame, mode) for frame in frames), (note,)


def _converted(frame: Image, mode: str) -> Image:
    made = frame.convert("RGBA").convert(mode) if mode == "LA" else frame.convert(mode)
    made.info = {key: value for key, value in frame.info.items() if key != "transparency"}
    return made


def _can_show(frame: Image) -> bool:
    if frame.mode == "1":
        return "transparency" not in frame.info
    if frame.mode != "P":
        return True
    colours = _with_greys(_colours(frame))
    return nearest(colours, 0)[1] <= _DARK and nearest(colours, 255)[1] <= 255 - _LIGHT


def paste(frame: Image, box: tuple[int, int, int, int], patch: Image) -> Image:
    """A copy of the frame with the grey patch (mode L) at the stored box."""
    made = frame.copy()
    if made.mode == "P":
        colours = _with_greys(_colours(frame))
        made.putpalette([part for colour in colours for part in colour[:3]])
        native = patch.point([nearest(colours, grey)[0] for grey in range(256)])
    else:
        native = _native(_beside_key(patch, frame), frame.mode)
    made.paste(native, box[:2])
    return made


def _native(patch: Image, mode: str) -> Image:
    from PIL import Image as Pillow

    if mode == "I;16":
        # Each 8-bit grey twice is the same grey in 16 bits: 257 times as much.
        raw = bytes(part for grey in patch.tobytes() for part in (grey, grey))
        return Pillow.frombytes("I;16", patch.size, raw)
    if mode == "CMYK":
        none = Pillow.new("L", patch.size, 0)
        key = patch.point([255 - grey for grey in range(256)])
        return Pillow.merge("CMYK", (none, none, none, key))
    if mode == "1":
        return patch.convert("1", dither=Pillow.Dither.NONE)
    return patch if mode == "L" else patch.convert(mode)


def _beside_key(patch: Image, frame: Image) -> Image:
    """The patch without the one grey that this picture shows as transparent."""
    key = frame.info.get("transparency")
    if isinstance(key, tuple) and len(set(key)) == 1:
        key = key[0]
    if not isinstance(key, int):
        return patch
    if frame.mode == "I;16":
        key //= 257
    return patch.point([_beside(grey) if grey == key else grey for grey in range(256)])


def _beside(grey: int) -> int:
    return grey - 1 if grey else 1


def _colours(frame: Image) -> list[tuple[int, int, int, bool]]:
    """The palette as red, green, blue and whether the entry is opaque."""
    flat = frame.getpalette("RGB") or []
    clear = frame.info.get("transparency", b"")
    alphas = clear if isinstance(clear, bytes) else b"\xff" * clear + b"\0"
    return [
        (*_triple(flat, 3 * index), index >= len(alphas) or alphas[index] == 255)  # noqa: PLR2004
        for index in range(len(flat) // 3)
    ]


def _triple(flat: list[int], at: int) -> tuple[int, int, int]:
    return flat[at], flat[at + 1], flat[at + 2]


def _with_greys(colours: list[tuple[int, int, int, bool]]) -> list[tuple[int, int, int, bool]]:
    made = list(colours)
    for grey in LEVELS:
        wanted = (grey, grey, grey, True)
        if len(made) < _FULL and wanted not in made:
            made.append(wanted)
    return made


def nearest(colours: list[tuple[int, int, int, bool]], grey: int) -> tuple[int, int]:
    """The opaque entry nearest to a grey, and by how much its worst channel is off."""
    off = [
        (max(abs(part - grey) for part in each[:3]) if each[3] else 999, index)
        for index, each in enumerate(colours)
    ]
    distance, index = min(off, default=(999, 0))
    return index, distance


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast of two sRGB colours, 1 to 21 (WCAG 2.2)."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    """WCAG 2.2, relative luminance."""
    parts = (part / 255 for part in colour)
    linear = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)  # noqa: PLR2004
    return sum(w * float(part) for w, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
