// SPDX-License-Identifier: GPL-3.0-or-later
// Step 4: which weights may change and what that costs, the chosen method's settings, and the race over
// ranks.
#pragma once

#include <QList>

#include "ui/pages/page.h"
#include "ui/state/run_library.h"

class QButtonGroup;
class QDoubleSpinBox;
class QGridLayout;
class QPushButton;
class QSpinBox;

namespace lathe {

class Card;
class Chip;
class FieldForm;
class FlowLayout;
class MethodCard;
class MethodDrawing;
class MethodList;
class RankSlider;

/// A method's setting that means all linear layers instead of names.
inline constexpr const char* kAllLinear = "all-linear";

class MethodPage : public Page {
    Q_OBJECT

  public:
    MethodPage(const PageContext& context, QWidget* parent);

    void retranslate() override;
    QString railNote() const override;
    QString railNoteOf(const Recipe& recipe) const override;
    void showField(const Lack& lack) override;
    int faultCount() const override;
    bool complete() const override;

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void buildCards();
    void buildList();
    void buildRank();
    void buildWhere();
    void buildObjective();
    void buildTraining();
    void buildRace();
    /// The chosen method's own fields, and the task's; made anew when the method or the task changes.
    void buildFields();
    void buildObjectiveFields();

    void refresh();
    void showMethods();
    void showBills();
    void showTargets();
    void showValues();
    void showDrawing();
    void showRace();
    /// Runs that can judge answers, for the rewards.
    void showJudges();
    void cardClicked(const QString& name);
    void targetClicked(const QString& name, bool on);
    void startRace();
    void addRaceRank();

    static std::vector<Field> trainingFields();
    double methodNumber(const char* key, double fallback) const;
    /// The methods of the draft; of a list one is shown with its settings.
    const std::vector<MethodSettings>& chosen() const;
    const MethodEntry* method() const;
    QString titleOf(const MethodSettings& method) const;
    void setMethodValue(const QString& key, const FieldValue& value);
    const TaskEntry* task() const;
    bool hasField(const char* key) const;

    RunLibrary& m_library;
    QGridLayout* m_cardGrid;
    QButtonGroup* m_methods;
    QList<MethodCard*> m_cards;
    QLabel* m_loading;
    MethodList* m_list;
    std::size_t m_shown = 0;  ///< of the draft's methods
    Chip* m_simple;
    Chip* m_advanced;

    Card* m_rankCard;
    RankSlider* m_rank;
    QLabel* m_alphaLabel;
    QDoubleSpinBox* m_alpha;
    QLabel* m_dropoutLabel;
    QDoubleSpinBox* m_dropout;

    Card* m_fieldsCard;
    FieldForm* m_fields;
    std::string m_fieldsOf;  ///< the method the form was made for

    Card* m_whereCard;
    QWidget* m_targets;
    FlowLayout* m_targetsFlow;
    QList<Chip*> m_targetChips;
    QLabel* m_whereText;
    Card* m_howCard;
    MethodDrawing* m_drawing;

    Card* m_objectiveCard;
    FieldForm* m_objective;
    std::string m_objectiveOf;  ///< the task the form was made for

    Card* m_trainingCard;
    FieldForm* m_training;

    Card* m_raceCard;
    QLabel* m_raceText;
    QWidget* m_raceRanks;
    FlowLayout* m_raceFlow;
    QList<Chip*> m_raceChips;
    QSpinBox* m_raceRank;
    QPushButton* m_raceAdd;
    QLabel* m_raceCount;
    QPushButton* m_raceStart;
};

}  // namespace lathe
