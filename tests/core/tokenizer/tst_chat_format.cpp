// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_format.h"

#include "core/tokenizer/gguf_tokenizer.h"
#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using lathe::ChatFormat;
using lathe::ChatMessage;
using lathe::Json;

/// A tokenizer with the markers of all formats and the given template.
static std::unique_ptr<lathe::Tokenizer> tokenizerWith(const std::string& chatTemplate, bool markers = true) {
    Json metadata = lathe::test::byteLevelMetadata("gpt-2");
    std::vector<std::string> extra = {"<s>", "</s>"};
    if (markers) extra.insert(extra.end(), {"<|im_start|>", "<|im_end|>", "<|eot_id|>"});
    for (const auto& token : extra) {
        metadata["tokenizer.ggml.tokens"].push_back(token);
        metadata["tokenizer.ggml.token_type"].push_back(3);
    }
    metadata["tokenizer.ggml.bos_token_id"] = 275;
    metadata["tokenizer.ggml.eos_token_id"] = 276;
    metadata["tokenizer.chat_template"] = chatTemplate;
    auto made = lathe::openGgufTokenizer(metadata, "x.gguf");
    return made.ok() ? std::move(made).value() : nullptr;
}

static std::string joined(const std::vector<lathe::ChatPart>& parts) {
    std::string text;
    for (const auto& part : parts) text += part.answer ? "[" + part.text + "]" : part.text;
    return text;
}

static const std::vector<ChatMessage> kTalk = {{"user", "Hi "}, {"assistant", "Hello"}, {"user", "Bye"}};
static const std::vector<ChatMessage> kWithSystem = {{"system", "Be kind"}, {"user", "Hi"}};

class TestChatFormat : public QObject {
    Q_OBJECT
  private slots:
    void chatmlWithTheTemplatesOwnSystemText() {
        const auto tokenizer = tokenizerWith(
            "{% for m in messages %}{% if loop.first and m['role'] != 'system' %}{{ '<|im_start|>system\nBe "
            "brief"
            "<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' + "
            "'\n'}}");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(
            joined(format.value().render(kTalk, true)),
            std::string(
                "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nHi <|im_end|>\n<|im_start|>"
                "assistant\n[Hello<|im_end|>]\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n"));
        QCOMPARE(joined(format.value().render(kWithSystem, false)),
                 std::string("<|im_start|>system\nBe kind<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n"));
        QCOMPARE(format.value().stopIds(), (std::vector<int32_t>{278, 276}));
    }
    void llama3StripsContentsAndStartsWithBos() {
        const auto tokenizer = tokenizerWith("{{ '<|start_header_id|>' }}");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(joined(format.value().render(kTalk, false)),
                 std::string(
                     "<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant"
                     "<|end_header_id|>\n\n[Hello<|eot_id|>]<|start_header_id|>user<|end_header_id|>\n\nBye<|"
                     "eot_id|>"));
    }
    void zephyrEndsTurnsWithEos() {
        const auto tokenizer = tokenizerWith("{{ '<|user|>\n' + content + eos_token }}");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(format.value().name(), std::string("zephyr"));
        QCOMPARE(
            joined(format.value().render(kTalk, true)),
            std::string("<|user|>\nHi </s>\n<|assistant|>\n[Hello</s>]\n<|user|>\nBye</s>\n<|assistant|>\n"));
    }
    void alpacaAndPlain() {
        const auto tokenizer = tokenizerWith("");
        const std::vector<ChatMessage> talk = {{"user", "Add"}, {"assistant", "4"}};
        const auto alpaca = ChatFormat::named("alpaca", *tokenizer);
        LATHE_VERIFY_OK(alpaca);
        QCOMPARE(joined(alpaca.value().render(talk, false)),
                 std::string("Below is an instruction that describes a task. Write a response that "
                             "appropriately completes "
                             "the request.\n\n### Instruction:\nAdd\n\n### Response:\n[4</s>]"));
        const auto plain = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(plain);
        QCOMPARE(plain.value().name(), std::string("plain"));
        QCOMPARE(joined(plain.value().render(talk, false)), std::string("Add\n[4</s>]"));
    }
    void saysWhatItDoesNotKnow() {
        const auto unknown = ChatFormat::detect(*tokenizerWith("{{ '[INST]' }}"));
        QVERIFY(!unknown.ok());
        QCOMPARE(unknown.error().code, lathe::ErrorCode::Unsupported);
        QVERIFY(!unknown.error().hint.empty());
        QCOMPARE(ChatFormat::named("morse", *tokenizerWith("")).error().code, lathe::ErrorCode::Unsupported);
        QCOMPARE(ChatFormat::named("chatml", *tokenizerWith("", false)).error().code,
                 lathe::ErrorCode::ModelMismatch);
    }
};

QTEST_APPLESS_MAIN(TestChatFormat)
#include "tst_chat_format.moc"
