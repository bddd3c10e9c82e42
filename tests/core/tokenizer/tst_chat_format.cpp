// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tokenizer/chat_format.h"

#include "tests/core/tokenizer/tokenizer_samples.h"
#include "tests/support/support.h"

using lathe::ChatFormat;
using lathe::ChatMessage;
using lathe::test::chatTokenizer;

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
        const auto tokenizer = chatTokenizer(
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
        const auto tokenizer = chatTokenizer("{{ bos_token }}{{ '<|start_header_id|>' }}");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(joined(format.value().render(kTalk, false)),
                 std::string(
                     "<s><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|><|start_header_id|>assistant"
                     "<|end_header_id|>\n\n[Hello<|eot_id|>]<|start_header_id|>user<|end_header_id|>\n\nBye<|"
                     "eot_id|>"));
    }
    void zephyrEndsTurnsWithEos() {
        const auto tokenizer = chatTokenizer("{{ '<|user|>\n' + content + eos_token }}");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(format.value().name(), std::string("zephyr"));
        QCOMPARE(
            joined(format.value().render(kTalk, true)),
            std::string("<|user|>\nHi </s>\n<|assistant|>\n[Hello</s>]\n<|user|>\nBye</s>\n<|assistant|>\n"));
    }
    void alpacaAndPlain() {
        const auto tokenizer = chatTokenizer("");
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
    void gemmaHasNoSystemTurn() {
        const auto tokenizer = chatTokenizer("{{ bos_token }}<start_of_turn><end_of_turn>");
        const auto format = ChatFormat::detect(*tokenizer);
        LATHE_VERIFY_OK(format);
        QCOMPARE(joined(format.value().render(kWithSystem, true)),
                 std::string("<s><start_of_turn>user\nBe kind\n\nHi<end_of_turn>\n<start_of_turn>model\n"));
        QCOMPARE(joined(format.value().render(kTalk, false)),
                 std::string(
                     "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n[Hello<end_of_turn>]\n"
                     "<start_of_turn>user\nBye<end_of_turn>\n"));
    }
    void mistralOfBothSpacings() {
        const auto first = ChatFormat::detect(*chatTokenizer("{{ bos_token + '[INST] ' + c + ' [/INST]' }}"));
        LATHE_VERIFY_OK(first);
        QCOMPARE(joined(first.value().render(kTalk, true)),
                 std::string("<s>[INST] Hi  [/INST] [Hello</s>][INST] Bye [/INST]"));
        QCOMPARE(first.value().stopIds(), std::vector<int32_t>{276});
        const auto third = ChatFormat::detect(*chatTokenizer("{{ bos_token + '[INST] ' + c + '[/INST]' }}"));
        LATHE_VERIFY_OK(third);
        QCOMPARE(joined(third.value().render(kWithSystem, true)),
                 std::string("<s>[INST] Be kind\n\nHi[/INST]"));
    }
    void phiEndsAWholeConversationWithEos() {
        const auto format = ChatFormat::detect(*chatTokenizer("<|user|> <|end|> {{ eos_token }}"));
        LATHE_VERIFY_OK(format);
        QCOMPARE(format.value().name(), std::string("phi"));
        const std::vector<ChatMessage> talk = {{"user", "Hi"}, {"assistant", "Hello"}};
        QCOMPARE(joined(format.value().render(talk, false)),
                 std::string("<|user|>\nHi<|end|>\n<|assistant|>\n[Hello<|end|>]\n</s>"));
        QCOMPARE(joined(format.value().render(kWithSystem, true)),
                 std::string("<|system|>\nBe kind<|end|>\n<|user|>\nHi<|end|>\n<|assistant|>\n"));
    }
    void saysWhatItDoesNotKnow() {
        for (const char* strange :
             {"{{ '[INST] <<SYS>>' }} [/INST]", "<|im_start|><|im_sep|><|im_end|>", "<|User|>"}) {
            const auto unknown = ChatFormat::detect(*chatTokenizer(strange));
            QVERIFY(!unknown.ok());
            QCOMPARE(unknown.error().code, lathe::ErrorCode::Unsupported);
            QVERIFY(unknown.error().message.find(strange) != std::string::npos);
            QVERIFY(unknown.error().hint.find("data.template: NAME") != std::string::npos);
        }
        QCOMPARE(ChatFormat::named("morse", *chatTokenizer("")).error().code, lathe::ErrorCode::Unsupported);
        QCOMPARE(ChatFormat::named("chatml", *chatTokenizer("", false)).error().code,
                 lathe::ErrorCode::ModelMismatch);
    }
};

LATHE_TEST(TestChatFormat)
#include "tst_chat_format.moc"
