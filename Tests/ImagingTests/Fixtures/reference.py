"""Writes reference.json: what SciPy and NumPy give for a small volume (run: python3 reference.py)."""
import json
import pathlib

import numpy as np
from scipy import ndimage

size = (6, 13, 17)
random = np.random.default_rng(11)
values = random.integers(100, 4000, size).astype(np.float32)
smooth = ndimage.gaussian_filter(values.astype(float), (0.8, 1.2, 1.2))
heat = np.round((smooth - smooth.min()) / np.ptp(smooth) * 12) / 16  # few levels, so there are plateaus


def maxima(heat, threshold, semi):
    """The rule of FindMaxima, word by word, with SciPy's filters for the footprint."""
    reach = [int(s) for s in semi]
    grid = np.mgrid[tuple(slice(-r, r + 1) for r in reach)]
    inside = sum((g / s) ** 2 for g, s in zip(grid, semi)) <= 1
    most = ndimage.maximum_filter(heat, footprint=inside, mode="constant", cval=-np.inf)
    least = ndimage.minimum_filter(heat, footprint=inside, mode="constant", cval=np.inf)
    voxels = np.argwhere((heat > threshold) & (heat >= most) & (least < most))
    accepted = []
    for voxel in sorted(voxels.tolist(), key=lambda v: (-heat[tuple(v)], v)):
        if all(sum(((a - b) / s) ** 2 for a, b, s in zip(voxel, other, semi)) > 1 for other in accepted):
            accepted.append(voxel)
    return accepted


result = {
    "size": size,
    "values": values.ravel().tolist(),
    "gaussian": smooth.ravel().tolist(),
    "mean": ndimage.uniform_filter(values.astype(float), (3, 5, 7)).ravel().tolist(),
    "percentiles": np.percentile(values, [0, 0.5, 37.3, 99.8, 100]).tolist(),
    "heat": heat.ravel().tolist(),
    "maxima": maxima(heat, 0.3, (1.5, 3.0, 3.0)),
}
path = pathlib.Path(__file__).with_name("reference.json")
path.write_text(json.dumps(result))
