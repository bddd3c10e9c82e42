// SPDX-License-Identifier: GPL-3.0-or-later
// For the parity suite: renders chat templates.
//   parity_chat_template < JOBS > ANSWERS
// Each line of JOBS: {"template": text, "variables": {…}}; of ANSWERS: {"text", "generated": [[begin, end],
// …], "items": [[index, begin, end], …]} with bytes of the text, or {"error": text, "code": name}.
// strftime_now shows 2026-03-04 05:06:07.
#include <cstdio>
#include <iostream>

#include "core/tokenizer/jinja/evaluate/template.h"

using namespace lathe;

namespace {

Result<jinja::Rendered> render(const OrderedJson& job) {
    jinja::Clock clock;
    clock.time.tm_year = 126;
    clock.time.tm_mon = 2;
    clock.time.tm_mday = 4;
    clock.time.tm_hour = 5;
    clock.time.tm_min = 6;
    clock.time.tm_sec = 7;
    clock.time.tm_wday = 3;
    clock.time.tm_yday = 62;
    LATHE_TRY(const auto parsed, jinja::Template::parse(job.at("template").get<std::string>(), "template"));
    return parsed.render(job.at("variables"), {}, &clock);
}

OrderedJson answerTo(const OrderedJson& job) {
    const auto outcome = render(job);
    if (!outcome.ok())
        return {{"error", outcome.error().text()}, {"code", errorCodeName(outcome.error().code)}};
    OrderedJson answer{{"text", outcome.value().text}};
    answer["generated"] = OrderedJson::array();
    for (const auto& stretch : outcome.value().generated)
        answer["generated"].push_back({stretch.begin, stretch.end});
    answer["items"] = OrderedJson::array();
    for (const auto& item : outcome.value().items)
        answer["items"].push_back({item.index, item.stretch.begin, item.stretch.end});
    return answer;
}

}  // namespace

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answerTo(OrderedJson::parse(line)).dump() << "\n";
    return 0;
}
