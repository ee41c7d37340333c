"""The first law under every policy of the package: what it asks for and a stamp can write, it
accepts; what cannot be written is refused, and each requirement named."""

from datetime import date

import pytest
from laws.rules import GB
from laws.samples import NAMES, ONE_PER_FORMAT, asset

from aigclabel import CannotLabel, Context, policy, stamp
from aigclabel.plugins import policy_ids
from aigclabel.testing import SAID, check_both_orders, check_stamp, check_twice

AD = {"synthetic_performer": "yes", "actual_knowledge": "yes"}
WORLDS = {
    "c2pa-only": Context(),
    "cn.deep-synthesis": Context(facts={"confusing": "yes"}),
    "cn.digital-human-draft": Context(facts={"virtual_human": "yes"}),
    "cn.filing-draft-2023-04": Context(facts={"filed": "yes"}),
    "cn.licence-before-release": Context(facts={"licensed": "yes"}),
    "cn.measures-2025": Context(facts={"confusing": "yes", "exported": "yes"}),
    "cn.order21": Context(facts={"prior_notice": "yes", "reminded_every_2h": "yes"}),
    "eu.art50": Context(facts={"detector": "yes"}),
    "eu.art50.code": Context(role="deployer", facts={"deepfake": "yes", "artistic": "no"}),
    "in.draft-2026-04": Context(facts={"realistic": "yes"}),
    "in.rule3-3": Context(facts={"realistic": "yes"}),
    "iptc-only": Context(),
    "kr.art31": Context(facts={"deepfake": "yes", "exported": "yes"}),
    "kz.art21": Context(facts={"deepfake": "yes"}),
    "platform.douyin": Context(facts={"declared": "yes"}),
    "platform.linkedin": Context(role="user"),
    "platform.meta": Context(role="user"),
    "platform.tiktok": Context(role="user", facts={"realistic": "yes", "declared": "yes"}),
    "platform.youtube": Context(role="user", facts={"realistic": "yes", "declared": "yes"}),
    "us-ca.17610": Context(role="advertiser", on=date(2027, 1, 1), facts=AD),
    "us-ca.22757": Context(users=2_000_000, facts={"durable": "yes"}),
    "us-ny.396b": Context(role="advertiser", facts=AD),
    "us-ut.hb276": Context(on=date(2027, 1, 1), users=2_000_000),
    "us-wa.hb1170": Context(on=date(2027, 2, 1), users=2_000_000),
    "vn.d142": Context(role="deployer", facts={"deepfake": "yes", "confusing": "yes"}),
    "world-strict": Context(facts={"detector": "yes"}),
}
"""Who asks, and what they know, so that the policy wants something of content."""
NOT_YET = {"world-strict"}
"""Policies that want a time stamp, which no signature of the local identity has."""


def combinations():
    from conftest import FULL

    few = ("jpeg-baseline", "text-plain")
    return [
        (name, form) for name in WORLDS for form in (NAMES if FULL else few) if name in policy_ids()
    ]


def test_every_policy_of_the_package_is_here():
    assert {*policy_ids()} - {GB} == {*WORLDS}


@pytest.mark.parametrize(("name", "form"), combinations())
def test_what_it_asks_for_and_a_stamp_can_write_it_accepts(name, form):
    made = check_stamp(asset(form), SAID, policy(name), WORLDS[name])
    if form in ONE_PER_FORMAT and form.startswith(("jpeg", "png")):
        assert (made is None) == (name in NOT_YET)
    if made is not None:
        check_twice(made, SAID, policy(name), WORLDS[name])


@pytest.mark.parametrize("name", sorted(set(WORLDS) - NOT_YET))
def test_joined_with_the_standard_of_china_the_order_does_not_matter(name):
    check_both_orders(asset("png-rgb"), SAID, policy(GB), policy(name), WORLDS[name])


@pytest.mark.parametrize("name", sorted(NOT_YET))
def test_what_cannot_be_written_is_named(name):
    with pytest.raises(CannotLabel, match=name):
        stamp(asset("png-rgb"), SAID, policy(name), context=WORLDS[name])
