"""One side of 'lightbench-bench arrays': zarr-python, tensorstore or h5py, a job a line.

Run: python arrays_peer.py LIBRARY VOLUME Z Y X   (pip install zarr tensorstore h5py tifffile; zstandard for its libzstd)
VOLUME holds uint16 values, little-endian, in C order. Every line of the input is a job in JSON, {"do": ..., "path": ...}
with what it needs besides; every line of the output its outcome, {"seconds": ..., "processorSeconds": ..., "sum": ...},
the sum that of what was read. Two threads for codecs. Loading of modules and the opening of arrays are not timed.
"""
import concurrent.futures
import ctypes
import ctypes.util
import itertools
import json
import shutil
import sys
import time

import numpy as np

library, file, shape = sys.argv[1], sys.argv[2], tuple(int(text) for text in sys.argv[3:6])
volume = np.fromfile(file, dtype="<u2").reshape(shape)
THREADS = 2


def zarr_python():
    import zarr
    from zarr.codecs import BloscCodec, ZstdCodec

    zarr.config.set({"threading.max_workers": THREADS})
    def write(job):
        codecs = {"zstd": ZstdCodec(level=job["level"]),
                  "blosc": BloscCodec(cname="lz4", clevel=5, shuffle="shuffle", typesize=2)}
        array = zarr.create_array(
            job["path"], shape=shape, dtype="uint16", chunks=tuple(job["chunk"]), compressors=codecs[job["codec"]],
            shards=tuple(job["shard"]) if job.get("shard") else None)
        array[...] = volume

    def read(job):
        array = zarr.open_array(job["path"], mode="r")
        return lambda box: array[box]

    return write, read, zarr.__version__


