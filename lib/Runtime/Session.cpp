//===- Session.cpp - running an entry of an artifact on a device -*- C++
//-*-===//
//
// Part of the HiNM project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "hinm/Runtime/Session.h"

#include "MemRef.h"

#include <algorithm>

using namespace hinm::runtime;

namespace {

/// Device memory that grows as needed; freed on destruction.
class Staging {
public:
  explicit Staging(Device &device) : device(&device) {}
  Staging(Staging &&other) noexcept
      : device(other.device), address(std::exchange(other.address, nullptr)),
        capacity(std::exchange(other.capacity, 0)) {}
  ~Staging() { release(); }

  void release() {
    (void)device->free(std::exchange(address, nullptr));
    capacity = 0;
  }
  Result<void *> ensure(size_t bytes, std::string_view name) {
    if (!address || capacity < bytes) {
      release();
      Result<void *> memory = device->allocate(bytes, false, name);
      if (memory.failed())
        return memory;
      address = *memory;
      capacity = bytes;
    }
    return address;
  }

private:
  Device *device;
  void *address = nullptr;
  size_t capacity = 0;
};

size_t bytesOf(const Buffer &buffer) {
  return static_cast<size_t>(*byteCount(buffer.type, buffer.shape));
}

} // namespace

struct Session::State {
  explicit State(Device &device) : device(device), workspace(device) {}
  ~State() {
    for (void *event : events)
      if (event)
        (void)device.destroyEvent(event);
    if (stream)
      (void)device.destroyStream(stream);
  }

  Device &device;
  std::mutex mutex;
  std::shared_ptr<Artifact> artifact;
  std::shared_ptr<Library> library;
  std::shared_ptr<DeviceWeights> weights;
  Library::Function entryFunction = nullptr;
  Library::Function planFunction = nullptr;
  /// One count for each of the target's overflow sites, or null.
  uint64_t *overflowCounts = nullptr;
  std::vector<MemRef> weightRefs;
  ErrorSlot errors;

  /// For `run`; made at its first call.
  void *stream = nullptr;
  void *events[2] = {nullptr, nullptr};
  std::vector<Staging> inputs, outputs;
  Staging workspace;
};

Session::Session() = default;
Session::~Session() = default;

//===----------------------------------------------------------------------===//
// Creation
//===----------------------------------------------------------------------===//

Result<std::unique_ptr<Session>>
Session::create(std::shared_ptr<Artifact> artifact, const std::string &entry,
                std::shared_ptr<Context> context, const std::string &chip) {
  const Manifest &manifest = artifact->manifest();
  std::unique_ptr<Session> session(new Session);
  session->entry_ = manifest.findEntry(entry);
  if (!session->entry_)
    return failure("'", artifact->folder(), "' has no entry '", entry,
                   "', it holds ", manifest.entryNames());
  Result<TargetChoice> choice =
      selectTarget(manifest, context->device().traits(), chip);
  if (choice.failed())
    return failure("'", artifact->folder(), "': ", choice.message());
  session->target_ = choice->target;
  session->context = context;
  session->state = std::make_unique<State>(context->device());
  State &state = *session->state;
  state.artifact = artifact;
  Result<std::shared_ptr<Library>> library = artifact->library(*choice);
  if (library.failed())
    return library.status();
  state.library = library.take();
  auto resolve = [&](const char *prefix, Library::Function &function) {
    Result<Library::Function> found = state.library->function(prefix + entry);
    if (found.succeeded())
      function = *found;
    return found.status();
  };
  Status status = resolve("hinm_entry_", state.entryFunction);
  if (status.succeeded())
    status = resolve("hinm_plan_", state.planFunction);
  if (!session->overflowSites().empty())
    state.overflowCounts = static_cast<uint64_t *>(
        state.library->data("hinm_overflows_" + entry));
  if (status.succeeded())
    status = session->bindWeights(*artifact);
  if (status.failed())
    return status;
  return session;
}

Status Session::bindWeights(Artifact &artifact) {
  Result<std::shared_ptr<DeviceWeights>> weights =
      artifact.weights(*target_, context);
  if (weights.failed())
    return weights.status();
  state->weights = weights.take();
  for (const std::string &name : target_->entryWeights.at(entry_->name)) {
    Result<TensorView> view = state->weights->get(name);
    if (view.failed())
      return view.status();
    state->weightRefs.emplace_back(view->data, view->shape);
  }
  return Status::success();
}

