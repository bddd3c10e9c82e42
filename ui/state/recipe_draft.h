// SPDX-License-Identifier: GPL-3.0-or-later
// The recipe being edited: every page writes here, every change can be undone, everybody listens to
// changed().
#pragma once

#include <QList>
#include <QObject>
#include <QStringList>
#include <QUndoStack>
#include <map>
#include <optional>

#include "core/config/recipe.h"
#include "core/run/run_backend.h"

namespace lathe {

/// Something that Start lacks, translated, and the key of the setting where it can be mended ("data.train").
struct Lack {
    QString text, key;
    std::size_t method = 0;  ///< for keys of a method: which one
};

class RecipeDraft : public QObject {
    Q_OBJECT

  public:
    explicit RecipeDraft(QObject* parent = nullptr);

    const Recipe& recipe() const { return m_recipe; }
    /// Replaces everything (a file was opened, a run is repeated); one undo step.
    void setRecipe(const Recipe& recipe);
    /// A fixed key of recipeFields(): "train.batch_size". A value that is none of the field ("abc" for a
    /// number, an empty text where the default is a text) leaves the recipe as it is: it is kept as a fault
    /// until the key is set again. The same holds for setObjectiveValue and setMethodValue.
    void setValue(const QString& key, const FieldValue& value);
    /// The file or folder with the training rows: what was set for those of another goes, and a tenth of the
    /// rows is held out where nothing was said about validation.
    void setTrainingFile(const QString& file);
    /// The task by name, with the defaults of its own settings, a first reward where it wants one and its
    /// usual batch where the batch was as usual; named columns go when its rows are others.
    void setTask(const QString& name);
    /// One of the task's own settings: "beta".
    void setObjectiveValue(const QString& key, const FieldValue& value);
    /// The method number `at` by name; settings it shares with the one before are kept, the rest get their
    /// defaults. One that adds nothing to the base stands alone.
    void setMethod(const QString& name, std::size_t at = 0);
    /// One more method that trains beside the others, with its defaults.
    void addMethod(const QString& name);
    void removeMethod(std::size_t at);
    /// A key of a method: "rank".
    void setMethodValue(const QString& key, const FieldValue& value, std::size_t at = 0);
    /// The set value, else the method field's default, else monostate.
    FieldValue methodValue(const QString& key, std::size_t at = 0) const;

    /// `values` as a form shows them: what was refused takes the place of the value that was kept. `prefix`
    /// says whose they are: "" (fixed keys), "objective.", "method.0.".
    Settings shown(Settings values, const QString& prefix) const;

    QUndoStack* undoStack() { return &m_undo; }

    /// What checkRecipe says, once the catalog is known, and what was refused.
    std::vector<RecipeFault> faults() const;
    /// The fault of one key ("train.batch_size", "method.rank"), or an empty text.
    QString fault(const QString& key) const;
    /// What the recipe lacks to be started, as far as it can be told without reading its files (Estimates
    /// knows more).
    QList<Lack> missing() const;
    /// What was refused, a line each, translated.
    QStringList refusals() const;

    /// Known once the engine is loaded; must outlive the draft.
    void setCatalog(const Catalog* catalog);
    const Catalog* catalog() const { return m_catalog; }

    /// Of the recipe's base. Where the layers that methods change were named for another base, they become
    /// this one's of the same kind, or its usual ones: retargeted() says so.
    void setBaseFacts(const BaseFacts& facts);
    void clearBaseFacts();
    const std::optional<BaseFacts>& baseFacts() const { return m_baseFacts; }

  Q_SIGNALS:
    void changed();
    void baseFactsChanged();
    /// Layers named for the base before were replaced; `now` are the names that took their place.
    void retargeted(const QString& before, const QString& now);

  private:
    class Change;
    /// A text that is no value of its field.
    struct Refused {
        Field field;
        std::string text;
        RecipeFault fault;  ///< its message is made when it is read, in the language of then
    };

    /// False when there is nothing to write: `value` was refused, or is `now` already. `key` is the edit's.
    bool takes(const QString& key, const Field* field, const FieldValue& now, const FieldValue& value,
               RecipeFault fault);
    /// Drops what was refused under keys that start with `prefix`.
    void forget(const QString& prefix);
    const Field* methodField(const std::string& key, std::size_t at) const;
    void retarget(const BaseFacts& before, const BaseFacts& now);
    void push(const QString& key, const QString& text, Recipe after);
    void take(const Recipe& recipe);

    Recipe m_recipe;
    QUndoStack m_undo;
    const Catalog* m_catalog = nullptr;
    std::optional<BaseFacts> m_baseFacts;
    std::optional<BaseFacts> m_lastFacts;  ///< those that were known last, of whatever base
    mutable std::optional<std::vector<RecipeFault>> m_faults;  ///< of the recipe
    std::map<QString, Refused> m_refused;                      ///< by the keys of their edits
};

}  // namespace lathe
