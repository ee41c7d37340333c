"""An independent C2PA engine finds what we sign in every format that it knows trusted."""

from dataclasses import replace

import pytest
from forms import every_form
from laws.rules import rules
from laws.test_far_signers import FAR
from servers.authority import Authority, served

from aigclabel import Asset, Signer, read, stamp
from aigclabel.testing import SAID

FORMS = every_form()
UNKNOWN_THERE = {
    "text/vtt", "text/css", "text/javascript", "text/x-sql", "image/x-adobe-dng", "text/x-lua",
    "text/x-perl",
}  # fmt: skip
"""Media types that the other engine has no name for; measured with encypher-c2pa 1.7.1."""
OTHER_THERE = ("application/epub+zip", "application/vnd.")
"""Archives: it wants another form of collection hash than the one that c2pa-rs writes."""
ALIAS = {"video/3gpp": "video/mp4"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    found = pytest.importorskip("encypher_c2pa", reason="needs encypher-c2pa")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield found


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("time"))


def told(engine, data, media_type, **more):
    anchor = Signer.local().anchor.decode()
    return engine.verify(
        data, media_type, telemetry=False, no_default_trust=True, trust_pem=anchor, **more
    )


@pytest.mark.parametrize("name", FORMS)
def test_it_trusts_what_we_sign_and_finds_its_hash_to_match(name, engine):
    media_type, data = FORMS[name]
    made = stamp(Asset.of_bytes(data, media_type), SAID, rules("signed-only"))
    unknown = media_type in UNKNOWN_THERE or media_type.startswith(OTHER_THERE)
    if read(made).provenance.mode == "sidecar" or unknown:
        pytest.skip("does not apply: nothing is embedded, or in a format unknown there")
    said = told(engine, made.data(), ALIAS.get(media_type, media_type))
    assert said["validation_results"]["failure"] == []
    assert (said["validation_state"], said["hard_binding"]) == ("Trusted", "match")


ONE_EACH = tuple({media_type: name for name, (media_type, _) in FORMS.items()}.values())


@pytest.mark.parametrize("name", ONE_EACH)
def test_it_trusts_a_key_that_is_elsewhere_and_the_time_stamp_beside_it(name, engine, authority):
    """That signature and its COSE structure are ours, not the SDK's."""
    media_type, data = FORMS[name]
    with served(authority) as url:
        signer = replace(FAR, tsas=(url,))
        made = stamp(Asset.of_bytes(data, media_type), SAID, rules("signed-only"), signer)
    unknown = media_type in UNKNOWN_THERE or media_type.startswith(OTHER_THERE)
    if read(made).provenance.mode == "sidecar" or unknown:
        pytest.skip("does not apply: nothing is embedded, or in a format unknown there")
    anchor = authority.anchor.decode()
    said = told(engine, made.data(), ALIAS.get(media_type, media_type), tsa_trust_pem=anchor)
    assert said["validation_results"]["failure"] == []
    assert (said["validation_state"], said["hard_binding"]) == ("Trusted", "match")
    codes = {each["code"] for each in said["validation_results"]["success"]}
    assert {"timeStamp.validated", "timeStamp.trusted"} <= codes