//===----------------------------------------------------------------------===//
// Checks and plan
//===----------------------------------------------------------------------===//

static Status checkArray(const std::string &what, const Buffer &found,
                         const Shape &shape, ElementType type) {
  if (!matches(found.shape, shape) || found.type != type)
    return failure(what, " is ", describe(found.shape, found.type),
                   ", expected ", describe(shape, type));
  std::optional<int64_t> bytes = byteCount(found.type, found.shape);
  if (!bytes || *bytes == 0)
    return failure(what, " is ", describe(found.shape, found.type),
                   ", expected sizes of 1 at least");
  if (!found.data)
    return failure(what, " is a null pointer");
  return Status::success();
}

static Status checkCount(const EntrySpec &entry, const char *what, size_t found,
                         size_t expected) {
  if (found == expected)
    return Status::success();
  return failure("entry '", entry.name, "' has ", expected, " ", what,
                 expected == 1 ? "" : "s", ", but ", found,
                 found == 1 ? " was" : " were", " given");
}

Status Session::checkInputs(const std::vector<Buffer> &inputs) const {
  Status status =
      checkCount(*entry_, "input", inputs.size(), entry_->inputs.size());
  for (size_t i = 0; i < inputs.size() && status.succeeded(); ++i)
    status =
        checkArray(concat("input ", i, " of entry '", entry_->name, "'"),
                   inputs[i], entry_->inputs[i].shape, entry_->inputs[i].type);
  return status;
}

Status Session::checkOutputs(const std::vector<Buffer> &outputs,
                             const Plan &plan) const {
  Status status =
      checkCount(*entry_, "output", outputs.size(), entry_->outputs.size());
  for (size_t i = 0; i < outputs.size() && status.succeeded(); ++i)
    status = checkArray(concat("output ", i, " of entry '", entry_->name, "'"),
                        outputs[i], plan.outputs[i], entry_->outputs[i].type);
  return status;
}

Result<Plan> Session::plan(const std::vector<Shape> &inputs) {
  std::lock_guard<std::mutex> lock(state->mutex);
  return planLocked(inputs);
}

Result<Plan> Session::planLocked(const std::vector<Shape> &inputs) {
  Status status =
      checkCount(*entry_, "input", inputs.size(), entry_->inputs.size());
  if (status.failed())
    return status;
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!matches(inputs[i], entry_->inputs[i].shape) ||
        elementCount(inputs[i]).value_or(0) == 0)
      return failure("input ", i, " of entry '", entry_->name, "' has shape ",
                     describe(inputs[i]), ", expected ",
                     describe(entry_->inputs[i].shape),
                     " with sizes of 1 at least");
  // The plan function overwrites every value. It says -1 bytes of workspace where
  // something that the program asserts of its sizes does not hold.
  constexpr int64_t unwritten = -2, refused = -1;
  std::vector<int64_t> values(1 + entry_->dynamicOutputDims(), unwritten);
  std::vector<MemRef> refs;
  for (const Shape &shape : inputs)
    refs.emplace_back(nullptr, shape);
  refs.emplace_back(values.data(), Shape{static_cast<int64_t>(values.size())});
  Arguments arguments(refs.size());
  for (MemRef &ref : refs)
    arguments.add(ref.descriptor());
  {
    Scope scope(*context, state->errors);
    state->planFunction(arguments.data());
  }
  status = state->errors.take();
  if (status.failed())
    return status;
  if (values[0] == refused) {
    std::string shapes;
    for (const Shape &shape : inputs)
      shapes += (shapes.empty() ? "" : ", ") + describe(shape);
    return failure("the inputs of entry '", entry_->name,
                   "' do not fit together: found the shapes ", shapes,
                   ", for which an assertion of the program does not hold");
  }
  for (int64_t value : values)
    if (value < 0)
      return failure("hinm_plan_", entry_->name, " gave ", value,
                     " for a size, expected 0 or more");
  Plan plan;
  plan.workspaceBytes = static_cast<size_t>(values[0]);
  size_t next = 1;
  for (const TensorSpec &output : entry_->outputs) {
    plan.outputs.push_back(output.shape);
    for (int64_t &size : plan.outputs.back())
      if (size == kDynamic)
        size = values[next++];
  }
  return plan;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

