import pytest

from aigclabel.schemas import provider_code

REAL = [
    "001191110102MACQD9K64010000",
    "001191440300708461136T1XGW3",
    "001191440300708461136T1308L",
    "001191310104MACE0YX63918020",
    "001191440300MA5G49LC9K1YO01",
    "001191110102MAD55U9H0F10002",
]


@pytest.mark.parametrize("code", REAL)
def test_a_real_code_is_good(code):
    assert provider_code.check(code) == ()
    assert provider_code.looks_like_one(code)
    parts = provider_code.parse(code)
    assert parts is not None
    assert (parts.subject, parts.service) == ("organisation", "generation")
    assert parts.credit_code == code[4:22]
    assert parts.model == code[23:]


@pytest.mark.parametrize("code", REAL)
def test_any_other_digit_in_the_credit_code_fails(code):
    for at in range(4, 22):
        for other in "0123456789":
            if other != code[at]:
                changed = code[:at] + other + code[at + 1 :]
                assert "cn.aigc.code-check-digit" in provider_code.check(changed)


def test_without_an_extension_no_service_is_named():
    parts = provider_code.parse("001191110102MACQD9K6400000" + "0")
    assert parts is not None
    assert (parts.service, parts.model) == ("none", "0000")


def test_a_propagation_code():
    parts = provider_code.parse(REAL[0][:22] + "20000")
    assert parts is not None
    assert parts.service == "propagation"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        (REAL[0][:22] + "90000", ("cn.aigc.code-service",)),
        (REAL[0].lower(), ("cn.aigc.code-format",)),
        (REAL[0][:26], ("cn.aigc.code-format",)),
        ("01" + REAL[0][2:], ("cn.aigc.code-format",)),
        # The letter I is not in the alphabet of GB 32100.
        ("001191110102MACQD9K6I010000"[:27], ("cn.aigc.code-check-digit", "cn.aigc.code-service")),
    ],
)
def test_what_is_wrong_is_named(code, wrong):
    assert set(provider_code.check(code)) <= set(wrong)
    assert provider_code.check(code)


def test_subjects_of_other_kinds_have_no_check_digit_rule():
    assert provider_code.check("0021" + "A" * 18 + "10000") != ()
    assert provider_code.check("0022" + "A" * 18 + "10000") == ()
    parts = provider_code.parse("0022" + "A" * 18 + "10000")
    assert parts is not None
    assert (parts.subject, parts.credit_code) == ("unknown", "")
