"""Another tool's watermark, in a process and an environment of its own.

`python peer_worker.py NAME` reads requests and writes answers, each one line of JSON and then the
pixels that it tells of. It imports nothing of this project.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np


def bits_of(payload):
    return [int(bit) for bit in np.unpackbits(np.frombuffer(payload, np.uint8))]


def bytes_of(bits):
    return np.packbits(np.asarray(bits, np.uint8)).tobytes()


def without_torch():
    """invisible-watermark imports torch, 700 MB, for four small calls of one of its methods."""
    sys.modules.setdefault("torch", types.ModuleType("torch"))


def invisible(method):
    """invisible-watermark 0.2.0, MIT: by its public classes."""
    without_torch()
    from imwatermark import WatermarkDecoder, WatermarkEncoder

    def embed(pixels, payload):
        encoder = WatermarkEncoder()
        encoder.set_watermark("bytes", payload)
        return encoder.encode(pixels[..., ::-1], method)[..., ::-1]

    def detect(pixels, size):
        return WatermarkDecoder("bytes", 8 * size).decode(pixels[..., ::-1], method)

    return embed, detect


def riva_gan():
    """The nets in invisible-watermark's wheel, as its rivaGan.py runs them, on one thread."""
    without_torch()
    import imwatermark
    import onnxruntime

    told = onnxruntime.SessionOptions()
    told.intra_op_num_threads = told.inter_op_num_threads = 1
    folder = Path(imwatermark.__file__).parent
    writer, reader = (
        onnxruntime.InferenceSession(str(folder / f"rivagan_{name}.onnx"), told)
        for name in ("encoder", "decoder")
    )

    def frame(pixels):
        values = pixels[..., ::-1].astype(np.float32) / 127.5 - 1
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None, :, None])

    def embed(pixels, payload):
        data = np.array([bits_of(payload)], np.float32)
        made = writer.run(None, {"frame": frame(pixels), "data": data})[0]
        values = (np.clip(made[0, :, 0], -1, 1).transpose(1, 2, 0) + 1) * 127.5
        return values.astype(np.uint8)[..., ::-1]

    def detect(pixels, size):
        return bytes_of(reader.run(None, {"frame": frame(pixels)})[0][0] > 0.52)

    return embed, detect


def blind():
    """blind-watermark 0.4.4, MIT."""
    import blind_watermark

    blind_watermark.bw_notes.close()

    def embed(pixels, payload):
        tool = blind_watermark.WaterMark()
        tool.read_img(img=np.ascontiguousarray(pixels[..., ::-1]))
        tool.read_wm(np.array(bits_of(payload), bool), mode="bit")
        return np.clip(tool.embed(), 0, 255).round().astype(np.uint8)[..., ::-1]

    def detect(pixels, size):
        image = np.ascontiguousarray(pixels[..., ::-1])
        tool = blind_watermark.WaterMark()
        return bytes_of(tool.extract(embed_img=image, wm_shape=8 * size, mode="bit") > 0.5)

    return embed, detect


def clawid(algorithm):
    """clawid 0.2.4, MIT, with no more in its JSON than it insists on."""
    import clawid as tool
    from PIL import Image

    def embed(pixels, payload):
        said = {"uid": payload.hex(), "clawid": "", "ts": 0}
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/a.bmp"
            tool.embed(Image.fromarray(pixels), file, said, algorithm=algorithm)
            return np.asarray(Image.open(file).convert("RGB"))

    def detect(pixels, size):
        found = tool.detect(Image.fromarray(pixels), algorithm)
        return bytes.fromhex(found["uid"]) if found else None

    return embed, detect


def wmforge():
    """wmforge 0.1.0, MIT: gives a JPEG of quality 92."""
    import cv2
    from wmforge import pipeline

    def embed(pixels, payload):
        made = pipeline.embed(np.ascontiguousarray(pixels[..., ::-1]), payload.hex())
        return cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]

    def detect(pixels, size):
        file = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1].tobytes()
        found = pipeline.extract(file)
        return bytes.fromhex(found) if found else None

    return embed, detect


def melu():
    """melu 0.8.0, Apache-2.0: no payload. Its salt stands for the payload, and it is only asked
    whether that salt is there."""
    import melu as tool

    salts = []

    def embed(pixels, payload):
        salts[:] = [payload]
        made, _ = tool.embed(pixels, payload)
        return np.asarray(made.to_pil().convert("RGB"))

    def detect(pixels, size):
        salt = salts[0] if salts else bytes(size)
        return salt if tool.detect(pixels, salt).found else None

    return embed, detect


TOOLS = {
    "dwtDct": lambda: invisible("dwtDct"),
    "dwtDctSvd": lambda: invisible("dwtDctSvd"),
    "rivaGan": riva_gan,
    "blind-watermark": blind,
    "clawid-qim": lambda: clawid("qim"),
    "clawid-fm": lambda: clawid("fm"),
    "wmforge": wmforge,
    "melu": melu,
}


def answered(tool, asked, pixels):
    """The answer to one request, and its pixels. What a tool raises is an answer too."""
    embed, detect = tool
    start = time.process_time()
    try:
        if asked["do"] == "embed":
            made = np.ascontiguousarray(embed(pixels, bytes.fromhex(asked["payload"])), np.uint8)
            return {"cpu": time.process_time() - start, "shape": made.shape}, made.tobytes()
        found = detect(pixels, asked["size"])
    except Exception as error:
        return {"cpu": time.process_time() - start, "error": repr(error)[:200]}, b""
    payload = None if found is None else bytes(found).hex()
    return {"cpu": time.process_time() - start, "payload": payload}, b""


def main():
    """Serves one tool until its input ends."""
    said, sys.stdout = sys.stdout.buffer, sys.stderr
    tool = TOOLS[sys.argv[1]]()
    for line in iter(sys.stdin.buffer.readline, b""):
        asked = json.loads(line)
        data = sys.stdin.buffer.read(int(np.prod(asked["shape"])))
        pixels = np.frombuffer(data, np.uint8).reshape(asked["shape"])
        answer, more = answered(tool, asked, pixels)
        said.write(json.dumps(answer).encode() + b"\n" + more)
        said.flush()


if __name__ == "__main__":
    main()
