// SPDX-License-Identifier: GPL-3.0-or-later
// Parses Jinja's expressions: the operators, by precedence, over what OperandParser reads.
#pragma once

#include "core/tokenizer/jinja/parse/operand_parser.h"

namespace lathe::jinja {

class ExpressionParser : public OperandParser {
  public:
    using OperandParser::OperandParser;
    Result<ExpressionPtr> expression(bool conditional = true) override;

  private:
    Result<ExpressionPtr> binary(int precedence);
    Result<ExpressionPtr> arithmetic(ExpressionPtr left, int precedence);
    Result<ExpressionPtr> chain(ExpressionPtr left, ExpressionKind kind, std::string_view word,
                                int precedence);
    Result<ExpressionPtr> comparison(ExpressionPtr left);
    Result<ExpressionPtr> unary(bool withFilters = true);
};

}  // namespace lathe::jinja
