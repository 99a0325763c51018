#!/usr/bin/env python3
"""Writes what PyTorch gives for the operations of the masked autoencoder and the model itself, mae.json and mae.f32, for
trainings at every geometry and mask ratio of the sweep, sweep.json and sweep.f32, and for detectors on its encoder,
detector.json and detector.f32.

usage: make_mae_fixtures.py [mae] [sweep] [detector]          needs: pip install torch numpy
Inputs, first weights, masks and batches are not written: both sides make them by `noise` (Noise.swift).
"""
import json, math, pathlib, sys
import numpy as np, torch, torch.nn as nn, torch.nn.functional as F

torch.set_num_threads(1)
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


def leaf(shape, salt):
    return noise(shape, salt).requires_grad_()


def finish(name, output, leaves, salt=4):
    keep(f"{name}.output", output)
    output.backward(noise(output.shape, salt))
    for label, x in leaves.items():
        keep(f"{name}.{label}", x.grad)


def operations():
    for width in (3, 8, 21, 72):
        x, w, b = leaf((3, 23, width), 1), leaf((width,), 2), leaf((width,), 3)
        finish(f"layer norm {width}", F.layer_norm(x, (width,), w, b, 1e-6), {"input": x, "weight": w, "bias": b})
    for tokens, heads, each in [(1, 1, 8), (7, 3, 5), (17, 2, 32), (26, 2, 64), (41, 1, 24), (9, 4, 1), (65, 3, 16)]:
        x = leaf((2, tokens, 3 * heads * each), 1)
        q, k, v = (x * 3).reshape(2, tokens, 3, heads, each).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(2, tokens, heads * each)
        finish(f"attention {tokens} {heads} {each}", y, {"qkv": x})
    x, filler = leaf((2, 3, 11), 1), leaf((11,), 2)
    order = torch.tensor([[4, 0, 2], [1, 3, 0]])
    whole = filler.expand(2, 5, 11).scatter(1, order[:, :, None].expand(-1, -1, 11), x)
    finish("assembled", whole + noise((5, 11), 3), {"rows": x, "filler": filler})
    x, w = leaf((2, 7, 13), 1), (noise((2, 7), 3) + 1) * (noise((2, 7), 5) > -0.3)
    loss = ((x - noise((2, 7, 13), 2)).pow(2).mean(-1) * w).sum() / w.sum()
    loss.backward()
    keep("mean squares.output", loss)
    keep("mean squares.input", x.grad)
    x, s = leaf((3, 37, 13), 1), leaf((13,), 2)
    finish("layer scale", x * s, {"input": x, "scale": s})
    for channels, groups in [(12, 3), (5, 1), (7, 7)]:
        x, w, b = leaf((2, 3, 4, 5, channels), 1), leaf((channels,), 2), leaf((channels,), 3)
        y = F.group_norm(x.permute(0, 4, 1, 2, 3), groups, w, b).permute(0, 2, 3, 4, 1)
        finish(f"group norm {channels} {groups}", y, {"input": x, "weight": w, "bias": b})
    for inputs, outputs, kernel in [(3, 5, (3, 3, 3)), (2, 9, (1, 3, 5)), (1, 1, (1, 1, 1))]:
        x, w, b = leaf((2, 3, 4, 5, inputs), 1), leaf((outputs, inputs, *kernel), 2), leaf((outputs,), 3)
        y = F.conv3d(x.permute(0, 4, 1, 2, 3), w, b, padding="same").permute(0, 2, 3, 4, 1)
        finish(f"convolution {inputs} {outputs}", y, {"input": x, "weight": w, "bias": b})
    x, w, b, s, r = leaf((3, 23, 21), 1), leaf((10, 21), 2), leaf((10,), 3), leaf((10,), 5), leaf((3, 23, 10), 6)
    y = r + s * F.linear(x, w, b)
    finish("residual linear", y, {"input": x, "weight": w, "bias": b, "scale": s, "residual": r})
    x, w, b = leaf((3, 23, 21), 1), leaf((37, 21), 2), leaf((37,), 3)
    v, c, s, r = leaf((10, 37), 7), leaf((10,), 8), leaf((10,), 5), leaf((3, 23, 10), 6)
    leaves = {"input": x, "weight 1": w, "bias 1": b, "weight 2": v, "bias 2": c, "scale": s, "residual": r}
    finish("perceptron", r + s * F.linear(F.gelu(F.linear(x, w, b)), v, c), leaves)
    w = nn.Parameter(noise((1003,), 1))
    sgd = torch.optim.SGD([w], lr=0.1, momentum=0.9, weight_decay=0.01)
    for step in range(3):
        w.grad = noise((1003,), 10 + step)
        keep(f"sgd.norm {step}", torch.nn.utils.clip_grad_norm_([w], 10.0))
        sgd.step()
    keep("sgd.weight", w)


