// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLabel>
#include <QPushButton>

#include "tests/ui/page_fixture.h"
#include "ui/charts/layer_map.h"
#include "ui/pages/base/base_page.h"

using namespace lathe;

class TestBasePage : public QObject {
    Q_OBJECT

    static bool shows(const QWidget& page, const QString& text) {
        for (const QLabel* label : page.findChildren<QLabel*>()) {
            if (label->text().contains(text)) return true;
        }
        return false;
    }

  private Q_SLOTS:
    void aChosenBaseShowsItsFactsAndLayers() {
        test::PageFixture fixture;
        fixture.loadEngine();
        BasePage page(fixture.context, nullptr);
        page.resize(800, 700);
        page.show();
        fixture.draft.setRecipe(test::completeRecipe());
        QTRY_VERIFY(page.complete());
        QVERIFY(shows(page, "WordPiece"));
        QVERIFY(shows(page, "Apache-2.0"));
        QVERIFY(shows(page, "The base has an output layer of its own"));
        QTRY_VERIFY(page.findChild<LayerMap*>()->isVisible());
    }

    void aBaseThatCannotBeOpenedSaysWhy() {
        test::PageFixture fixture;
        fixture.backend.baseError =
            Error{ErrorCode::FileMalformed, "the header is cut short", "model.safetensors", ""};
        fixture.loadEngine();
        BasePage page(fixture.context, nullptr);
        page.openBase("broken-folder");
        QTRY_COMPARE(page.faultCount(), 1);
        QVERIFY(shows(page, "the header is cut short"));
        QVERIFY(!page.complete());
    }

    void whatWasOpenedIsOfferedAgain() {
        test::PageFixture fixture;
        const auto folder = fixture.folder.path() / "my-model";
        std::filesystem::create_directories(folder);
        BasePage page(fixture.context, nullptr);
        page.openBase(QString::fromStdString(folder.string()));
        QCOMPARE(fixture.draft.recipe().base, folder.string());
        BasePage later(fixture.context, nullptr);
        QPushButton* recent = nullptr;
        for (QPushButton* button : later.findChildren<QPushButton*>()) {
            if (button->text() == "my-model") recent = button;
        }
        QVERIFY(recent && recent->isEnabled());
        fixture.draft.setValue("base", std::string());
        recent->click();
        QCOMPARE(fixture.draft.recipe().base, folder.string());
    }
};

LATHE_TEST_IN(QApplication, TestBasePage)
#include "tst_base_page.moc"
