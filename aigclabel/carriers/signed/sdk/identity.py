"""A second signature in a manifest: who answers for its content (CAWG Identity Assertion 1.1).

The SDK makes it while it signs, because it covers the hash of the content; its Python does not
wrap the call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigclabel.carriers.signed.sdk.native import handle
from aigclabel.errors import SigningError

if TYPE_CHECKING:
    from aigclabel.signing import Signer

_CALL = "c2pa_identity_signer_create"
_VOUCHED = ("c2pa.actions.v2", "c2pa.ai-disclosure", "org.aigclabel.marks", "cawg.metadata")
"""What an identity vouches for beside the hash of the content, where it is there."""


def vouching(native: Any, who: Signer) -> Any:
    """The SDK's signer that signs claims as `native` does, which it takes over, and has the
    identity of `who` vouch for them. Raises SigningError, or what the SDK raises."""
    from ctypes import cast

    from c2pa import C2paSignerInfo
    from c2pa import Signer as Native
    from c2pa import c2pa as bindings

    identity = who.identity
    if identity is None or not identity.key:
        raise SigningError("an identity signs with a key in a file: name it with file:")
    call = _call()
    info = C2paSignerInfo(identity.algorithm.encode(), identity.chain, identity.key, None)
    second = Native.from_info(info)
    made = call(handle(native), handle(second), _texts(_VOUCHED), _texts(who.roles))
    kind = type(native._handle)  # noqa: SLF001  nothing else gives the address
    for taken in (native, second):  # the library owns both now, and frees them itself
        taken._teardown(free_handle=False)  # noqa: SLF001
    bindings._check_ffi_operation_result(made, "no identity signer came")  # noqa: SLF001
    return Native._wrap_native_handle(cast(made, kind))  # noqa: SLF001


def _call() -> Any:
    """The library's call. Raises SigningError where this version of the SDK has none."""
    from ctypes import CFUNCTYPE, c_void_p

    from c2pa import Signer as Native
    from c2pa import c2pa as bindings

    library = bindings._lib  # noqa: SLF001
    if getattr(library, _CALL, None) is None or not hasattr(Native, "_wrap_native_handle"):
        raise SigningError(
            "this version of c2pa-python writes no identities: install 0.38 or a later one"
        )
    return CFUNCTYPE(c_void_p, *[c_void_p] * 4)((_CALL, library))


def _texts(texts: tuple[str, ...]) -> Any:
    """A list of texts as C has it, with nothing at its end."""
    from ctypes import c_char_p, c_void_p, cast

    listed = (c_char_p * (len(texts) + 1))(*[each.encode() for each in texts], None)
    return cast(listed, c_void_p)
