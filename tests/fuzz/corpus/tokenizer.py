# SPDX-License-Identifier: GPL-3.0-or-later
"""tokenizer.json, sentencepiece models, and the slow vocabulary files of a tokenizer folder."""
import base64

from .case import MISSING, UNSUPPORTED, Link, Pipe, dump, either, f32, legal, malformed, nested, seed, u32
from .gguf import byte_characters

MARK = "\u2581"


def bpe(**changes):
    vocab = {c: i for i, c in enumerate(byte_characters() + ["he", "the", "<|end|>"])}
    part = {"type": "BPE", "vocab": vocab, "merges": ["h e", "t he"]}
    part.update(changes)
    return {key: value for key, value in part.items() if value is not None}


def wordpiece(**changes):
    vocab = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "the", "##s", "fox", "a", "##a"]
    return {"type": "WordPiece", "unk_token": "[UNK]", "vocab": {t: i for i, t in enumerate(vocab)}, **changes}


def unigram(**changes):
    return {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], [MARK, -2.0], ["a", -1.5], ["aa", -1.0], [MARK + "the", -3.0]], **changes}


def description(model, **parts):
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    whole = {"version": "1.0", "added_tokens": [], "normalizer": None, "pre_tokenizer": byte_level, "post_processor": None,
             "decoder": {"type": "ByteLevel"}, "model": model}
    whole.update(parts)
    return dump(whole)


