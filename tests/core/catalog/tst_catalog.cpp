// SPDX-License-Identifier: GPL-3.0-or-later
// Walks the list: an entry is tested by being listed.
#include "core/catalog/catalog.h"

#include <set>

#include "core/objectives/objective.h"
#include "tests/support/engine_support.h"

using namespace lathe;

namespace {

template <class T>
void namesAreUniqueAndExplained(const std::vector<T>& entries) {
    std::set<std::string> names;
    for (const CatalogEntry& entry : entries) {
        QVERIFY2(names.insert(entry.name).second, entry.name.c_str());
        QVERIFY2(!entry.title.empty() && !entry.help.empty(), entry.name.c_str());
        for (const Field& field : entry.fields) QVERIFY2(!field.help.empty(), field.key.c_str());
    }
    QVERIFY(!names.empty());
}

}  // namespace

class TestCatalog : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void everythingHasANameAndHelp() {
        const Catalog& catalog = engineCatalog();
        namesAreUniqueAndExplained(catalog.tasks);
        namesAreUniqueAndExplained(catalog.methods);
        namesAreUniqueAndExplained(catalog.architectures);
        namesAreUniqueAndExplained(catalog.formats);
        namesAreUniqueAndExplained(catalog.schedules);
    }
    void everyTaskHasAnObjectiveAndAnArchitecture() {
        for (const TaskEntry& task : engineCatalog().tasks) {
            LATHE_VERIFY_OK(makeObjective(task.name));
            bool trainable = false;
            for (const Architecture& architecture : architectures())
                for (const std::string& name : tasksOf(architecture))
                    trainable = trainable || name == task.name;
            QVERIFY2(trainable, task.name.c_str());
            QVERIFY(task.way == "self-supervised" || task.way == "supervised" || task.way == "reinforcement");
        }
        QCOMPARE(makeObjective("juggling").error().code, ErrorCode::Unsupported);
    }
    void everyMethodIsFound() {
        for (const Method* method : methods()) QCOMPARE(findMethod(method->entry().name), method);
        QVERIFY(!findMethod("nothing"));
    }
    void everyArchitectureIsFound() {
        for (const Architecture& architecture : architectures())
            QCOMPARE(findArchitecture(architecture.name).value(), &architecture);
        const auto unknown = findArchitecture("mamba");
        QCOMPARE(unknown.error().code, ErrorCode::Unsupported);
        QVERIFY(unknown.error().hint.find("llama") != std::string::npos);
    }
};

LATHE_TEST(TestCatalog)
#include "tst_catalog.moc"
