"""Pictures and texts in the forms in which generators, clouds and cameras deliver them.

None is anybody's file: each is made here, with the bytes where those writers put them. Codes
are those that the vendors publish in their own output; all else is invented.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from laws.samples import (
    PARAMETERS,
    WORKFLOW,
    chunk,
    coded,
    exif,
    itxt,
    jpeg_with,
    picture,
    png_with,
    riff_chunk,
    segment,
    text_chunk,
    webp_with,
    xmp_segment,
)
from PIL.PngImagePlugin import PngInfo

DOUBAO = "001191110102MACQD9K64010000"
TENCENT = "001191440300708461136T1XGW3"
STEPFUN = "001191310104MACE0YX63918020"
HONOR = "001191440300MA5G49LC9K1YO01"
JIMENG = "00119144030008867405X210000"
IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
TRAINED = IPTC + "trainedAlgorithmicMedia"
COMPOSITE = IPTC + "compositeWithTrainedAlgorithmicMedia"
CAPTURE = IPTC + "digitalCapture"
_TC260 = 'xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/"'
_EXT = 'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'


@dataclass(frozen=True)
class Delivered:
    """One file as it arrives."""

    data: bytes
    media_type: str
    name: str


def fields(producer, number="7482910563", label="1", code1="", code2="", **more):
    """The seven fields of GB 45438-2025 Annex E, as a first write has them."""
    return {
        "Label": label,
        "ContentProducer": producer,
        "ProduceID": number,
        "ReservedCode1": code1,
        "ContentPropagator": producer,
        "PropagateID": number,
        "ReservedCode2": code2,
    } | more


def packet(inner="", attributes="", namespaces=_TC260):
    """An XMP packet as most writers pad and wrap it."""
    body = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Some Toolkit 1.0">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'  <rdf:Description rdf:about="" {namespaces} {attributes}>{inner}</rdf:Description>\n'
        " </rdf:RDF>\n</x:xmpmeta>\n" + " " * 200 + '\n<?xpacket end="w"?>'
    )
    return body.encode()


def quoted(text):
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def _compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _png(*chunks, mode="RGB"):
    return png_with(coded(picture(mode), "PNG"), *chunks)


def _jpeg(*segments):
    return jpeg_with(coded(picture(), "JPEG", quality=88), *segments)


def _xmp_png(xmp):
    return _png(itxt(b"XML:com.adobe.xmp", xmp))


def _element(value, prefix="TC260", escape=quoted):
    return f"<{prefix}:AIGC>{escape(value)}</{prefix}:AIGC>"


# -- GB 45438-2025, as vendors write it ---------------------------------------------------


def doubao():
    """tEXt AIGC and an XMP element with entities, the same value in both."""
    value = _compact(fields(DOUBAO, code1="rc1", code2="rc2"))
    return _png(
        itxt(b"XML:com.adobe.xmp", packet(_element(value))), text_chunk(b"AIGC", value.encode())
    )


def doubao_xmp():
    return _xmp_png(packet(_element(_compact(fields(DOUBAO)))))


def picwish():
    """An attribute of rdf:Description."""
    value = quoted(_compact(fields("picwish")))
    return _jpeg(xmp_segment(packet(attributes=f'TC260:AIGC="{value}"')))


def jimeng():
    """Raw quotes in the element, in a WebP."""
    xmp = packet(_element(_compact(fields(JIMENG)), escape=str))
    return coded(picture(), "WEBP", quality=85, xmp=xmp)


def tencent():
    """EXIF ImageDescription with the wrapped object."""
    return _jpeg(_description(_compact({"AIGC": fields(TENCENT, code1="b" * 140)})))


def tencent_cloud():
    """The names of an early draft."""
    draft = {
        "Label": "1",
        "ServiceProvider": TENCENT,
        "ServiceUser": "100012345678",
        "Time": "2025-09-03T10:00:00Z",
        "ContentId": "c-0001",
    }
    return _jpeg(_description(_compact({"AIGC": draft})))


def _description(text):
    value = text.encode() + b"\0"
    block = b"II*\0\x08\0\0\0\x01\0" + b"\x0e\x01\x02\0" + len(value).to_bytes(4, "little")
    return segment(0xE1, b"Exif\0\0" + block + b"\x1a\0\0\0" + b"\0\0\0\0" + value)


def user_comment():
    """EXIF UserComment, the informative place of TC260-PG-20259A Annex B."""
    value = _compact({"AIGC": fields(DOUBAO)}).encode()
    return _jpeg(segment(0xE1, b"Exif\0\0" + exif(1, value)))


def application_segment():
    """A JPEG segment that begins with AIGC, near JFIF."""
    return _jpeg(segment(0xEB, b"AIGC" + _compact(fields(DOUBAO)).encode()))


def comment_segment():
    return _jpeg(segment(0xFE, _compact({"AIGC": fields("doubao")}).encode()))


def honor():
    """Reserved codes as objects with the vendor's own spelling."""
    protection = {
        "SecurityData": {
            "Type": "TC260PG",
            "Version": 1,
            "PubSd": [{"Type": "DS", "AlgID": "1.2.840.113549.1.1.11", "Signature": "00ff"}],
        }
    }
    return _xmp_png(packet(_element(_compact(fields(HONOR) | {"ReservedCode1": protection}))))


