// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/json.h"
#include "tests/support/support.h"

class TestJson : public QObject {
    Q_OBJECT
  private slots:
    void parsesValues() {
        const auto json = lathe::parseJson("\xEF\xBB\xBF{\"a\":[1,2.5,\"x\",true,null]}", "f.json");
        LATHE_VERIFY_OK(json);
        QCOMPARE(json.value()["a"].size(), std::size_t(5));
    }
    void refusesDuplicateKeys() {
        const auto json = lathe::parseJson("{\"a\":1,\"a\":2}", "f.json");
        QVERIFY(!json.ok());
        QVERIFY(json.error().message.find("\"a\"") != std::string::npos);
    }
    void placesSyntaxErrors() {
        const auto json = lathe::parseJson("{\n  \"a\": }", "f.json");
        QVERIFY(!json.ok());
        QCOMPARE(QString::fromStdString(json.error().place), QString("f.json:2:8"));
    }
    void refusesDeepNesting() {
        const std::string deep = std::string(1'000'000, '[');
        QVERIFY(!lathe::parseJson(deep, "f.json").ok());
        QVERIFY(lathe::parseJson(std::string(64, '[') + std::string(64, ']'), "f.json").ok());
        QVERIFY(!lathe::parseJson(std::string(65, '[') + std::string(65, ']'), "f.json").ok());
    }
    void refusesMoreValuesThanAnyConfigHolds() {
        std::string many = "[";
        many.reserve(2 * lathe::kMaxJsonValues + 2);
        for (int64_t i = 0; i < lathe::kMaxJsonValues; ++i) many += "0,";
        many.back() = ']';
        const auto json = lathe::parseJson(many, "f.json");
        QVERIFY(!json.ok());
        QVERIFY(json.error().message.find("values") != std::string::npos);
    }
    void typedLookupsRefuseOtherTypes() {
        const lathe::Json object = {{"n", 3}, {"s", "x"}, {"f", 2.5}};
        QCOMPARE(lathe::jsonInteger(object, "n", 0, "p").value(), int64_t(3));
        QCOMPARE(lathe::jsonInteger(object, "missing", 7, "p").value(), int64_t(7));
        QVERIFY(!lathe::jsonInteger(object, "f", 0, "p").ok());
        QVERIFY(!lathe::jsonInteger(object, "s", 0, "p").ok());
        QVERIFY(!lathe::jsonString(object, "n", "", "p").ok());
    }
};

LATHE_TEST(TestJson)
#include "tst_json.moc"
