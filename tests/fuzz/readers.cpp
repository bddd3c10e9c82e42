// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/readers.h"

#include <sys/mman.h>
#include <unistd.h>

#include "core/base/files.h"
#include "core/config/recipe_yaml.h"
#include "core/data/read/cell_text.h"
#include "core/data/read/record_reader.h"
#include "core/data/roles/conversation.h"
#include "core/data/roles/preference_pairs.h"
#include "core/data/task_data.h"
#include "core/formats/gguf/gguf_file.h"
#include "core/formats/hf/adapter_folder.h"
#include "core/formats/model_folder.h"
#include "core/formats/weights/widen.h"
#include "core/tokenizer/chat/chat_format.h"
#include "core/tokenizer/files/sentencepiece_tokenizer.h"
#include "core/tokenizer/jinja/evaluate/template.h"
#include "core/tokenizer/pipeline/pipeline_tokenizer.h"
#include "core/tokenizer/text/unicode.h"

namespace lathe::fuzz {
namespace {
namespace fs = std::filesystem;

Result<void> useWeights(const WeightSource& weights) {
    for (const TensorInfo& info : weights.tensors()) {
        LATHE_CHECK(weights.find(info.name));
        std::vector<float> values(info.elements);
        LATHE_TRY_VOID(weights.readFloat(info, values));
    }
    return {};
}

void checkEncoding(const Encoding& encoding, const Tokenizer& tokenizer, std::size_t textSize) {
    LATHE_CHECK(encoding.ids.size() == encoding.offsets.size() &&
                encoding.ids.size() == encoding.typeIds.size());
    for (std::size_t i = 0; i < encoding.ids.size(); ++i) {
        LATHE_CHECK(encoding.ids[i] >= 0 && encoding.ids[i] < tokenizer.vocabularySize());
        LATHE_CHECK(encoding.offsets[i].begin <= encoding.offsets[i].end &&
                    encoding.offsets[i].end <= textSize);
    }
}

void useTokenizer(const Tokenizer& tokenizer) {
    const std::string texts[] = {"",
                                 "The quick brown fox's 123 na\u00EFve \u4F60\u597D \u2014 ok!",
                                 std::string("a\0b", 3),
                                 "\xFF\xFE broken \xE4\xBD",
                                 std::string(300, 'a'),
                                 "<s>[CLS]  <|end|>\n\n\t \uFDFA e\u0301\u0323 \U0001F600</s>"};
    for (const std::string& text : texts) {
        const Encoding encoding = tokenizer.encode(text, true);
        checkEncoding(encoding, tokenizer, text.size());
        checkEncoding(tokenizer.encodePair(text, "b c"), tokenizer, std::max<std::size_t>(text.size(), 3));
        (void)tokenizer.decode(encoding.ids, false);
    }
    StreamDecoder stream(tokenizer);
    for (int32_t id = -1; id < std::min(tokenizer.vocabularySize() + 1, 100); ++id) (void)stream.add(id);
    (void)stream.finish();
    if (const auto format = ChatFormat::open({}, tokenizer); format.ok()) {
        const std::vector<ChatMessage> talk{{"system", "be kind"}, {"user", "hi"}, {"assistant", "hello"}};
        if (const auto chat = format.value().render(Conversation(talk), false); chat.ok())
            (void)encodeChat(tokenizer, chat.value());
    }
}

Result<void> readSafetensors(const fs::path& path) {
    LATHE_TRY(const auto weights, openSafetensors(path));
    return useWeights(*weights);
}

Result<void> readGguf(const fs::path& path) {
    {
        LATHE_TRY(const GgufFile gguf, openGguf(path));
        for (const GgufTensor& tensor : gguf.tensors) {
            std::vector<float> values(tensor.elements);
            widenToFloat(tensor.dtype, gguf.bytesOf(tensor), values);
        }
        if (gguf.metadata.contains("tokenizer.ggml.model")) {
            LATHE_TRY(const auto tokenizer, openGgufTokenizer(gguf.metadata, path.string()));
            useTokenizer(*tokenizer);
        }
        if (!gguf.metadata.contains("general.architecture")) return {};
    }
    LATHE_TRY(const ModelSource model, openModel(path));
    return useWeights(*model.weights);
}

Result<void> readTokenizerJson(const fs::path& path) {
    LATHE_TRY(const std::string text, readTextFile(path));
    LATHE_TRY(const Json json, parseJson(text, path.string()));
    LATHE_TRY(const auto tokenizer, tok::PipelineTokenizer::build(json, {}, path.string()));
    useTokenizer(*tokenizer);
    return {};
}

Result<void> readSentencePiece(const fs::path& path) {
    LATHE_TRY(const auto tokenizer, tok::openSentencePiece(path, {}, {}));
    useTokenizer(*tokenizer);
    return {};
}

Result<void> readTokenizerFolder(const fs::path& path) {
    LATHE_TRY(const auto tokenizer, openTokenizerFolder(path));
    useTokenizer(*tokenizer);
    return {};
}

Result<void> readModelFolder(const fs::path& path) {
    LATHE_TRY(const ModelSource model, openModel(path));
    return useWeights(*model.weights);
}

Result<void> readAdapterFolder(const fs::path& path) {
    LATHE_TRY(const AdapterFolder adapter, openAdapterFolder(path));
    return useWeights(*adapter.weights);
}

/// One method with a field of each kind; the real catalog belongs to the engine.
Catalog smallCatalog() {
    MethodEntry lora;
    lora.name = "lora";
    lora.fields = {
        {"rank", FieldKind::Integer, int64_t(8), 1, 4096, {}, ""},
        {"dropout", FieldKind::Number, 0.0, 0, 1, {}, ""},
        {"use_rslora", FieldKind::Bool, false, {}, {}, {}, ""},
        {"bias", FieldKind::Choice, std::string("none"), {}, {}, {"none", "all"}, ""},
        {"target_modules", FieldKind::NameList, std::vector<std::string>{"query"}, {}, {}, {}, ""}};
    TaskEntry task;
    task.name = "classification";
    Catalog catalog;
    TaskEntry pairs;
    pairs.name = "preference";
    pairs.fields = {{"loss", FieldKind::Choice, std::string("sigmoid"), {}, {}, {"sigmoid", "ipo"}, ""},
                    {"beta", FieldKind::Number, 0.1, 0, 100, {}, ""}};
    catalog.tasks = {task, pairs};
    catalog.methods = {lora};
    catalog.schedules = {CatalogEntry{"linear", "", "", {}}};
    return catalog;
}

Result<void> readRecipeFile(const fs::path& path) {
    static const Catalog catalog = smallCatalog();
    const ParsedRecipe parsed = readRecipe(path, {}, catalog);
    if (!parsed.faults.empty())
        return Error{ErrorCode::RecipeInvalid, parsed.faults.front().text(), path.string(), ""};
    const std::string written = recipeToYaml(parsed.recipe);
    const ParsedRecipe again = parseRecipe(written, "written", {}, catalog);
    LATHE_CHECK(again.faults.empty());
    return {};
}

/// The same rows when only the first is kept, and in batches.
Result<void> readAgain(const fs::path& path, const RecordSet& records) {
    LATHE_TRY(const RecordSet first, readRecords(path, {.format = records.format, .keep = 1}));
    LATHE_CHECK(first.rows == records.rows && first.columns == records.columns && first.records.size() == 1);
    std::size_t row = 0;
    LATHE_TRY_VOID(
        readBatches(first, {.format = records.format}, [&](const RecordSet& batch) -> Result<void> {
            for (const Record& record : batch.records)
                LATHE_CHECK(record.values == records.records.at(row++).values);
            return {};
        }));
    LATHE_CHECK(row == records.records.size());
    return {};
}

template <const char* kFormat>
Result<void> readData(const fs::path& path) {
    LATHE_TRY(const RecordSet records, readRecords(path, {.format = kFormat}));
    for (const Record& record : records.records) {
        LATHE_CHECK(record.values.size() == records.columns.size());
        for (const OrderedJson& value : record.values) (void)labelText(value);
    }
    LATHE_TRY_VOID(readAgain(path, records));
    for (const char* task : {"classification", "language_modeling"})
        (void)resolveColumns(records, task, {}, true);
    if (const auto columns = resolveColumns(records, "preference", {}, true); columns.ok())
        for (const Record& record : records.records)
            LATHE_TRY_VOID(preferenceOf(records, record, columns.value()));
    if (const auto columns = resolveColumns(records, "instruction", {}, true); columns.ok())
        for (const Record& record : records.records)
            LATHE_TRY_VOID(conversationOf(records, record, columns.value()));
    return {};
}

/// A turn of each kind, with all that templates look for.
OrderedJson sampleChat() {
    const OrderedJson call = {{"id", "c"}, {"function", {{"name", "f"}, {"arguments", {{"x", 1.5}}}}}};
    return {
        {"messages",
         {{{"role", "system"}, {"content", "be kind"}},
          {{"role", "user"}, {"content", {{{"type", "text"}, {"text", "na\u00EFve \U0001F600"}}}}},
          {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", {call}}, {"reasoning_content", "hm"}},
          {{"role", "tool"}, {"content", "{}"}}}},
        {"tools",
         {{{"type", "function"}, {"function", {{"name", "f"}, {"parameters", OrderedJson::object()}}}}}},
        {"add_generation_prompt", true},
        {"bos_token", "<s>"}};
}

Result<void> readChatTemplate(const fs::path& path) {
    static const OrderedJson chat = sampleChat();
    LATHE_TRY(std::string text, readTextFile(path));
    LATHE_TRY(const auto parsed, jinja::Template::parse(std::move(text), path.string()));
    LATHE_TRY(const auto rendered, parsed.render(chat));
    for (const auto& [index, stretch] : rendered.items)
        LATHE_CHECK(index < chat["messages"].size() && stretch.begin < stretch.end &&
                    stretch.end <= rendered.text.size());
    for (const auto& stretch : rendered.generated)
        LATHE_CHECK(stretch.begin <= stretch.end && stretch.end <= rendered.text.size());
    LATHE_CHECK(tok::isValidUtf8(rendered.text));
    return {};
}

constexpr char kCsv[] = "csv", kTsv[] = "tsv", kJson[] = "json", kJsonl[] = "jsonl", kText[] = "text";
constexpr Reader kReaders[] = {{"safetensors", readSafetensors},
                               {"gguf", readGguf},
                               {"tokenizer_json", readTokenizerJson},
                               {"sentencepiece", readSentencePiece},
                               {"chat_template", readChatTemplate},
                               {"recipe", readRecipeFile},
                               {"csv", readData<kCsv>},
                               {"jsonl", readData<kJsonl>},
                               {"tsv", readData<kTsv>},
                               {"json", readData<kJson>},
                               {"text", readData<kText>},
                               {"tokenizer_folder", readTokenizerFolder},
                               {"model_folder", readModelFolder},
                               {"adapter_folder", readAdapterFolder}};

}  // namespace

std::span<const Reader> readers() {
    return kReaders;
}

const Reader* reader(const std::string& name) {
    for (const Reader& each : kReaders)
        if (name == each.name) return &each;
    return nullptr;
}

MemoryFile::MemoryFile() : m_fd(::memfd_create("lathe-fuzz", MFD_CLOEXEC)) {
    LATHE_CHECK(m_fd >= 0);
}

MemoryFile::~MemoryFile() {
    ::close(m_fd);
}

void MemoryFile::write(const void* data, std::size_t size) const {
    LATHE_CHECK(::ftruncate(m_fd, 0) == 0);
    LATHE_CHECK(::pwrite(m_fd, data, size, 0) == static_cast<ssize_t>(size));
}

fs::path MemoryFile::path() const {
    return "/proc/self/fd/" + std::to_string(m_fd);
}

}  // namespace lathe::fuzz
