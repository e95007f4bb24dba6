//===- Parser.cpp - directives and declarations of PTX ----------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Parser.h"

#include <algorithm>
#include <climits>

using namespace hinm::emulator;
using namespace hinm::emulator::ast;

bool Parser::fail(std::string message) {
  if (!error)
    error = SyntaxError{token.line, std::move(message)};
  return false;
}

bool Parser::failHere(std::string_view expected) {
  if (token.kind == TokenKind::Error)
    return fail(std::string(token.text));
  std::string found = token.kind == TokenKind::End
                          ? std::string("the end of the text")
                          : "'" + std::string(token.text) + "'";
  return fail("expected " + std::string(expected) + ", but found " + found);
}

bool Parser::accept(char punctuation) {
  if (!token.is(punctuation))
    return false;
  advance();
  return true;
}

bool Parser::expect(char punctuation) {
  if (accept(punctuation))
    return true;
  const char text[] = {'\'', punctuation, '\'', '\0'};
  return failHere(text);
}

bool Parser::acceptDirective(std::string_view directive) {
  if (!token.isDirective(directive))
    return false;
  advance();
  return true;
}

bool Parser::integer(uint64_t &value) {
  if (token.kind != TokenKind::Integer)
    return failHere("an integer");
  value = token.value;
  advance();
  return true;
}

bool Parser::name(std::string_view &text) {
  if (token.kind != TokenKind::Identifier)
    return failHere("a name");
  text = token.text;
  advance();
  return true;
}

std::optional<SyntaxError> Parser::run() {
  while (!error && token.kind != TokenKind::End)
    if (!parseTopLevel())
      break;
  if (!error && module.version == 0)
    fail("a PTX module must begin with '.version'");
  if (!error && module.target.empty())
    fail("the module has no '.target'");
  return error;
}

bool Parser::parseTarget() {
  if (!name(module.target))
    return false;
  while (accept(',')) {
    std::string_view option;
    if (!name(option))
      return false;
    if (option != "texmode_independent" && option != "debug")
      return fail("unknown target option '" + std::string(option) + "'");
  }
  return true;
}

bool Parser::parseFile() {
  uint64_t index;
  if (!integer(index))
    return false;
  if (token.kind != TokenKind::String)
    return failHere("a file name");
  module.files[uint32_t(index)] = token.text;
  advance();
  uint64_t ignored;
  while (accept(','))
    if (!integer(ignored))
      return false;
  return true;
}

bool Parser::parseLocation(std::vector<Statement> *body) {
  Statement statement;
  statement.kind = Statement::Location;
  statement.line = token.line;
  auto place = [&](SourcePlace &out) {
    uint64_t file, line, column;
    if (!integer(file) || !integer(line) || !integer(column))
      return false;
    out = {uint32_t(file), uint32_t(line), uint32_t(column)};
    return true;
  };
  if (!place(statement.place))
    return false;
  // `, function_name LABEL [+ n], inlined_at FILE LINE COLUMN`
  while (accept(',')) {
    std::string_view keyword;
    if (!name(keyword))
      return false;
    if (keyword == "function_name") {
      std::string_view label;
      uint64_t offset;
      if (!name(label) || (accept('+') && !integer(offset)))
        return false;
    } else if (keyword == "inlined_at") {
      if (!place(statement.inlinedAt))
        return false;
    } else {
      return fail("unknown attribute '" + std::string(keyword) + "' of '.loc'");
    }
  }
  if (body)
    body->push_back(std::move(statement));
  return true;
}

bool Parser::skipSection() {
  // Debug information: nothing of it is executed.
  while (!token.is('{')) {
    if (token.kind == TokenKind::End || token.kind == TokenKind::Error)
      return failHere("'{'");
    advance();
  }
  advance();
  while (!token.is('}')) {
    if (token.kind == TokenKind::End || token.kind == TokenKind::Error)
      return failHere("'}'");
    advance();
  }
  advance();
  return true;
}

static bool spaceDirective(const Token &token, Space &space) {
  static const std::pair<const char *, Space> spaces[] = {
      {".reg", Space::Register},  {".param", Space::Param},
      {".shared", Space::Shared}, {".global", Space::Global},
      {".const", Space::Const},   {".local", Space::Local}};
  for (auto &[text, value] : spaces)
    if (token.isDirective(text)) {
      space = value;
      return true;
    }
  return false;
}

