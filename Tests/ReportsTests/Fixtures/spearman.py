"""Writes spearman.json: pairs of lists and the rank correlation that SciPy gives them. Run in this folder."""
import json

import numpy
from scipy.stats import spearmanr

random = numpy.random.default_rng(7)
paper = [
    [0.81, 0.76, 0.89, 0.41, 0.43, 0.05],
    [0.02, 0.78, 0.28, 0.04, 0.03, 0.00],
    [0.73, 0.29, 0.63, 0.20, 0.06, 0.01],
    [0.21, 0.74, 0.68, 0.57, 0.56, 0.04],
    [0.57, 0.74, 0.62, 0.28, 0.81, 0.61],
    [0.04, 0.74, 0.21, 0.14, 0.43, 0.33],
]
ramp = numpy.eye(6) * 0.5 + numpy.round(numpy.arange(36).reshape(6, 6) / 90, 1)
beside = ~numpy.eye(6, dtype=bool)
cases = {
    "distinct": (random.normal(size=9), random.normal(size=9)),
    "ties on both sides": (random.integers(0, 4, 30), random.integers(0, 3, 30)),
    "reversed": (numpy.arange(5.0), -numpy.arange(5.0)),
    "two pairs": ([1.0, 2.0], [0.5, 0.9]),
    "paper and ramp, all cells": (numpy.ravel(paper), ramp.ravel()),
    "paper and ramp, off the diagonal": (numpy.array(paper)[beside], ramp[beside]),
}
with open("spearman.json", "w") as file:
    json.dump(
        [
            {
                "name": name,
                "first": [float(x) for x in first],
                "second": [float(x) for x in second],
                "coefficient": float(spearmanr(first, second).statistic),
            }
            for name, (first, second) in cases.items()
        ],
        file,
        indent=1,
    )
    file.write("\n")
