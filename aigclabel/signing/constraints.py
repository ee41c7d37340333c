"""Name constraints of a certificate authority (RFC 5280, 4.2.1.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName, Name, NameConstraints


def allows(limits: NameConstraints, cert: Certificate) -> bool:
    """Whether an authority with these constraints may vouch for the names of a certificate.

    Subject names, host names and mail addresses are compared; a name of another kind that is
    constrained is refused, as nobody here can compare it.
    """
    names = _names(cert)
    if names is None:
        return False
    permitted, excluded = limits.permitted_subtrees or (), limits.excluded_subtrees or ()
    for name in names:
        mine = [each for each in permitted if type(each) is type(name)]
        if mine and not any(_below(name, each) for each in mine):
            return False
        if any(type(each) is type(name) and _below(name, each) for each in excluded):
            return False
    return not _strange(names, (*permitted, *excluded))


def _names(cert: Certificate) -> tuple[GeneralName, ...] | None:
    from cryptography import x509

    found: list[GeneralName] = [x509.DirectoryName(cert.subject)] if cert.subject.rdns else []
    mails = cert.subject.get_attributes_for_oid(x509.NameOID.EMAIL_ADDRESS)
    try:
        found += [x509.RFC822Name(str(mail.value)) for mail in mails]
        found += list(cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        pass
    except (ValueError, TypeError):
        return None
    return tuple(found)


def _strange(names: tuple[GeneralName, ...], subtrees: tuple[GeneralName, ...]) -> bool:
    from cryptography import x509

    known = (x509.DirectoryName, x509.DNSName, x509.RFC822Name)
    kinds = {type(each) for each in subtrees if not isinstance(each, known)}
    return any(type(name) in kinds for name in names)


def _below(name: GeneralName, tree: GeneralName) -> bool:
    from cryptography import x509

    if isinstance(name, x509.DirectoryName) and isinstance(tree, x509.DirectoryName):
        return _prefix(tree.value, name.value)
    held, limit = str(name.value).lower(), str(tree.value).lower()
    if isinstance(name, x509.DNSName):
        return not limit or held == limit or held.endswith("." + limit.lstrip("."))
    if isinstance(name, x509.RFC822Name):
        host = held.rpartition("@")[2]
        if "@" in limit:
            return held == limit
        return host.endswith(limit) if limit.startswith(".") else host == limit
    return False


def _prefix(tree: Name, name: Name) -> bool:
    """Whether a name begins with all of another (its most general parts come first), compared
    without case and blanks (RFC 5280, 7.1), so that no other spelling escapes."""
    return _folded(name)[: len(tree.rdns)] == _folded(tree)


def _folded(name: Name) -> list[set[tuple[str, str]]]:
    return [{(part.oid.dotted_string, _plain(part.value)) for part in rdn} for rdn in name.rdns]


def _plain(value: str | bytes) -> str:
    text = value if isinstance(value, str) else value.hex()
    return " ".join(normalize("NFKC", text).casefold().split())
