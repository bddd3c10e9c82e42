// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/pipeline/post_processor.h"

#include "core/tokenizer/text/part_json.h"

namespace lathe::tok {
namespace {

using What = TemplateItem::What;
using Items = std::vector<TemplateItem>;

constexpr int64_t kMaxId = INT32_MAX;
constexpr int64_t kMaxTypeId = 255;

Result<int32_t> idFromJson(const Json& value, const std::string& place) {
    if (!value.is_number_integer() || value.get<double>() < 0 || value.get<double>() > double(kMaxId))
        return malformed("the id of a special token is not a whole number", place);
    return value.get<int32_t>();
}

/// The ids that "special_tokens" gives for a name.
Result<std::vector<int32_t>> specialIds(const Json& part, const std::string& name, const std::string& place) {
    const Json specials = part.value("special_tokens", Json());
    const auto entry = specials.find(name);
    if (!specials.is_object() || entry == specials.end() || !entry->is_object())
        return malformed("the template's token \"" + name + "\" is not among \"special_tokens\"", place);
    LATHE_TRY(auto list, partArray(*entry, "ids", place));
    std::vector<int32_t> ids;
    for (const auto& value : *list) {
        LATHE_TRY(auto id, idFromJson(value, place));
        ids.push_back(id);
    }
    return ids;
}

Result<TemplateItem> itemFromJson(const Json& part, const Json& entry, const std::string& place) {
    const bool whole = entry.is_object() && entry.size() == 1 && entry.begin().value().is_object();
    if (!whole)
        return malformed("an item of the template is not {\"Sequence\": …} or {\"SpecialToken\": …}", place);
    const std::string& kind = entry.begin().key();
    const Json& body = entry.begin().value();
    LATHE_TRY(auto name, jsonString(body, "id", "", place));
    LATHE_TRY(auto typeId, jsonInteger(body, "type_id", 0, place));
    if (typeId < 0 || typeId > kMaxTypeId) return malformed("\"type_id\" is out of range", place);
    TemplateItem item;
    item.typeId = static_cast<int32_t>(typeId);
    if (kind == "Sequence") {
        item.what = name == "B" ? What::Second : What::First;
        return item;
    }
    item.what = What::Special;
    LATHE_TRY(item.ids, specialIds(part, name, place));
    return item;
}

Result<Items> itemsFromJson(const Json& part, const char* key, const std::string& place) {
    LATHE_TRY(auto list, partArray(part, key, place));
    Items items;
    for (const auto& entry : *list) {
        LATHE_TRY(auto item, itemFromJson(part, entry, place));
        items.push_back(std::move(item));
    }
    return items;
}

/// "cls" and "sep" of the BERT and RoBERTa processors are [text, id].
Result<int32_t> markId(const Json& part, const char* key, const std::string& place) {
    LATHE_TRY(auto mark, partArray(part, key, place));
    if (mark->size() != 2) return malformed(std::string("\"") + key + "\" must be [token, id]", place);
    return idFromJson((*mark)[1], place);
}

Result<void> addMarks(const Json& part, bool roberta, PostProcessor& out, const std::string& place) {
    LATHE_TRY(auto cls, markId(part, "cls", place));
    LATHE_TRY(auto sep, markId(part, "sep", place));
    const int32_t second = roberta ? 0 : 1;
    out.single = {{What::Special, 0, {cls}}, {What::First, 0, {}}, {What::Special, 0, {sep}}};
    out.pair = out.single;
    if (roberta) out.pair.push_back({What::Special, 0, {sep}});
    out.pair.push_back({What::Second, second, {}});
    out.pair.push_back({What::Special, second, {sep}});
    return {};
}

Result<void> addProcessor(const Json& part, PostProcessor& out, const std::string& place) {
    if (part.is_null()) return {};
    LATHE_TRY(auto type, partType(part, place));
    if (type == "Sequence") {
        LATHE_TRY(auto list, partArray(part, "processors", place));
        for (const auto& item : *list) LATHE_TRY_VOID(addProcessor(item, out, place));
        return {};
    }
    if (type == "TemplateProcessing") {
        LATHE_TRY(out.single, itemsFromJson(part, "single", place));
        LATHE_TRY(out.pair, itemsFromJson(part, "pair", place));
        return {};
    }
    if (type == "BertProcessing") return addMarks(part, false, out, place);
    if (type != "RobertaProcessing" && type != "ByteLevel")
        return unsupportedPart("post-processor", type, place);
    LATHE_TRY(auto trims, jsonBool(part, "trim_offsets", true, place));
    LATHE_TRY(auto prefix, jsonBool(part, "add_prefix_space", true, place));
    out.trimsOffsets = out.trimsOffsets || trims;
    out.addsPrefixSpace = out.addsPrefixSpace || (trims && prefix);
    if (type == "RobertaProcessing") return addMarks(part, true, out, place);
    return {};
}

}  // namespace

Result<PostProcessor> makePostProcessor(const Json& part, const std::string& place) {
    PostProcessor processor;
    LATHE_TRY_VOID(addProcessor(part, processor, place));
    return processor;
}

}  // namespace lathe::tok
