"""Prints the two fingerprints of TaskKeyTests, by an encoder of its own (RFC 8949, section 4.2) and hashlib.

Run: python task_key.py
"""
import hashlib
import struct


def head(major, number):
    if number < 24:
        return bytes([major << 5 | number])
    if number < 256:
        return bytes([major << 5 | 24, number])
    return bytes([major << 5 | 25]) + struct.pack(">H", number)


def encoded(value):
    if isinstance(value, int):
        return head(0, value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(encoded(item) for item in value)
    entries = sorted((encoded(key), encoded(item)) for key, item in value.items())
    return head(5, len(entries)) + b"".join(key + item for key, item in entries)


def digest(text):
    return hashlib.sha256(text.encode()).digest()


def fingerprint(kind, revision, parameters, inputs, seed, numerics):
    key = {
        "domain": "lightbench.task", "format": 1, "kind": kind, "revision": revision, "parameters": parameters,
        "inputs": inputs, "seed": struct.pack(">Q", seed), "numerics": numerics,
    }
    return hashlib.sha256(encoded(key)).hexdigest()


print(fingerprint("k", 1, {"a": 1, "b": "x"}, [
    {"port": "p", "place": 0, "digest": digest("0"), "labels": {"row": "r"}},
    {"port": "p", "place": 1, "digest": digest("1"), "labels": {}},
], 7, 1))
print(fingerprint("", 0, {}, [], 0, 0))
