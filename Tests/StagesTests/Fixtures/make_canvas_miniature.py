"""Writes canvas-miniature/: two markers in the layout that experiments/canvas.yaml binds, small enough to commit.

Needs zarr (3.x) and numpy: pip install zarr==3.1.6; then run it in this folder. Same versions, same bytes.
- neun/volume.zarr: a Zarr v2 array, uint16, zlib chunks.
- cfos/volume.zarr: an OME-Zarr 0.5 group (Zarr v3, zstd) with axes c, z, y, x and one level.
- <marker>/centres.csv: NeuN as columns x, y, z in um, counted from voxel 1; cFos as z, y, x in voxels from 0.
Cells are Gaussian spots on a noisy background; expected.json holds how many centres lie in each region.
"""
import json
import pathlib
import shutil

import numcodecs
import numpy
import zarr

SIZE = (16, 48, 64)
VOXEL = (4.0, 1.8, 1.8)
REGIONS = {
    "train-1": ((0, 0, 0), (8, 48, 32)),
    "train-2": ((0, 0, 32), (8, 48, 64)),
    "test-1": ((8, 0, 0), (16, 48, 64)),
}
ROOT = pathlib.Path(__file__).parent / "canvas-miniature"


def volume(random, count):
    """A volume with spots at `count` centres, at least 4 voxels from each border in the plane."""
    low, high = (1, 4, 4), (SIZE[0] - 1, SIZE[1] - 4, SIZE[2] - 4)
    centres = numpy.round(random.uniform(low, high, (count, 3)) * 4) / 4
    grid = numpy.indices(SIZE)
    image = 200.0 + random.normal(0, 3, SIZE)
    for centre in centres:
        z, y, x = (grid[axis] - centre[axis] for axis in range(3))
        image += 400 * numpy.exp(-(z / 0.8) ** 2 / 2 - (y**2 + x**2) / 1.5**2 / 2)
    # Few distinct values keep the file small.
    return (numpy.round(image / 8) * 8).astype("uint16"), centres


def inside(centres, box):
    """How many centres lie in a half-open box."""
    return int(((centres >= box[0]) & (centres < box[1])).all(axis=1).sum())


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    expected = {}
    random = numpy.random.default_rng(20260322)
    for marker in ("neun", "cfos"):
        image, centres = volume(random, 40)
        folder = ROOT / marker
        folder.mkdir(parents=True)
        if marker == "neun":
            array = zarr.create_array(
                folder / "volume.zarr", shape=SIZE, chunks=(8, 24, 32), dtype="uint16", zarr_format=2,
                compressors=numcodecs.Zlib(level=9))
            array[:] = image
            rows = (centres + 1) * VOXEL
            text = "x,y,z,who\r\n" + "".join(f'{x:.4f},{y:.4f},{z:.4f},"rater, one"\r\n' for z, y, x in rows)
        else:
            group = zarr.open_group(folder / "volume.zarr", mode="w", zarr_format=3)
            group.attrs["ome"] = {
                "version": "0.5",
                "multiscales": [
                    {
                        "axes": [{"name": "c", "type": "channel"}]
                        + [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"],
                        "datasets": [
                            {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0, *VOXEL]}]}
                        ],
                    }
                ],
            }
            array = group.create_array(
                "0", shape=(1, *SIZE), chunks=(1, 8, 24, 32), dtype="uint16", compressors=zarr.codecs.ZstdCodec(level=19),
                dimension_names=("c", "z", "y", "x"))
            array[:] = image[None]
            text = "id,z,y,x\n" + "".join(f"{i},{z},{y},{x}\n" for i, (z, y, x) in enumerate(centres))
        (folder / "centres.csv").write_bytes(text.encode())
        expected[marker] = {
            "sum": int(image.sum()),
            "regions": {name: inside(centres, box) for name, box in REGIONS.items()},
            "first": [float(value) for value in centres[0]],
        }
    (ROOT / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


main()
