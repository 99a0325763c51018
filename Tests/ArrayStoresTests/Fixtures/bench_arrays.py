"""Times ArrayStores beside zarr-python, tensorstore and h5py in one run, on real data made large by mirroring.

Run: python bench_arrays.py WORK DATA OUT [--mib 1024] [--repeats 3] [--scratch-path PATH]
     (pip install zarr tensorstore h5py tifffile), from the root of the package.
WORK is a folder for stores (about 6 times the size), DATA the folder of real volumes (DATA/cfos/*.tif),
OUT gets arrays.json and arrays.md. Everything is warm: files are read once before they are timed.
"""
import argparse
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import time

import h5py
import numpy as np
import tensorstore
import tifffile
import zarr
from zarr.codecs import BloscCodec, ZstdCodec

parser = argparse.ArgumentParser()
parser.add_argument("work", type=pathlib.Path)
parser.add_argument("data", type=pathlib.Path)
parser.add_argument("out", type=pathlib.Path)
parser.add_argument("--mib", type=int, default=1024)
parser.add_argument("--repeats", type=int, default=3)
parser.add_argument("--scratch-path", default=".build")
options = parser.parse_args()
options.work.mkdir(parents=True, exist_ok=True)
options.out.mkdir(parents=True, exist_ok=True)

depth = 256 * options.mib // 512  # z of a uint16 volume of depth x 1024 x 1024


def mirrored():
    source = tifffile.imread(sorted((options.data / "cfos").glob("*.tif"))[0])
    widths = [(0, max(0, size - have)) for size, have in zip((depth, 1024, 1024), source.shape)]
    while any(after for _, after in widths):  # symmetric padding adds at most what is there
        step = [(0, min(after, have)) for (_, after), have in zip(widths, source.shape)]
        source = np.pad(source, step, mode="symmetric")
        widths = [(0, max(0, size - have)) for size, have in zip((depth, 1024, 1024), source.shape)]
    return np.ascontiguousarray(source[:depth, :1024, :1024]).astype("uint16")


volume = mirrored()
chunk, shard = [64, 64, 64], [256, 256, 256]
codecs = {
    "zstd": ZstdCodec(level=3), "blosc-lz4": BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=2),
    "blosc-zstd": BloscCodec(cname="zstd", clevel=3, shuffle="shuffle", typesize=2),
}
random = np.random.default_rng(1)
regions = [[int(random.integers(0, size - 64)) for size in volume.shape] for _ in range(200)]
stores = []
for codec in codecs:
    for kind, shape in (("chunks", None), ("shards", shard)):
        stores.append({"name": f"{codec} {kind}", "kind": "zarr", "codec": codec, "chunk": chunk, "shard": shape,
                       "path": f"{codec}-{kind}.zarr"})
stores.append({"name": "hdf5 gzip", "kind": "hdf5", "path": "gzip.h5", "array": "volume", "chunk": chunk, "codec": "gzip"})
results = {}


def timed(name, library, operation, body, before=lambda: None):
    times = []
    for _ in range(options.repeats):
        before()
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    results.setdefault((name, operation), {})[library] = times
    print(f"{name:20} {operation:8} {library:12} {statistics.median(times):8.3f} s", flush=True)


def write_zarr(store, path):
    array = zarr.create_array(path, shape=volume.shape, dtype=volume.dtype, chunks=tuple(chunk),
                              shards=tuple(store["shard"]) if store["shard"] else None,
                              compressors=codecs[store["codec"]], overwrite=True)
    array[...] = volume


def write_hdf5(path):
    with h5py.File(path, "w") as file:
        file.create_dataset("volume", data=volume, chunks=tuple(chunk), compression="gzip", compression_opts=4, shuffle=True)


def open_tensorstore(path, **extra):
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path) + "/"}, **extra}
    return tensorstore.open(spec).result()


def write_tensorstore(store, path):
    metadata = json.loads((options.work / store["path"] / "zarr.json").read_text())
    metadata = {key: metadata[key] for key in
                ("shape", "data_type", "chunk_grid", "chunk_key_encoding", "codecs", "fill_value")}
    # fsync after every file is its default and no other's.
    context = {"file_io_sync": False}
    spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(path) + "/"}, "metadata": metadata,
            "create": True, "context": context}
    tensorstore.open(spec).result().write(volume).result()