BERT = dict(normalizer={"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
            pre_tokenizer={"type": "BertPreTokenizer"}, decoder={"type": "WordPiece", "prefix": "##", "cleanup": True},
            post_processor={"type": "BertProcessing", "cls": ["[CLS]", 2], "sep": ["[SEP]", 3]})
METASPACE = dict(normalizer={"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
                 pre_tokenizer={"type": "Metaspace", "replacement": MARK, "prepend_scheme": "always", "split": True},
                 decoder={"type": "Metaspace", "replacement": MARK})


def split(pattern, **more):
    return description(bpe(), pre_tokenizer={"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False, **more})


def charsmap(units, texts=b"x\0"):
    body = b"".join(map(u32, units))
    return u32(len(body)) + body + texts


def json_model_cases():
    for name, model in {
        "null": None, "list": [], "no_vocab": bpe(vocab=None), "no_merges": bpe(merges=None), "vocab_empty": bpe(vocab={}), "vocab_list": bpe(vocab=["a"]),
        "id_negative": bpe(vocab={"a": -1}), "id_huge": bpe(vocab={"a": 2**31}), "id_64_bits": bpe(vocab={"a": 2**64 - 1}), "id_fraction": bpe(vocab={"a": 1.5}),
        "id_text": bpe(vocab={"a": "0"}), "id_beyond_64_bits": bpe(vocab={"a": 10**30}), "ids_twice": bpe(vocab={"a": 0, "b": 0}), "ids_sparse": bpe(vocab={"a": 0, "b": 100_000}),
        "merge_cycle": bpe(vocab={"a": 0, "b": 1}, merges=["a b", "b a"]), "merge_unknown": bpe(merges=["q qq"]), "merge_one": bpe(merges=["he"]), "merge_three": bpe(merges=["h e t"]),
        "merge_number": bpe(merges=[1]), "merge_pair_of_numbers": bpe(merges=[[1, 2]]), "merge_of_three": bpe(merges=[["h", "e", "t"]]), "merges_object": bpe(merges={}),
        "merge_empty_piece": bpe(merges=["h "]), "prefix_longer_than_piece": bpe(continuing_subword_prefix="#" * 9), "byte_fallback_number": bpe(byte_fallback=1),
        "wordpiece_no_unknown": wordpiece(unk_token="[NONE]"), "wordpiece_vocab_missing": {"type": "WordPiece"}, "wordpiece_max_text": wordpiece(max_input_chars_per_word="100"),
        "unigram_score_text": unigram(vocab=[["a", "b"]]), "unigram_empty": unigram(vocab=[]), "unigram_entry_short": unigram(vocab=[["a"]]),
        "unigram_unknown_outside": unigram(unk_id=99), "unigram_piece_number": unigram(vocab=[[1, 1.0]]), "unigram_object": unigram(vocab={}),
    }.items():
        yield malformed(f"model_{name}", description(model))
    yield malformed("unigram_score_infinite", description(unigram()).replace(b"-2.0", b"-2e999"))
    yield malformed("model_type_unknown", description({"type": "Warp"}), UNSUPPORTED)
    yield legal("merge_to_itself", description(bpe(vocab={"a": 0, "b": 1}, merges=["a b"], continuing_subword_prefix="b")))
    yield legal("scores_overflow", description(unigram(vocab=[["a", 1.7e308], ["aa", -1.7e308], ["<unk>", 0]])))
    yield legal("max_characters_negative", description(wordpiece(max_input_chars_per_word=-1), **BERT))
    yield legal("long_piece", description(wordpiece(vocab={"[UNK]": 0, "a" * 100_000: 1}), **{**BERT, "post_processor": None}))


def json_part_cases():
    for part in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        yield malformed(f"{part}_number", description(bpe(), **{part: 3}))
        yield malformed(f"{part}_without_type", description(bpe(), **{part: {}}))
        yield malformed(f"{part}_unknown", description(bpe(), **{part: {"type": "Warp"}}), UNSUPPORTED)
    inner = {"normalizer": "normalizers", "pre_tokenizer": "pretokenizers", "post_processor": "processors", "decoder": "decoders"}
    for part, key in inner.items():
        yield malformed(f"{part}_sequence_number", description(bpe(), **{part: {"type": "Sequence", key: 1}}))
        steps = {"normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": {"type": "ByteLevel"}, "decoder": {"type": "Fuse"}}
        yield malformed(f"{part}_of_10000_steps", description(bpe(), **{part: {"type": "Sequence", key: [steps[part]] * 10_000}}))
    for name, tokens in {
        "object": {}, "number_inside": [1], "id_negative": [{"id": -1, "content": "x"}], "id_huge": [{"id": 2**31 - 1, "content": "<x>"}], "id_missing": [{"content": "<x>"}],
        "id_taken": [{"id": 0, "content": "<x>"}], "id_64_bits": [{"id": 2**63, "content": "<x>"}], "twice": [{"id": 300, "content": "<x>"}, {"id": 300, "content": "<y>"}],
        "content_number": [{"id": 300, "content": 5}], "special_text": [{"id": 300, "content": "<x>", "special": "yes"}],
    }.items():
        yield malformed(f"added_{name}", description(bpe(), added_tokens=tokens))
    item = {"SpecialToken": {"id": "[CLS]", "type_id": 0}}
    for name, template in {
        "id_outside": {"single": [item], "pair": [], "special_tokens": {"[CLS]": {"ids": [99_999]}}},
        "id_negative": {"single": [item], "pair": [], "special_tokens": {"[CLS]": {"ids": [-1]}}},
        "id_text": {"single": [item], "pair": [], "special_tokens": {"[CLS]": {"ids": ["1"]}}},
        "not_listed": {"single": [item], "pair": [], "special_tokens": {}}, "specials_list": {"single": [item], "pair": [], "special_tokens": []},
        "no_pair": {"single": []}, "item_text": {"single": ["$A"], "pair": []}, "type_id_huge": {"single": [{"Sequence": {"id": "A", "type_id": 2**40}}], "pair": []},
    }.items():
        yield malformed(f"template_{name}", description(bpe(), post_processor={"type": "TemplateProcessing", **template}))
    yield malformed("bert_cls_huge", description(wordpiece(), **{**BERT, "post_processor": {"type": "BertProcessing", "cls": ["x", 1e300], "sep": ["x", 3]}}))
    for name, data in {"short": b"ab", "trie_longer_than_file": u32(1000) + bytes(8), "trie_empty": u32(0) + b"\0", "trie_odd": u32(3) + bytes(8), "texts_do_not_end": charsmap([0] * 256, b"x"),
                       "root_outside": charsmap([0xFFFFFFFF] * 256), "step_outside": charsmap([256 << 10] + [1 << 31] * 320 + [0x7FFFFC00 | 65] + [1 << 31] * 190), "texts_missing": charsmap([0] * 256, b"")}.items():
        yield malformed(f"charsmap_{name}", description(unigram(), normalizer={"type": "Precompiled", "precompiled_charsmap": base64.b64encode(data).decode()}))
    yield malformed("charsmap_not_base64", description(unigram(), normalizer={"type": "Precompiled", "precompiled_charsmap": "%%%%"}))
    grow = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 10}
    yield legal("laughs_of_the_normalizer", description(bpe(), normalizer={"type": "Sequence", "normalizers": [grow] * 30}))
    yield legal("laughs_of_the_decoder", description(bpe(), decoder={"type": "Sequence", "decoders": [grow] * 30}))
    yield legal("laughs_of_bytes", description(bpe(), normalizer={"type": "Sequence", "normalizers": [{"type": "ByteLevel"}] * 30}))
    yield legal("laughs_of_prefixes", description(bpe(), normalizer={"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "x" * 10_000}] * 30}))
    yield legal("strip_huge", description(bpe(), decoder={"type": "Strip", "content": "a", "start": 2**62, "stop": 2**62}))


def regex_cases():
    for name, pattern in {"empty": {}, "number": {"Regex": 1}, "open": {"Regex": "("}, "long": {"Regex": "a" * 5000}, "backreference": {"Regex": "\\9"}, "any_byte": {"Regex": "\\C"},
                          "too_large": {"Regex": "((((a{1,999}){1,999}){1,999}){1,999})"}, "nested_groups": {"Regex": "(" * 1000 + ")" * 1000}, "open_class": {"Regex": "[a-"}}.items():
        yield malformed(f"regex_{name}", split(pattern))
    yield malformed("regex_intersection", split({"Regex": "[a&&b]"}), UNSUPPORTED)
    for name, pattern in {"exponential": "(a+)+$b", "alternation": "(a|aa)+$b", "nested_stars": "((a*)*)*b", "recursion": "(?:a(?R)?)*b", "lookbehind": "(?<=a)(a|a)*c", "reference": "(a*)\\1*b",
                          "empty_matches": "(?=a)", "reset_start": "(?=a\\K)", "lazy": "(.*?)*?b", "verb": "(*COMMIT)a|b"}.items():
        yield either(f"regex_explodes_{name}", split({"Regex": pattern}))


def json_cases():
    yield seed("bpe", description(bpe(), added_tokens=[{"id": 258, "content": "<|end|>", "special": True}]))
    yield seed("wordpiece", description(wordpiece(), **BERT))
    yield seed("unigram", description(unigram(), **METASPACE))
    yield seed("word_level", description({"type": "WordLevel", "vocab": {"a": 0, "<unk>": 1}, "unk_token": "<unk>"}, pre_tokenizer={"type": "Whitespace"}, decoder=None))
    yield seed("split", split({"Regex": "\\w+|[^\\w\\s]+"}))
    for name, text in {"empty": b"", "array": b"[]", "number": b"1", "cut": description(bpe())[:-1], "deep": nested(b"[", b"]", 100_000), "deep_open": b'{"a":' * 1_000_000,
                       "duplicate": b'{"model":{},"model":{}}', "not_utf8": b'{"model":"\xff"}', "nul": b'{"model":\0}', "no_model": b"{}", "control_character": b'{"model":"\n"}'}.items():
        yield malformed(f"json_{name}", text)
    for part in (json_model_cases, json_part_cases, regex_cases):
        yield from part()


# --- sentencepiece: protocol buffers by hand


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, kind, body):
    body = varint(len(body)) + body if kind == 2 else body
    return varint(number << 3 | kind) + body


def piece(text, score=0.0, kind=1):
    text = text if isinstance(text, bytes) else text.encode()
    return field(1, 2, field(1, 2, text) + field(2, 5, f32(score)) + field(3, 0, varint(kind)))


def sentencepiece(pieces=None, kind=1, normalizer=None, bytes_too=False):
    pieces = pieces or [piece("<unk>", 0, 2), piece("<s>", 0, 3), piece("</s>", 0, 3), piece(MARK, -3), piece("a", -2), piece("aa", -1), piece(MARK + "a", -1.5)]
    return b"".join(pieces) + field(2, 2, field(3, 0, varint(kind)) + field(35, 0, varint(int(bytes_too)))) + field(3, 2, normalizer or field(1, 2, b"identity"))


def sentencepiece_cases():
    good = sentencepiece()
    yield seed("unigram", good)
    yield seed("bpe", sentencepiece(kind=2))
    yield seed("bytes", sentencepiece([piece("<unk>", 0, 2), piece("a", -1)] + [piece(f"<0x{i:02X}>", 0, 6) for i in range(256)], 2, bytes_too=True))
    yield legal("nul_in_piece", good + piece(b"a\0b"))
    yield legal("unknown_fields", good + field(99, 2, b"abc") + field(98, 0, varint(5)) + field(97, 1, bytes(8)) + field(96, 5, bytes(4)))
    extra = {"piece_empty": piece(""), "piece_without_text": field(1, 2, b""), "piece_4097": piece("x" * 4097), "piece_100_kb": piece("x" * 100_000), "piece_1_mb": piece("x" * 1_000_000),
             "piece_twice": piece("a"), "score_nan": piece("q", float("nan")), "score_infinite": piece("q", float("inf")), "length_past_end": varint(1 << 3 | 2) + varint(1000) + b"ab",
             "length_maximum": varint(1 << 3 | 2) + varint(2**64 - 1), "length_sign": varint(1 << 3 | 2) + varint(2**63), "varint_endless": b"\xff" * 64, "varint_cut": b"\x0a\xff",
             "field_zero": b"\x02\x01a", "wire_type_3": b"\x0b", "wire_type_4": b"\x0c", "wire_type_6": b"\x0e", "wire_type_7": b"\x0f", "fixed_cut": varint(5 << 3 | 1) + b"abc", "field_number_huge": varint(2**40 << 3) + b"\1"}
    for name, data in extra.items():
        yield malformed(name, good + data)
    for name, data in {"short": b"ab", "longer_than_file": u32(1000) + bytes(8), "empty_trie": u32(0) + b"\0", "odd": u32(3) + bytes(8), "no_end": charsmap([0] * 256, b"x"),
                       "root_outside": charsmap([0xFFFFFFFF] * 256), "one_unit": charsmap([0xFFFFF << 10]),
                       # The unit that a NUL in the text leads to points outside the table.
                       "step_by_nul_outside": charsmap([256 << 10] + [1 << 31] * 255 + [0x7FFFFC00] + [1 << 31] * 255)}.items():
        yield malformed(f"charsmap_{name}", sentencepiece(normalizer=field(1, 2, b"x") + field(2, 2, data)))
    yield malformed("empty", b"")
    yield malformed("text", b"hello, world")
    yield malformed("no_pieces", field(2, 2, b""))
    yield malformed("no_unknown", piece("a") + piece("b"))
    yield malformed("two_unknowns", sentencepiece([piece("<unk>", 0, 2), piece("<unk2>", 0, 2), piece("a")]))
    yield malformed("byte_piece_wrong", sentencepiece([piece("<unk>", 0, 2), piece("a"), piece("zz", 0, 6)]))
    yield malformed("bytes_incomplete", sentencepiece([piece("<unk>", 0, 2), piece("a"), piece("<0x00>", 0, 6)]))


# --- tokenizer folders


def folder_cases():
    words = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\n##s\nfox\n"
    vocab = dump({c: i for i, c in enumerate(byte_characters() + ["he", "<|endoftext|>"])})
    slow = {"vocab.json": vocab, "merges.txt": b"#version: 0.2\nh e\n"}
    yield seed("vocab_txt", {"vocab.txt": words})
    yield seed("vocab_and_merges", slow)
    yield seed("tokenizer_model", {"tokenizer.model": sentencepiece()})
    yield malformed("nothing", {"readme": b""}, MISSING)
    yield malformed("vocab_twice", {"vocab.txt": words + b"the\n"})
    yield malformed("vocab_without_cls", {"vocab.txt": b"a\nb\n"})
    yield malformed("vocab_empty", {"vocab.txt": b""})
    yield malformed("vocab_json_list", {**slow, "vocab.json": b"[]"})
    yield malformed("merges_unknown", {**slow, "merges.txt": b"q zz\n"})
    yield malformed("merges_binary", {**slow, "merges.txt": bytes(range(256))})
    for name, config in {"list": b"[]", "cut": b"{", "deep": b"[" * 100_000, "id_text": b'{"added_tokens_decoder":{"x":{}}}', "id_huge": b'{"added_tokens_decoder":{"99999999999999999999":{"content":"a"}}}',
                         "token_number": b'{"added_tokens_decoder":{"1":2}}', "lower_case_text": b'{"do_lower_case":"yes"}', "duplicate": b'{"a":1,"a":1}'}.items():
        yield malformed(f"config_{name}", {"vocab.txt": words, "tokenizer_config.json": config})
    yield malformed("specials_list", {"vocab.txt": words, "special_tokens_map.json": b"[]"})
    yield legal("linked", {"vocab.txt": Link("real"), "real": words})
    yield malformed("link_loop", {"vocab.txt": Link("vocab.txt")}, MISSING)
    yield malformed("pipe", {"tokenizer.json": Pipe()}, MISSING)
