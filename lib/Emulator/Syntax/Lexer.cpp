//===- Lexer.cpp - PTX tokens -----------------------------------*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"

#include <cstdlib>
#include <cstring>
#include <locale>
#include <sstream>

using namespace hinm::emulator;

static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static bool isHexDigit(char c) {
  return isDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool startsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         c == '$' || c == '%';
}
static bool continuesName(char c) {
  return startsName(c) ? c != '%' : isDigit(c);
}

static int digitValue(char c) {
  if (isDigit(c))
    return c - '0';
  return (c | 0x20) - 'a' + 10;
}

bool Lexer::skipBlanks() {
  while (at < text.size()) {
    char c = text[at];
    if (c == '\n') {
      ++line;
      ++at;
    } else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v') {
      ++at;
    } else if (c == '/' && peek(1) == '/') {
      while (at < text.size() && text[at] != '\n')
        ++at;
    } else if (c == '/' && peek(1) == '*') {
      size_t end = text.find("*/", at + 2);
      if (end == std::string_view::npos)
        return false;
      for (; at < end + 2; ++at)
        line += text[at] == '\n';
    } else if (c == '\0' && at + 1 == text.size()) {
      ++at; // a terminator that was handed over with the text
    } else {
      break;
    }
  }
  return true;
}

Token Lexer::error(Token token, std::string_view message) const {
  token.kind = TokenKind::Error;
  token.text = message;
  return token;
}

Token Lexer::number(Token token) {
  size_t start = at;
  auto finish = [&](TokenKind kind, uint64_t value) {
    token.kind = kind;
    token.value = value;
    token.text = text.substr(start, at - start);
    return token;
  };
  char mark = peek(1) | 0x20;
  if (peek(0) == '0' && (mark == 'f' || mark == 'd')) {
    unsigned digits = mark == 'f' ? 8 : 16;
    uint64_t bits = 0;
    at += 2;
    for (unsigned i = 0; i < digits; ++i, ++at) {
      if (!isHexDigit(peek(0)))
        return error(token, mark == 'f'
                                ? "'0f' must be followed by 8 hex digits"
                                : "'0d' must be followed by 16 hex digits");
      bits = bits << 4 | digitValue(peek(0));
    }
    return finish(mark == 'f' ? TokenKind::Float32 : TokenKind::Float64, bits);
  }

  unsigned radix = 10;
  if (peek(0) == '0' && mark == 'x') {
    radix = 16;
    at += 2;
  } else if (peek(0) == '0' && mark == 'b') {
    radix = 2;
    at += 2;
  } else {
    // A decimal floating-point literal has a dot or an exponent.
    size_t end = at;
    while (end < text.size() && isDigit(text[end]))
      ++end;
    bool isFloat = false;
    if (end < text.size() && text[end] == '.') {
      isFloat = true;
      for (++end; end < text.size() && isDigit(text[end]);)
        ++end;
    }
    if (end < text.size() && (text[end] | 0x20) == 'e') {
      size_t exponent = end + 1;
      if (exponent < text.size() &&
          (text[exponent] == '+' || text[exponent] == '-'))
        ++exponent;
      if (exponent < text.size() && isDigit(text[exponent])) {
        isFloat = true;
        for (end = exponent; end < text.size() && isDigit(text[end]);)
          ++end;
      }
    }
    if (isFloat) {
      std::istringstream in(std::string(text.substr(at, end - at)));
      in.imbue(std::locale::classic());
      double value = 0;
      in >> value;
      uint64_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      at = end;
      return finish(TokenKind::Float64, bits);
    }
    if (peek(0) == '0' && isDigit(peek(1)))
      radix = 8;
  }

  uint64_t value = 0;
  unsigned digits = 0;
  for (; isHexDigit(peek(0)); ++at, ++digits) {
    unsigned digit = digitValue(peek(0));
    if (digit >= radix)
      break;
    if (value > (~0ull - digit) / radix)
      return error(token, "integer literal does not fit in 64 bits");
    value = value * radix + digit;
  }
  if (digits == 0)
    return error(token, "malformed number");
  if (peek(0) == 'U')
    ++at;
  if (continuesName(peek(0)))
    return error(token, "malformed number");
  return finish(TokenKind::Integer, value);
}

Token Lexer::next() {
  Token token;
  bool closed = skipBlanks();
  token.line = line;
  if (!closed)
    return error(token, "comment without an end");
  if (at >= text.size())
    return token;

  size_t start = at;
  char c = text[at];
  auto finish = [&](TokenKind kind) {
    token.kind = kind;
    token.text = text.substr(start, at - start);
    return token;
  };
  // Name parts behind a '.' or '::'.
  auto parts = [&] {
    while (true) {
      if (continuesName(peek(0)))
        ++at;
      else if (peek(0) == '.' && continuesName(peek(1)))
        at += 2;
      else if (peek(0) == ':' && peek(1) == ':' && continuesName(peek(2)))
        at += 3;
      else
        break;
    }
  };
  if (startsName(c) && (c != '%' || continuesName(peek(1)))) {
    ++at;
    parts();
    return finish(TokenKind::Identifier);
  }
  if (c == '.' && continuesName(peek(1))) {
    ++at;
    while (continuesName(peek(0)) ||
           (peek(0) == ':' && peek(1) == ':' && continuesName(peek(2))))
      at += peek(0) == ':' ? 2 : 1;
    return finish(TokenKind::Directive);
  }
  if (isDigit(c))
    return number(token);
  if (c == '"') {
    size_t end = at + 1;
    while (end < text.size() && text[end] != '"' && text[end] != '\n')
      end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size() || text[end] != '"')
      return error(token, "string without an end");
    token.kind = TokenKind::String;
    token.text = text.substr(at + 1, end - at - 1);
    at = end + 1;
    return token;
  }
  ++at;
  if (std::strchr("{}[]()<>,;:+-*/%!~|&^=@?", c))
    return finish(TokenKind::Punctuation);
  return error(finish(TokenKind::Error), "unexpected character");
}
