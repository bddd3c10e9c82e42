# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of data and recipes."""
from .case import DATA, RECIPE, TOO_LARGE, dump, legal, malformed, nested, seed

ROWS = b"text,label\nfine film,good\ndull film,bad\n"


def text_faults(rows):
    """What no text file may hold, whatever its format."""
    yield malformed("empty", b"", DATA)
    yield malformed("blank", b" \n\r\n\t\n", DATA)
    yield malformed("only_a_mark", b"\xef\xbb\xbf", DATA)
    yield malformed("zero_byte", rows + b"\0", DATA)
    yield malformed("binary", bytes(range(256)) * 8, DATA)
    yield malformed("elf", b"\x7fELF\2\1\1\0" + bytes(64), DATA)
    yield malformed("damaged_utf8", rows + "\u4f60\u597d".encode() * 40 + b"\xff\n", DATA)
    yield malformed("marked_and_damaged", b"\xef\xbb\xbf" + rows + b"\xff", DATA)
    yield malformed("utf16_odd", b"\xff\xfe" + rows.decode().encode("utf-16-le") + b"\x41", DATA)
    yield malformed("utf16_lone_surrogate", b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00\xd8\x41\x00", DATA)
    yield malformed("utf32_outside", b"\xff\xfe\0\0" + b"\xff\xff\xff\x7f", DATA)


def encodings(rows):
    text = rows.decode()
    yield legal("utf8_marked", b"\xef\xbb\xbf" + rows)
    yield legal("utf16_little", b"\xff\xfe" + text.encode("utf-16-le"))
    yield legal("utf16_big", b"\xfe\xff" + text.encode("utf-16-be"))
    yield legal("utf32_little", b"\xff\xfe\0\0" + text.encode("utf-32-le"))
    yield legal("carriage_returns", rows.replace(b"\n", b"\r\n"))


def csv_cases():
    yield seed("plain", ROWS)
    yield seed("quoted", b'text;label\n"a ""b"";\nc";1\nd;0\n')
    yield seed("no_header", b"1,0.5\n2,0.25\n")
    yield seed("pairs", b'chosen,rejected\n"\n\nHuman: q\n\nAssistant: a","\n\nHuman: q\n\nAssistant: b"\nthe sum is four,the sum is five\n')
    yield from text_faults(ROWS)
    yield from encodings(ROWS)
    for name, text in {"open_quote": ROWS + b'"open,bad\n', "text_after_quote": ROWS + b'"a"b,bad\n', "one_field_less": ROWS + b"only\n", "one_field_more": ROWS + b"a,b,c\n",
                       "columns_10001": b"," * 10_000 + b"\n", "open_quote_to_the_end": b'a,b\n"' + b"x\n" * 500_000}.items():
        yield malformed(name, text, DATA)
    yield legal("columns_10000", b"a," * 9_999 + b"b\n" + b"1," * 9_999 + b"2\n")
    yield legal("field_1_mb", b"text,label\n" + b"a" * 1_000_000 + b",good\nb,bad\n")
    yield legal("formula", b"text,label\n=1+1,good\n@x,bad\n")
    yield legal("quotes_1_mb", b"text,label\n" + b'"' + b'""' * 500_000 + b'",good\nb,bad\n')


def tsv_cases():
    rows = ROWS.replace(b",", b"\t")
    yield seed("plain", rows)
    yield seed("quotes", b'text\tlabel\n"fine\tgood\n"dull"\tbad\n')
    yield from text_faults(rows)
    yield from encodings(rows)
    yield malformed("one_field_more", rows + b"a\tb\tc\n", DATA)
    yield malformed("columns_10001", b"\t" * 10_000 + b"\n", DATA)
    yield legal("quotes_in_every_field", b"\t".join([b'"""x'] * 5000) + b"\n" + b"\t".join([b'""'] * 5000) + b"\n")


def json_faults():
    yield malformed("number", b"7", DATA)
    yield malformed("null", b"null", DATA)
    yield malformed("row_number", b"[1]", DATA)
    yield malformed("row_list", b"[[1,2]]", DATA)
    yield malformed("deep", b'[{"a":' + nested(b"[", b"]", 100_000) + b"}]", DATA)
    yield malformed("deep_open", b'[{"a":' * 200_000, DATA)
    yield malformed("duplicate", b'[{"a":1,"a":2}]', DATA)
    yield malformed("number_endless", b'[{"a":' + b"9" * 100_000 + b"e9999}]", DATA)
    yield malformed("lone_surrogate", b'[{"a":"\\ud800"}]', DATA)
    yield malformed("control_character", b'[{"a":"\1"}]', DATA)
    yield malformed("single_quotes", b"[{'a':1}]", DATA)
    yield malformed("not_a_number", b'[{"a":NaN}]', DATA)


def json_cases():
    yield seed("rows", dump([{"text": "a", "label": 1}, {"text": "b", "label": 0}]))
    yield seed("messages", dump([{"messages": [{"role": "user", "content": "hi"}, {"role": "assistant", "content": [{"type": "text", "text": "yo"}]}]}]))
    yield seed("wrapped", dump({"version": 1, "data": [{"instruction": "a", "output": "b", "history": [["q", "r"]]}]}))
    yield legal("wrapped_in_an_object", b'{"version":1,"data":[{"text":"a"},{"text":"b"}]}')
    yield from text_faults(b'[{"a":1}]')
    yield from json_faults()
    yield malformed("cut", b'[{"a":1}', DATA)
    yield malformed("empty_list", b"[]", DATA)
    yield malformed("one_object", b'{"a":1}', DATA)
    yield malformed("two_lists", b'{"a":[{"x":1}],"b":[{"y":1}]}', DATA)
    yield legal("role_unknown", dump([{"messages": [{"role": "ghost", "content": "x"}]}]))
    yield malformed("message_number", dump([{"messages": [7]}]), DATA)
    yield malformed("content_picture", dump([{"messages": [{"role": "user", "content": [{"type": "image"}]}]}]), DATA)
    yield malformed("history_text", dump([{"instruction": "a", "output": "b", "history": "c"}]), DATA)
    yield malformed("keys_all_different", dump([{f"k{i}": 1} for i in range(10_001)]), TOO_LARGE)


def jsonl_cases():
    rows = b'{"text":"a","label":1}\n{"text":"b","label":0}\n'
    yield seed("plain", rows)
    yield seed("chat", dump({"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}]}) + b"\n")
    yield seed("prompt", dump({"prompt": [{"role": "user", "content": "q"}], "completion": "a"}) + b"\n")
    pair = {"chosen": {"from": "gpt", "value": "a"}, "rejected": {"from": "gpt", "value": "b"}}
    yield seed("pair", dump({"conversations": [{"from": "human", "value": "q"}], **pair}) + b"\n")
    whole = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
    yield seed("pair_of_conversations", dump({"prompt": "q", "chosen": whole, "rejected": [*whole, *whole]}) + b"\n")
    yield legal("pair_of_empty_lists", dump({"chosen": [], "rejected": []}) + b"\n")
    yield malformed("pair_of_two_kinds", dump({"chosen": whole, "rejected": "b"}) + b"\n", DATA)
    yield malformed("pair_of_numbers", dump({"chosen": [1], "rejected": [2]}) + b"\n", DATA)
    yield from text_faults(rows)
    yield from encodings(rows)
    for case in json_faults():
        case.content = case.content.strip(b"[]") if case.name == "row_number" else case.content
        yield case
    yield malformed("torn_line", rows + b'{"text":"c"\n', DATA)
    yield malformed("two_on_a_line", b'{"a":1}{"a":2}\n', DATA)
    yield malformed("comma_after", b'{"a":1},\n', DATA)
    yield legal("line_1_mb", dump({"text": "a" * 1_000_000, "label": 1}) + b"\n")


def text_cases():
    words = "The quick brown fox.\n\nIt sleeps. \u4f60\u597d\n".encode()
    yield seed("documents", words)
    yield from text_faults(words)
    yield from encodings(words)
    yield legal("line_4_mb", b"a" * 4_000_000)
    yield legal("gb18030", "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002".encode("gb18030") * 20)
    yield legal("latin1", b"caf\xe9 na\xefve \xe0 la carte\n" * 5)


RUN = b"""lathe: 1
task: classification
base: shelf:minilm-l6
data:
  train: rows.csv
  columns: {text: 0, label: 1}
method:
  name: lora
  rank: 4
  target_modules: [query, value]
train:
  epochs: 1
  learning_rate: 1.0e-3
"""


def recipe_cases():
    yield seed("plain", RUN)
    yield seed("as_json", dump({"lathe": 1, "task": "classification", "base": "b", "data": {"train": "t"}, "method": "lora", "train": {"max_steps": 3}}))
    pairs = b"objective: {loss: ipo, beta: 0.2}\n" + RUN.replace(b"task: classification", b"task: preference")
    yield seed("pairs", pairs)
    laughs = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(b"%c: &%c [%s]\n" % (98 + i, 98 + i, b",".join([b"*%c" % (97 + i)] * 9)) for i in range(9))
    for name, text in {
        "empty": b"", "number": b"7", "list": b"- a\n", "unknown_key": RUN + b"warp: 1\n", "key_twice": RUN + b"task: classification\n", "laughs": laughs, "laughs_in_columns": RUN + laughs + b"x: {y: *j}\n",
        "cycle": b"lathe: 1\ntrain: &a {epochs: *a}\n", "cycle_at_the_top": b"&a {lathe: *a, train: *a, data: *a, method: *a}\n", "alias_unknown": b"lathe: *nothing\n",
        "deep_flow": b"lathe: " + nested(b"[", b"]", 100_000), "deep_open": b"[" * 100_000, "deep_maps": b"{a: " * 50_000, "deep_block": b"".join(b" " * i + b"a:\n" for i in range(1000)),
        "depth_501": b"lathe: " + nested(b"[", b"]", 501), "tab": b"lathe:\t1\n\ttask: x\n", "nul": b"lathe: \0\n", "not_utf8": b"lathe: \xff\xfe\n", "too_large": RUN + b"# " + b"x" * (1 << 20),
        "tag": b"lathe: !!python/object/apply:os.system [id]\n", "two_documents": b"--- 7\n---\n" + RUN, "number_huge": RUN.replace(b"rank: 4", b"rank: 99999999999999999999"), "number_nan": RUN.replace(b"1.0e-3", b"nan"),
        "number_infinite": RUN.replace(b"1.0e-3", b"inf"), "rank_negative": RUN.replace(b"rank: 4", b"rank: -4"), "rank_list": RUN.replace(b"rank: 4", b"rank: [4]"), "columns_list": RUN.replace(b"{text: 0, label: 1}", b"[text]"),
        "method_number_list": RUN.replace(b"method:", b"m:") + b"method: [[1]]\n", "key_1_mb": b"x" * 1_000_000 + b": 1\n", "keys_200000": b"".join(b"%x: 1\n" % i for i in range(100_000)),
        "objective_of_another": RUN + b"objective: {beta: 1}\n", "objective_cycle": RUN.replace(b"classification", b"preference") + b"objective: &a {beta: *a}\n",
        "objective_list": pairs.replace(b"{loss: ipo, beta: 0.2}", b"[loss, ipo]"), "objective_twice": pairs + b"objective: {}\n",
        "map_as_key": b"{a: b}: c\n", "null_everywhere": b"lathe:\ntask:\nbase:\ndata:\nmethod:\ntrain:\n", "escape_open": b'lathe: "\\x"\n', "quote_open": b'lathe: "abc\n', "directive": b"%YAML 9.9\n---\na\n",
    }.items():
        yield malformed(name, text, RECIPE)
