# SPDX-License-Identifier: GPL-3.0-or-later
"""safetensors files, honest and lying, and the index that names shards."""
from .case import MALFORMED, MISSING, UNREADABLE, UNSUPPORTED, Link, Pipe, dump, legal, malformed, nested, noise, seed, u64

SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def raw(header, data=b""):
    return u64(len(header)) + header + data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def tensors(named, metadata=None):
    """A right file of {name: (dtype, shape)} in this order."""
    header, at = ({"__metadata__": metadata} if metadata else {}), 0
    for name, (dtype, shape) in named.items():
        size = SIZES[dtype]
        for dim in shape:
            size *= dim
        header[name] = entry(dtype, shape, at, at + size)
        at += size
    return raw(dump(header), noise(at))


GOOD = tensors({"model.weight": ("F32", [4, 3]), "model.bias": ("BF16", [6])}, {"format": "pt"})
ONE = b'"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


def with_entry(value, data=bytes(8)):
    return raw(dump({"a": value}), data)


def changed(**keys):
    """One float tensor with two values, some of its entry changed."""
    return with_entry({**entry("F32", [2], 0, 8), **keys})


def lengths():
    for name, length in {
        "all_ones": 2**64 - 1, "sign_bit": 2**63, "past_end": len(GOOD), "by_one": len(GOOD) - 7, "cap_plus_one": 100_000_001,
        "cap": 100_000_000, "wraps_with_eight": 2**64 - 8, "int32_minimum": 2**31, "uint32_maximum": 2**32 - 1,
    }.items():
        yield malformed(f"header_length_{name}", u64(length) + GOOD[8:])
    yield malformed("header_length_zero", u64(0) + GOOD[8:])
    yield malformed("header_length_short", u64(20) + GOOD[8:])
    for size in range(8):
        yield malformed(f"only_{size}_bytes", u64(2)[:size])


def headers():
    for name, header in {
        "not_json": b"hello", "array": b"[]", "number": b"7", "null": b"null", "text": b'"a"', "two_objects": b"{}{}",
        "trailing_comma": b"{" + ONE + b",}", "comment": b"{/**/" + ONE + b"}", "nul_inside": b"{\0" + ONE + b"}",
        "not_utf8": b'{"\xff\xfe":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}', "single_quotes": b"{'a':{}}",
        "duplicate_tensor": b"{" + ONE + b"," + ONE + b"}",
        "duplicate_key": b'{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}',
        "duplicate_metadata": b'{"__metadata__":{},"__metadata__":{},' + ONE + b"}",
        "metadata_number": b'{"__metadata__":{"a":1},' + ONE + b"}",
        "metadata_nested": b'{"__metadata__":{"a":{}},' + ONE + b"}", "metadata_list": b'{"__metadata__":[],' + ONE + b"}",
        "lone_surrogate": b'{"__metadata__":{"a":"\\ud800"},' + ONE + b"}",
        "deep_arrays": b'{"a":' + nested(b"[", b"]", 100_000) + b"}",
        "deep_objects": b'{"a":' + nested(b'{"a":', b"}", 100_000, b"1") + b"}",
        "deep_and_open": b"[" * 1_000_000, "deep_mixed": b'[{"a":' * 50_000,
    }.items():
        yield malformed(f"header_{name}", raw(header, bytes(8)))
    many = b",".join(b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % i for i in range(210_000))
    yield malformed("header_too_many_tensors", raw(b"{" + many + b"}"))
    yield malformed("header_too_many_commas", raw(b"[" + b"0," * 5_000_000 + b"0]"))


def entries():
    for name, value in {"null": None, "number": 3, "list": [], "empty": {}, "text": "F32"}.items():
        yield malformed(f"entry_{name}", with_entry(value))
    for key in ("dtype", "shape", "data_offsets"):
        rest = entry("F32", [2], 0, 8)
        del rest[key]
        yield malformed(f"entry_without_{key}", with_entry(rest))
        yield malformed(f"entry_{key}_null", changed(**{key: None}))
        yield malformed(f"entry_{key}_object", changed(**{key: {}}))
    yield malformed("entry_extra_key", changed(more=1))
    yield malformed("dtype_unknown", changed(dtype="F31"), UNSUPPORTED)
    yield malformed("dtype_quantised", changed(dtype="Q4_0"), UNSUPPORTED)
    yield malformed("dtype_empty", changed(dtype=""), UNSUPPORTED)
    for name, shape in {
        "negative": [-2], "fraction": [2.0], "text": ["2"], "nested": [[2]], "null": [None], "true": [True],
        "seventeen": [1] * 17, "overflow_32": [2**16, 2**16], "overflow_64": [2**32, 2**32], "overflow_63": [2**63],
        "overflow_64_maximum": [2**64 - 1], "overflow_bytes": [2**62], "overflow_wraps_to_eight": [2**62 + 2],
        "overflow_three": [2**31, 2**31, 2**2 + 1], "beyond_64_bits": [10**30], "too_many": [3], "too_few": [1],
    }.items():
        yield malformed(f"shape_{name}", changed(shape=shape))
    for name, offsets in {
        "one": [0], "three": [0, 8, 8], "backwards": [8, 0], "negative": [-8, 0], "fraction": [0.0, 8.0], "text": ["0", "8"],
        "past_end": [8, 16], "huge": [2**64 - 8, 2**64], "wraps": [2**64 - 4, 4], "beyond_64_bits": [0, 10**25], "short": [0, 4],
    }.items():
        yield malformed(f"offsets_{name}", changed(data_offsets=offsets))


