"""Writes small files with zarr-python, h5py and tifffile, and expected.json with what is in them.

Run: python make_fixtures.py [data folder]   (pip install zarr h5py tifffile imagecodecs cbor2)
With a data folder, the shape, sum and SHA-256 of its TIFF volumes go into volumes.json.
"""
import hashlib
import json
import pathlib
import shutil
import sys

import cbor2
import h5py
import numpy as np
import tifffile
import zarr
from zarr.codecs import BytesCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec

here = pathlib.Path(__file__).parent
expected = []


def note(file, name, array):
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    expected.append({
        "file": file, "array": name, "shape": list(array.shape), "type": array.dtype.name,
        "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    })


def values(seed, shape, dtype):
    random = np.random.default_rng(seed)
    if np.dtype(dtype) == bool:
        return random.integers(0, 2, shape).astype(bool)
    if np.dtype(dtype).kind == "f":
        return random.normal(size=shape).astype(dtype)
    return random.integers(0, 1000 if np.dtype(dtype).itemsize > 1 else 100, shape).astype(dtype)


def write_zarr():
    for version in (3, 2):
        name = f"python-v{version}.zarr"
        shutil.rmtree(here / name, ignore_errors=True)
        group = zarr.create_group(here / name, zarr_format=version, attributes={"by": "zarr-python", "n": 2**53 + 1})

        def add(key, array, **options):
            group.create_array(key, shape=array.shape, dtype=array.dtype, **options)[...] = array
            note(name, key, array)

        volume = values(1, (5, 9, 10), "uint16")
        if version == 3:
            add("zstd", volume, chunks=(3, 5, 10), compressors=ZstdCodec(level=5, checksum=True))
            add("gzip-crc", volume, chunks=(5, 9, 10), compressors=[GzipCodec(level=5), Crc32cCodec()])
            add("big", values(2, (30,), "float64"), chunks=(7,), serializer=BytesCodec(endian="big"), compressors=None)
            add("sharded", volume, chunks=(2, 4, 5), shards=(4, 12, 10), compressors=ZstdCodec())
            add("transposed", volume, chunks=(3, 9, 6), filters=[TransposeCodec(order=(2, 0, 1))], compressors=ZstdCodec())
            add("bool", values(3, (5, 6), bool), chunks=(4, 4), compressors=None)
        else:
            from numcodecs import Zlib, Zstd
            add("zlib", volume, chunks=(3, 9, 6), compressors=Zlib(6), chunk_key_encoding={"name": "v2", "separator": "/"})
            add("zstd-f", values(4, (6, 7), ">i4"), chunks=(3, 4), compressors=Zstd(3), order="F")
            add("raw", values(5, (11,), "float32"), chunks=(4,), compressors=None)


def write_hdf5():
    with h5py.File(here / "python.h5", "w") as file:
        def add(key, array, **options):
            file.create_dataset(key, data=array, **options)
            note("python.h5", key, array)

        volume = values(6, (9, 20, 21), "uint16")
        add("gzip", volume, chunks=(9, 16, 21), compression="gzip", shuffle=True, fletcher32=True)
        add("a/contiguous", values(7, (5, 6), ">f8"))
        add("a/bool", values(8, (5, 6), bool))
        add("a/scalar", np.int64(-7).reshape(()))
        add("extensible", values(9, (40,), "int32"), chunks=(16,), maxshape=(None,))
        file.attrs["text"] = "vlen µ"
        file.attrs["fixed"] = np.bytes_(b"fixed")
        file.attrs["number"] = np.float32(1.5)
        file.attrs["list"] = np.array([1, 2, 3], "int64")


def write_tiff():
    def add(file, array, **options):
        tifffile.imwrite(here / file, array, **options)
        note(file, "", array)

    add("deflate.tif", values(10, (6, 33, 35), "uint16"), compression="zlib", predictor=True, photometric="minisblack")
    add("tiles.tif", values(11, (3, 40, 50), "float32"), tile=(16, 32), compression="zlib", predictor=True, photometric="minisblack")
    add("big-endian.tif", values(12, (4, 20, 31), "int16"), byteorder=">", rowsperstrip=7, photometric="minisblack")
    add("lzw.tif", values(13, (2, 20, 31), "uint8"), compression="lzw", bigtiff=True, photometric="minisblack")


def domain(name, *parts):
    return hashlib.sha256(len(name).to_bytes(8, "big") + name.encode() + b"".join(parts)).digest()


def logical_digest(array, axes, voxel_size):
    """NDArray.logicalDigest for three axes, from its description alone."""
    leaves = []
    for z in range(0, array.shape[0], 64):
        for y in range(0, array.shape[1], 256):
            for x in range(0, array.shape[2], 256):
                block = np.ascontiguousarray(array[z:z + 64, y:y + 256, x:x + 256])
                leaves.append(domain("lightbench.array.leaf.1", len(leaves).to_bytes(8, "big"), block.tobytes()))
    while len(leaves) > 1:
        pairs = [leaves[i:i + 2] for i in range(0, len(leaves), 2)]
        leaves = [domain("lightbench.array.node.1", *pair) if len(pair) == 2 else pair[0] for pair in pairs]
    # Keys in the order of their encoded bytes: shorter ones first.
    header = cbor2.dumps({
        "axes": axes, "type": array.dtype.name, "shape": list(array.shape), "attributes": {}, "voxel_size": voxel_size,
    })
    return domain("lightbench.array.1", len(header).to_bytes(8, "big"), header, leaves[0]).hex()


def write_digests():
    digests = []
    for shape in [(2, 3, 4), (70, 20, 300), (130, 257, 3), (65, 300, 520)]:
        count = shape[0] * shape[1] * shape[2]
        array = (np.arange(count, dtype="uint64") * 40503 % 65521).astype("uint16").reshape(shape)
        for voxel_size in (None, [6.0, 1.62, 1.62]):
            digests.append({
                "shape": list(shape), "voxel_size": voxel_size,
                "digest": logical_digest(array, ["z", "y", "x"], voxel_size),
            })
    (here / "digests.json").write_text(json.dumps(digests, indent=1) + "\n")


def write_volumes(data):
    volumes = {}
    for path in sorted(data.glob("*/*.tif")):
        if path.parent.name not in ("cfos", "microglia"):
            continue
        volume = tifffile.imread(path)
        volumes[str(path.relative_to(data))] = {
            "shape": list(volume.shape), "type": volume.dtype.name, "sum": int(volume.sum(dtype=np.uint64)),
            "sha256": hashlib.sha256(np.ascontiguousarray(volume).tobytes()).hexdigest(),
        }
    (here / "volumes.json").write_text(json.dumps(volumes, indent=1) + "\n")


write_zarr()
write_hdf5()
write_tiff()
write_digests()
(here / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
if len(sys.argv) > 1:
    write_volumes(pathlib.Path(sys.argv[1]))
