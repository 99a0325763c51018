"""Reads what InteroperabilityTests wrote, with zarr-python, tensorstore and h5py, and compares it.

Run: python check_written.py FOLDER   (pip install zarr tensorstore h5py hdf5plugin)
FOLDER holds written.json: a list of {kind, path, array, type, shape, sha256}, and of {kind: texts, path, array,
attribute, value} for texts and attributes. An array 'a/b/c' of kind 'column' is the column c of the table a/b.
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


def texts(entry):
    """What h5py makes of a dataset or a column of texts, or of an attribute, as a list."""
    with h5py.File(folder / entry["path"], "r") as file:
        if entry["attribute"]:
            return list(np.atleast_1d(file[entry["array"]].attrs[entry["attribute"]]))
        values = column(file, entry["array"])
        return [value.decode() if isinstance(value, bytes) else value for value in np.ravel(values)]


def column(file, name):
    if name in file:
        return file[name][()]
    table, member = name.rsplit("/", 1)
    return file[table][member]


def check_texts(entry):
    global checked
    checked += 1
    found = texts(entry)
    if found != entry["value"]:
        failures.append(f"h5py: {entry['array']} {entry['attribute'] or ''}: {found} instead of {entry['value']}")


def consolidated(path, name):
    group = zarr.open_consolidated(path)
    assert group.metadata.consolidated_metadata is not None
    assert sorted(key for key, _ in group.members(max_depth=None)) == ["a", "g", "g/b"]
    return group[name][...]


for entry in json.loads((folder / "written.json").read_text()):
    path = folder / entry["path"]
    if entry["kind"] == "texts":
        check_texts(entry)
        continue
    if entry["kind"] == "column":
        with h5py.File(path, "r") as file:
            attempt(entry, "h5py", lambda: column(file, entry["array"]))
        continue
    if entry["kind"] == "consolidated":
        attempt(entry, "zarr-python", lambda: consolidated(path, entry["array"]))
        continue
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
