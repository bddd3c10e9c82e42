// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/foreign_file.h"

#include <array>

namespace lathe {
namespace {

using namespace std::string_view_literals;

struct Kind {
    std::string_view start;  ///< the format's magic number
    const char* name;
    const char* hint;
};

constexpr const char* kUnpack = "unpack it first";
constexpr const char* kConvert = "convert it to JSONL or CSV";

constexpr std::array kKinds{
    Kind{"\x1f\x8b"sv, "compressed by gzip", kUnpack},
    Kind{"BZh"sv, "compressed by bzip2", kUnpack},
    Kind{"\xfd"
         "7zXZ\0"sv,
         "compressed by xz", kUnpack},
    Kind{"\x28\xb5\x2f\xfd"sv, "compressed by zstd", kUnpack},
    Kind{"\x04\x22\x4d\x18"sv, "compressed by lz4", kUnpack},
    Kind{"7z\xbc\xaf\x27\x1c"sv, "a 7z archive", kUnpack},
    Kind{"Rar!\x1a"sv, "a RAR archive", kUnpack},
    Kind{"PK\x03\x04"sv, "a zip archive, as office documents are",
         "unpack it; of a spreadsheet or document, save it as CSV or text"},
    Kind{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"sv, "an old office document", "save it as CSV or text"},
    Kind{"%PDF-"sv, "a PDF", "save its text"},
    Kind{"PAR1"sv, "a Parquet file", kConvert},
    Kind{"ARROW1"sv, "an Arrow file", kConvert},
    Kind{"Obj\x01"sv, "an Avro file", kConvert},
    Kind{"SQLite format 3\0"sv, "an SQLite database", "export the table as CSV"},
};

}  // namespace

Result<void> checkNotForeign(std::string_view bytes, const std::string& place) {
    for (const Kind& kind : kKinds)
        if (bytes.starts_with(kind.start))
            return Error{ErrorCode::DataInvalid, std::string("the file is ") + kind.name + ", not text",
                         place, kind.hint};
    return {};
}

}  // namespace lathe
