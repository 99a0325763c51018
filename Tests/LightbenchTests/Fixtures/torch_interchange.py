#!/usr/bin/env python3
"""PyTorch's side of the exchange of models: a model of its own, and its opinion of a heatmap.

usage: torch_interchange.py make FOLDER                           FOLDER/theirs.safetensors, FOLDER/volume.zarr
       torch_interchange.py compare FOLDER WEIGHTS MODEL HEATMAP   prints the largest difference of HEATMAP and PyTorch's
needs: pip install torch numpy safetensors; libzstd
"""
import ctypes, ctypes.util, json, pathlib, sys
import numpy as np, torch, torch.nn as nn
from safetensors import safe_open
from safetensors.torch import load_file, save_file


class Residual(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x) + x


class DepthToSpace(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        b, _, z, y, w = x.shape
        pz, py, px = self.p
        return x.reshape(b, pz, py, px, z, y, w).permute(0, 4, 1, 5, 2, 6, 3).reshape(b, 1, z * pz, y * py, w * px)


def convmixer3d(dim, depth, kernel, patch):
    block = lambda: nn.Sequential(
        Residual(nn.Sequential(nn.Conv3d(dim, dim, kernel, groups=dim, padding="same"), nn.GELU(), nn.BatchNorm3d(dim))),
        nn.Conv3d(dim, dim, 1), nn.GELU(), nn.BatchNorm3d(dim))
    return nn.Sequential(nn.Conv3d(1, dim, patch, stride=patch), nn.GELU(), nn.BatchNorm3d(dim),
                         *[block() for _ in range(depth)],
                         nn.Conv3d(dim, patch[0] * patch[1] * patch[2], 1), DepthToSpace(patch))


def make(folder):
    """A model with running statistics of some batches, and a volume that the patch does not divide."""
    torch.manual_seed(5)
    model = convmixer3d(20, 3, (3, 5, 5), (1, 2, 2))
    with torch.no_grad():
        for norm in (m for m in model.modules() if isinstance(m, nn.BatchNorm3d)):
            norm.weight.uniform_(0.5, 1.5)
            norm.bias.uniform_(-0.5, 0.5)
        for _ in range(30):
            model(torch.rand(2, 1, 6, 24, 24) * 2 - 0.5)
    save_file(model.state_dict(), folder / "theirs.safetensors")
    z, y, x = np.meshgrid(*[np.arange(n) for n in (11, 149, 93)], indexing="ij")
    waves = np.sin(z / 2) + np.sin(y / 5) * np.cos(x / 7)
    noise = np.random.default_rng(5).normal(size=waves.shape)
    write_zarr(folder / "volume.zarr", (1000 + 300 * waves + 100 * noise).clip(0).astype("<u2"))


def write_zarr(path, array):
    """Version 2, one chunk, no compression."""
    path.mkdir()
    metadata = dict(zarr_format=2, shape=array.shape, chunks=array.shape, dtype=array.dtype.str, compressor=None,
                    fill_value=0, order="C", filters=None)
    (path / ".zarray").write_text(json.dumps(metadata))
    (path / "0.0.0").write_bytes(array.tobytes())


def read_zarr(path):
    if (path / ".zarray").exists():
        metadata = json.loads((path / ".zarray").read_text())
        return np.frombuffer((path / "0.0.0").read_bytes(), metadata["dtype"]).reshape(metadata["shape"])
    metadata = json.loads((path / "0" / "zarr.json").read_text())
    shape, chunk = metadata["shape"], metadata["chunk_grid"]["configuration"]["chunk_shape"]
    array = np.full(shape, np.nan, "<f4")
    for file in (path / "0" / "c").glob("*/*/*"):
        start = [int(i) * c for i, c in zip(file.parts[-3:], chunk)]
        part = np.frombuffer(unzstd(file.read_bytes(), 4 * int(np.prod(chunk))), "<f4").reshape(chunk)
        end = [min(s + c, n) for s, c, n in zip(start, chunk, shape)]
        array[tuple(map(slice, start, end))] = part[tuple(slice(e - s) for s, e in zip(start, end))]
    return array


def unzstd(data, size):
    library = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    library.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t]
    buffer = ctypes.create_string_buffer(size)
    count = library.ZSTD_decompress(buffer, size, data, len(data))
    assert count == size, f"{count} bytes instead of {size}"
    return buffer.raw


def normalised(volume, how):
    if how is None:
        return volume.astype("f4")
    assert how["method"] == "percentile", how
    low, high = np.percentile(volume, [how["low"], how["high"]])
    scaled = ((volume.astype("f4") - np.float32(low)) * np.float32(1 / (high - low))).astype("f4")
    return scaled.clip(0, 1) if how["clips"] else scaled


def compare(folder, weights, model_file, heatmap):
    with safe_open(model_file, "pt") as file:
        facts = {key: json.loads(value) for key, value in file.metadata().items() if key != "format"}
    size = facts["architecture"]
    model = convmixer3d(size["dim"], size["depth"], tuple(size["kernel"]), tuple(size["patch"]))
    state = load_file(weights)
    assert {k: (v.shape, v.dtype) for k, v in state.items()} == {k: (v.shape, v.dtype) for k, v in model.state_dict().items()}
    model.load_state_dict(state, strict=True)
    model.eval()
    volume = normalised(read_zarr(folder / "volume.zarr"), facts["normalisation"])
    # Filled up with zeros at the far ends where the patch does not divide.
    padding = [(0, -n % p) for n, p in zip(volume.shape, size["patch"])]
    with torch.no_grad():
        logits = model(torch.from_numpy(np.pad(volume, padding))[None, None])[0, 0].numpy()
    logits = logits[tuple(slice(n) for n in volume.shape)]
    theirs = 1 / (1 + np.exp(-logits.astype("f8")))
    ours = read_zarr(heatmap)
    assert ours.shape == theirs.shape and np.isfinite(ours).all(), (ours.shape, theirs.shape)
    odds = np.log(ours.astype("f8")) - np.log1p(-ours.astype("f8"))
    print(json.dumps({"largest": float(abs(ours - theirs).max()), "logits": float(abs(odds - logits).max()),
                      "spread": float(theirs.max() - theirs.min())}))


if __name__ == "__main__":
    torch.set_num_threads(2)
    command, *paths = sys.argv[1:]
    {"make": make, "compare": compare}[command](*map(pathlib.Path, paths))
