#!/usr/bin/env python3
"""Writes what PyTorch gives for the operations and the ConvMixer: fixtures.json (names, shapes, places), fixtures.f32.

usage: make_fixtures.py          needs: pip install torch numpy
Inputs are not written: both sides make them by `noise` (Noise.swift), whole numbers times 2^-24, so they are equal.
"""
import json, pathlib
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(1)
torch.manual_seed(0)
entries, chunks, offset = [], [], 0


def keep(name, tensor):
    global offset
    values = np.ascontiguousarray(tensor.detach().float().numpy(), dtype="<f4")
    entries.append({"name": name, "shape": list(tensor.shape), "offset": offset})
    chunks.append(values.tobytes())
    offset += values.size


def noise(shape, salt):
    """Numbers in [-1, 1): a hash of position and salt."""
    n = np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(salt * 1000003)
    n = (n * np.uint64(2654435761)) & np.uint64(0xFFFFFFFF)
    n ^= n >> np.uint64(15)
    n = (n * np.uint64(2246822519)) & np.uint64(0xFFFFFFFF)
    n ^= n >> np.uint64(13)
    return torch.from_numpy(((n >> np.uint64(8)).astype(np.float64) / 2**23 - 1).astype(np.float32).reshape(shape))


def last(x):
    """[b, c, z, y, x] as [b, z, y, x, c]."""
    return x.permute(0, 2, 3, 4, 1)


def first(x):
    return x.permute(0, 4, 1, 2, 3)


def volume(shape, salt):
    """A channels-last leaf and its channels-first view."""
    leaf = noise(shape, salt).requires_grad_()
    return leaf, first(leaf)


def finish(name, output, leaves, salt):
    """Keeps the output and the gradients for a weighting of it by noise."""
    keep(f"{name}.output", output)
    output.backward(noise(output.shape, salt))
    for label, leaf in leaves.items():
        keep(f"{name}.{label}", leaf.grad)


def operations():
    for channels, kernel, size in [(8, (5, 5, 5), (4, 6, 9)), (11, (3, 5, 3), (3, 5, 7)), (3, (1, 1, 1), (2, 3, 1)), (16, (3, 7, 7), (5, 9, 17))]:
        name = f"depthwise {channels} {kernel[0]}{kernel[1]}{kernel[2]}"
        x, v = volume((2, *size, channels), 1)
        w, b = noise((channels, 1, *kernel), 2).requires_grad_(), noise((channels,), 3).requires_grad_()
        finish(name, last(F.conv3d(v, w, b, padding="same", groups=channels)), {"input": x, "weight": w, "bias": b}, 4)
    for inputs, outputs in [(8, 16), (11, 5), (3, 20)]:
        x, v = volume((2, 3, 5, 7, inputs), 1)
        w, b = noise((outputs, inputs, 1, 1, 1), 2).requires_grad_(), noise((outputs,), 3).requires_grad_()
        finish(f"pointwise {inputs} {outputs}", last(F.conv3d(v, w, b)), {"input": x, "weight": w, "bias": b}, 4)
    for channels in (8, 11):
        x, v = volume((2, 3, 5, 7, channels), 1)
        r, residual = volume((2, 3, 5, 7, channels), 5)
        w, b = noise((channels,), 2).requires_grad_(), noise((channels,), 3).requires_grad_()
        mean, variance = torch.zeros(channels), torch.ones(channels)
        y = F.batch_norm(F.gelu(v * 3 + 1), mean, variance, w, b, training=True) + residual
        finish(f"batch norm {channels}", last(y), {"input": x, "residual": r, "scale": w, "shift": b}, 4)
        keep(f"batch norm {channels}.mean", mean)
        keep(f"batch norm {channels}.variance", variance)
    for patch in [(1, 2, 2), (2, 3, 2)]:
        name, size = f"patches {patch[0]}{patch[1]}{patch[2]}", (4, 6, 8)
        x = noise((2, *size), 1).requires_grad_()
        w, b = noise((5, 1, *patch), 2).requires_grad_(), noise((5,), 3).requires_grad_()
        finish(name, last(F.conv3d(x[:, None], w, b, stride=patch)), {"input": x, "weight": w, "bias": b}, 4)
    for label, f in {"gelu": F.gelu, "sigmoid": torch.sigmoid, "softmax": lambda x: torch.softmax(x, -1)}.items():
        x = noise((5, 37), 1).requires_grad_()
        finish(label, f(x * 6), {"input": x}, 4)
    a, b = noise((13, 21), 1).requires_grad_(), noise((21, 10), 2).requires_grad_()
    finish("product", a @ b, {"a": a, "b": b}, 4)
    x, w, b = noise((3, 5, 21), 1).requires_grad_(), noise((10, 21), 2).requires_grad_(), noise((10,), 3).requires_grad_()
    finish("linear", F.linear(x, w, b), {"input": x, "weight": w, "bias": b}, 4)
    x = noise((2, 3, 5, 7), 1).requires_grad_()
    y = (noise((2, 3, 5, 7), 2) + 1) / 2
    value = focal(x * 6, torch.where(y > 0.5, torch.ones_like(y), y))
    keep("focal.output", value)
    value.backward()
    keep("focal.input", x.grad)