def other_prefix():
    xmp = packet(
        _element(_compact(fields(DOUBAO)), "aigc"),
        namespaces='xmlns:aigc="http://www.tc260.org.cn/ns/AIGC/1.0/"',
    )
    return _xmp_png(xmp)


def wrapped_in_xmp():
    return _xmp_png(packet(_element(_compact({"AIGC": fields("doubao")}))))


def structure():
    """An rdf structure with a property for each field."""
    rows = "".join(f"<TC260:{k}>{quoted(v)}</TC260:{k}>" for k, v in fields(DOUBAO).items())
    return _xmp_png(packet(f'<TC260:AIGC rdf:parseType="Resource">{rows}</TC260:AIGC>'))


def language_alternative():
    value = quoted(_compact(fields(DOUBAO)))
    inner = f'<rdf:Alt><rdf:li xml:lang="x-default">{value}</rdf:li></rdf:Alt>'
    return _xmp_png(packet(f"<TC260:AIGC>{inner}</TC260:AIGC>"))


def character_data():
    return _xmp_png(packet(f"<TC260:AIGC><![CDATA[{_compact(fields(DOUBAO))}]]></TC260:AIGC>"))


def escaped_twice():
    return _xmp_png(packet(_element(quoted(_compact(fields(DOUBAO))))))


def json_in_json():
    return _xmp_png(packet(_element(json.dumps(_compact(fields(DOUBAO))))))


def unbound_prefix():
    """The prefix that a library declares is not the one that it writes."""
    xmp = packet(
        _element(_compact(fields(DOUBAO))),
        namespaces='xmlns:C260="http://www.tc260.org.cn/ns/AIGC/1.0/"',
    )
    return _xmp_png(xmp)


def squeezed_packet():
    xmp = packet(_element(_compact(fields(DOUBAO))))
    return _png(itxt(b"XML:com.adobe.xmp", xmp, squeezed=True))


def wide_packet():
    """The packet in UTF-16."""
    text = packet(_element(_compact(fields(DOUBAO)))).decode()
    return _xmp_png(text.encode("utf-16"))


def squeezed_key():
    import zlib

    value = zlib.compress(_compact(fields(DOUBAO)).encode())
    return _png(chunk(b"zTXt", b"AIGC\0\0" + value))


def chinese_name():
    return _xmp_png(packet(_element(_compact(fields("示例科技有限公司")))))


def possible():
    """A platform's own judgement on a file that carried nothing: Label 2."""
    return _xmp_png(packet(_element(_compact(fields(TENCENT, label="2")))))


def suspected():
    return coded(
        picture(), "WEBP", quality=85, xmp=packet(_element(_compact(fields(TENCENT, label="3"))))
    )


def numeric_label():
    return _xmp_png(packet(_element(_compact(fields(DOUBAO) | {"Label": 1}))))


def unknown_label():
    return _xmp_png(packet(_element(_compact(fields(DOUBAO, label="4")))))


def mistyped_code():
    return _xmp_png(packet(_element(_compact(fields("001191110102MACQD9K65010000")))))


def relayed():
    """Made by one, passed on by another."""
    label = fields(DOUBAO) | {"ContentPropagator": TENCENT, "PropagateID": "post-9"}
    return _xmp_png(packet(_element(_compact(label))))


def contradicting():
    """Two places that name different numbers."""
    xmp = packet(_element(_compact(fields(DOUBAO, "1111"))))
    other = _compact(fields(DOUBAO, "2222")).encode()
    return _png(itxt(b"XML:com.adobe.xmp", xmp), text_chunk(b"AIGC", other))


# -- Markdown -----------------------------------------------------------------------------

