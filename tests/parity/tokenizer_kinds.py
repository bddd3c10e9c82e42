# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokenizers of every kind that model folders hold, trained on the spot with the `tokenizers` package."""
import collections
import io
import json

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
          r"|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace("{1,3}", "")
CASED = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
BYTES = [f"<0x{byte:02X}>" for byte in range(256)]
WORDS = 1500  # pieces in a vocabulary


def byte_level_bpe(lines, splits, ignore_merges=False, normalizer=None, size=WORDS):
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(splits) if len(splits) > 1 else splits[0]
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=size, special_tokens=["<|end|>", "<s>", "</s>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    return tokenizer


def regex_bpe(lines, expression, **options):
    return byte_level_bpe(lines, [pre_tokenizers.Split(Regex(expression), "isolated"),
                                  pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)], **options)


def gpt2(lines, prefix=False, trim=True, size=WORDS):
    tokenizer = byte_level_bpe(lines, [pre_tokenizers.ByteLevel(add_prefix_space=prefix)], size=size)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=trim, add_prefix_space=prefix)
    return tokenizer


def roberta(lines, prefix, trim):
    tokenizer = gpt2(lines, prefix)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), trim_offsets=trim,
                                                            add_prefix_space=prefix)
    tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return tokenizer


def llama3(lines):
    tokenizer = regex_bpe(lines, LLAMA3, ignore_merges=True)
    tokenizer.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=True),
        processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1", special_tokens=[("<s>", 1)])])
    return tokenizer


def smollm(lines):
    return byte_level_bpe(lines, [pre_tokenizers.Digits(individual_digits=True),
                                  pre_tokenizers.ByteLevel(add_prefix_space=False)])


def byte_level_normalizer(lines):
    """The bytes are mapped before the split, as some newer models do."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.ByteLevel()])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=WORDS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
        max_token_length=12))
    return tokenizer


def fallback_bpe(lines, normalizer, pre_tokenizer, decoder):
    """BPE over characters with pieces for the bytes of rare ones."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    # Trained by words; used as the model is used.
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=WORDS, special_tokens=["<unk>", "<s>", "</s>"] + BYTES, limit_alphabet=300, show_progress=False))
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = decoders.Sequence(decoder)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A <s>:1 $B:1",
                                                             special_tokens=[("<s>", 1)])
    made = json.loads(tokenizer.to_str())
    made["added_tokens"] = made["added_tokens"][:3]  # byte pieces are ordinary ones
    if pre_tokenizer is None:
        made["pre_tokenizer"] = None
    return Tokenizer.from_str(json.dumps(made))


def llama2(lines):
    return fallback_bpe(lines, normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None,
                        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def llama2_new(lines, scheme="first"):
    return fallback_bpe(lines, None, pre_tokenizers.Metaspace(prepend_scheme=scheme, split=False),
                        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])


def gemma(lines):
    return fallback_bpe(lines, normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"),
                        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])


def clip(lines):
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token="<|end|>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "),
                                                 normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(CLIP), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=WORDS, end_of_word_suffix="</w>", special_tokens=["<|end|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.post_processor = processors.RobertaProcessing(("<|end|>", 0), ("<|end|>", 0), trim_offsets=False,
                                                            add_prefix_space=False)
    return tokenizer


def unknown_bpe(lines, fuse, prefix=""):
    """Character BPE without byte pieces: what it does not know is <unk>."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, continuing_subword_prefix=prefix))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                                       pre_tokenizers.Punctuation("merged_with_previous")])
    tokenizer.train_from_iterator(lines, trainers.BpeTrainer(
        vocab_size=WORDS, special_tokens=["<unk>"], limit_alphabet=150, continuing_subword_prefix=prefix,
        show_progress=False))
    return tokenizer


def bert(lines, pre_tokenizer=None, processor=None, **options):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(**options)
    tokenizer.pre_tokenizer = pre_tokenizer or pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.train_from_iterator(lines, trainers.WordPieceTrainer(
        vocab_size=2 * WORDS, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], limit_alphabet=600,
        show_progress=False))
    tokenizer.post_processor = processor or processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def word_level(lines, pre_tokenizer, normalizer):
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.train_from_iterator(lines, trainers.WordLevelTrainer(vocab_size=WORDS, special_tokens=["<unk>"],
                                                                   show_progress=False))
    return tokenizer


def sentencepiece_model(lines, kind, size=2 * WORDS, **options):
    """The bytes of a tokenizer.model trained by the sentencepiece package, on the frequent characters alone."""
    frequent = dict(collections.Counter("".join(lines)).most_common(800))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(["".join(filter(frequent.get, line)) for line in lines]), model_writer=model,
        model_type=kind, vocab_size=size, hard_vocab_limit=False, minloglevel=2, num_threads=1, **options)
    return model.getvalue()


def fields(message):
    """The (number, value) pairs of a protocol buffer message."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        if key & 7 == 0:
            yield key >> 3, varint()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or varint()
            yield key >> 3, message[at:at + size]
            at += size