def layouts():
    def pair(a, b, size):
        return raw(dump({"a": entry("U8", [a[1] - a[0]], *a), "b": entry("U8", [b[1] - b[0]], *b)}), bytes(size))

    yield malformed("hole_between", pair((0, 4), (8, 12), 12))
    yield malformed("hole_at_start", pair((4, 8), (8, 12), 12))
    yield malformed("overlap_part", pair((0, 8), (4, 12), 12))
    yield malformed("overlap_whole", pair((0, 8), (0, 8), 8))
    yield malformed("overlap_inside", pair((0, 12), (4, 8), 12))
    yield malformed("bytes_after_the_last", pair((0, 4), (4, 8), 12))
    yield malformed("bytes_missing", pair((0, 4), (4, 8), 7))
    yield malformed("no_tensor_but_bytes", raw(b"{}", bytes(4)))
    same = {f"t{i}": entry("U8", [8], 0, 8) for i in range(1000)}
    yield malformed("overlap_of_a_thousand", raw(dump(same), bytes(8)))
    yield malformed("empty_tensor_in_the_middle", raw(dump({"a": entry("U8", [8], 0, 8), "b": entry("U8", [0], 4, 4)}), bytes(8)))


def cases():
    yield seed("plain", GOOD)
    yield seed("every_type", tensors({f"t.{t}": (t, [2, 5]) for t in SIZES}))
    yield seed("empty_and_scalar", tensors({"empty": ("F32", [0, 7]), "scalar": ("F16", []), "zero": ("I8", [3, 0])}))
    yield seed("sixteen_dimensions", tensors({"t": ("U8", [1] * 15 + [3])}))
    yield seed("nothing", raw(b"{}"))
    yield legal("spaces_before", raw(b"  \n\t{" + ONE + b"}", bytes(8)))
    yield legal("spaces_after", raw(b"{" + ONE + b"}" + b" " * 4096, bytes(8)))
    yield legal("not_a_number", raw(b"{" + ONE + b"}", b"\0\0\xc0\x7f\0\0\x80\xff"))
    yield legal("many_tensors", tensors({f"layers.{i}.weight": ("U8", [1]) for i in range(5000)}))
    for part in (lengths, headers, entries, layouts):
        yield from part()


def index_cases():
    shard = tensors({"a": ("F32", [2])})
    other = tensors({"b": ("F32", [2])})
    config = dump({"model_type": "llama"})

    def folder(index, **files):
        text = index if isinstance(index, bytes) else dump({"metadata": {"total_size": 8}, "weight_map": index})
        return {"config.json": config, "model.safetensors.index.json": text, "m1.safetensors": shard, **files}

    yield seed("one_shard", folder({"a": "m1.safetensors"}))
    yield legal("two_shards", folder({"a": "m1.safetensors", "b": "m2.safetensors"}, **{"m2.safetensors": other}))
    yield legal("linked_shard", folder({"a": "l.safetensors"}, **{"l.safetensors": Link("m1.safetensors")}))
    for name, file in {
        "parent": "../m1.safetensors", "deep_parent": "a/../../m1.safetensors", "absolute": "/etc/passwd", "folder": "sub/m1.safetensors",
        "backslash": "..\\m1.safetensors", "drive": "C:m1.safetensors", "nul": "m1.safetensors\0.txt", "empty": "", "dot": ".",
        "two_dots": "..", "number": 7, "null": None, "list": ["m1.safetensors"], "object": {},
    }.items():
        yield malformed(f"shard_{name}", folder({"a": file}))
    for name, text in {
        "not_json": b"weight_map", "empty": b"", "list": b"[]", "no_map": b"{}", "map_list": b'{"weight_map":[]}', "map_empty": b'{"weight_map":{}}',
        "map_null": b'{"weight_map":null}', "duplicate": b'{"weight_map":{"a":"m1.safetensors","a":"m1.safetensors"}}',
        "deep": b'{"weight_map":' + b"[" * 100_000,
    }.items():
        yield malformed(f"index_{name}", folder(text))
    yield malformed("tensor_elsewhere", folder({"z": "m1.safetensors"}))
    yield malformed("tensor_in_two_shards", folder({"a": "m1.safetensors", "b": "m2.safetensors"},
                                                   **{"m2.safetensors": tensors({"a": ("F32", [2]), "b": ("F32", [2])})}))
    yield malformed("too_many_shards", folder({f"t{i}": f"{i}.safetensors" for i in range(10_001)}))
    yield malformed("shard_missing", folder({"a": "m2.safetensors"}), MISSING)
    yield malformed("shard_is_folder", folder({"a": "dir"}, **{"dir/x": b""}), UNREADABLE)
    yield malformed("shard_is_link_loop", folder({"a": "loop"}, loop=Link("loop")), UNREADABLE)
    yield malformed("shard_is_dead_link", folder({"a": "dead"}, dead=Link("nowhere")), MISSING)
    yield malformed("shard_is_pipe", folder({"a": "pipe"}, pipe=Pipe()), UNREADABLE)
    yield malformed("shard_is_truncated", folder({"a": "cut"}, cut=shard[:-1]), MALFORMED)
    yield malformed("shard_is_empty", folder({"a": "none"}, none=b""), MALFORMED)