def tensor_store():
    import importlib.metadata

    import tensorstore

    # fsync after every file is its default and no other's.
    context = tensorstore.Context({"data_copy_concurrency": {"limit": THREADS}, "file_io_sync": False})

    def spec(job, **extra):
        kvstore = {"driver": "file", "path": job["path"] + "/"}
        return {"driver": "zarr3", "kvstore": kvstore, **extra}

    def write(job):
        codec = ({"name": "zstd", "configuration": {"level": job["level"]}} if job["codec"] == "zstd" else
                 {"name": "blosc", "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "shuffle", "typesize": 2}})
        codecs = [{"name": "bytes", "configuration": {"endian": "little"}}, codec]
        if job.get("shard"):
            codecs = [{"name": "sharding_indexed", "configuration": {"chunk_shape": job["chunk"], "codecs": codecs}}]
        grid = {"name": "regular", "configuration": {"chunk_shape": job.get("shard") or job["chunk"]}}
        metadata = {"shape": shape, "data_type": "uint16", "chunk_grid": grid, "codecs": codecs}
        tensorstore.open(spec(job, metadata=metadata, create=True), context=context).result().write(volume).result()

    def read(job):
        array = tensorstore.open(spec(job), context=context, read=True).result()
        return lambda box: array[box].read().result()

    return write, read, importlib.metadata.version("tensorstore")


def hdf5():
    import h5py

    def write(job):
        with h5py.File(job["path"], "w") as file:
            file.create_dataset("volume", data=volume, chunks=tuple(job["chunk"]), compression="gzip",
                                compression_opts=4, shuffle=True)

    def read(job):
        data = h5py.File(job["path"], "r")["volume"]
        return lambda box: data[box]

    return write, read, h5py.__version__


def stack(job):
    import tifffile

    tifffile.imwrite(job["path"], volume, bigtiff=True, photometric="minisblack")


def codec_calls(job):
    """The system's codec as two functions of (source, size of it, target, size of it), each giving a size."""
    system = ctypes.CDLL(ctypes.util.find_library(job["codec"]))
    address, size = ctypes.c_void_p, ctypes.c_size_t
    if job["codec"] == "zstd":
        for call in (system.ZSTD_compress, system.ZSTD_decompress):
            call.restype = size
        system.ZSTD_compress.argtypes = [address, size, address, size, ctypes.c_int]
        system.ZSTD_decompress.argtypes = [address, size, address, size]
        return (lambda source, count, target, room: system.ZSTD_compress(target, room, source, count, job["level"]),
                lambda source, count, target, room: system.ZSTD_decompress(target, room, source, count))
    number = ctypes.c_int
    system.blosc_compress_ctx.argtypes = [
        number, number, size, size, address, address, size, ctypes.c_char_p, size, number]
    system.blosc_decompress_ctx.argtypes = [address, address, size, number]
    return (lambda source, count, target, room: system.blosc_compress_ctx(
                5, 1, 2, count, source, target, room, b"lz4", 0, 1),
            lambda source, count, target, room: system.blosc_decompress_ctx(source, target, room, 1))


def codec_alone(job):
    """Encodes, then decodes all chunks of the volume in memory, with nothing but the codec's library."""
    encode, decode = codec_calls(job)
    chunk = job["chunk"]
    starts = itertools.product(*(range(0, extent, side) for extent, side in zip(shape, chunk)))
    parts = [np.ascontiguousarray(volume[tuple(slice(s, s + c) for s, c in zip(start, chunk))]) for start in starts]
    room = parts[0].nbytes + parts[0].nbytes // 4 + 65536
    packed = [np.zeros(room, np.uint8) for _ in parts]
    targets = [np.zeros(parts[0].nbytes, np.uint8) for _ in range(THREADS)]

    def all_chunks(body):
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            return sum(pool.map(lambda thread: sum(body(i, thread) for i in range(thread, len(parts), THREADS)),
                                range(THREADS)))

    sizes = [0] * len(parts)

    def encode_chunk(i, _):
        sizes[i] = encode(parts[i].ctypes.data, parts[i].nbytes, packed[i].ctypes.data, room)
        return sizes[i]

    def decode_chunk(i, thread):
        return decode(packed[i].ctypes.data, sizes[i], targets[thread].ctypes.data, targets[thread].nbytes)

    timed(lambda: all_chunks(encode_chunk))
    start = time.perf_counter()
    assert all_chunks(decode_chunk) == volume.nbytes
    outcome["decodeSeconds"] = time.perf_counter() - start
    try:
        import zstandard
    except ImportError:
        return
    if job["codec"] == "zstd":
        outcome["newest"] = ".".join(map(str, zstandard.ZSTD_VERSION))
        encoders = [zstandard.ZstdCompressor(level=job["level"]) for _ in range(THREADS)]
        start = time.perf_counter()
        all_chunks(lambda i, thread: len(encoders[thread].compress(parts[i])))
        outcome["newestSeconds"] = time.perf_counter() - start


write, read, version = {"zarr-python": zarr_python, "tensorstore": tensor_store, "h5py": hdf5}[library]()


def timed(body):
    start, used = time.perf_counter(), time.process_time()
    value = body()
    outcome["seconds"], outcome["processorSeconds"] = time.perf_counter() - start, time.process_time() - used
    return value


for line in sys.stdin:
    job = json.loads(line)
    outcome = {"seconds": 0, "processorSeconds": 0, "sum": 0, "version": version}
    if job["do"] == "write":
        timed(lambda: write(job))
    elif job["do"] == "read":
        part = read(job)
        value = timed(lambda: part(np.s_[:, :, :]))
        outcome["sum"] = int(np.sum(value, dtype=np.uint64))
        del value
    elif job["do"] == "regions":
        part, side = read(job), job["side"]
        boxes = [tuple(slice(start, start + side) for start in region) for region in job["regions"]]
        values = timed(lambda: [part(box) for box in boxes])
        outcome["sum"] = int(sum(np.sum(value, dtype=np.uint64) for value in values))
        del values
    elif job["do"] == "codec":
        codec_alone(job)
    elif job["do"] == "stack":
        stack(job)
    elif job["do"] == "remove":
        shutil.rmtree(job["path"], ignore_errors=True)
    print(json.dumps(outcome), flush=True)
