#!/usr/bin/env python3
"""PyTorch's side of the engine benchmark: `make bench` runs it; cases have the names of BenchmarkCase.swift.

usage: torch_bench.py [--case NAME ...] [--what train|infer] [--threads 2] [--compile] [--seconds 5] [--least 3]
                      [--layout best|contiguous|channels_last] [--choose]
needs: pip install torch numpy   (the CPU is used, whatever the wheel)

A case is one training step (zero_grad, forward, loss, backward, AdamW) or one inference on fixed random data. Every
measurement runs in a process of its own and prints one JSON line; `ms` is the median step after a warm-up, `peak_mib`
the peak resident memory above that before the model was built. In the layout 'best' one step at a batch of one in each
memory format decides which is measured; a format that takes several times as long as the other is not waited for.
`--choose` prints that decision alone.
"""
import argparse, ctypes, json, resource, statistics, subprocess, sys, time


def convmixer(dim, depth, kernel, batch, crop=(16, 64, 64), patch=(1, 2, 2)):
    return dict(dim=dim, depth=depth, kernel=kernel, patch=patch, batch=batch, crop=crop)


def mae(voxels, ratio, batch=32, **sizes):
    return dict(voxels=voxels, ratio=ratio, batch=batch, sizes=sizes)


MINI = dict(d=192, depth=6, heads=3, dd=96, ddepth=2, dheads=3)
CONVMIXERS = {
    "convmixer-32-k5": convmixer(32, 4, (5, 5, 5), 1),
    "convmixer-64-k5": convmixer(64, 4, (5, 5, 5), 1),
    "convmixer-32-k5-b4": convmixer(32, 4, (5, 5, 5), 4),  # the phantom-matrix experiment
    "convmixer-64-k5-d6-b8": convmixer(64, 6, (5, 5, 5), 8),  # the recipe's defaults
    "convmixer-32-k377": convmixer(32, 4, (3, 7, 7), 1),
}
MAES = {
    "mae-mini-015": mae(256, 0.15, **MINI),
    "mae-mini-075": mae(256, 0.75, **MINI),
    "mae-paper-015": mae(256, 0.15),
    "mae-paper-large-075": mae(2048, 0.75),
}
SWEEP = dict(d=96, depth=4, heads=3, dd=48, ddepth=2, dheads=3)
MAES |= {f"mae-sweep-{geometry}-{ratio:03d}": mae(voxels, ratio / 100, batch=16, **SWEEP)  # 'make bench-sweep' alone
         for geometry, voxels in [("small", 256), ("medium", 864), ("large", 2048)] for ratio in (15, 35, 55, 75)}
CASES = {**CONVMIXERS, **MAES}
LAYOUTS = ["channels_last", "contiguous"]  # the likelier one first: the other is given a few times its time


def parsed():
    p = argparse.ArgumentParser()
    p.add_argument("--case", nargs="*", default=[name for name in CASES if "sweep" not in name], choices=list(CASES))
    p.add_argument("--what", choices=["train", "infer"])
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--compile", action="store_true")
    p.add_argument("--seconds", type=float, default=5, help="how long steps are repeated")
    p.add_argument("--least", type=int, default=3, help="how many steps there are at least")
    p.add_argument("--layout", default="best", choices=["best", *LAYOUTS])
    p.add_argument("--choose", action="store_true")
    p.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    p.add_argument("--probe", action="store_true", help=argparse.SUPPRESS)
    return p.parse_args()