def charsmap(model):
    """The precompiled character map of a sentencepiece model (normalizer_spec, field 2)."""
    specification = dict(fields(dict(fields(model))[3]))
    return specification[2]


def pieces_of(model):
    """Pieces and scores in the order of their ids."""
    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [(processor.id_to_piece(id), processor.get_score(id)) for id in range(processor.get_piece_size())]


def unigram(model, pre_tokenizer, more=(), byte_fallback=False):
    """The pieces of a sentencepiece model in the pipelines of T5 and XLM-R."""
    tokenizer = Tokenizer(models.Unigram(pieces_of(model), 0, byte_fallback))
    tokenizer.normalizer = normalizers.Sequence([*more, normalizers.Precompiled(charsmap(model)),
                                                 normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.decoder = (decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace()]) if byte_fallback
                         else decoders.Metaspace())
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return tokenizer


def with_added(tokenizer):
    """Every flag of an added token, on tokens that the corpus holds."""
    tokenizer.add_tokens([AddedToken("foo bar", normalized=True), AddedToken("new", single_word=True, normalized=False),
                          AddedToken("the", single_word=True, normalized=True),
                          AddedToken("niño", normalized=True), AddedToken("x", single_word=True, lstrip=True),
                          AddedToken("Hello", normalized=True, rstrip=True), AddedToken("Hello world", normalized=False)])
    tokenizer.add_special_tokens([AddedToken("<m>", lstrip=True, rstrip=True), AddedToken("<tag>", single_word=True),
                                  AddedToken("<mask>", lstrip=True), AddedToken("你", normalized=False),
                                  AddedToken("ẞ", normalized=True)])
    return tokenizer


def split_with(behavior, invert):
    return pre_tokenizers.Split(Regex(r"[aeiou ]|\p{P}+"), behavior, invert=invert)


def every_kind(lines):
    """(name, function making the tokenizer)."""
    plain, bytes_too = (sentencepiece_model(lines, "unigram", byte_fallback=fallback) for fallback in [False, True])
    space = pre_tokenizers.Metaspace(prepend_scheme="always")
    words = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), space])
    kinds = {
        "gpt2": lambda: gpt2(lines),
        "gpt2, prefix space": lambda: gpt2(lines, prefix=True),
        "gpt2, whole offsets": lambda: gpt2(lines, trim=False),
        "gpt2, added": lambda: with_added(gpt2(lines)),
        "roberta": lambda: roberta(lines, False, True),
        "roberta, prefix space": lambda: with_added(roberta(lines, True, True)),
        "llama3": lambda: llama3(lines),
        "qwen2": lambda: regex_bpe(lines, QWEN2, normalizer=normalizers.NFC()),
        "cased words": lambda: regex_bpe(lines, CASED, ignore_merges=True),
        "smollm": lambda: smollm(lines),
        "bytes first": lambda: byte_level_normalizer(lines),
        "llama2": lambda: llama2(lines),
        "llama2, added": lambda: with_added(llama2(lines)),
        "llama2, not legacy": lambda: with_added(llama2_new(lines)),
        "llama2, never": lambda: llama2_new(lines, "never"),
        "gemma": lambda: with_added(gemma(lines)),
        "clip": lambda: clip(lines),
        "bpe with unknown": lambda: unknown_bpe(lines, True),
        "bpe with unknown, prefix": lambda: unknown_bpe(lines, False, "##"),
        "bert uncased": lambda: bert(lines),
        "bert cased": lambda: bert(lines, lowercase=False),
        "bert, accents kept": lambda: with_added(bert(lines, strip_accents=False, handle_chinese_chars=False)),
        "bert, words": lambda: bert(lines, pre_tokenizers.Whitespace(), clean_text=False, lowercase=False,
                                    strip_accents=True, processor=processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))),
        "t5": lambda: with_added(unigram(plain, space)),
        "xlm-r": lambda: unigram(plain, words),
        "unigram with bytes": lambda: unigram(bytes_too, space, byte_fallback=True),
        "albert": lambda: unigram(plain, words, [normalizers.Replace("``", '"'), normalizers.NFKD(),
                                                 normalizers.StripAccents(), normalizers.Lowercase()]),
        "nmt": lambda: unigram(plain, words, [normalizers.Nmt(), normalizers.NFKC(), normalizers.Strip()]),
        "words": lambda: word_level(lines, pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(),
                                                                    pre_tokenizers.Punctuation("contiguous")]),
                                    normalizers.NFD()),
        "fields": lambda: word_level(lines, pre_tokenizers.Sequence([pre_tokenizers.CharDelimiterSplit(" "),
                                                                     pre_tokenizers.Digits()]), normalizers.NFKC()),
    }
    for behavior in ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]:
        for invert in [False, True]:
            kinds[f"split, {behavior}{', inverted' * invert}"] = (
                lambda split=split_with(behavior, invert): word_level(lines, split, normalizers.Lowercase()))
    return kinds