scratch = options.work / "scratch"


def clear():
    shutil.rmtree(scratch, ignore_errors=True)
    if scratch.exists():
        scratch.unlink()


for store in stores:
    path = options.work / store["path"]
    if store["kind"] == "hdf5":
        timed(store["name"], "h5py", "write", lambda: write_hdf5(scratch), clear)
        write_hdf5(path)
        with h5py.File(path, "r") as file:
            file["volume"][...]
            timed(store["name"], "h5py", "read", lambda: file["volume"][...])
            timed(store["name"], "h5py", "regions",
                  lambda: [file["volume"][z:z + 64, y:y + 64, x:x + 64] for z, y, x in regions])
        continue
    timed(store["name"], "zarr-python", "write", lambda: write_zarr(store, scratch), clear)
    write_zarr(store, path)
    timed(store["name"], "tensorstore", "write", lambda: write_tensorstore(store, scratch), clear)
    array = zarr.open_array(path, mode="r")
    timed(store["name"], "zarr-python", "read", lambda: array[...])
    timed(store["name"], "zarr-python", "regions",
          lambda: [array[z:z + 64, y:y + 64, x:x + 64] for z, y, x in regions])
    other = open_tensorstore(path)
    timed(store["name"], "tensorstore", "read", lambda: other.read().result())
    timed(store["name"], "tensorstore", "regions",
          lambda: [other[z:z + 64, y:y + 64, x:x + 64].read().result() for z, y, x in regions])
    cached = open_tensorstore(path, context={"cache_pool": {"total_bytes_limit": 100_000_000}})
    timed(store["name"], "tensorstore, 100 MB cache", "regions",
          lambda: [cached[z:z + 64, y:y + 64, x:x + 64].read().result() for z, y, x in regions])
clear()

(options.work / "plan.json").write_text(json.dumps({"stores": stores, "regions": regions, "repeats": options.repeats}))
command = ["swift", "test", "-c", "release", "-Xswiftc", "-enable-testing", "--scratch-path", options.scratch_path,
           "--filter", "ArrayBenchmarks"]
subprocess.run(command, check=True, env={**os.environ, "LIGHTBENCH_BENCH": str(options.work.resolve())})
for entry in json.loads((options.work / "swift.json").read_text()):
    results.setdefault((entry["name"], entry["operation"]), {})["ArrayStores"] = entry["seconds"]

commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
machine = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores"
versions = f"zarr-python {zarr.__version__}, h5py {h5py.__version__}, numpy {np.__version__}"
records, lines = [], [
    "# Arrays: time beside other libraries", "",
    f"A volume of {volume.nbytes / 2**20:.0f} MiB (uint16, {volume.shape[0]} x 1024 x 1024), real data made large by mirroring; chunks "
    f"64^3, shards 256^3; 200 random regions of 64^3; median of {options.repeats}; files in the page cache. "
    f"Commit {commit}; {machine}; {versions}. Written by Fixtures/bench_arrays.py.", "",
    "| store | operation | ArrayStores, s | MB/s | " + "zarr-python or h5py, s | tensorstore, s | times zarr-python or h5py | times tensorstore |",
    "|---|---|---|---|---|---|---|---|"]
for (name, operation), times in results.items():
    median = {library: statistics.median(values) for library, values in times.items()}
    records.append({"name": name, "operation": operation, "seconds": times})
    own = median.get("ArrayStores")
    python = median.get("zarr-python", median.get("h5py"))
    tensor = min((value for key, value in median.items() if key.startswith("tensorstore")), default=None)
    size = volume.nbytes if operation != "regions" else len(regions) * 64**3 * 2

    def cell(value, digits=3):
        return "" if value is None else f"{value:.{digits}f}"

    lines.append(f"| {name} | {operation} | {cell(own)} | {cell(own and size / own / 1e6, 0)} | {cell(python)} | {cell(tensor)} | "
                 f"{cell(own and python and python / own, 1)} | {cell(own and tensor and tensor / own, 1)} |")
(options.out / "arrays.md").write_text("\n".join(lines) + "\n")
(options.out / "arrays.json").write_text(json.dumps({"commit": commit, "machine": machine, "versions": versions, "results": records}, indent=1) + "\n")
print("\n".join(lines))
