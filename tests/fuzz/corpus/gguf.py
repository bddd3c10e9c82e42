# SPDX-License-Identifier: GPL-3.0-or-later
"""GGUF files: a maker that can lie about every number, and the published attacks by name."""
from .case import UNSUPPORTED, f32, legal, malformed, noise, seed, u32, u64

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
# Tensor type: (id, values a block, bytes a block)
TYPES = {"F32": (0, 1, 4), "F16": (1, 1, 2), "Q4_0": (2, 32, 18), "Q4_1": (3, 32, 20), "Q5_0": (6, 32, 22), "Q5_1": (7, 32, 24),
         "Q8_0": (8, 32, 34), "Q2_K": (10, 256, 84), "Q3_K": (11, 256, 110), "IQ4_NL": (20, 32, 18), "Q4_K": (12, 256, 144), "Q5_K": (13, 256, 176), "Q6_K": (14, 256, 210), "I8": (24, 1, 1),
         "I16": (25, 1, 2), "I32": (26, 1, 4), "I64": (27, 1, 8), "F64": (28, 1, 8), "BF16": (30, 1, 2)}


def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return u64(len(value)) + value


def pair(key, kind, value):
    return text(key) + u32(kind) + value


def number(key, value):
    return pair(key, U32, u32(value))


def real(key, value):
    return pair(key, F32, f32(value))


def words(key, value):
    return pair(key, STRING, text(value))


def array(key, kind, values):
    return pair(key, ARRAY, u32(kind) + u64(len(values)) + b"".join(values))


def texts(key, values):
    return array(key, STRING, [text(v) for v in values])


def tensor(name, dims, kind, offset):
    return text(name) + u32(len(dims)) + b"".join(map(u64, dims)) + u32(kind) + u64(offset)


def file(pairs=(), table=(), data=b"", version=3, pair_count=None, tensor_count=None, alignment=32):
    head = b"GGUF" + u32(version) + u64(len(table) if tensor_count is None else tensor_count)
    head += u64(len(pairs) if pair_count is None else pair_count) + b"".join(pairs) + b"".join(table)
    return head + bytes(-len(head) % alignment) + data


