"""Writes small NIfTI and HDF5 files with nibabel and h5py, and more.json with what is in them.

Run: python make_more_fixtures.py   (pip install nibabel h5py)
"""
import gzip
import hashlib
import json
import pathlib

import h5py
import nibabel
import numpy as np
import tifffile

here = pathlib.Path(__file__).parent
expected = []


def note(file, name, array, voxel_size=None):
    little = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<")))
    expected.append({
        "file": file, "array": name, "shape": list(array.shape), "type": array.dtype.name,
        "voxel_size": voxel_size, "sha256": hashlib.sha256(little.tobytes()).hexdigest(),
    })


def values(seed, shape, dtype):
    random = np.random.default_rng(seed)
    kind = np.dtype(dtype).kind
    if kind == "c":
        return (random.normal(size=shape) + 1j * random.normal(size=shape)).astype(dtype)
    if kind == "f":
        return random.normal(size=shape).astype(dtype)
    return random.integers(0, 100, shape).astype(dtype)


def write_nifti(file, array, unit, sizes, endian="<", version=1):
    kinds = {1: (nibabel.Nifti1Header, nibabel.Nifti1Image), 2: (nibabel.Nifti2Header, nibabel.Nifti2Image)}
    header_kind, image_kind = kinds[version]
    header = header_kind(endianness=endian)
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.T.shape)
    header.set_xyzt_units(unit)
    image = image_kind(array.T, np.diag([*sizes[::-1], 1.0]), header)
    image.header.set_xyzt_units(unit)
    data = image.to_bytes()
    # No time in the gzip header, so that the fixture can be made again.
    (here / file).write_bytes(gzip.compress(data, mtime=0) if file.endswith(".gz") else data)
    factor = {"mm": 1e3, "micron": 1.0, "unknown": None}[unit]
    note(file, "", array, [size * factor for size in sizes] if factor else None)


write_nifti("little.nii", values(1, (5, 7, 9), "uint16"), "mm", (0.5, 0.25, 0.125))
write_nifti("big.nii", values(2, (3, 5, 7), "int16"), "micron", (4.0, 2.0, 1.0), endian=">")
write_nifti("time.nii.gz", values(3, (2, 3, 4, 5), "float32"), "unknown", (1.0, 1.0, 1.0))
write_nifti("two.nii", values(4, (3, 4, 5), "float64"), "micron", (4.0, 2.0, 1.0), version=2)

with h5py.File(here / "block.h5", "w", userblock_size=1024) as file:
    def add(key, array, **options):
        file.create_dataset(key, data=array, **options)
        note("block.h5", key, array)

    add("gzip", values(5, (20, 21), "uint16"), chunks=(8, 8), compression="gzip")
    add("lzf", values(6, (20, 21), "int32"), chunks=(8, 8), compression="lzf", shuffle=True)
    add("half", values(7, (20, 21), ">f2"), chunks=(8, 8))
    add("complex", values(8, (20, 21), "complex64"), chunks=(8, 8), compression="gzip")
    add("contiguous", values(9, (20, 21), ">f4"))

# Datasets of which little or nothing was ever written.
with h5py.File(here / "sparse.h5", "w") as file:
    shape, options = (100, 300, 520), {"dtype": "int16", "fillvalue": -7}
    file.create_dataset("none", shape, chunks=(64, 64, 64), compression="gzip", **options)
    file.create_dataset("some", shape, chunks=(30, 50, 100), compression="gzip", **options)[70:72, 10:20, 130:140] = 5
    file.create_dataset("contiguous", shape, **options)

# Pages that follow another order than the planes, and planes that lie in another file.
def write_ome(file, elements):
    pixels = '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="5" SizeY="4" SizeZ="3" SizeC="1" SizeT="1">'
    text = f'<?xml version="1.0"?><OME><Image ID="Image:0">{pixels}{elements}</Pixels></Image></OME>'
    pages = np.arange(60, dtype="uint16").reshape(3, 4, 5)
    tifffile.imwrite(here / file, pages, description=text, metadata=None, photometric="minisblack", software="")


write_ome("order.ome.tif", "".join(f'<TiffData IFD="{2 - z}" FirstZ="{z}" PlaneCount="1"/>' for z in range(3)))
write_ome("several.ome.tif", "".join(
    f'<TiffData IFD="0" FirstZ="{z}"><UUID FileName="{z}.ome.tif">urn:uuid:{z}</UUID></TiffData>' for z in range(3)))
write_ome("twice.ome.tif", '<TiffData IFD="0" PlaneCount="3"/><TiffData IFD="1" FirstZ="1"/>')

(here / "more.json").write_text(json.dumps(expected, indent=1) + "\n")
