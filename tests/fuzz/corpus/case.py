# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file of the hostile corpus is: its name, its bytes and the answer the reader must give."""
import json
import struct
from dataclasses import dataclass

MALFORMED, UNSUPPORTED, DATA = "file_malformed", "unsupported", "data_invalid"
TOO_LARGE, MISSING, UNREADABLE, RECIPE = "file_too_large", "file_missing", "file_unreadable", "recipe_invalid"


class Link(str):
    """A symbolic link to this target."""


class Pipe:
    """A named pipe that nobody writes to."""


@dataclass
class Case:
    name: str
    content: object  # bytes of a file; {relative name: bytes, Link or Pipe} for a folder
    expected: str  # an error code's name, or "ok"
    seed: bool = False  # valid: also cut, bit-flipped and given to the fuzzer


def seed(name, content):
    return Case(name, content, "ok", True)


def legal(name, content):
    """Odd, but right: must be read."""
    return Case(name, content, "ok")


def either(name, content):
    """Must come back in time; whether it is refused is the library's choice."""
    return Case(name, content, "any")


def malformed(name, content, expected=MALFORMED):
    return Case(name, content, expected)


def dump(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def u32(value):
    return struct.pack("<I", value & 0xFFFFFFFF)


def u64(value):
    return struct.pack("<Q", value & 0xFFFFFFFFFFFFFFFF)


def f32(*values):
    return struct.pack(f"<{len(values)}f", *values)


def noise(count, state=1):
    """Bytes that look random and are the same everywhere."""
    out = bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 255)
    return bytes(out)


def nested(opening, closing, depth, inside=b""):
    return opening * depth + inside + closing * depth
