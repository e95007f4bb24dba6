//===- Lexer.h - PTX tokens -------------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A name with its dotted parts is one token: `%tid.x`, `ld.global.v4.b32`,
// `mma.sp::ordered_metadata.sync`. A directive begins with a dot: `.reg`.
//
//===----------------------------------------------------------------------===//

#ifndef HINM_LIB_EMULATOR_SYNTAX_LEXER_H
#define HINM_LIB_EMULATOR_SYNTAX_LEXER_H

#include <cstdint>
#include <string>
#include <string_view>

namespace hinm::emulator {

enum class TokenKind : uint8_t {
  End,
  Identifier,
  Directive,
  Integer,
  Float32, // 0f3F800000; the bits are in `value`
  Float64, // 0d..., and decimal literals; the bits are in `value`
  String,  // `text` is without its quotes
  Punctuation,
  Error, // `text` says what is wrong
};

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;
  uint64_t value = 0;
  uint32_t line = 0;

  bool is(char punctuation) const {
    return kind == TokenKind::Punctuation && text[0] == punctuation;
  }
  bool isName(std::string_view name) const {
    return kind == TokenKind::Identifier && text == name;
  }
  bool isDirective(std::string_view name) const {
    return kind == TokenKind::Directive && text == name;
  }
};

class Lexer {
public:
  explicit Lexer(std::string_view text) : text(text) {}
  Token next();
  /// The character behind the last token.
  char peek() const { return peek(0); }
  /// What the next token is, without taking it.
  bool nameFollows() const {
    return Lexer(*this).next().kind == TokenKind::Identifier;
  }
  bool floatFollows() const {
    TokenKind kind = Lexer(*this).next().kind;
    return kind == TokenKind::Float32 || kind == TokenKind::Float64;
  }

private:
  /// Skips blanks and comments; false for a comment without an end.
  bool skipBlanks();
  Token number(Token token);
  Token error(Token token, std::string_view message) const;
  char peek(size_t ahead) const {
    return at + ahead < text.size() ? text[at + ahead] : '\0';
  }

  std::string_view text;
  size_t at = 0;
  uint32_t line = 1;
};

} // namespace hinm::emulator

#endif // HINM_LIB_EMULATOR_SYNTAX_LEXER_H