class Block(nn.Module):
    def __init__(self, d, heads):
        super().__init__()
        self.ls1, self.ls2 = nn.Parameter(torch.ones(d)), nn.Parameter(torch.ones(d))
        self.n1, self.n2 = nn.LayerNorm(d, eps=1e-6), nn.LayerNorm(d, eps=1e-6)
        self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.heads = heads

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(self.n1(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        a = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)
        x = x + self.ls1 * self.proj(a)
        return x + self.ls2 * self.fc2(F.gelu(self.fc1(self.n2(x))))


def positions(grid, width, waves):
    """Of `long` waves, those of Vaswani et al. 2017, or of `short` ones, 4 patches and more, of height 3."""
    bands = width // 6
    axes = np.stack(np.meshgrid(*[np.arange(n) for n in grid], indexing="ij"), -1).reshape(-1, 3).astype(np.float64)
    share = -np.arange(bands) / bands
    omega, height = (10000.0**share, 1) if waves == "long" else (np.pi / 2 * 8.0**share, 3)
    parts = [height * f(axes[:, [a]] * omega) for a in range(3) for f in (np.sin, np.cos)]
    table = np.concatenate(parts + [np.zeros((len(axes), width - 6 * bands))], 1)
    return torch.from_numpy(table.astype(np.float32))


class MAE(nn.Module):
    def __init__(self, grid, patch, waves, d, depth, heads, dd, ddepth, dheads):
        super().__init__()
        voxels, self.grid, self.patch = math.prod(patch), grid, patch
        self.cls, self.mask = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(dd))
        self.embed = nn.Linear(voxels, d)
        self.blocks, self.norm = nn.Sequential(*[Block(d, heads) for _ in range(depth)]), nn.LayerNorm(d, eps=1e-6)
        self.dembed = nn.Linear(d, dd)
        self.dblocks, self.dnorm = nn.Sequential(*[Block(dd, dheads) for _ in range(ddepth)]), nn.LayerNorm(dd, eps=1e-6)
        self.out = nn.Linear(dd, voxels)
        self.pos = positions(grid, d, waves)
        self.dpos = torch.cat([torch.zeros(1, dd), positions(grid, dd, waves)])

    def tokens(self, x):
        (gz, gy, gx), (pz, py, px) = self.grid, self.patch
        return x.reshape(-1, gz, pz, gy, py, gx, px).permute(0, 1, 3, 5, 2, 4, 6).reshape(len(x), gz * gy * gx, -1)

    def volumes(self, t):
        (gz, gy, gx), (pz, py, px) = self.grid, self.patch
        return t.reshape(-1, gz, gy, gx, pz, py, px).permute(0, 1, 4, 2, 5, 3, 6).reshape(len(t), gz * pz, gy * py, gx * px)

    def encode(self, t, visible):
        z = self.embed(t) + self.pos
        z = torch.gather(z, 1, visible[:, :, None].expand(-1, -1, z.shape[-1]))
        return self.norm(self.blocks(torch.cat([self.cls.expand(len(t), 1, -1), z], 1)))

    def reconstruct(self, t, visible):
        z = self.dembed(self.encode(t, visible))
        whole = self.mask.expand(len(t), t.shape[1], -1).scatter(1, visible[:, :, None].expand(-1, -1, z.shape[-1]), z[:, 1:])
        z = torch.cat([z[:, :1], whole], 1) + self.dpos
        return self.out(self.dnorm(self.dblocks(z)))[:, 1:]

    def loss(self, x, visible, w, normalised=False):
        t = self.tokens(x)
        masked = torch.ones(t.shape[:2]).scatter_(1, visible, 0) * w
        goal = (t - t.mean(-1, keepdim=True)) / (t.var(-1, keepdim=True, correction=0) + 1e-6).sqrt() if normalised else t
        return ((self.reconstruct(t, visible) - goal).pow(2).mean(-1) * masked).sum() / masked.sum()