Status Session::call(void *stream, const std::vector<Buffer> &inputs,
                     const std::vector<Buffer> &outputs,
                     const Buffer &workspace) {
  std::vector<MemRef> refs;
  refs.reserve(inputs.size() + outputs.size() + 1);
  for (const auto *buffers : {&inputs, &outputs})
    for (const Buffer &buffer : *buffers)
      refs.emplace_back(buffer.data, buffer.shape);
  refs.emplace_back(workspace.data, workspace.shape);
  Arguments arguments(1 + state->weightRefs.size() + refs.size());
  if (target_->kind == TargetKind::Cuda)
    arguments.add(stream);
  for (MemRef &ref : state->weightRefs)
    arguments.add(ref.descriptor());
  for (MemRef &ref : refs)
    arguments.add(ref.descriptor());
  Scope scope(*context, state->errors);
  state->entryFunction(arguments.data());
  return state->errors.take();
}

Status Session::enqueue(void *stream, const std::vector<Buffer> &inputs,
                        const std::vector<Buffer> &outputs,
                        const Buffer &workspace) {
  std::lock_guard<std::mutex> lock(state->mutex);
  Status status = checkInputs(inputs);
  if (status.failed())
    return status;
  std::vector<Shape> shapes;
  for (const Buffer &input : inputs)
    shapes.push_back(input.shape);
  Result<Plan> plan = planLocked(shapes);
  if (plan.failed())
    return plan.status();
  status = checkOutputs(outputs, *plan);
  if (status.failed())
    return status;
  if (plan->workspaceBytes > bytesOf(workspace))
    return failure("the workspace has ", bytesOf(workspace),
                   " bytes, expected ", plan->workspaceBytes);
  return call(stream, inputs, outputs, workspace);
}

Status Session::callRepeatedly(const std::vector<Buffer> &inputs,
                               const std::vector<Buffer> &outputs,
                               const Buffer &workspace,
                               const RunOptions &options) {
  Device &device = context->device();
  unsigned repeat = std::max(options.repeat, 1u);
  Status status = Status::success();
  for (unsigned i = 0; i < repeat && status.succeeded(); ++i) {
    if (options.counters && i + 1 == repeat)
      status = device.collectCounters(true);
    if (options.milliseconds && status.succeeded())
      status = device.recordEvent(state->events[0], state->stream);
    if (status.succeeded())
      status = call(state->stream, inputs, outputs, workspace);
    if (options.milliseconds && status.succeeded())
      status = device.recordEvent(state->events[1], state->stream);
    // It is waited for in any case: kernels may still use the buffers.
    Status done = device.synchronize(state->stream);
    if (status.succeeded())
      status = done;
    if (options.milliseconds && status.succeeded()) {
      Result<double> time = device.elapsed(state->events[0], state->events[1]);
      status = time.status();
      if (time.succeeded())
        options.milliseconds->push_back(*time);
    }
  }
  if (options.counters) {
    if (Status stopped = device.collectCounters(false); status.succeeded())
      status = stopped;
    Result<std::string> counters = device.takeCounters();
    if (counters.succeeded())
      *options.counters = counters.take();
    else if (status.succeeded())
      status = counters.status();
  }
  return status;
}

