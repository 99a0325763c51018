"""Writes canonical.json: values, their deterministic CBOR by the cbor2 package, and the SHA-256 of it.

Run: python make_fixtures.py   (pip install cbor2)
Notation of a value: {"i": integer}, {"f": float as text}, {"t": text}, {"b": hex}, {"l": list}, {"m": {key: value}}, null, true, false.
"""
import hashlib
import json
import pathlib
import struct
import unicodedata

import cbor2


class Number(float):
    """A float that must keep its eight bytes."""


def build(value):
    if value is None or isinstance(value, bool):
        return value
    (kind, content), = value.items()
    if kind == "i":
        return int(content)
    if kind == "f":
        return Number(float(content))
    if kind == "t":
        return unicodedata.normalize("NFC", content)
    if kind == "b":
        return bytes.fromhex(content)
    if kind == "l":
        return [build(item) for item in content]
    return {unicodedata.normalize("NFC", key): build(item) for key, item in content.items()}


def encoded(value):
    # cbor2 shortens floats in its canonical mode, so containers are joined here and heads come from cbor2.
    if isinstance(value, Number):
        return b"\xfb" + struct.pack(">d", value + 0.0)
    if isinstance(value, list):
        head = cbor2.dumps([None] * len(value), canonical=True)[: -len(value) or None]
        return head + b"".join(encoded(item) for item in value)
    if isinstance(value, dict):
        head = cbor2.dumps({key: None for key in value}, canonical=True)
        pairs = sorted((cbor2.dumps(key, canonical=True), encoded(item)) for key, item in value.items())
        body = sum(len(key) + 1 for key, _ in pairs)
        return head[: len(head) - body] + b"".join(key + item for key, item in pairs)
    return cbor2.dumps(value, canonical=True)


integers = [0, 1, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63 - 1, -1, -24, -25, -256, -257, -65537, -(2**63)]
values = [None, True, False]
values += [{"i": str(number)} for number in integers]
values += [{"f": text} for text in ["0.0", "-0.0", "1.0", "1e-3", "0.1", "1.5", "-65504.0", "3.4028234663852886e38", "5e-324", "1e300", "inf", "-inf"]]
values += [{"t": text} for text in ["", "a", "cFos", "µm", "e\u0301", "\u00e9", "\uac00", "\u1112\u1161\u11ab", "日本", "😀", "\u212b", "x" * 24, "y" * 300]]
values += [{"b": text} for text in ["", "00ff", "ab" * 30]]
values += [
    {"l": []},
    {"m": {}},
    {"l": [None, {"i": "1"}, {"f": "1.0"}, {"t": "1"}, {"l": [{"l": []}]}]},
    {"l": [{"i": str(i)} for i in range(30)]},
    {"m": {"b": {"i": "1"}, "a": {"i": "2"}, "aa": None, "": {"t": ""}, "é": True, "z": {"m": {}}}},
    {"m": {"k%d" % i: {"i": str(i)} for i in range(40)}},
    {"m": {"kind": {"t": "train.detector"}, "revision": {"i": "3"}, "parameters": {"m": {"learning_rate": {"f": "1e-3"}, "steps": {"i": "1500"}, "marker": None}}}},
]
vectors = []
for value in values:
    code = encoded(build(value))
    vectors.append({"value": value, "cbor": code.hex(), "sha256": hashlib.sha256(code).hexdigest()})
pathlib.Path(__file__).with_name("canonical.json").write_text(json.dumps(vectors, indent=1) + "\n")