def start(name, shape, salt):
    x = noise(shape, salt)
    if len(shape) == 2:
        return x * np.float32(1.5 / math.sqrt(shape[1]))
    if name.endswith("weight"):
        return x * np.float32(0.125) + 1
    return x * np.float32(0.125)


def started(grid, patch, waves, sizes):
    net = MAE(grid, patch, waves, *sizes)
    for place, (key, value) in enumerate(net.named_parameters()):
        value.data = start(key, tuple(value.shape), 2000 + place)
    return net


def inputs_of(grid, patch, visible, batch, batches):
    """Crops, visible patches and weights of a step; crops come again after so many batches."""
    crop, tokens = [g * p for g, p in zip(grid, patch)], math.prod(grid)

    def inputs(step):
        x = (noise((batch, *crop), 100 + step % batches) + 1) / 2
        return x, noise((batch, tokens), 300 + step).argsort(1)[:, :visible], noise((batch, tokens), 500 + step) + 1.25

    return inputs


def trained(net, inputs, steps, after_first=lambda: None):
    decayed = [v for k, v in net.named_parameters() if v.dim() == 2]
    others = [v for k, v in net.named_parameters() if v.dim() != 2]
    groups = [{"params": decayed, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}]
    opt = torch.optim.AdamW(groups, lr=2e-3, betas=(0.9, 0.95))
    losses, warm = [], max(1, steps // 20)
    for step in range(steps):
        share = 1 if step <= warm else 0.5 * (1 + math.cos(math.pi * (step - warm) / (steps - warm)))
        for group in opt.param_groups:
            group["lr"] = 2e-3 * min(1, (step + 1) / warm) * share
        opt.zero_grad()
        loss = net.loss(*inputs(step))
        loss.backward()
        if step == 0:
            after_first()
        opt.step()
        losses.append(loss.item())
    return torch.tensor(losses)


def model(name, grid, patch, waves, sizes, visible, batch, steps):
    net, inputs = started(grid, patch, waves, sizes), inputs_of(grid, patch, visible, batch, steps)
    x, ids, w = inputs(0)
    everything = torch.arange(math.prod(grid)).expand(batch, -1)
    keep(f"{name}.positions", net.pos)
    keep(f"{name}.features", net.encode(net.tokens(x), everything))
    keep(f"{name}.reconstruction", net.volumes(net.reconstruct(net.tokens(x), ids)))
    keep(f"{name}.normalised", net.loss(x, ids, w, normalised=True))
    t = net.tokens(x)
    content = 1 + 9 * (t.double().var(-1, correction=0) / 0.08).clamp(max=1)
    keep(f"{name}.content", net.loss(x, ids, content.float()))

    def gradients():
        for key, value in net.named_parameters():
            keep(f"{name}.gradient.{key}", value.grad)

    keep(f"{name}.losses", trained(net, inputs, steps, gradients))
    keep(f"{name}.end", torch.cat([net.reconstruct(net.tokens(x), ids).flatten()]))
    keep(f"{name}.weight", net.blocks[0].fc1.weight)


def sweep():
    for patch in [(4, 8, 8), (6, 12, 12), (8, 16, 16)]:
        for ratio in [0.15, 0.35, 0.55, 0.75]:
            net, visible = started((4, 4, 4), patch, "short", (24, 2, 3, 12, 1, 3)), int(64 * (1 - ratio))
            losses = trained(net, inputs_of((4, 4, 4), patch, visible, 2, 4), 50)
            keep(f"{'x'.join(map(str, patch))} {ratio}.losses", losses)


class Detector(nn.Module):
    """An encoder with a linear head from each token to the logits of its patch's voxels."""

    def __init__(self, grid, patch, d, depth, heads):
        super().__init__()
        self.grid, self.patch = grid, patch
        self.cls, self.embed = nn.Parameter(torch.zeros(d)), nn.Linear(math.prod(patch), d)
        self.blocks, self.norm = nn.Sequential(*[Block(d, heads) for _ in range(depth)]), nn.LayerNorm(d, eps=1e-6)
        self.head = nn.Linear(d, math.prod(patch))
        self.pos = positions(grid, d, "short")

    def forward(self, x):
        """Logits of crops, window by window."""
        logits, window = torch.empty_like(x), [g * p for g, p in zip(self.grid, self.patch)]
        for z in range(0, x.shape[1], window[0]):
            for y in range(0, x.shape[2], window[1]):
                for c in range(0, x.shape[3], window[2]):
                    box = (slice(None), slice(z, z + window[0]), slice(y, y + window[1]), slice(c, c + window[2]))
                    t = self.embed(MAE.tokens(self, x[box])) + self.pos
                    t = self.norm(self.blocks(torch.cat([self.cls.expand(len(t), 1, -1), t], 1)))
                    logits[box] = MAE.volumes(self, self.head(t[:, 1:]))
        return logits


def focal(logits, y, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    return ((alpha * y + (1 - alpha) * (1 - y)) * (1 - (p * y + (1 - p) * (1 - y))) ** gamma * ce).mean()


def detector(name, frozen, steps=20, peak=1e-2):
    grid, patch, crop = (2, 3, 2), (2, 3, 3), (4, 18, 12)
    net = Detector(grid, patch, 30, 2, 3)
    for place, (key, value) in enumerate(net.named_parameters()):
        value.data = start(key, tuple(value.shape), 2000 + place)
        value.requires_grad = not frozen or key.startswith("head.")
    learnt = [(k, v) for k, v in net.named_parameters() if v.requires_grad]
    opt = torch.optim.AdamW([
        {"params": [v for k, v in learnt if v.dim() == 2], "weight_decay": 0.05},
        {"params": [v for k, v in learnt if v.dim() != 2], "weight_decay": 0.0}], lr=peak)
    losses = []
    for step in range(steps):
        for group in opt.param_groups:
            group["lr"] = peak * min(1, (step + 1) / 100) * (1 if step < 16 else (steps - step) / 4)
        y = (noise((2, *crop), 500 + step) > 0.9).float()
        x = noise((2, *crop), 100 + step) + y
        opt.zero_grad()
        logits = net(x)
        loss = focal(logits, y)
        loss.backward()
        if step == 0:
            keep(f"{name}.logits", logits)
            for key, value in learnt:
                keep(f"{name}.gradient.{key}", value.grad)
        opt.step()
        losses.append(loss.item())
    keep(f"{name}.losses", torch.tensor(losses))
    keep(f"{name}.end", net(noise((1, *crop), 900)))
    keep(f"{name}.head", net.head.weight)


def save(name):
    folder = pathlib.Path(__file__).parent
    (folder / f"{name}.json").write_text(json.dumps({"torch": torch.__version__, "entries": entries}, indent=0))
    (folder / f"{name}.f32").write_bytes(b"".join(chunks))


for name in sys.argv[1:] or ["mae", "sweep", "detector"]:
    entries, chunks, offset = [], [], 0
    if name == "sweep":
        sweep()
    elif name == "detector":
        detector("fine-tuned", frozen=False)
        detector("frozen", frozen=True)
    else:
        operations()
        model("odd", (2, 3, 2), (2, 3, 3), "long", (30, 2, 3, 21, 1, 3), 7, 3, 50)
        model("even", (2, 2, 3), (2, 4, 4), "short", (48, 1, 3, 24, 1, 3), 5, 2, 50)
    save(name)