bool Parser::parseTopLevel() {
  if (acceptDirective(".version")) {
    // `8.5` is lexed as a decimal literal.
    if (token.kind != TokenKind::Float64)
      return failHere("a version such as 8.5");
    std::string text(token.text);
    size_t dot = text.find('.');
    if (dot == std::string::npos || dot > 3 || text.size() - dot != 2)
      return failHere("a version such as 8.5");
    module.version =
        std::stoi(text.substr(0, dot)) * 10 + (text[dot + 1] - '0');
    advance();
    return true;
  }
  if (module.version == 0)
    return failHere("'.version' at the beginning of the module");
  if (acceptDirective(".target"))
    return parseTarget();
  if (acceptDirective(".address_size")) {
    uint64_t bits;
    if (!integer(bits))
      return false;
    return bits == 64 || fail("only '.address_size 64' is supported");
  }
  if (acceptDirective(".file"))
    return parseFile();
  if (acceptDirective(".loc"))
    return parseLocation(nullptr);
  if (acceptDirective(".section"))
    return skipSection();
  if (acceptDirective(".pragma")) {
    if (token.kind != TokenKind::String)
      return failHere("a string");
    advance();
    return expect(';');
  }
  if (accept(';'))
    return true;

  bool isExtern = false;
  while (true) {
    if (acceptDirective(".extern"))
      isExtern = true;
    else if (!acceptDirective(".visible") && !acceptDirective(".weak") &&
             !acceptDirective(".common"))
      break;
  }
  if (acceptDirective(".entry"))
    return parseFunction(true);
  if (acceptDirective(".func"))
    return parseFunction(false);
  Space space;
  if (spaceDirective(token, space) && space != Space::Register) {
    advance();
    return parseDeclarators(space, isExtern, true, module.variables) &&
           expect(';');
  }
  if (token.kind == TokenKind::Directive)
    return fail("unknown directive '" + std::string(token.text) + "'");
  return failHere("a directive");
}

bool Parser::threeNumbers(uint32_t (&out)[3]) {
  out[0] = out[1] = out[2] = 1;
  for (unsigned i = 0; i < 3; ++i) {
    uint64_t value;
    if (!integer(value))
      return false;
    out[i] = uint32_t(std::min<uint64_t>(value, UINT32_MAX));
    if (!accept(','))
      break;
  }
  return true;
}

bool Parser::parseFunctionDirectives(Function &function) {
  uint32_t ignored[3];
  while (token.kind == TokenKind::Directive) {
    if (acceptDirective(".maxntid")) {
      if (!threeNumbers(function.maxThreads))
        return false;
    } else if (acceptDirective(".reqntid")) {
      if (!threeNumbers(function.requiredThreads))
        return false;
    } else if (acceptDirective(".minnctapersm") ||
               acceptDirective(".maxnctapersm") ||
               acceptDirective(".maxnreg")) {
      if (!threeNumbers(ignored))
        return false;
    } else if (acceptDirective(".noreturn")) {
    } else if (acceptDirective(".pragma")) {
      if (token.kind != TokenKind::String)
        return failHere("a string");
      advance();
      accept(';');
    } else {
      return fail("unknown directive '" + std::string(token.text) +
                  "' of a function");
    }
  }
  return true;
}

bool Parser::parseParams(std::vector<Variable> &params) {
  if (!expect('('))
    return false;
  if (accept(')'))
    return true;
  do {
    Space space;
    if (!spaceDirective(token, space) ||
        (space != Space::Param && space != Space::Register))
      return failHere("'.param' or '.reg'");
    advance();
    if (!parseDeclarators(space, false, false, params))
      return false;
  } while (accept(','));
  return expect(')');
}

bool Parser::parseFunction(bool isEntry) {
  Function function;
  function.isEntry = isEntry;
  function.line = token.line;
  if (!isEntry && token.is('(') && !parseParams(function.results))
    return false;
  if (!name(function.name))
    return false;
  if (token.is('(') && !parseParams(function.params))
    return false;
  if (!parseFunctionDirectives(function))
    return false;
  if (!accept(';')) {
    function.hasBody = true;
    if (!parseBody(function))
      return false;
  }
  module.functions.push_back(std::move(function));
  return true;
}