Status Session::runLocked(const std::vector<Buffer> &inputs,
                          const std::vector<Buffer> &outputs, const Plan &plan,
                          const RunOptions &options) {
  Device &device = context->device();
  // The emulator knows what was never written; old buffers would hide it.
  if (device.traits().kind == DeviceTraits::Kind::Emulator) {
    state->outputs.clear();
    state->workspace.release();
  }
  if (!state->stream) {
    Result<void *> stream = device.createStream();
    if (stream.failed())
      return stream.status();
    state->stream = *stream;
  }
  for (void *&event : state->events)
    if (!event && options.milliseconds) {
      Result<void *> made = device.createEvent(/*timing=*/true);
      if (made.failed())
        return made.status();
      event = *made;
    }
  auto stage = [&](const std::vector<Buffer> &from,
                   std::vector<Staging> &stagings,
                   bool copyIn) -> Result<std::vector<Buffer>> {
    std::vector<Buffer> staged = from;
    for (size_t i = 0; i < from.size(); ++i) {
      if (stagings.size() <= i)
        stagings.emplace_back(device);
      if (from[i].onDevice || device.isHost())
        continue;
      Result<void *> memory = stagings[i].ensure(
          bytesOf(from[i]), concat(copyIn ? "input " : "output ", i));
      if (memory.failed())
        return memory.status();
      staged[i].data = *memory;
      if (!copyIn)
        continue;
      Status copied =
          device.copy(*memory, from[i].data, bytesOf(from[i]), state->stream);
      if (copied.failed())
        return copied;
    }
    return staged;
  };
  Result<std::vector<Buffer>> in = stage(inputs, state->inputs, true);
  if (in.failed())
    return in.status();
  Result<std::vector<Buffer>> out = stage(outputs, state->outputs, false);
  if (out.failed())
    return out.status();
  Result<void *> memory =
      state->workspace.ensure(plan.workspaceBytes, "workspace");
  if (memory.failed())
    return memory.status();
  Buffer workspace{*memory,
                   ElementType::I8,
                   {static_cast<int64_t>(plan.workspaceBytes)},
                   true};
  if (state->overflowCounts)
    std::fill_n(state->overflowCounts, overflowSites().size(), 0);
  Status status = callRepeatedly(*in, *out, workspace, options);
  for (size_t i = 0; i < outputs.size() && status.succeeded(); ++i) {
    size_t bytes = bytesOf(outputs[i]);
    Result<uint64_t> unwritten = device.unwrittenBytes((*out)[i].data, bytes);
    if (unwritten.failed())
      return unwritten.status();
    if (*unwritten != 0)
      return failure("output ", i, " of entry '", entry_->name,
                     "': ", *unwritten, " of its ", bytes,
                     " bytes were never written");
    if ((*out)[i].data != outputs[i].data)
      status =
          device.copy(outputs[i].data, (*out)[i].data, bytes, state->stream);
  }
  if (status.failed())
    return status;
  return device.synchronize(state->stream);
}

const std::vector<std::string> &Session::overflowSites() const {
  static const std::vector<std::string> none;
  auto found = target_->overflowSites.find(entry_->name);
  return found == target_->overflowSites.end() ? none : found->second;
}

std::vector<std::pair<uint64_t, std::string>> Session::overflows() const {
  std::lock_guard<std::mutex> lock(state->mutex);
  std::vector<std::pair<uint64_t, std::string>> found;
  for (size_t site = 0; state->overflowCounts && site < overflowSites().size();
       ++site)
    if (state->overflowCounts[site] != 0)
      found.push_back({state->overflowCounts[site], overflowSites()[site]});
  return found;
}

Status Session::run(const std::vector<Buffer> &inputs,
                    const std::vector<Buffer> &outputs,
                    const RunOptions &options) {
  std::lock_guard<std::mutex> lock(state->mutex);
  Status status = checkInputs(inputs);
  if (status.failed())
    return status;
  std::vector<Shape> shapes;
  for (const Buffer &input : inputs)
    shapes.push_back(input.shape);
  Result<Plan> plan = planLocked(shapes);
  if (plan.failed())
    return plan.status();
  status = checkOutputs(outputs, *plan);
  if (status.failed())
    return status;
  return runLocked(inputs, outputs, *plan, options);
}

Result<std::vector<HostTensor>>
Session::run(const std::vector<HostTensor> &inputs, const RunOptions &options) {
  std::vector<Buffer> in, out;
  std::vector<Shape> shapes;
  for (const HostTensor &input : inputs) {
    // Inputs are read only.
    in.push_back({const_cast<std::byte *>(input.data()), input.type(),
                  input.shape(), false});
    shapes.push_back(input.shape());
  }
  Status status = checkInputs(in);
  if (status.failed())
    return status;
  Result<Plan> plan = this->plan(shapes);
  if (plan.failed())
    return plan.status();
  std::vector<HostTensor> results;
  for (size_t i = 0; i < plan->outputs.size(); ++i) {
    Result<HostTensor> tensor =
        HostTensor::create(entry_->outputs[i].type, plan->outputs[i]);
    if (tensor.failed())
      return tensor.status();
    results.push_back(tensor.take());
    out.push_back({results.back().data(), results.back().type(),
                   results.back().shape(), false});
  }
  status = run(in, out, options);
  if (status.failed())
    return status;
  return results;
}
