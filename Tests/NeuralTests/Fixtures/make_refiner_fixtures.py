#!/usr/bin/env python3
"""Writes what SciPy and PyTorch give for the classifiers of a refiner: refiner.json.

usage: make_refiner_fixtures.py          needs: pip install torch numpy scipy
Rows come from a hash (`noise` of Noise.swift); the logistic regression is scikit-learn's objective with C = 1 / l2
behind its StandardScaler, minimised by SciPy; the perceptron is PyTorch's Adam in double precision.
"""
import json, pathlib
import numpy as np, torch
from scipy.optimize import minimize

torch.set_num_threads(1)


def noise(shape, salt):
    """Numbers in [-1, 1): a hash of position and salt."""
    n = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(salt * 1000003)
    n = (n * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    n ^= n >> np.uint64(15)
    n = (n * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    n ^= n >> np.uint64(13)
    return ((n >> np.uint64(8)).astype(np.float64) / 2**23 - 1).reshape(shape)


def table(count, width, salt):
    """Rows on several scales, the last column constant, the one before it the sum of two others; and labels."""
    rows = noise((count, width), salt) * 10.0 ** (np.arange(width) % 3) + np.arange(width)
    rows[:, -1] = 4
    rows[:, -2] = rows[:, 0] + rows[:, 1]
    hidden = rows[:, 0] - 0.2 * rows[:, 1] + 0.7 * noise((count,), salt + 1)
    return rows, hidden > np.median(hidden) + 0.2


def scaled(rows):
    deviation = rows.std(0)
    return (rows - rows.mean(0)) / np.where(deviation > 1e-12, deviation, 1)


def logistic(count, width, l2, salt):
    rows, labels = table(count, width, salt)
    x, sign = np.c_[scaled(rows), np.ones(count)], np.where(labels, 1.0, -1.0)

    def value(w):
        margin = x @ w
        p = 1 / (1 + np.exp(sign * margin))
        gradient = -(x * (sign * p)[:, None]).sum(0) + l2 * np.r_[w[:-1], 0]
        return np.logaddexp(0, -sign * margin).sum() + l2 / 2 * (w[:-1] ** 2).sum(), gradient

    found = minimize(value, np.zeros(width + 1), jac=True, method="BFGS", options={"gtol": 1e-10, "maxiter": 10000})
    w = found.x
    return {"count": count, "width": width, "l2": l2, "salt": salt, "labels": labels.tolist(),
            "probabilities": (1 / (1 + np.exp(-(x @ w)))).tolist()}


def perceptron(count, width, hidden, steps, rate, l2, salt):
    rows, labels = table(count, width, salt)
    x, y = torch.from_numpy(scaled(rows)), torch.from_numpy(labels.astype(np.float64))
    start = torch.from_numpy(noise((hidden * (width + 2) + 1,), salt + 2) / 2)
    cut = [hidden * width, hidden * width + hidden, hidden * width + 2 * hidden]
    w = [start[: cut[0]].reshape(hidden, width).clone(), start[cut[0] : cut[1]].clone(),
         start[cut[1] : cut[2]].reshape(1, hidden).clone(), start[cut[2] :].clone()]
    for t in w:
        t.requires_grad_()
    adam = torch.optim.Adam(w, lr=rate)

    def margin():
        return (torch.relu(x @ w[0].T + w[1]) @ w[2].T + w[3])[:, 0]

    for _ in range(steps):
        adam.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(margin(), y)
        (loss + l2 / 2 / count * (w[0].pow(2).sum() + w[2].pow(2).sum())).backward()
        adam.step()
    return {"count": count, "width": width, "hidden": hidden, "steps": steps, "rate": rate, "l2": l2, "salt": salt,
            "labels": labels.tolist(), "probabilities": torch.sigmoid(margin()).detach().tolist()}


content = {
    "logistic": [logistic(40, 5, 1.0, 1), logistic(60, 9, 0.01, 11), logistic(25, 30, 10.0, 21)],
    "perceptron": [perceptron(30, 4, 3, 50, 1e-2, 1.0, 31), perceptron(20, 6, 5, 20, 1e-1, 0.0, 41)],
}
(pathlib.Path(__file__).parent / "refiner.json").write_text(json.dumps(content) + "\n")
