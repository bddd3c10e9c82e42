// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/peft/adapter_set.h"

#include <algorithm>
#include <set>

#include "core/peft/adapter_io.h"
#include "core/peft/joined_adapters.h"

namespace lathe {
namespace {

constexpr const char* kOneAtATime = "use one at a time; --each asks each of them";

bool isHeadParameter(const ModelShape& shape, const std::string& name) {
    return std::any_of(shape.parameters.begin(), shape.parameters.end(),
                       [&](const ParameterShape& about) { return about.isHead && about.name == name; });
}

/// The rows `index` of everything in a batch that a head may look at.
Batch rowsOf(const Batch& batch, const at::Tensor& index) {
    Batch part;
    const auto take = [&](const at::Tensor& from) {
        return from.defined() ? from.index_select(0, index) : from;
    };
    part.ids = take(batch.ids);
    part.typeIds = take(batch.typeIds);
    part.positions = take(batch.positions);
    part.mask = take(batch.mask);
    part.lengths = take(batch.lengths);
    part.decoderIds = take(batch.decoderIds);
    return part;
}

std::shared_ptr<ProjectionAdapter> asProjectionAdapter(const std::shared_ptr<torch::nn::Module>& content) {
    return std::dynamic_pointer_cast<ProjectionAdapter>(content);
}

}  // namespace

AdapterSet::AdapterSet(std::shared_ptr<LanguageModel> model)
    : m_model(std::move(model)), m_places(m_model->places()), m_baseShape(m_model->shape()) {
    for (const AdapterPlace* place : m_places) LATHE_CHECK(!place->hasAdapter());
    for (const auto& item : m_model->named_parameters()) m_parameters.emplace(item.key(), item.value());
}

const AdapterSet::Held* AdapterSet::find(const std::string& name) const {
    const auto it =
        std::find_if(m_held.begin(), m_held.end(), [&](const Held& held) { return held.name == name; });
    return it == m_held.end() ? nullptr : &*it;
}

const AdapterSet::Held& AdapterSet::held(const std::string& name) const {
    const Held* found = find(name);
    LATHE_CHECK(found);
    return *found;
}

Result<const AdapterSet::Held*> AdapterSet::known(const std::string& name) const {
    if (const Held* found = find(name)) return found;
    std::string list;
    for (const Held& held : m_held) list += (list.empty() ? "" : ", ") + held.name;
    return Error{ErrorCode::BadArgument, "there is no adapter \"" + name + "\"", "",
                 list.empty() ? "none is loaded" : "loaded are " + list};
}

std::vector<std::string> AdapterSet::names() const {
    std::vector<std::string> list;
    for (const Held& held : m_held) list.push_back(held.name);
    return list;
}

bool AdapterSet::has(const std::string& name) const {
    return find(name) != nullptr;
}

const std::vector<MethodSettings>& AdapterSet::methods(const std::string& name) const {
    return held(name).methods;
}

bool AdapterSet::bringsHead(const std::string& name) const {
    const Held& own = held(name);
    return std::any_of(own.replaced.begin(), own.replaced.end(),
                       [&](const auto& item) { return isHeadParameter(own.shape, item.first); });
}

int64_t AdapterSet::bytes(const std::string& name) const {
    const Held& own = held(name);
    std::set<const void*> counted;
    std::size_t total = 0;
    const auto count = [&](const at::Tensor& tensor) {
        if (counted.insert(tensor.storage().unsafeGetStorageImpl()).second)
            total += tensor.storage().nbytes();
    };
    for (const auto& [place, content] : own.contents) {
        for (const at::Tensor& tensor : content->parameters()) count(tensor);
        for (const at::Tensor& tensor : content->buffers()) count(tensor);
    }
    for (const auto& [parameter, tensor] : own.replaced) count(tensor);
    return static_cast<int64_t>(total);
}

std::shared_ptr<torch::nn::Module> AdapterSet::content(const std::string& name,
                                                       const AdapterPlace* place) const {
    for (const auto& [where, content] : held(name).contents)
        if (where == place) return content;
    return nullptr;
}

std::vector<std::string> AdapterSet::replaced(const std::string& name) const {
    std::vector<std::string> list;
    for (const auto& [parameter, tensor] : held(name).replaced) list.push_back(parameter);
    return list;
}

void AdapterSet::lend(const MethodPlan& plan, Held& held) {
    std::map<std::string, std::vector<int64_t>> sizes;
    for (const ParameterShape& about : held.shape.parameters) sizes[about.name] = about.shape;
    for (const std::string& name : plan.trainedBase) {
        if (held.replaced.count(name)) continue;
        at::Tensor& parameter = m_parameters.at(name);
        const at::Tensor base = parameter.variable_data();
        m_own.emplace(name, base);
        const at::Tensor own = base.sizes() == at::IntArrayRef(sizes.at(name))
                                   ? base.clone()
                                   : at::zeros(sizes.at(name), base.options());
        parameter.set_data(own);
        held.replaced.emplace(name, own);
    }
}

Result<void> AdapterSet::hold(const std::string& name, const ModelShape& shape,
                              const std::function<Result<void>(Held&)>& fill) {
    if (name.empty() || find(name))
        return Error{ErrorCode::BadArgument, "there is an adapter \"" + name + "\" already", name,
                     "give it another name"};
    clear();
    m_model->setShape(shape);
    Held held;
    held.name = name;
    held.shape = shape;
    const Result<void> filled = fill(held);
    for (AdapterPlace* place : m_places)
        if (auto content = place->detach()) {
            content->eval();
            held.contents.emplace_back(place, std::move(content));
        }
    if (filled.ok()) m_held.push_back(std::move(held));
    applyChosen();
    return filled;
}

Result<void> AdapterSet::load(const std::string& name, const std::vector<Source>& sources,
                              const ModelShape& shape) {
    return hold(name, shape, [&](Held& held) -> Result<void> {
        for (const Source& source : sources) {
            LATHE_TRY(const auto settings, source.method->settingsFromAdapter(source.folder->config));
            LATHE_TRY(const auto plan, source.method->plan(settings, shape));
            lend(plan, held);
            LATHE_TRY(auto attached, loadAdapter(*m_model, *source.method, *source.folder));
            held.methods.push_back(std::move(attached));
        }
        return {};
    });
}

Result<void> AdapterSet::make(const std::string& name, const std::vector<ChosenMethod>& methods,
                              const ModelShape& shape, const AttachContext& context,
                              const std::function<void(LanguageModel&)>& fill) {
    return hold(name, shape, [&](Held& held) -> Result<void> {
        LATHE_TRY_VOID(checkTogether(methods, shape));
        for (const auto& [method, settings] : methods) {
            LATHE_TRY(const auto plan, method->plan(settings, shape));
            lend(plan, held);
            LATHE_TRY_VOID(method->attach(settings, *m_model, context));
            held.methods.push_back(settings);
        }
        const at::NoGradGuard noGrad;
        if (fill) fill(*m_model);
        return {};
    });
}

Result<void> AdapterSet::checkMix(const std::vector<AdapterShare>& mix) const {
    std::map<std::string, std::string> replacedBy;
    std::set<const AdapterPlace*> taken;
    std::set<std::string> names;
    for (const AdapterShare& share : mix) {
        LATHE_TRY(const Held* held, known(share.name));
        if (!names.insert(share.name).second)
            return Error{ErrorCode::BadArgument, "the adapter is named twice", share.name,
                         "give it one weight"};
        for (const auto& [parameter, tensor] : held->replaced)
            if (const auto [it, fresh] = replacedBy.emplace(parameter, share.name); !fresh)
                return Error{ErrorCode::Unsupported,
                             "the adapters " + it->second + " and " + share.name + " both bring their own " +
                                 parameter,
                             share.name, kOneAtATime};
        for (const auto& [place, content] : held->contents) {
            const bool stacks = std::dynamic_pointer_cast<WeightedAdapter>(content) != nullptr;
            if (!taken.insert(place).second && !stacks)
                return Error{ErrorCode::Unsupported,
                             "adapters of this kind cannot be put on top of each other", share.name,
                             kOneAtATime};
            if (!stacks && share.weight != 1)
                return Error{ErrorCode::Unsupported, "this kind of adapter cannot be taken in part",
                             share.name, "use weight 1"};
        }
    }
    return {};
}

void AdapterSet::clear() {
    for (AdapterPlace* place : m_places) {
        place->detach();
        place->setAdapterEnabled(true);
    }
    for (const auto& [name, tensor] : m_own) m_parameters.at(name).set_data(tensor);
    m_model->setShape(m_baseShape);
}

void AdapterSet::putReplaced(const Held& held) {
    if (held.replaced.empty()) return;
    for (const auto& [name, tensor] : held.replaced) m_parameters.at(name).set_data(tensor);
    m_model->setShape(held.shape);
}

Result<void> AdapterSet::apply(const std::vector<AdapterShare>& mix) {
    clear();
    std::map<AdapterPlace*, std::vector<std::shared_ptr<WeightedAdapter>>> sums;
    for (const AdapterShare& share : mix) {
        const Held& own = held(share.name);
        for (const auto& [place, content] : own.contents) {
            if (auto adapter = std::dynamic_pointer_cast<WeightedAdapter>(content)) {
                LATHE_TRY_VOID(adapter->setWeight(share.weight));
                sums[place].push_back(std::move(adapter));
            } else {
                place->putBack(content);
            }
        }
        putReplaced(own);
    }
    for (const auto& [place, parts] : sums) place->putBack(stacked(parts));
    return {};
}

Result<void> AdapterSet::choose(const std::vector<AdapterShare>& mix) {
    LATHE_TRY_VOID(checkMix(mix));
    if (const auto done = apply(mix); !done.ok()) {
        applyChosen();
        return done.error();
    }
    m_chosen = mix;
    m_on = true;
    return {};
}

void AdapterSet::setEnabled(bool on) {
    m_on = on;
    applyChosen();
}

void AdapterSet::applyChosen() {
    LATHE_CHECK(apply(m_on ? m_chosen : std::vector<AdapterShare>{}).ok());
}

Result<void> AdapterSet::checkRows(const std::vector<std::string>& rows) const {
    for (const std::string& name : std::set<std::string>(rows.begin(), rows.end())) {
        if (name.empty()) continue;
        LATHE_TRY(const Held* held, known(name));
        const bool linear = std::all_of(held->contents.begin(), held->contents.end(), [](const auto& item) {
            return asProjectionAdapter(item.second) != nullptr;
        });
        const bool headsOnly =
            std::all_of(held->replaced.begin(), held->replaced.end(), [&](const auto& item) {
                return held->shape.labels > 0 && isHeadParameter(held->shape, item.first);
            });
        if (!linear || !headsOnly)
            return Error{ErrorCode::Unsupported,
                         "rows of one batch can differ only in adapters that change linear layers and the "
                         "labels' head",
                         name, "ask this adapter by itself"};
    }
    return {};
}

void AdapterSet::attachRows(const std::map<std::string, at::Tensor>& rowsOf, int64_t batch) {
    clear();
    std::map<AdapterPlace*, std::vector<RowAdapters::Part>> parts;
    for (const auto& [name, rows] : rowsOf) {
        if (name.empty()) continue;
        for (const auto& [place, content] : held(name).contents) {
            auto adapter = asProjectionAdapter(content);
            LATHE_CHECK(adapter->setWeight(1).ok());
            parts[place].push_back({std::move(adapter), rows});
        }
    }
    for (auto& [place, own] : parts) place->putBack(std::make_shared<RowAdapters>(std::move(own), batch));
}

Result<std::vector<at::Tensor>> AdapterSet::rowLogits(const Batch& batch,
                                                      const std::vector<std::string>& rows) {
    LATHE_CHECK(batch.ids.size(0) == static_cast<int64_t>(rows.size()));
    LATHE_TRY_VOID(checkRows(rows));
    const at::NoGradGuard noGrad;
    std::map<std::string, std::vector<int64_t>> numbers;
    for (std::size_t i = 0; i < rows.size(); ++i) numbers[rows[i]].push_back(static_cast<int64_t>(i));
    std::map<std::string, at::Tensor> indexes;
    for (const auto& [name, own] : numbers) indexes[name] = at::tensor(own, at::kLong).to(batch.ids.device());

    attachRows(indexes, batch.ids.size(0));
    const at::Tensor hidden = m_model->hidden(batch);
    std::vector<at::Tensor> logits(rows.size());
    for (const auto& [name, index] : indexes) {
        LATHE_CHECK(
            apply(name.empty() ? std::vector<AdapterShare>{} : std::vector<AdapterShare>{{name, 1}}).ok());
        const at::Tensor own = headLogits(*m_model, hidden.index_select(0, index), rowsOf(batch, index));
        for (std::size_t i = 0; i < numbers.at(name).size(); ++i)
            logits[static_cast<std::size_t>(numbers.at(name)[i])] = own[static_cast<int64_t>(i)];
    }
    applyChosen();
    return logits;
}

}  // namespace lathe