_SIGNED_BY_STEPFUN = {
    "SecurityData": {
        "Type": "TC260PG",
        "Version": 1,
        "PubSD": [
            {
                "Type": "DS",
                "AlgID": "1.2.156.10197.1.501",
                "TBSData": {"Type": "LabelMataData"},
                "Signature": "3046022100AE6B84B3342128AE301A597596FCD9EECF3EA0FC2DB6C250BAF2"
                "34E167298E9002210097223ABB647B786A90D0A1B93CB9382EA879563B2C7F025FA006BE16AE92"
                "6C14",
            },
            {
                "Type": "PubKey",
                "AlgID": "1.2.156.10197.1.501",
                "KeyValue": "3059301306072A8648CE3D020106082A811CCF5501822D034200045728F08C58"
                "D9C72150A705693EF7337859F8FF216E802630041AFAE5C036F0A67CB1FDF8C57F5F8B623284AE"
                "09E4E545464B7140B26BBDA51BAE965F854C57AA",
            },
        ],
    }
}


def stepfun():
    """Single quotes, keys in the order of the alphabet, a number without quotes."""
    label = fields(STEPFUN, "142569260085903360", code1=_compact(_SIGNED_BY_STEPFUN))
    rows = "".join(
        f"    {key}: {value}\n"
        if key in {"ProduceID", "PropagateID"}
        else f"    {key}: '{value}'\n"
        for key, value in sorted(label.items())
    )
    return f"---\nAIGC:\n{rows}---\n\n# 研究报告\n\n正文。\n".encode()


def minimax():
    """A label of its own value, and a field that the standard does not have."""
    return (
        b'---\nAIGC:\n  Label: "AIGC"\n  ContentProducer: "Minimax Agent AI"\n'
        b'  ProduceID: "00000000000000000000000000000000"\n  ReservedCode1: "3046022100"\n'
        b'  ContentPropagator: "Minimax Agent AI"\n  PropagateID: "0000"\n'
        b'  ReservedCode2: "3046022100"\n  Timestamp: "2025-10-01"\n---\n\n# Report\n\nText.\n'
    )


def markdown_at_the_end():
    rows = "".join(f'  {key}: "{value}"\n' for key, value in fields(DOUBAO).items())
    return f"# Report\n\nText.\n\n---\nAIGC:\n{rows}---\n".encode()


def markdown_in_a_fence():
    rows = "".join(f"  {key}: '{value}'\n" for key, value in fields(DOUBAO).items())
    return f"```yaml\nAIGC:\n{rows}```\n\n# Report\n".encode()


def markdown_two_heads():
    """The label's own block, and the author's front matter behind it."""
    rows = "".join(f"  {key}: '{value}'\n" for key, value in fields(DOUBAO).items())
    return f"---\nAIGC:\n{rows}---\n---\ntitle: Mine\n---\n# Report\n".encode()


# -- IPTC and generator text --------------------------------------------------------------


def midjourney():
    info = PngInfo()
    info.add_text("Description", "a lighthouse at dusk --v 7 Job ID: 0f1e2d3c-0000")
    info.add_text("Author", "somebody")
    xmp = packet(
        f"<Iptc4xmpExt:DigitalSourceType>{TRAINED}</Iptc4xmpExt:DigitalSourceType>", "", _EXT
    )
    return png_with(coded(picture(), "PNG", pnginfo=info), itxt(b"XML:com.adobe.xmp", xmp))


def google():
    """Attributes: a credit line and the source type."""
    xmp = packet(
        attributes='photoshop:Credit="Made with Google AI" '
        f'Iptc4xmpExt:DigitalSourceType="{TRAINED}"',
        namespaces=f'{_EXT} xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"',
    )
    return _jpeg(xmp_segment(xmp))


def google_edited():
    return _jpeg(
        xmp_segment(
            packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{COMPOSITE}"', namespaces=_EXT)
        )
    )


def secure_scheme():
    """https, where the vocabulary says http."""
    uri = TRAINED.replace("http:", "https:")
    return coded(
        picture(),
        "WEBP",
        quality=85,
        xmp=packet(f'<Iptc4xmpExt:DigitalSourceType rdf:resource="{uri}"/>', "", _EXT),
    )


def system_named():
    return _xmp_png(
        packet(
            f"<Iptc4xmpExt:DigitalSourceType>{TRAINED}</Iptc4xmpExt:DigitalSourceType>"
            "<Iptc4xmpExt:AISystemUsed>Some Model</Iptc4xmpExt:AISystemUsed>"
            "<Iptc4xmpExt:AISystemVersionUsed>2.0</Iptc4xmpExt:AISystemVersionUsed>",
            "",
            _EXT,
        )
    )


def automatic1111():
    return _png(text_chunk(b"parameters", PARAMETERS.encode()))


def comfyui():
    return _png(
        text_chunk(b"prompt", WORKFLOW.encode()), text_chunk(b"workflow", WORKFLOW.encode())
    )


