"""The words that a manifest may be written in: tables from C2PA 2.4, CAWG and the list of
soft-binding algorithms. Readers take anything; writers keep to these."""

from __future__ import annotations

ACTIONS = frozenset(
    {
        "c2pa.addedText",
        "c2pa.adjustedColor",
        "c2pa.changedSpeed",
        "c2pa.converted",
        "c2pa.created",
        "c2pa.cropped",
        "c2pa.deleted",
        "c2pa.drawing",
        "c2pa.dubbed",
        "c2pa.edited",
        "c2pa.edited.metadata",
        "c2pa.enhanced",
        "c2pa.filtered",
        "c2pa.mastered",
        "c2pa.mixed",
        "c2pa.opened",
        "c2pa.orientation",
        "c2pa.placed",
        "c2pa.published",
        "c2pa.redacted",
        "c2pa.remixed",
        "c2pa.removed",
        "c2pa.repackaged",
        "c2pa.resized",
        "c2pa.resized.proportional",
        "c2pa.transcoded",
        "c2pa.translated",
        "c2pa.trimmed",
        "c2pa.unknown",
        "c2pa.watermarked.bound",
        "c2pa.watermarked.unbound",
    }
)
"""C2PA 2.4, 18.15.4.7, the pre-defined actions that are not deprecated."""
RENAMED = {
    "c2pa.color_adjustments": "c2pa.adjustedColor",
    "c2pa.watermarked": "c2pa.watermarked.bound",
}
"""Actions that C2PA 2.4 deprecates (annex C), and what to write instead."""
UPDATING = frozenset({"c2pa.opened", "c2pa.edited.metadata", "c2pa.published", "c2pa.redacted"})
"""What may have been done where no content was changed (C2PA 2.4, 11.2, update manifests)."""

ASSERTIONS = (
    "c2pa.actions.v2",
    "c2pa.ai-disclosure",
    "c2pa.asset-ref",
    "c2pa.asset-type.v2",
    "c2pa.certificate-status",
    "c2pa.cloud-data",
    "c2pa.depthmap.GDepth",
    "c2pa.embedded-data",
    "c2pa.external-reference",
    "c2pa.icon",
    "c2pa.metadata",
    "c2pa.soft-binding",
    "c2pa.thumbnail.",
    "c2pa.time-stamp",
)
"""C2PA 2.4, 18.4: standard assertions that somebody may hand in; one that ends in a point stands
for all that begin so. Ingredients and hashes are made by who signs."""

REASONS = frozenset(
    {
        "c2pa.PII.present",
        "c2pa.invalid.data",
        "c2pa.trade-secret.present",
        "c2pa.government.confidential",
    }
)
"""C2PA 2.4, 18.15.4.9: why an assertion was redacted; others carry a namespace of their own."""

OVERSIGHT = ("fully_autonomous", "prompt_guided", "human_validated")
"""C2PA 2.4, 18.28.2, `contentProfile.humanOversightLevel`."""
MODEL = "c2pa.types.model"
"""C2PA 2.4, 18.21.1, table 12: a model of no other type; others follow after a point."""

USES = ("ai_generative_training", "ai_training", "ai_inference", "data_mining")
"""CAWG Training and Data Mining Assertion 1.1, the entries without their `cawg.`."""
ANSWERS = ("allowed", "notAllowed", "constrained")
"""The same, the values of `use`."""

OWN_SOFT_BINDINGS = frozenset({"org.aigclabel.spread.1", "org.aigclabel.windows.1"})
"""Soft-binding algorithms of this library's own, which are not on C2PA's list (C2PA 2.4, 18.10
wants one that is): readers that know them find the manifest by them, others pass over them."""
SOFT_BINDINGS_DATE = "2026-08-13"
"""The latest entry of the list below (c2pa-org/softbinding-algorithm-list)."""
SOFT_BINDINGS = frozenset(
    [
        "com.digimarc.validate.1",
        "org.atsc.a336",
        "io.iscc.v0",
        "com.adobe.trustmark.Q",
        "com.adobe.trustmark.C",
        "com.adobe.icn.dense",
        "ai.steg.api",
        "ai.trufo.pawprint.watermark",
        "ai.trufo.pawprint.fingerprint",
        "app.overlai.watermark.1",
        "tv.kinetiq.watercast.48.1",
        "castLabs.watermark.1",
        "com.adobe.trustmark.P",
        "com.imatag.lamark.v1",
        "com.nagra.nexguard.watermark.1",
        "com.mentaport.watermark.1",
        "com.digicaps.fingerprint.1",
        "com.sonicorigin.watermark.1",
        "com.microsoft.invismark.1",
        "com.microsoft.wavmark.1",
        "ai.contentlens.image.basewmk",
        "ai.contentlens.image.ensemblewmk",
        "ai.contentlens.image.customwmk",
        "ai.contentlens.audio.mono",
        "ai.contentlens.audio.stereo",
        "es.lumatrace",
        "com.markany.watermark.1",
        "com.verimatrix.watermark.1",
        "com.writerslogic.zwc-watermark.1",
        "com.aiwatermark.videoseal.1",
        "com.aiwatermark.pixelseal.1",
        "com.aiwatermark.audioseal.1",
        "eu.sasha.softbinding.v1",
        "ai.verda.watermark.image.1",
        "ai.verda.watermark.video.1",
        "ai.verda.watermark.audio.1",
        "com.evixar.eaw.1",
        "com.evixar.efp.type3.1",
        "com.cognitive-proof.vsrmark.1",
        "me.deepmark.audio.vigil.128",
        "com.writerslogic.text-fingerprint.1",
        "com.writerslogic.zwc-watermark.2",
        "com.writerslogic.text-structure.1",
        "com.writerslogic.text-minhash.1",
        "io.blockfact.audio.watermark.32",
        "com.doverunner.watermark.1",
        "com.writerslogic.text-watermark-semantic.1",
        "com.joinmonolith.sha256",
        "com.museblossom.contentsdefence.1",
        "me.reconize.videoseal.1",
        "io.diker.sigi.v1",
        "com.adobe.hiermark.A",
        "com.adobe.flowmark.A",
    ]
)
"""Registered soft-binding algorithms, which `alg` must be one of (C2PA 2.4, 18.10)."""
