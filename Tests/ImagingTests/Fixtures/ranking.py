#!/usr/bin/env python3
"""Writes what SciPy's Mann-Whitney statistic gives for the area under the ROC curve: ranking.json.

usage: ranking.py          needs: pip install numpy scipy
"""
import json, pathlib
import numpy as np
from scipy.stats import mannwhitneyu

random, cases = np.random.default_rng(3), []
for count, levels in [(7, 3), (50, 5), (200, 1000), (31, 1)]:
    labels = random.random(count) < 0.4
    labels[:2] = [True, False]
    scores = random.integers(0, levels, count) / 8 + 0.25 * labels * (levels > 1)
    area = mannwhitneyu(scores[labels], scores[~labels]).statistic / (labels.sum() * (~labels).sum())
    cases.append({"scores": scores.tolist(), "labels": labels.tolist(), "area": area})
(pathlib.Path(__file__).parent / "ranking.json").write_text(json.dumps(cases) + "\n")