# Children import PyTorch, their parent does not: it only starts them.
options = parsed()
if options.one:
    import torch, torch.nn as nn, torch.nn.functional as F

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
            return x.reshape(b, pz, py, px, z, y, w).permute(0, 4, 1, 5, 2, 6, 3).reshape(b, 1, z * pz, y * py, w * px)

    class Block(nn.Module):
        def __init__(self, d, heads):
            super().__init__()
            self.n1, self.n2 = nn.LayerNorm(d, eps=1e-6), nn.LayerNorm(d, eps=1e-6)
            self.qkv, self.proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
            self.fc1, self.fc2 = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
            self.ls1, self.ls2 = nn.Parameter(0.1 * torch.ones(d)), nn.Parameter(0.1 * torch.ones(d))
            self.heads = heads

        def forward(self, x):
            b, n, d = x.shape
            q, k, v = self.qkv(self.n1(x)).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
            a = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, n, d)
            x = x + self.ls1 * self.proj(a)
            return x + self.ls2 * self.fc2(F.gelu(self.fc1(self.n2(x))))

    class MAE(nn.Module):
        def __init__(self, voxels, tokens=64, d=384, depth=12, heads=6, dd=192, ddepth=4, dheads=6, ratio=0.15):
            super().__init__()
            self.embed = nn.Linear(voxels, d)
            self.register_buffer("pos", torch.randn(tokens, d) * 0.02)
            self.blocks = nn.Sequential(*[Block(d, heads) for _ in range(depth)])
            self.norm = nn.LayerNorm(d, eps=1e-6)
            self.cls, self.mask = nn.Parameter(torch.zeros(d)), nn.Parameter(torch.zeros(dd))
            self.dembed = nn.Linear(d, dd)
            self.register_buffer("dpos", torch.randn(tokens + 1, dd) * 0.02)
            self.dblocks = nn.Sequential(*[Block(dd, dheads) for _ in range(ddepth)])
            self.dnorm = nn.LayerNorm(dd, eps=1e-6)
            self.out = nn.Linear(dd, voxels)
            self.tokens, self.keep = tokens, int(tokens * (1 - ratio))

        def forward(self, x, w):
            b, n = x.shape[0], self.tokens
            ids = torch.rand(b, n).argsort(1)
            inverse, keep = ids.argsort(1), ids[:, : self.keep]
            z = self.embed(x) + self.pos
            z = torch.gather(z, 1, keep[:, :, None].expand(-1, -1, z.shape[-1]))
            z = self.norm(self.blocks(torch.cat([self.cls.expand(b, 1, -1), z], 1)))
            z = self.dembed(z)
            t = torch.cat([z[:, 1:], self.mask.expand(b, n - self.keep, z.shape[-1])], 1)
            t = torch.gather(t, 1, inverse[:, :, None].expand(-1, -1, z.shape[-1]))
            z = torch.cat([z[:, :1], t], 1) + self.dpos
            o = self.out(self.dnorm(self.dblocks(z)))[:, 1:]
            m = torch.ones(b, n).scatter_(1, keep, 0)
            return ((o - x).pow(2).mean(-1) * w * m).sum() / (w * m).sum()


def convmixer3d(dim, depth, kernel, patch):
    def block():
        deep = nn.Conv3d(dim, dim, kernel, groups=dim, padding="same")
        return nn.Sequential(Residual(nn.Sequential(deep, nn.GELU(), nn.BatchNorm3d(dim))),
                             nn.Conv3d(dim, dim, 1), nn.GELU(), nn.BatchNorm3d(dim))

    return nn.Sequential(nn.Conv3d(1, dim, patch, stride=patch), nn.GELU(), nn.BatchNorm3d(dim),
                         *[block() for _ in range(depth)],
                         nn.Conv3d(dim, patch[0] * patch[1] * patch[2], 1), DepthToSpace(patch))


def focal(logits, y, alpha=0.25, gamma=2.0):
    p = torch.sigmoid(logits)
    ce = F.binary_cross_entropy_with_logits(logits, y, reduction="none")
    pt = p * y + (1 - p) * (1 - y)
    return ((alpha * y + (1 - alpha) * (1 - y)) * (1 - pt) ** gamma * ce).mean()