bool Parser::parseDeclarators(Space space, bool isExtern, bool many,
                              std::vector<Variable> &out) {
  Variable common;
  common.space = space;
  common.isExtern = isExtern;
  while (token.kind == TokenKind::Directive) {
    std::string_view text = token.text.substr(1);
    if (text == "align") {
      advance();
      uint64_t value;
      if (!integer(value))
        return false;
      if (value == 0 || value > 4096 || (value & (value - 1)))
        return fail("an alignment must be a power of two up to 4096");
      // `.ptr .align n` speaks of what a parameter points to.
      common.alignment = uint32_t(value);
      continue;
    }
    if (text == "ptr") {
      advance();
      if (token.isDirective(".global") || token.isDirective(".shared") ||
          token.isDirective(".const") || token.isDirective(".local"))
        advance();
      uint64_t value;
      if (acceptDirective(".align") && !integer(value))
        return false;
      continue;
    }
    if (text == "v2" || text == "v4" || text == "v8") {
      common.vectorWidth = uint32_t(text[1] - '0');
    } else if (Type type = typeNamed(text); type != Type::None) {
      common.type = type;
    } else {
      return fail("unknown type or attribute '" + std::string(token.text) +
                  "' of a declaration");
    }
    advance();
  }
  if (common.type == Type::None)
    return failHere("a type");
  if (space == Space::Register && common.vectorWidth != 1)
    return fail("vector registers are not supported");

  do {
    Variable variable = common;
    variable.line = token.line;
    if (!name(variable.name))
      return false;
    uint64_t element = uint64_t(typeBytes(common.type)) * common.vectorWidth;
    uint64_t count = 1;
    if (space == Space::Register && accept('<')) {
      uint64_t range;
      if (!integer(range) || !expect('>'))
        return false;
      if (range > (1u << 22))
        return fail("too many registers");
      variable.rangeCount = uint32_t(range);
      if (range == 0)
        continue;
    }
    while (accept('[')) {
      variable.isArray = true;
      if (accept(']')) {
        variable.unsized = true;
        continue;
      }
      uint64_t extent;
      if (!parseConstant(extent) || !expect(']'))
        return false;
      if (extent > (1ull << 40) || (extent && count > (1ull << 40) / extent))
        return fail("the variable is too large");
      count *= extent;
    }
    variable.bytes = variable.unsized ? 0 : element * count;
    if (variable.alignment == 0)
      variable.alignment = uint32_t(std::max<uint64_t>(element, 1));
    if (accept('=')) {
      if (!parseInitial(variable, 0))
        return false;
      if (variable.unsized) {
        variable.unsized = false;
        variable.bytes = element * variable.initial.size();
      }
      if (variable.initial.size() * typeBytes(common.type) > variable.bytes)
        return fail("more initial values than '" + std::string(variable.name) +
                    "' has elements");
    }
    out.push_back(std::move(variable));
  } while (many && accept(','));
  return true;
}

bool Parser::parseInitial(Variable &variable, unsigned depth) {
  if (depth > 16)
    return fail("initial values are nested too deeply");
  if (!accept('{')) {
    InitialValue value;
    if (!parseInitialValue(value))
      return false;
    variable.initial.push_back(value);
    return true;
  }
  if (accept('}'))
    return true;
  do {
    if (!parseInitial(variable, depth + 1))
      return false;
  } while (accept(','));
  return expect('}');
}

bool Parser::parseInitialValue(InitialValue &value) {
  if (token.kind == TokenKind::Float32 || token.kind == TokenKind::Float64) {
    value.kind =
        token.kind == TokenKind::Float32 ? Operand::Float32 : Operand::Float64;
    value.value = token.value;
    advance();
    return true;
  }
  if (token.kind == TokenKind::Identifier) {
    value.kind = Operand::Name;
    bool isGeneric = token.text == "generic";
    if (!name(value.symbol))
      return false;
    if (isGeneric && (!expect('(') || !name(value.symbol) || !expect(')')))
      return false;
    if (token.is('+') || token.is('-')) {
      bool negative = token.is('-');
      advance();
      uint64_t addend;
      if (!integer(addend))
        return false;
      value.value = negative ? 0 - addend : addend;
    }
    return true;
  }
  return parseConstant(value.value);
}
