//===- CountOverflows.cpp - conversions that become infinite ----*- C++ -*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Conversion/Passes.h"

#include "../HostEntry/EntryNames.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::hinm {
#define GEN_PASS_DEF_HINMCOUNTOVERFLOWS
#include "hinm/Conversion/Passes.h.inc"
} // namespace mlir::hinm

using namespace mlir;
using namespace mlir::hinm;

/// The smallest number of `wide` that `narrow` rounds to infinity: its largest
/// number and half of that one's last place.
static APFloat getLimit(FloatType narrow, FloatType wide) {
  const llvm::fltSemantics &semantics = narrow.getFloatSemantics();
  APFloat largest = APFloat::getLargest(semantics);
  APFloat below = largest;
  below.next(/*nextDown=*/true);
  auto widen = [&](APFloat value) {
    bool losesInfo;
    value.convert(wide.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return value;
  };
  APFloat limit = widen(largest), place = limit;
  place.subtract(widen(below), APFloat::rmNearestTiesToEven);
  place.multiply(widen(APFloat(semantics, "0.5")),
                 APFloat::rmNearestTiesToEven);
  limit.add(place, APFloat::rmNearestTiesToEven);
  return limit;
}

static std::string describe(Location loc) {
  if (auto place = loc->findInstanceOf<FileLineColLoc>())
    return (place.getFilename().getValue() + ":" + Twine(place.getLine()) +
            ":" + Twine(place.getColumn()))
        .str();
  std::string text;
  llvm::raw_string_ostream(text) << loc;
  return text;
}

/// Adds one to `counters[site]` where `conversion` turns a finite number into
/// an infinite one.
static void countIn(arith::TruncFOp conversion, Value counters, int64_t site) {
  OpBuilder builder(conversion);
  Location loc = conversion.getLoc();
  Value value = conversion.getIn();
  auto wide = cast<FloatType>(value.getType());
  auto narrow = cast<FloatType>(conversion.getType());
  auto constant = [&](const APFloat &number) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getFloatAttr(wide, number));
  };
  Value size = math::AbsFOp::create(builder, loc, value);
  Value isLarge =
      arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OGE, size,
                            constant(getLimit(narrow, wide)));
  Value isFinite = arith::CmpFOp::create(
      builder, loc, arith::CmpFPredicate::OLT, size,
      constant(APFloat::getInf(wide.getFloatSemantics())));
  Value overflows = arith::AndIOp::create(builder, loc, isLarge, isFinite);
  auto guarded =
      scf::IfOp::create(builder, loc, overflows, /*withElseRegion=*/false);
  builder.setInsertionPointToStart(guarded.thenBlock());
  Value place = arith::ConstantIndexOp::create(builder, loc, site);
  Value count =
      memref::LoadOp::create(builder, loc, counters, ValueRange{place});
  Value one = arith::ConstantIntOp::create(builder, loc, count.getType(), 1);
  memref::StoreOp::create(builder, loc,
                          arith::AddIOp::create(builder, loc, count, one),
                          counters, ValueRange{place});
}

namespace {
struct CountOverflows
    : public mlir::hinm::impl::HINMCountOverflowsBase<CountOverflows> {
  void runOnOperation() override {
    SmallVector<NamedAttribute> sitesOfEntries;
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function->hasAttr(entryAttrName) && !function.isExternal())
        run(function, sitesOfEntries);
    if (!sitesOfEntries.empty())
      getOperation()->setAttr(
          "hinm.overflow_sites",
          DictionaryAttr::get(&getContext(), sitesOfEntries));
  }

private:
  void run(func::FuncOp function, SmallVectorImpl<NamedAttribute> &entries);
};
} // namespace

void CountOverflows::run(func::FuncOp function,
                         SmallVectorImpl<NamedAttribute> &entries) {
  SmallVector<SmallVector<arith::TruncFOp>> sites;
  SmallVector<std::string> names;
  function.walk([&](linalg::LinalgOp op) {
    SmallVector<arith::TruncFOp> conversions;
    for (auto conversion : op.getBlock()->getOps<arith::TruncFOp>())
      if (conversion.getType().isF16() || conversion.getType().isBF16())
        conversions.push_back(conversion);
    if (conversions.empty())
      return;
    names.push_back(describe(op.getLoc()));
    sites.push_back(std::move(conversions));
  });
  if (sites.empty())
    return;
  std::string name = ("hinm_overflows_" + function.getName()).str();
  Builder attributes(&getContext());
  auto type = MemRefType::get({static_cast<int64_t>(sites.size())},
                              attributes.getI64Type());
  auto zeros = DenseElementsAttr::get(
      RankedTensorType::get(type.getShape(), type.getElementType()),
      attributes.getI64IntegerAttr(0));
  OpBuilder builder(function);
  memref::GlobalOp::create(builder, function.getLoc(), name,
                           /*sym_visibility=*/builder.getStringAttr("public"),
                           type, zeros, /*constant=*/false,
                           /*alignment=*/IntegerAttr());
  builder.setInsertionPointToStart(&function.getBody().front());
  Value counters =
      memref::GetGlobalOp::create(builder, function.getLoc(), type, name);
  for (auto [site, conversions] : llvm::enumerate(sites))
    for (arith::TruncFOp conversion : conversions)
      countIn(conversion, counters, site);
  numSites += sites.size();
  SmallVector<StringRef> views(names.begin(), names.end());
  entries.push_back(builder.getNamedAttr(function.getName(),
                                         builder.getStrArrayAttr(views)));
}