# -- C2PA ---------------------------------------------------------------------------------

CREATED = {"action": "c2pa.created", "digitalSourceType": TRAINED, "softwareAgent": {"name": "gen"}}
CAMERA = {"action": "c2pa.created", "digitalSourceType": CAPTURE}
OPENED = {"action": "c2pa.opened"}
CONVERTED = {"action": "c2pa.converted"}
FILLED = {"action": "c2pa.edited", "digitalSourceType": COMPOSITE}


def signed(data, media_type, *history):
    """Signed once for each list of actions. One that begins with OPENED has the manifest
    before it as its parent; the SDK then writes that action itself."""
    for actions in history:
        data = _signed_once(data, media_type, actions)
    return data


def _signed_once(data, media_type, actions):
    from c2pa import Builder, C2paBuilderIntent, C2paSignerInfo, Context, Signer
    from laws.worlds import other_signer

    opens, actions = OPENED in actions, [each for each in actions if each != OPENED]
    who = other_signer()
    signer = Signer.from_info(C2paSignerInfo(who.algorithm.encode(), who.chain, who.key, None))
    told = Context.from_dict(
        {"builder": {"thumbnail": {"enabled": False}}, "core": {"allowed_network_hosts": []}}
    )
    builder = Builder(
        {
            "claim_generator_info": [{"name": "somebody", "version": "1"}],
            "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}]
            if actions
            else [],
        },
        context=told,
    )
    if opens:
        builder.set_intent(C2paBuilderIntent.EDIT)
    out = BytesIO()
    builder.sign(signer, media_type, BytesIO(data), out)
    return out.getvalue()


def firefly():
    return signed(_jpeg(), "image/jpeg", [CREATED])


def openai():
    """Made by the model, then wrapped once more by the application: one parent deep."""
    return signed(_png(), "image/png", [CREATED], [OPENED, CONVERTED])


def two_deep():
    data = coded(picture(), "WEBP", quality=85)
    return signed(data, "image/webp", [CREATED], [OPENED], [OPENED, CONVERTED])


def generative_fill():
    return signed(_jpeg(), "image/jpeg", [CAMERA], [OPENED, FILLED])


def signed_camera():
    return signed(_jpeg(), "image/jpeg", [CAMERA])


# -- people -------------------------------------------------------------------------------


def camera():
    preview = coded(picture().resize((80, 56)), "JPEG")
    return _jpeg(segment(0xE1, b"Exif\0\0" + exif(6, b"shot by hand", preview)))


def talks_of_aigc():
    """A photo whose owner wrote about AIGC: no label."""
    return _jpeg(segment(0xE1, b"Exif\0\0" + exif(1, b"AIGC photo exhibition, hall 2")))


def captured():
    return _jpeg(
        xmp_segment(
            packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{CAPTURE}"', namespaces=_EXT)
        )
    )


def enhanced():
    """Denoised: an algorithm, and no evidence of generative AI."""
    uri = IPTC + "algorithmicallyEnhanced"
    return _jpeg(
        xmp_segment(packet(attributes=f'Iptc4xmpExt:DigitalSourceType="{uri}"', namespaces=_EXT))
    )


def saved_again():
    """A labelled picture after Pillow opened and saved it."""
    from PIL import Image

    with Image.open(BytesIO(doubao())) as image:
        return coded(image.copy(), "PNG")


def plain_text():
    return "AI is a topic here, 生成 too, and nothing says that a machine wrote this.\n".encode()


def own_front_matter():
    return b"---\ntitle: 'AIGC and the law'\nauthor: somebody\n---\n# AIGC\n\nText.\n"


def unknown_chunks():
    return webp_with(coded(picture(), "WEBP", quality=85), riff_chunk(b"AIGX", b"nothing"))


# -- the table ----------------------------------------------------------------------------

_KINDS = {
    b"\x89PNG": ("image/png", ".png"),
    b"\xff\xd8\xff\xe0": ("image/jpeg", ".jpg"),
    b"RIFF": ("image/webp", ".webp"),
}


@cache
def delivered(name):
    """The file that this function of the module makes."""
    data = globals()[name]()
    kinds = {magic: kind for magic, kind in _KINDS.items() if data.startswith(magic)}
    if data.startswith(b"\xff\xd8"):
        media_type, suffix = "image/jpeg", ".jpg"
    elif kinds:
        media_type, suffix = next(iter(kinds.values()))
    else:
        is_plain = name == "plain_text"
        media_type, suffix = ("text/plain", ".txt") if is_plain else ("text/markdown", ".md")
    return Delivered(data, media_type, name + suffix)
