//===- ParseConstant.cpp - constant expressions of PTX ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PTX ISA 4.5: integer expressions of literals, 64 bits wide, with C's
// operators and precedence. An operand is unsigned where it was written with a
// `U`, cast to `.u64`, or too large for `.s64`; that makes the result unsigned.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include <climits>

using namespace hinm::emulator;

/// Nesting that no compiler comes near; it bounds the parser's recursion.
static constexpr unsigned kMaxDepth = 64;

namespace {
struct Binary {
  const char *text;
  int precedence; // higher binds closer
};
} // namespace

// Longer ones stand before those that they begin with.
static const Binary kBinaries[] = {
    {"||", 1}, {"&&", 2}, {"<<", 8}, {">>", 8}, {"<=", 7}, {">=", 7},
    {"==", 6}, {"!=", 6}, {"|", 3},  {"^", 4},  {"&", 5},  {"<", 7},
    {">", 7},  {"+", 9},  {"-", 9},  {"*", 10}, {"/", 10}, {"%", 10}};

/// The operator at the current token, or null.
static const Binary *binaryAt(const Token &token, char next) {
  if (token.kind != TokenKind::Punctuation)
    return nullptr;
  for (const Binary &binary : kBinaries)
    if (token.text[0] == binary.text[0] &&
        (!binary.text[1] || next == binary.text[1]))
      return &binary;
  return nullptr;
}

bool Parser::apply(const char *text, ast::ConstantValue &left,
                   const ast::ConstantValue &right) {
  uint64_t a = left.bits, b = right.bits;
  int64_t sa = int64_t(a), sb = int64_t(b);
  bool isUnsigned = left.isUnsigned || right.isUnsigned;
  auto truth = [&](bool value) {
    left = {value, false};
    return true;
  };
  auto number = [&](uint64_t value) {
    left = {value, isUnsigned};
    return true;
  };
  bool doubled = text[1] == text[0], orEqual = text[1] == '=';
  switch (text[0]) {
  case '|':
    return doubled ? truth(a || b) : number(a | b);
  case '&':
    return doubled ? truth(a && b) : number(a & b);
  case '^':
    return number(a ^ b);
  case '=':
    return truth(a == b);
  case '!':
    return truth(a != b);
  case '<':
  case '>':
    if (doubled) { // the type is that of the left operand
      isUnsigned = left.isUnsigned;
      if (b > 63)
        return fail("a constant is shifted by " + std::to_string(sb));
      return number(text[0] == '<'    ? a << b
                    : left.isUnsigned ? a >> b
                                      : uint64_t(sa >> b));
    }
    if (text[0] == '<')
      return truth(isUnsigned ? (orEqual ? a <= b : a < b)
                              : (orEqual ? sa <= sb : sa < sb));
    return truth(isUnsigned ? (orEqual ? a >= b : a > b)
                            : (orEqual ? sa >= sb : sa > sb));
  case '+':
    return number(a + b);
  case '-':
    return number(a - b);
  case '*':
    return number(a * b);
  default: {
    bool divides = text[0] == '/';
    if (b == 0)
      return fail("a constant is divided by zero");
    if (isUnsigned)
      return number(divides ? a / b : a % b);
    if (sb == -1)
      return number(divides ? 0 - a : 0);
    return number(uint64_t(divides ? sa / sb : sa % sb));
  }
  }
}

bool Parser::parsePrimary(ast::ConstantValue &value, unsigned depth) {
  if (depth > kMaxDepth)
    return fail("a constant expression is nested too deeply");
  for (char sign : {'-', '+', '~', '!'})
    if (accept(sign)) {
      if (!parsePrimary(value, depth + 1))
        return false;
      if (sign == '-')
        value.bits = 0 - value.bits;
      else if (sign == '~')
        value.bits = ~value.bits;
      else if (sign == '!')
        value = {!value.bits, false};
      return true;
    }
  if (accept('(')) {
    bool toSigned = acceptDirective(".s64");
    if (toSigned || acceptDirective(".u64")) {
      if (!expect(')') || !parsePrimary(value, depth + 1))
        return false;
      value.isUnsigned = !toSigned;
      return true;
    }
    return parseExpression(value, 0, depth + 1) && expect(')');
  }
  if (token.isName("WARP_SZ")) {
    advance();
    value = {32, false};
    return true;
  }
  bool isUnsigned = !token.text.empty() && token.text.back() == 'U';
  if (!integer(value.bits))
    return false;
  value.isUnsigned = isUnsigned || value.bits > uint64_t(INT64_MAX);
  return true;
}

bool Parser::parseExpression(ast::ConstantValue &value, int least,
                             unsigned depth) {
  if (!parsePrimary(value, depth))
    return false;
  while (const Binary *binary = binaryAt(token, lexer.peek())) {
    if (binary->precedence <= least)
      return true;
    advance();
    if (binary->text[1])
      advance();
    ast::ConstantValue right;
    if (!parseExpression(right, binary->precedence, depth + 1) ||
        !apply(binary->text, value, right))
      return false;
  }
  if (least > 0 || !accept('?'))
    return true;
  ast::ConstantValue yes, no;
  if (!parseExpression(yes, 0, depth + 1) || !expect(':') ||
      !parseExpression(no, 0, depth + 1))
    return false;
  bool isUnsigned = yes.isUnsigned || no.isUnsigned;
  value = {value.bits ? yes.bits : no.bits, isUnsigned};
  return true;
}

bool Parser::parseConstant(uint64_t &bits) {
  ast::ConstantValue value;
  if (!parseExpression(value, 0, 0))
    return false;
  bits = value.bits;
  return true;
}
