"""An admission without its durable write, against verifying and stamping the same upload."""

from __future__ import annotations


def rows(row, ratio, photo):
    """The row, of a vendor's 2 MP JPEG that a platform passes on: bytes in, an asset out."""
    from aigclabel import Asset, Context, Declaration, Signer, policy, stamp, verify
    from aigclabel.intake.gate import Gate
    from aigclabel.testing import SAID, trust_of

    signer, rules = Signer.local(), policy("cn.measures-2025")
    trust, context = trust_of(signer), Context(role="platform", facts={"notice_shown": "yes"})
    vendor = Context(without_notice=True, agreement="A", recipient="R")
    made = stamp(Asset.of_bytes(photo), SAID, policy("cn.gb45438-2025"), signer, vendor).data()
    said = Declaration(producer="A", propagator="A", propagate_id="1")
    gate = Gate(rules, signer, propagator="A", trust=trust, context=context)

    def admitted():
        return gate.admit(Asset.of_bytes(made, name="a.jpg"), propagate_id="1")

    def by_hand():
        verify(Asset.of_bytes(made, name="a.jpg"), rules, trust, context)
        return stamp(Asset.of_bytes(made, name="a.jpg"), said, rules, signer, context)

    assert admitted().decision == "label"
    value, note = ratio(admitted, by_hand)
    return [row("admit / verify and stamp", value, 1.3, "x", note)]
