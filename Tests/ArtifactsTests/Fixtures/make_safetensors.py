#!/usr/bin/env python3
"""Writes the safetensors files beside it, and what is in them as JSON.

usage: make_safetensors.py
needs: pip install torch safetensors
"""
import json, pathlib, struct
import torch
from safetensors.torch import save_file

here = pathlib.Path(__file__).parent


def write(name, tensors, metadata=None):
    save_file(tensors, here / f"{name}.safetensors", metadata)
    describe(name, tensors, metadata)


def describe(name, tensors, metadata):
    expected = {
        "metadata": metadata or {},
        "tensors": {n: {"shape": list(t.shape), "bits": [b & 0xFFFFFFFF for b in t.float().flatten().view(torch.int32).tolist()]}
                    for n, t in tensors.items()},
    }
    (here / f"{name}.json").write_text(json.dumps(expected) + "\n")


halves = [0.0, -0.0, 1.0, -2.5, 65504.0, 6.1e-5, 6e-8, -5.96e-8, 1 / 3, float("inf"), float("-inf")]
torch.manual_seed(1)
write("types", {
    "f64": torch.tensor([1 / 3, -1e-300, 3.4e38, float("inf")], dtype=torch.float64),
    "f32": torch.randn(2, 3, 5),
    "f16": torch.tensor(halves).half(),
    "every-f16": torch.arange(-512, 512, dtype=torch.int32).to(torch.int16).view(torch.float16).float().nan_to_num(0).half(),
    "bf16": torch.tensor(halves + [3e38, 1e-40]).bfloat16(),
    "i64": torch.tensor([0, -1, 1 << 24, -(1 << 24), 1 << 40], dtype=torch.int64),
})
write("shapes", {
    "scalar": torch.tensor(7.5),
    "count": torch.tensor(1234, dtype=torch.int64),
    "empty": torch.zeros(0),
    "empty-inside": torch.zeros(3, 0, 2),
    "one": torch.tensor([[[[1.25]]]]),
}, {"format": "pt", "words": "quoted \"text\", line\nbreak, µm and \U0001F52C"})
write("none", {}, {"only": "metadata"})

# The package sorts by type and name; a header in another order is as good.
tensors = {"b": torch.tensor([3.0, 4.0]), "a": torch.tensor([1.0, 2.0])}
header = json.dumps({
    "b": {"data_offsets": [8, 16], "shape": [2], "dtype": "F32"},
    "__metadata__": {"order": "b before a, values a before b"},
    "a": {"shape": [2], "dtype": "F32", "data_offsets": [0, 8]},
}, indent=1).encode() + b"   \n"
(here / "unordered.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<4f", 1, 2, 3, 4))
describe("unordered", tensors, {"order": "b before a, values a before b"})
