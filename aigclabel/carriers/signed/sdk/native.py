"""The calls that the SDK's library has and its Python does not wrap, each asked for by name."""

from __future__ import annotations


class NoSuchCall(Exception):
    """A call that this version of the SDK does not have; never leaves the carrier."""


def bytes_of(name: str, *arguments: object) -> bytes:
    """What a call of the library gives whose last argument takes the address of new bytes.

    An int goes over as a size, bytes as a text, everything else as a pointer. Raises
    NoSuchCall, or C2paError with what the SDK says.
    """
    import ctypes

    from c2pa import c2pa as native

    library = native._lib  # noqa: SLF001  nothing else reaches it
    if getattr(library, name, None) is None:
        raise NoSuchCall(name)
    made = ctypes.POINTER(ctypes.c_ubyte)()
    pointer, text = ctypes.c_void_p, ctypes.c_char_p
    kinds = {int: ctypes.c_size_t, bytes: text}
    shapes = (*(kinds.get(type(each), pointer) for each in arguments), pointer)
    call = ctypes.CFUNCTYPE(ctypes.c_int64, *shapes)((name, library))
    count = call(*arguments, ctypes.byref(made))
    native._check_ffi_operation_result(count, "nothing came", check=lambda n: n <= 0)  # noqa: SLF001
    try:
        return ctypes.string_at(made, count)
    finally:
        library.c2pa_free(made)


def handle(thing: object) -> object:
    """The address of an object of the SDK's, as a call takes it."""
    from ctypes import c_void_p, cast

    return cast(thing._handle, c_void_p)  # type: ignore[attr-defined]  # noqa: SLF001
