// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/config_view.h"

#include "tests/support/support.h"

using namespace lathe;
using namespace lathe::test;

namespace {

ConfigView viewOf(const char* text) {
    return ConfigView(parseOrderedJson(text, "a.json").value(), "a.json");
}

}  // namespace

class TestConfigView : public QObject {
    Q_OBJECT
  private slots:
    void valuesAreTypedAndBounded() {
        const ConfigView view =
            viewOf(R"({"n": 7, "x": 0.5, "on": true, "t": "a", "l": ["b", "c"], "none": null})");
        QCOMPARE(view.size("n", 7).value(), int64_t(7));
        QCOMPARE(view.numberOr("x", 0, 0, 1).value(), 0.5);
        QCOMPARE(view.flagOr("on", false).value(), true);
        QCOMPARE(view.textOr("t", "").value(), std::string("a"));
        QVERIFY(view.names("l").value() == (std::vector<std::string>{"b", "c"}));
        QVERIFY(view.names("t").value() == std::vector<std::string>{"a"});
        QCOMPARE(view.sizeOr("none", 3, 9).value(), int64_t(3));
        QCOMPARE(view.sizeOr("absent", 4, 9).value(), int64_t(4));
        QVERIFY(!view.has("none"));

        QVERIFY(!view.size("absent", 9).ok());
        QVERIFY(!view.sizeOr("n", 1, 6).ok());
        QVERIFY(!view.sizeOr("x", 1, 6).ok());
        QVERIFY(!view.numberOr("x", 0, 0.6, 1).ok());
        QVERIFY(!view.numberOr("t", 0, 0, 1).ok());
        QVERIFY(!view.flagOr("n", false).ok());
        QVERIFY(!view.textOr("n", "").ok());
        QVERIFY(!view.names("n").ok());
        QVERIFY(!view.object("l").ok());
        QVERIFY(!viewOf(R"({"n": 18446744073709551615})").size("n", 9).ok());
    }

    void faultsNameTheKeysPath() {
        const ConfigView view = viewOf(R"({"outer": {"inner": {"rank": "four"}}})");
        const auto inner = view.object("outer").value().object("inner");
        LATHE_VERIFY_OK(inner);
        const Error error = inner.value().sizeOr("rank", 1, 9).error();
        QCOMPARE(error.code, ErrorCode::FileMalformed);
        QCOMPARE(error.place, std::string("a.json"));
        QCOMPARE(error.message, std::string("\"outer.inner.rank\" must be a whole number, not \"four\""));
    }

    void whatNobodyReadIsRefusedByName() {
        const KnownKeys known{{"note"}, {{"slope", 1.0}, {"mode", "plain"}}};
        const auto errorOf = [&](const char* text) {
            const ConfigView view = viewOf(text);
            (void)view.sizeOr("read", 1, 9);
            const auto rest = view.refuseRest(known, "do without");
            return rest.ok() ? std::string() : rest.error().message;
        };
        for (const char* harmless :
             {R"({})", R"({"read": 2})", R"({"note": [1, 2]})", R"({"new": null})", R"({"new": false})",
              R"({"new": []})", R"({"new": {}})", R"({"new": ""})", R"({"slope": 1})", R"({"slope": null})",
              R"({"mode": "plain"})"})
            QVERIFY2(errorOf(harmless).empty(), harmless);
        for (const char* asks : {R"({"new": true})", R"({"new": 0})", R"({"new": [0]})", R"({"new": "x"})",
                                 R"({"slope": 2})", R"({"mode": "fancy"})", R"({"mode": false})"})
            QVERIFY2(!errorOf(asks).empty(), asks);
        QCOMPARE(errorOf(R"({"slope": 2})"),
                 std::string("\"slope\" is 2, which this build does not support; only 1.0 is"));
        const auto rest = viewOf(R"({"new": 3})").refuseRest(known, "do without");
        QCOMPARE(rest.error().code, ErrorCode::Unsupported);
        QCOMPARE(rest.error().hint, std::string("do without"));
    }

    void keysKeepTheFilesOrder() {
        const auto keys = viewOf(R"({"z": 1, "a": 2, "m": 3})").keys();
        QVERIFY(keys == (std::vector<std::string>{"z", "a", "m"}));
        std::string many = "{";
        for (int i = 0; i < 20000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
        many.back() = '}';
        QVERIFY(!parseOrderedJson(many, "a.json").ok());
        QVERIFY(parseJson(many, "a.json").ok());
    }
};

LATHE_TEST(TestConfigView)
#include "tst_config_view.moc"