def convmixer_step(spec, what, layout, compiled):
    layout = {"contiguous": torch.contiguous_format, "channels_last": torch.channels_last_3d}[layout]
    model = convmixer3d(spec["dim"], spec["depth"], spec["kernel"], spec["patch"]).to(memory_format=layout)
    shape = (spec["batch"], 1, *spec["crop"])
    x = torch.rand(shape).to(memory_format=layout)
    run = torch.compile(model) if compiled else model
    if what == "infer":
        model.eval()

        def infer():
            with torch.no_grad():
                run(x)

        return infer
    opt = torch.optim.AdamW(model.parameters(), lr=1e-3, fused=True)
    y = (torch.rand(shape) > 0.99).float()

    def step():
        opt.zero_grad(set_to_none=True)
        focal(run(x), y).backward()
        opt.step()

    return step


def mae_step(spec, compiled):
    model = MAE(spec["voxels"], ratio=spec["ratio"], **spec["sizes"])
    opt = torch.optim.AdamW(model.parameters(), lr=1.5e-4, betas=(0.9, 0.95), weight_decay=0.05, fused=True)
    x, w = torch.rand(spec["batch"], 64, spec["voxels"]), torch.rand(spec["batch"], 64)
    run = torch.compile(model) if compiled else model

    def step():
        opt.zero_grad(set_to_none=True)
        run(x, w).backward()
        opt.step()

    return step


def timed(step):
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def measured(step, seconds, least):
    first = timed(step)
    if first < seconds:  # else the first one has shown the way well enough
        step()
    times = []
    while len(times) < least or sum(times) < seconds:
        times.append(timed(step))
    return times


def resident_mib():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * resource.getpagesize() / 2**20


def one(name, o):
    ctypes.CDLL(None).prctl(1, 15)  # PR_SET_PDEATHSIG, SIGTERM: nobody waits for a step of minutes any more
    torch.set_num_threads(o.threads)
    torch.manual_seed(0)
    spec, before = CASES[name], resident_mib()
    if name in MAES:
        step = mae_step(spec, o.compile)
    else:
        step = convmixer_step(dict(spec, batch=1) if o.probe else spec, o.what, o.layout, o.compile)
    if o.probe:
        print("ready", flush=True)
        return dict(ms=1e3 * timed(step))
    times = measured(step, o.seconds, o.least)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before
    return dict(case=name, what=o.what, threads=o.threads, layout=o.layout, compiled=o.compile, torch=torch.__version__,
                ms=1e3 * statistics.median(times), steps=len(times), rate=len(times) / sum(times), peak_mib=peak)


def command(name, what, layout, o, *more):
    return [sys.executable, __file__, "--one", "--case", name, "--what", what, "--threads", str(o.threads), "--layout",
            layout, "--seconds", str(o.seconds), "--least", str(o.least), *(["--compile"] if o.compile else []), *more]


def child(name, what, layout, o):
    out = subprocess.run(command(name, what, layout, o), stdout=subprocess.PIPE, check=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def probe(name, what, layout, o, limit):
    """Milliseconds of one step at a batch of one; infinite where it takes longer than `limit` seconds."""
    p = subprocess.Popen(command(name, what, layout, argparse.Namespace(**{**vars(o), "compile": False}), "--probe"),
                         stdout=subprocess.PIPE, text=True)
    p.stdout.readline()  # 'ready': PyTorch is loaded, the model is built
    try:
        out, _ = p.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
        return float("inf")
    if p.returncode:
        sys.exit(f"torch_bench.py: {name} in {layout} ended with status {p.returncode}")
    return json.loads(out.splitlines()[-1])["ms"]


def best_layout(name, what, o):
    if name in MAES:
        return "contiguous"
    first, second = LAYOUTS
    ms = probe(name, what, first, o, None)
    return second if probe(name, what, second, o, 1 + 3e-3 * ms) < ms else first


def main(o):
    for name in o.case:
        for what in [o.what] if o.what else ["train"] if name in MAES else ["train", "infer"]:
            if o.one:
                row = one(name, o)
            else:
                layout = best_layout(name, what, o) if o.layout == "best" else o.layout
                row = dict(case=name, what=what, layout=layout) if o.choose else child(name, what, layout, o)
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main(options)
