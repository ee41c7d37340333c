"""Certificates that cryptography warns of, in threads and under every filter."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from aigclabel.signing.pem import certificate, serial

COUNT = 200


@pytest.fixture(scope="module")
def negative(workshop):
    """A certificate (DER) whose serial number is below zero (RFC 5280, 4.1.2.2 forbids it)."""
    made = workshop.leaf(workshop.authority())
    number = made.cert.serial_number.to_bytes(20, "big")
    assert made.der.count(number) == 1
    return made.der.replace(number, bytes([number[0] | 0x80]) + number[1:])


def test_the_certificate_is_one_that_is_warned_of(negative):
    from cryptography import x509

    with pytest.warns(Warning, match="serial number"):
        x509.load_der_x509_certificate(negative)


@pytest.mark.parametrize("action", ["error", "always", "default"])
def test_it_is_read_whatever_the_filters_are(negative, action):
    with warnings.catch_warnings(record=True) as shown:
        warnings.simplefilter(action)
        assert serial(certificate(negative)) < 0
        warnings.simplefilter(action)
        assert serial(certificate(negative)) < 0
    assert not shown


def test_warnings_of_others_are_told_as_before(negative):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert certificate(negative) is not None
        with pytest.raises(UserWarning):
            warnings.warn("of the caller's own", UserWarning, stacklevel=1)


THREADS = """
import sys, warnings
from concurrent.futures import ThreadPoolExecutor
from aigclabel.signing.pem import certificate, serial

sys.setswitchinterval(1e-6)
warnings.simplefilter("error")
before = list(warnings.filters)
der = bytes.fromhex(sys.argv[1])

def read(_):
    for _ in range(300):
        assert serial(certificate(der)) < 0

with ThreadPoolExecutor(8) as pool:
    list(pool.map(read, range(8)))
more = [each for each in warnings.filters if each not in before]
assert [each for each in warnings.filters if each in before] == before, "filters were lost"
assert {each[3].pattern for each in more} == {"aigclabel\\\\."}, more
assert len(warnings.filters) <= len(before) + 8
try:
    warnings.warn("x")
except UserWarning:
    print("kept")
"""


def test_eight_threads_neither_raise_nor_leak_a_filter(negative):
    """In a process of its own, whose filters nobody else touches."""
    done = subprocess.run(
        [sys.executable, "-c", THREADS, negative.hex()], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "kept\n", "")


def test_threads_of_this_process(negative):
    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(lambda _: certificate(negative) is not None, range(COUNT)))
