// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/methods/full.h"

namespace lathe {
namespace {

class FullMethod : public Method {
  public:
    FullMethod() {
        m_entry.name = "full";
        m_entry.title = "Full";
        m_entry.help = "Every weight trains: the most freedom, the largest memory bill and result.";
        m_entry.learningRate = 5e-5;
        m_entry.formula = "all weights";
    }

    const MethodEntry& entry() const override { return m_entry; }

    Result<MethodPlan> plan(const MethodSettings&, const ModelShape& shape) const override {
        MethodPlan plan;
        for (const auto& parameter : shape.parameters) plan.trainedBase.push_back(parameter.name);
        return plan;
    }

  private:
    MethodEntry m_entry;
};

}  // namespace

const Method& fullMethod() {
    static const FullMethod method;
    return method;
}

}  // namespace lathe
