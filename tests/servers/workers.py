"""What tests run in processes of their own. Spawned ones import it by name, so it stands where
`pythonpath` finds it; and a worker that dies is an error, never a wait without an end."""

import multiprocessing
import traceback
from concurrent.futures import ProcessPoolExecutor

from aigclabel import Signer, SigningError
from aigclabel.signing.raw import raw_signature


def elsewhere(function, *arguments, method="spawn"):
    """What a function gives in another process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context(method)) as pool:
        return pool.submit(function, *arguments).result(120)


def signed(signer, data):
    return raw_signature(signer, data)


def refused(uri):
    """Why a URI names no signer, and the traceback."""
    try:
        Signer.from_uri(uri)
    except SigningError as wrong:
        return str(wrong), "".join(traceback.format_exception(wrong))
    return "", ""
