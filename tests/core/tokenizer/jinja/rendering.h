// SPDX-License-Identifier: GPL-3.0-or-later
// Templates rendered in one line of a test.
#pragma once

#include "core/tokenizer/jinja/evaluate/template.h"
#include "tests/support/support.h"

namespace lathe::test {

inline Result<jinja::Rendered> render(const std::string& source,
                                      const OrderedJson& variables = OrderedJson::object(),
                                      const jinja::Limits& limits = {}) {
    LATHE_TRY(const auto parsed, jinja::Template::parse(source, "t.jinja"));
    return parsed.render(variables, limits);
}

/// The text, or "ERROR " and what is wrong.
inline std::string rendered(const std::string& source, const OrderedJson& variables = OrderedJson::object()) {
    const auto outcome = render(source, variables);
    return outcome.ok() ? outcome.value().text : "ERROR " + outcome.error().text();
}

}  // namespace lathe::test

#define LATHE_RENDERS(source, expected, ...)                                                   \
    QCOMPARE(QString::fromStdString(lathe::test::rendered(source __VA_OPT__(, ) __VA_ARGS__)), \
             QString::fromUtf8(expected))
