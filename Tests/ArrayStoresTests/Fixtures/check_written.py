"""Reads what InteroperabilityTests wrote, with zarr-python, tensorstore and h5py, and compares it.

Run: python check_written.py FOLDER   (pip install zarr tensorstore h5py hdf5plugin)
FOLDER holds written.json: a list of {kind, path, array, type, shape, sha256}.
"""
import hashlib
import json
import pathlib
import sys

import h5py
import hdf5plugin  # noqa: F401, registers the filters
import numpy as np
import tensorstore
import zarr

folder = pathlib.Path(sys.argv[1])
failures, checked = [], 0


def check(entry, reader, array):
    global checked
    checked += 1
    array = np.asarray(array)
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    same = (array.dtype.name == entry["type"] and list(array.shape) == entry["shape"]
            and hashlib.sha256(little.tobytes()).hexdigest() == entry["sha256"])
    if not same:
        failures.append(f"{reader}: {entry['path']} {entry['array']}: {array.dtype} {array.shape}")


def attempt(entry, reader, read):
    try:
        check(entry, reader, read())
    except Exception as error:  # each failure is counted, and the next array is read
        failures.append(f"{reader}: {entry['path']} {entry['array']}: {type(error).__name__}: {error}"[:300])


for entry in json.loads((folder / "written.json").read_text()):
    path = folder / entry["path"]
    if entry["kind"] == "hdf5":
        attempt(entry, "h5py", lambda: h5py.File(path, "r")[entry["array"]][()])
        continue
    attempt(entry, "zarr-python", lambda: zarr.open_array(path, mode="r")[...])
    driver = "zarr" if entry["kind"] == "zarr2" else "zarr3"
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": str(path) + "/"}}
    attempt(entry, "tensorstore", lambda: tensorstore.open(spec, read=True).result().read().result())

print(f"{checked} reads, {len(failures)} failures")
for failure in failures:
    print(failure)
sys.exit(1 if failures else 0)
