# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that tokenizers disagree about: generated Unicode always, lines of real text where the data sets are."""
import random
import unicodedata

from reference import DATA

REAL = ["alpaca/alpaca_en_demo.json", "alpaca/alpaca_zh_demo.json", "conll2002/esp.testa", "text/wiki_demo.txt",
        "shakespeare/input.txt", "sst2/dev.tsv"]
SPECIALS = ["<s>", "</s>", "<unk>", "<pad>", "[CLS]", "[SEP]", "[UNK]", "[MASK]", "<|end|>", "<|im_start|>", "<0x41>",
            "<mask>", "<m>", "##ing", "▁", "Ġ", "</w>", "<tag>", "foo bar", "new"]
CODE = ["int main() { return 0x1F; } // code", "def f(x):\n\treturn x**2\n\n\nprint(f'{x!r}')", "a->b::c<d>(e&&f||!g)",
        "<p class=\"x\">don't &amp; won't</p>", "SELECT * FROM t WHERE a='b';\r\n", "x += 1;    // spaces\t\ttabs",
        "C:\\dir\\file.txt", "https://example.org/a?b=c&d=%20e#f", "1e-10 3.14159 1,234,567.89 007 0b1010",
        "I'll we've they'RE it'S he'D you'M can'T 'tis o'clock"]
SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x20\x85\xa0\u1680\u2000\u2003\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
EMOJI = ["😀", "👩‍👩‍👧‍👦", "👍🏽", "🇪🇸🇨🇳", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "❤️‍🔥", "☎︎", "🫠"]
CASES = "ẞßſİıΣςσǅǆﬁﬂＡａÅÅΩΩKkẛ̣ŉǰΐ"
FORMATS = "\u200b\u200c\u200d\u200e\u200f\u202a\u202e\u2060\ufeff\ufe0f\xad\ufffd\ufffe\ue000\U000f0000\u0378"
NUMBERS = "0123456789²½¾Ⅷⅻ①⑳٣४๕〇一二千𝟘𝟡൰"
SCRIPTS = {"latin": (0x41, 0x24F), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x52F), "hebrew": (0x591, 0x5F4),
           "arabic": (0x610, 0x6FF), "hindi": (0x900, 0x97F), "tamil": (0xB80, 0xBFF), "thai": (0xE01, 0xE5B),
           "tibetan": (0xF00, 0xFBC), "georgian": (0x10A0, 0x10FF), "jamo": (0x1100, 0x11FF),
           "vietnamese": (0x1E00, 0x1EFF), "symbols": (0x2010, 0x2BFF), "kana": (0x3041, 0x30FF),
           "chinese": (0x4E00, 0x9FA5), "rare chinese": (0x3400, 0x4DB5), "rarer chinese": (0x20000, 0x2A6D6),
           "compatible chinese": (0xF900, 0xFAD9), "hangul": (0xAC00, 0xD7A3), "presented arabic": (0xFB50, 0xFDFB),
           "half width": (0xFF01, 0xFFEE), "letters of mathematics": (0x1D400, 0x1D7FF),
           "marks": (0x300, 0x36F), "emoji": (0x1F300, 0x1F6FF), "ascii": (0x20, 0x7E), "controls": (0x1, 0x1F)}


def assigned(first, last):
    return [chr(c) for c in range(first, last + 1) if unicodedata.category(chr(c)) not in ("Cn", "Cs")]


class Corpus:
    """Lines made from one seed; a line may hold any character but NUL."""

    def __init__(self, seed=7):
        self.random = random.Random(seed)
        self.alphabets = [assigned(*block) for block in SCRIPTS.values()]
        self.everything = assigned(0x20, 0x2FFFF)

    def some(self, alphabet, least, most):
        return "".join(self.random.choices(alphabet, k=self.random.randint(least, most)))

    def stretch(self):
        """A few characters of one kind."""
        pick = self.random
        kind = pick.randrange(14)
        if kind < 4:
            return self.some(pick.choice(self.alphabets), 1, 8)
        if kind == 4:
            return self.some(SPACES, 1, 4)
        if kind == 5:
            return self.some(EMOJI, 1, 3)
        if kind == 6:
            return pick.choice("aeinouAEANкий가のक") + self.some(self.alphabets[22], 1, 4)
        if kind == 7:
            return pick.choice(["", " "]) + pick.choice(SPECIALS) + pick.choice(["", " ", "\n", "x"])
        if kind == 8:
            return pick.choice(CODE)
        if kind == 9:
            return self.some(CASES, 1, 5)
        if kind == 10:
            return self.some(FORMATS, 1, 3)
        if kind == 11:
            return self.some(NUMBERS, 1, 7)
        if kind == 12:
            return self.some(self.everything, 1, 5)
        return pick.choice(["the", " and", "Hello", " world", ",", ". ", "!?", "  ", "¿Qué", " niño", "你好", "，"])

    def line(self):
        if self.random.random() < 0.005:  # a very long word
            return self.some(self.random.choice(self.alphabets), 200, 700)
        return "".join(self.stretch() for _ in range(self.random.randint(1, 9)))

    def real(self, each):
        for name in REAL:
            path = DATA / name
            if path.exists():
                yield from (line[:400] for line in path.read_text(encoding="utf-8").splitlines()[:each])

    def lines(self, count):
        """So many lines: up to 60 % real text, the rest generated."""
        lines = ["", " ", "\n", "▁", "a" * 2000] + CODE + SPECIALS
        lines = list(dict.fromkeys(lines + list(self.real(count // 10))))
        return lines + [self.line() for _ in range(count - len(lines))]