def with_tensors(pairs, tensors, alignment=32, version=3):
    """A right file of [(name, dims innermost first, type name)]."""
    table, data = [], b""
    for name, dims, kind in tensors:
        ident, values, size = TYPES[kind]
        count = 1
        for dim in dims:
            count *= dim
        table.append(tensor(name, dims, ident, len(data)))
        data += noise(count // values * size, len(data) + 1)
        data += bytes(-len(data) % alignment)
    return file(pairs, table, data, version, alignment=alignment)


def llama(**changes):
    """Pairs of a tiny model; a change of None leaves the key out."""
    pairs = {"general.architecture": words("general.architecture", "llama"), "llama.context_length": number("llama.context_length", 64),
             "llama.embedding_length": number("llama.embedding_length", 8), "llama.block_count": number("llama.block_count", 1),
             "llama.feed_forward_length": number("llama.feed_forward_length", 16),
             "llama.attention.head_count": number("llama.attention.head_count", 2),
             "llama.attention.head_count_kv": number("llama.attention.head_count_kv", 1),
             "llama.attention.layer_norm_rms_epsilon": real("llama.attention.layer_norm_rms_epsilon", 1e-5)}
    pairs.update(changes)
    return [value for value in pairs.values() if value is not None]


LLAMA_TENSORS = [("token_embd.weight", [8, 6], "F32"), ("output_norm.weight", [8], "F32"), ("blk.0.attn_norm.weight", [8], "F32"),
                 ("blk.0.attn_q.weight", [8, 8], "F16"), ("blk.0.attn_k.weight", [8, 4], "BF16"), ("blk.0.attn_v.weight", [8, 4], "F32"),
                 ("blk.0.attn_output.weight", [8, 8], "F32"), ("blk.0.ffn_norm.weight", [8], "F32"), ("blk.0.ffn_gate.weight", [8, 16], "F32"),
                 ("blk.0.ffn_up.weight", [8, 16], "F32"), ("blk.0.ffn_down.weight", [16, 8], "F32")]


def model(**changes):
    return with_tensors(llama(**changes), LLAMA_TENSORS)


def byte_characters():
    own = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return [chr(b) for b in own] + [chr(0x100 + i) for i in range(256 - len(own))]


def gpt2_vocabulary(**changes):
    keys = {"model": words("tokenizer.ggml.model", "gpt2"), "pre": words("tokenizer.ggml.pre", "gpt-2"),
            "tokens": texts("tokenizer.ggml.tokens", byte_characters() + ["he", "<|end|>"]),
            "types": array("tokenizer.ggml.token_type", I32, [u32(1)] * 257 + [u32(3)]),
            "merges": texts("tokenizer.ggml.merges", ["h e"]), "eos": number("tokenizer.ggml.eos_token_id", 257)}
    keys.update(changes)
    return [value for value in keys.values() if value is not None]


def llama_vocabulary(**changes):
    tokens = ["<unk>", "<s>", "</s>", "\u2581", "a", "b", "ab", "\u2581ab"] + [f"<0x{i:02X}>" for i in range(256)]
    keys = {"model": words("tokenizer.ggml.model", "llama"), "tokens": texts("tokenizer.ggml.tokens", tokens),
            "scores": array("tokenizer.ggml.scores", F32, [f32(-i) for i in range(len(tokens))]),
            "types": array("tokenizer.ggml.token_type", I32, [u32(2), u32(3), u32(3)] + [u32(1)] * 5 + [u32(6)] * 256),
            "bos": number("tokenizer.ggml.bos_token_id", 1), "unk": number("tokenizer.ggml.unknown_token_id", 0)}
    keys.update(changes)
    return [value for value in keys.values() if value is not None]


def head_cases():
    good = file([number("a", 1)])
    yield malformed("magic_wrong", b"GGUX" + good[4:])
    yield malformed("magic_of_zip", b"PK\3\4" + good[4:])
    yield malformed("empty", b"")
    for version in (0, 1, 4, 0x03000000, 2**32 - 1):
        yield malformed(f"version_{version}", file(version=version), UNSUPPORTED)
    # CVE-2024-23605, -21836, -25664: counts times entry size wrap.
    for name, count in {"one_more": 2, "wraps": 2**60, "sign": 2**63, "maximum": 2**64 - 1, "cap": 65_537, "size": 2**61 + 1}.items():
        yield malformed(f"pair_count_{name}", file([number("a", 1)], pair_count=count))
        yield malformed(f"tensor_count_{name}", file([number("a", 1)], tensor_count=count))


def pair_cases():
    for name, length in {"past_end": 1000, "maximum": 2**64 - 1, "sign": 2**63, "wraps_plus_one": 2**64 - 2, "cap": 65_536}.items():
        yield malformed(f"key_length_{name}", file([u64(length) + b"abcd" + u32(U32) + u32(1) + bytes(32)]))
        yield malformed(f"text_length_{name}", file([text("a") + u32(STRING) + u64(length + 2**20) + b"abcd" + bytes(32)]))
        yield malformed(f"array_length_{name}", file([text("a") + u32(ARRAY) + u32(U32) + u64(length + 2**20) + bytes(32)]))
        yield malformed(f"array_of_texts_length_{name}", file([text("a") + u32(ARRAY) + u32(STRING) + u64(length + 2**20) + bytes(32)]))
    yield malformed("key_empty", file([number("", 1)]))
    yield malformed("key_twice", file([number("a", 1), number("a", 2)]))
    for kind in (13, 99, 2**32 - 1):
        yield malformed(f"value_type_{kind}", file([pair("a", kind, bytes(32))]))
        yield malformed(f"array_type_{kind}", file([array("a", kind, [bytes(8)] * 4)]))
    yield malformed("bool_two", file([pair("a", BOOL, b"\2")]))
    yield malformed("array_in_array", file([array("a", ARRAY, [u32(U32) + u64(1) + u32(1)])]))
    yield malformed("array_in_array_deep", file([pair("a", ARRAY, (u32(ARRAY) + u64(1)) * 100_000)]))
    yield malformed("array_of_arrays_empty", file([pair("a", ARRAY, u32(ARRAY) + u64(0))]))
    yield malformed("array_nine_million", file([array("a", U8, [bytes(9_000_000)])[:-9_000_000 - 8] + u64(9_000_000) + bytes(9_000_000)]))
    for value in (0, 3, 24, 2**31 + 1, 2**17, 2**32 - 1):
        yield malformed(f"alignment_{value}", file([number("general.alignment", value)]))
    yield malformed("alignment_text", file([words("general.alignment", "32")]))
    yield malformed("alignment_64_bits", file([pair("general.alignment", U64, u64(32))]))
    yield malformed("alignment_list", file([array("general.alignment", U32, [u32(32)])]))


def tensor_cases():
    def one(dims, kind=0, offset=0, data=bytes(64), name="t"):
        return file(table=[tensor(name, dims, kind, offset)], data=data)

    for name, dims in {
        "five": [1] * 5, "many": [1] * 100, "overflow_63": [2**63], "overflow_64": [2**32, 2**32], "int64_maximum": [2**63 - 1, 2],
        "maximum": [2**64 - 1], "wraps_to_zero": [2**40, 2**24], "wraps_to_one": [2**40, 2**24, 1], "above_2_40": [2**40 + 1],
        "bytes_wrap": [2**40, 2**22], "past_end": [17], "negative": [-4], "zero_then_overflow": [0, 2**63],
    }.items():
        yield malformed(f"dims_{name}", one(dims))
    yield malformed("dims_count_maximum", file(table=[text("t") + u32(2**32 - 1) + bytes(64)]))
    for kind in (4, 5, 31, 36, 99, 2**32 - 1):
        yield malformed(f"tensor_type_{kind}", one([32], kind))
    for kind in (9, 15, 16, 23, 39):
        yield malformed(f"tensor_type_not_read_{kind}", one([256], kind), UNSUPPORTED)
    for kind in ("Q4_0", "Q8_0", "Q4_K", "Q6_K"):
        yield malformed(f"row_is_part_of_a_block_{kind}", one([31], TYPES[kind][0]))
        yield malformed(f"scalar_of_blocks_{kind}", one([], TYPES[kind][0]))
    yield malformed("block_rows_add_up", one([16, 2], TYPES["Q4_0"][0]))
    for name, offset in {"unaligned": 1, "later": 32, "past_end": 2**20, "wraps": 2**64 - 32, "sign": 2**63}.items():
        yield malformed(f"offset_{name}", one([4], 0, offset))
    yield malformed("offsets_overlap", file(table=[tensor("a", [8], 0, 0), tensor("b", [8], 0, 0)], data=bytes(64)))
    yield malformed("offsets_swapped", file(table=[tensor("a", [8], 0, 32), tensor("b", [8], 0, 0)], data=bytes(64)))
    yield malformed("offsets_hole", file(table=[tensor("a", [8], 0, 0), tensor("b", [8], 0, 64)], data=bytes(96)))
    yield malformed("data_missing", one([16], data=b""))
    yield malformed("data_cut", one([16], data=bytes(63)))
    yield malformed("name_empty", one([4], name=""))
    yield malformed("name_long", one([4], name="n" * 64))
    yield malformed("name_length_maximum", file(table=[u64(2**64 - 1) + b"t" * 32]))
    yield malformed("name_twice", file(table=[tensor("t", [8], 0, 0), tensor("t", [8], 0, 32)], data=bytes(64)))


def model_cases():
    def big(key):
        return {key: number(key, 2**31)}

    for key in ("llama.context_length", "llama.embedding_length", "llama.block_count", "llama.feed_forward_length",
                "llama.attention.head_count", "llama.attention.layer_norm_rms_epsilon"):
        yield malformed(f"model_without_{key}", model(**{key: None}))
        yield malformed(f"model_zero_{key}", model(**{key: number(key, 0)}))
        yield malformed(f"model_text_{key}", model(**{key: words(key, "8")}))
        if "epsilon" not in key:
            yield malformed(f"model_huge_{key}", model(**big(key)))
    yield malformed("model_heads_do_not_divide", model(**{"llama.attention.head_count": number("llama.attention.head_count", 3)}))
    yield malformed("model_kv_heads_do_not_divide", model(**{"llama.attention.head_count_kv": number("llama.attention.head_count_kv", 3)}))
    yield malformed("model_epsilon_nan", model(**{"llama.attention.layer_norm_rms_epsilon":
                                                  real("llama.attention.layer_norm_rms_epsilon", float("nan"))}))
    yield malformed("model_heads_per_block", model(**{"llama.attention.head_count": array("llama.attention.head_count", U32, [u32(2)])}), UNSUPPORTED)
    yield malformed("architecture_unknown", file([words("general.architecture", "warp")]), UNSUPPORTED)
    yield malformed("architecture_number", file([number("general.architecture", 1)]))
    yield malformed("model_is_adapter", model(t=words("general.type", "adapter")), UNSUPPORTED)
    yield malformed("model_is_split", model(s=number("split.count", 2)), UNSUPPORTED)
    yield malformed("model_without_tensors", file(llama()))
    rows = [t if t[0] != "blk.0.attn_q.weight" else (t[0], [8, 6], "F32") for t in LLAMA_TENSORS]
    yield malformed("query_rows_do_not_fit", with_tensors(llama(), rows))
    yield malformed("tensor_without_a_place", with_tensors(llama(), LLAMA_TENSORS + [("blk.0.warp.weight", [4], "F32")]), UNSUPPORTED)


def vocabulary_cases():
    # Stored narrower than it is read: typed getters must refuse.
    yield malformed("scores_are_texts", file(llama_vocabulary(scores=texts("tokenizer.ggml.scores", ["1"] * 264))))
    yield malformed("scores_too_few", file(llama_vocabulary(scores=array("tokenizer.ggml.scores", F32, [f32(1)]))))
    yield malformed("scores_missing", file(llama_vocabulary(scores=None)))
    yield malformed("scores_nan", file(llama_vocabulary(scores=array("tokenizer.ggml.scores", F32, [f32(float("nan"))] * 264))))
    yield malformed("types_are_reals", file(gpt2_vocabulary(types=array("tokenizer.ggml.token_type", F32, [f32(1)] * 258))))
    yield malformed("types_too_many", file(gpt2_vocabulary(types=array("tokenizer.ggml.token_type", I32, [u32(1)] * 300))))
    yield malformed("tokens_missing", file(gpt2_vocabulary(tokens=None)))
    yield malformed("tokens_empty", file(gpt2_vocabulary(tokens=texts("tokenizer.ggml.tokens", []), types=None)))
    yield malformed("tokens_are_numbers", file(gpt2_vocabulary(tokens=array("tokenizer.ggml.tokens", U32, [u32(1)] * 258))))
    yield malformed("tokens_twice", file(gpt2_vocabulary(tokens=texts("tokenizer.ggml.tokens", ["a"] * 258))))
    yield malformed("merges_missing", file(gpt2_vocabulary(merges=None)))
    yield malformed("merges_numbers", file(gpt2_vocabulary(merges=array("tokenizer.ggml.merges", U32, [u32(1)]))))
    yield malformed("merges_one_piece", file(gpt2_vocabulary(merges=texts("tokenizer.ggml.merges", ["he"]))))
    yield malformed("merges_unknown_piece", file(gpt2_vocabulary(merges=texts("tokenizer.ggml.merges", ["q z"]))))
    yield malformed("vocabulary_kind_unknown", file(gpt2_vocabulary(model=words("tokenizer.ggml.model", "warp"))), UNSUPPORTED)
    yield malformed("splitting_rule_unknown", file(gpt2_vocabulary(pre=words("tokenizer.ggml.pre", "warp"))), UNSUPPORTED)
    yield malformed("piece_long", file(llama_vocabulary(tokens=texts("tokenizer.ggml.tokens", ["a" * 5000] + [str(i) for i in range(263)]))))
    yield legal("token_id_outside", file(gpt2_vocabulary(eos=number("tokenizer.ggml.eos_token_id", 2**31))))
    yield legal("token_is_not_utf8", file(llama_vocabulary(tokens=texts(
        "tokenizer.ggml.tokens", ["<unk>", "<s>", "</s>", b"\xff\xfe", b"\xe4\xbd"] + [str(i) for i in range(259)]))))


def cases():
    every = [(f"t.{kind}", [values * 2, 3], kind) for kind, (_, values, _) in TYPES.items()]
    yield seed("every_type", with_tensors([number("general.file_type", 2)], every))
    yield seed("version_two", with_tensors([words("a", "b")], [("t", [4], "F32")], version=2))
    yield seed("aligned_to_64", with_tensors([number("general.alignment", 64)], [("a", [3], "F32"), ("b", [5], "F16")], 64))
    yield seed("every_value", file([pair(f"k{kind}", kind, bytes(size)) for kind, size in
                                    {U8: 1, I8: 1, U16: 2, I16: 2, U32: 4, I32: 4, F32: 4, BOOL: 1, U64: 8, I64: 8, F64: 8}.items()]
                                   + [words("text", "words"), array("list", I16, [b"\1\0", b"\2\0"]), texts("texts", ["a", ""])]))
    yield seed("llama", model())
    yield seed("vocabulary_gpt2", file(gpt2_vocabulary()))
    yield seed("vocabulary_llama", file(llama_vocabulary()))
    yield legal("empty_tensor", file(table=[tensor("t", [0, 4], 0, 0)]))
    yield legal("scalar", file(table=[tensor("t", [], 0, 0)], data=bytes(4)))
    yield legal("nothing", file())
    for part in (head_cases, pair_cases, tensor_cases, model_cases, vocabulary_cases):
        yield from part()