class Residual(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x) + x


class DepthToSpace(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        b, _, z, y, w = x.shape
        pz, py, px = self.p
        return x.reshape(b, pz, py, px, z, y, w).permute(0, 4, 1, 5, 2, 6, 3).reshape(b, z * pz, y * py, w * px)


def convmixer(dim, depth, kernel, patch):
    block = lambda: nn.Sequential(
        Residual(nn.Sequential(nn.Conv3d(dim, dim, kernel, groups=dim, padding="same"), nn.GELU(), nn.BatchNorm3d(dim))),
        nn.Conv3d(dim, dim, 1), nn.GELU(), nn.BatchNorm3d(dim))
    return nn.Sequential(nn.Conv3d(1, dim, patch, stride=patch), nn.GELU(), nn.BatchNorm3d(dim),
                         *[block() for _ in range(depth)],
                         nn.Conv3d(dim, patch[0] * patch[1] * patch[2], 1), DepthToSpace(patch))


def focal(logits, y, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    pt = p * y + (1 - p) * (1 - y)
    return ((alpha * y + (1 - alpha) * (1 - y)) * (1 - pt) ** gamma * ce).mean()


def model(name, dim, depth, kernel, patch, crop, steps, descends=False):
    """Steps of AdamW; or of SGD with momentum on clipped gradients, whose model is an average of the weights."""
    net = convmixer(dim, depth, kernel, patch)
    average = torch.optim.swa_utils.AveragedModel(
        net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.8)) if descends else None
    for key, value in net.state_dict().items():
        keep(f"{name}.start.{key}", value)
    peak = 0.5 if descends else 1e-3
    opt = (torch.optim.SGD(net.parameters(), lr=peak, momentum=0.9, weight_decay=1e-3) if descends
           else torch.optim.AdamW(net.parameters(), lr=peak, weight_decay=1e-2))
    losses = []
    for step in range(steps):
        for group in opt.param_groups:
            start = steps * 4 // 5
            group["lr"] = peak * min(1, (step + 1) / 100) * (1 if step < start else (steps - step) / (steps - start))
        x, y = noise((2, *crop), 100 + step), (noise((2, *crop), 500 + step) > 0.9).float()
        opt.zero_grad()
        logits = net(x[:, None] + y[:, None])
        loss = focal(logits, y)
        loss.backward()
        if step == 0:
            keep(f"{name}.logits", logits)
            for key, value in net.named_parameters():
                keep(f"{name}.gradient.{key}", value.grad)
        if descends:
            nn.utils.clip_grad_norm_(net.parameters(), 0.05)
        opt.step()
        if average:
            average.update_parameters(net)
        losses.append(loss.item())
    keep(f"{name}.losses", torch.tensor(losses))
    if average:
        # The running statistics are those of the training, as for the weights of the last step.
        net.load_state_dict({**net.state_dict(), **dict(average.module.named_parameters())})
    for key, value in net.state_dict().items():
        keep(f"{name}.end.{key}", value)
    net.eval()
    keep(f"{name}.evaluated", net(noise((1, *crop), 900)[:, None]))


operations()
model("even", 16, 2, (5, 5, 5), (1, 2, 2), (4, 16, 16), 50)
model("odd", 11, 2, (3, 5, 3), (2, 1, 3), (6, 7, 12), 50)
model("descent", 11, 1, (3, 5, 3), (1, 2, 2), (4, 6, 8), 20, descends=True)
folder = pathlib.Path(__file__).parent
(folder / "fixtures.json").write_text(json.dumps({"torch": torch.__version__, "entries": entries}, indent=0))
(folder / "fixtures.f32").write_bytes(b"".join(chunks))
