"""Writes optimal.json: the largest, then shortest matchings of random points by SciPy (run: python3 optimal.py)."""
import json
import pathlib

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

random = np.random.default_rng(5)


def case(name, detections, annotations, tolerance, voxel=None):
    """Pairs beyond the tolerance cost more than all others together, so that the number of pairs comes first."""
    scale = np.array(voxel or (1, 1, 1))
    distances = cdist(detections * scale, annotations * scale) if len(detections) and len(annotations) else np.empty((0, 0))
    rows, columns = linear_sum_assignment(np.where(distances <= tolerance, distances, 1e6))
    lengths = distances[rows, columns]
    lengths = lengths[lengths <= tolerance]
    return {
        "name": name, "detections": detections.tolist(), "annotations": annotations.tolist(), "tolerance": tolerance,
        "voxel": voxel, "matches": len(lengths), "distance": float(lengths.sum()),
    }


def cloud(count, size, whole=False):
    points = random.uniform(0, size, (count, 3))
    # Float32 holds these exactly.
    return np.round(points) if whole else np.round(points * 64) / 64


empty = np.empty((0, 3))
cases = [
    case("no detections", empty, cloud(5, 10), 3.0),
    case("no annotations", cloud(5, 10), empty, 3.0),
    case("sparse", cloud(120, 60), cloud(140, 60), 6.0),
    case("dense", cloud(160, 25), cloud(150, 25), 6.0),
    case("very dense", cloud(90, 12), cloud(130, 12), 8.0),
    case("more detections", cloud(300, 30), cloud(120, 30), 5.0),
    case("whole voxels, many ties", cloud(150, 12, True), cloud(140, 12, True), 3.0),
    case("twice the same points", cloud(40, 6, True), cloud(60, 6, True), 2.0),
    case("micrometres", cloud(150, 30), cloud(150, 30), 10.8, [4.0, 1.8, 1.8]),
]
folder = pathlib.Path(__file__).parent
(folder / "optimal.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")
