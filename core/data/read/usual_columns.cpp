// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/read/usual_columns.h"

#include <algorithm>

#include "core/base/ascii.h"
#include "core/base/result.h"

namespace lathe {
namespace {

using Names = std::vector<std::string_view>;

struct Role {
    std::string_view name;
    Names columns;  ///< usual names, lower case without separators, the likeliest first
};

const std::vector<Role>& roles() {
    static const std::vector<Role> all = {
        {"messages", {"messages", "message"}},
        {"conversations", {"conversations", "conversation", "dialogue", "dialog"}},
        {"instruction", {"instruction", "instruct", "question", "query", "指令", "问题"}},
        {"input", {"input", "context", "输入"}},
        {"output", {"output", "response", "answer", "completion", "输出", "回答", "答案"}},
        {"prompt", {"prompt"}},
        {"completion", {"completion", "response", "answer", "output"}},
        {"system", {"system", "systemprompt"}},
        {"history", {"history"}},
        {"tools", {"tools", "functions"}},
        {"text", {"text",       "sentence",   "review",   "content",   "comment",     "document", "body",
                  "reviewtext", "reviewbody", "tweet",    "utterance", "sentence1",   "text1",    "texta",
                  "premise",    "question1",  "question", "query",     "description", "title",    "文本",
                  "内容",       "评论",       "句子",     "正文"}},
        {"text2", {"text2", "sentence2", "textb", "hypothesis", "question2"}},
        {"label",
         {"label", "labels", "sentiment", "class", "category", "target", "polarity", "intent", "topic",
          "rating", "stars", "labeltext", "labelname", "score", "标签", "类别", "情感", "分类"}},
        {"tokens", {"tokens", "words", "token", "text", "sentence", "词"}},
        {"tags", {"tags", "nertags", "ner", "labels", "tag", "label", "标签"}},
        {"source", {"source", "src", "input", "text", "document", "article", "原文", "源文"}},
        {"target", {"target", "tgt", "output", "summary", "translation", "译文", "摘要"}},
        {"chosen", {"chosen", "preferred", "accepted", "chosenresponse", "responsechosen", "较优回答"}},
        {"rejected", {"rejected", "dispreferred", "rejectedresponse", "responserejected", "较差回答"}},
        {"margin", {"margin", "scoremargin", "分差"}},
        {"answer",
         {"answer", "groundtruth", "solution", "reference", "target", "label", "output", "response", "答案",
          "参考答案"}},
    };
    return all;
}

}  // namespace

const std::vector<std::string_view>& usualColumns(std::string_view role) {
    const auto it =
        std::find_if(roles().begin(), roles().end(), [&](const Role& r) { return r.name == role; });
    LATHE_CHECK(it != roles().end());
    return it->columns;
}

std::string plainColumnName(std::string_view name) {
    return lowerAscii(name, " _-");
}

bool isUsualName(std::string_view name, std::string_view role) {
    const auto& usual = usualColumns(role);
    return std::find(usual.begin(), usual.end(), plainColumnName(name)) != usual.end();
}

bool isUsualColumnName(std::string_view name) {
    const std::string plain = plainColumnName(name);
    return std::any_of(roles().begin(), roles().end(), [&](const Role& role) {
        return std::find(role.columns.begin(), role.columns.end(), plain) != role.columns.end();
    });
}

}  // namespace lathe
