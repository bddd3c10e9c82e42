// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/export/hf_folder.h"

#include <algorithm>
#include <cmath>

#include "core/base/files.h"
#include "core/base/folder_in_progress.h"
#include "core/catalog/catalog.h"
#include "core/export/gguf_files.h"
#include "core/formats/gguf/gguf_writer.h"
#include "core/peft/adapter_io.h"
#include "core/peft/merged_weights.h"
#include "core/target/loaded_model.h"
#include "core/tokenizer/files/tokenizer_files.h"

namespace lathe {
namespace fs = std::filesystem;
namespace {

constexpr int64_t kProbeLength = 24;

/// config.json for the exported weights: the base's, with what the task and the merge changed (methods.md,
/// "Hugging Face folder").
Json exportedConfig(const ModelShape& shape, Json config, const HeadLabels& labels) {
    for (const char* stale : {"_name_or_path", "auto_map", "quantization_config", "dtype", "num_labels"})
        config.erase(stale);
    config["architectures"] = Json::array({shape.className});
    config["torch_dtype"] = "float32";
    // transformers 5 scales a T5's output by what this key says, and keeps a head that differs.
    if (config.value("model_type", Json()) == "t5" && config.value("scale_decoder_outputs", Json()) == true)
        config["tie_word_embeddings"] = true;
    if (labels.names.empty()) return config;
    Json names = Json::object(), ids = Json::object();
    for (std::size_t id = 0; id < labels.names.size(); ++id) {
        names[std::to_string(id)] = labels.names[id];
        ids[labels.names[id]] = id;
    }
    config["id2label"] = std::move(names);
    config["label2id"] = std::move(ids);
    config["problem_type"] = problemTypeOf(labels.kind);
    // A decoder's classifier finds the last token by the padding id; without one it takes single rows only.
    if (config.value("pad_token_id", Json()).is_null()) {
        const Json eos = config.value("eos_token_id", Json());
        config["pad_token_id"] = eos.is_array() && !eos.empty() ? eos.front() : eos;
    }
    return config;
}

/// One tensor at a time is in memory beside the model.
Result<void> writeWeights(const MergedWeights& weights, const fs::path& file) {
    std::vector<TensorAbout> tensors;
    for (const ParameterShape& about : weights.parameters())
        tensors.push_back({about.name, DType::F32, about.shape});
    at::Tensor held;
    return writeSafetensors(
        file, std::move(tensors), [&](const TensorAbout& tensor) -> Result<std::span<const std::byte>> {
            held = at::Tensor();
            LATHE_TRY(held, weights.of(tensor.name));
            LATHE_CHECK(held.sizes() == tensor.shape);
            return std::span(static_cast<const std::byte*>(held.const_data_ptr()), held.nbytes());
        });
}

/// The base's own generation settings, or the ids that its config names.
Result<void> writeGenerationConfig(const ModelShape& shape, const ModelSource& source, const Json& config,
                                   const fs::path& folder) {
    if (shape.head != HeadKind::LanguageModel && shape.head != HeadKind::SequenceToSequence) return {};
    std::error_code ignored;
    const fs::path own = source.path / "generation_config.json";
    if (source.format == "safetensors" && fs::exists(own, ignored)) {
        LATHE_TRY(const std::string text, readTextFile(own, kMaxConfigFile));
        return writeFile(folder / own.filename(), text);
    }
    Json settings = {{"_from_model_config", true}};
    for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"})
        if (const auto it = config.find(key); it != config.end() && !it->is_null()) settings[key] = *it;
    return writeFile(folder / "generation_config.json", dumpJson(settings, 2) + "\n");
}

Result<void> writePeft(LoadedModel& target, const fs::path& folder) {
    const auto places = target.model->places();
    if (std::none_of(places.begin(), places.end(),
                     [](const AdapterPlace* place) { return place->hasAdapter(); }))
        return Error{ErrorCode::Unsupported, "the target has no adapter", target.basePath, "export it as hf"};
    LATHE_TRY(const auto methods, target.weightedMethods());
    // An adapter whose place another has taken is part of the weights now.
    if (!checkTogether(methods, target.model->shape()).ok())
        return Error{ErrorCode::Unsupported, "adapters on top of each other do not fit into one folder",
                     target.basePath, "export the merged model as hf"};
    return saveAdapters(*target.model, methods, target.basePath, folder);
}

Result<void> writeHf(LoadedModel& target, const fs::path& folder) {
    LATHE_TRY_VOID(checkMergeable(*target.model, target.basePath));
    LATHE_TRY(const ModelSource source, openModel(target.basePath));
    LATHE_TRY(const std::string chatTemplate, target.trainedTemplate());
    return writeModelFolder(*target.model, source, target.baseConfig, {target.labels, target.labelKind},
                            chatTemplate, folder);
}

Result<void> writeGguf(LoadedModel& target, const std::string& type, const fs::path& folder) {
    const auto dtype = ggufOutputNamed(type);
    if (!dtype)
        return Error{ErrorCode::BadArgument, "\"" + type + "\" is no type of a GGUF file", "--type",
                     "there are f32, f16, bf16, q8_0 and q4_0"};
    LATHE_TRY_VOID(checkMergeable(*target.model, target.basePath));
    return writeGgufModel(target, *dtype, folder);
}

struct ExportFormat {
    const char* name;
    Result<void> (*write)(LoadedModel&, const ExportChoice&, const fs::path& folder);
    const char* file;  ///< what is opened again inside the folder; empty: the folder itself
    bool isAdapter;
};
constexpr ExportFormat kFormats[] = {
    {"peft", [](LoadedModel& m, const ExportChoice&, const fs::path& f) { return writePeft(m, f); }, "",
     true},
    {"hf", [](LoadedModel& m, const ExportChoice&, const fs::path& f) { return writeHf(m, f); }, "", false},
    {"gguf", [](LoadedModel& m, const ExportChoice& c, const fs::path& f) { return writeGguf(m, c.type, f); },
     kGgufModelFile, false},
    {"gguf-lora",
     [](LoadedModel& m, const ExportChoice&, const fs::path& f) { return writeGgufAdapter(m, f); },
     kGgufAdapterFile, true},
};

Result<double> reopenAndCompare(LoadedModel& target, const ExportFormat& format, bool rounded,
                                const fs::path& folder) {
    const auto ids = probeIds(target.model->shape());
    LATHE_TRY(const at::Tensor expected, target.logits(ids, ids));
    const fs::path written = *format.file ? folder / format.file : folder;
    const std::vector<AdapterChoice> adapters =
        format.isAdapter ? std::vector<AdapterChoice>{{written, 1}} : std::vector<AdapterChoice>{};
    LATHE_TRY(LoadedModel reopened, LoadedModel::open(format.isAdapter ? target.basePath : written.string(),
                                                      adapters, target.device.str()));
    LATHE_TRY(const at::Tensor found, reopened.logits(ids, ids));
    if (found.sizes() != expected.sizes())
        return Error{ErrorCode::Internal, "the written model has another output than the target",
                     written.string(), ""};
    const double difference = (found - expected).abs().max().item<double>();
    const double scale = std::max(1.0, expected.abs().max().item<double>());
    if (rounded ? !std::isfinite(difference) : !(difference <= kAllowedLogitDifference * scale))
        return Error{
            ErrorCode::Internal,
            "the written model answers differently: its logits are off by " + std::to_string(difference),
            written.string(), "nothing was kept; please report this"};
    return difference;
}

}  // namespace

std::vector<int64_t> probeIds(const ModelShape& shape) {
    std::vector<int64_t> ids;
    for (int64_t i = 0; i < std::min(kProbeLength, shape.context); ++i)
        ids.push_back((i * 7919 + 13) % shape.vocabulary);
    return ids;
}

Result<void> writeModelFolder(LanguageModel& model, const ModelSource& source, const Json& config,
                              const HeadLabels& labels, const std::string& chatTemplate,
                              const fs::path& folder) {
    const MergedWeights weights(model);
    const Json exported = exportedConfig(model.shape(), weights.config(config), labels);
    LATHE_TRY_VOID(writeFile(folder / "config.json", dumpJson(exported, 2) + "\n"));
    LATHE_TRY_VOID(writeGenerationConfig(model.shape(), source, exported, folder));
    LATHE_TRY_VOID(writeTokenizerFiles(source.ggufMetadata, source.path, folder));
    if (!chatTemplate.empty()) LATHE_TRY_VOID(setChatTemplate(folder, chatTemplate));
    return writeWeights(weights, folder / "model.safetensors");
}

const std::vector<std::string>& exportFormats() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        for (const ExportFormat& format : kFormats) list.push_back(format.name);
        return list;
    }();
    return names;
}

Result<ExportReport> exportTarget(LoadedModel& target, const ExportChoice& choice, const fs::path& out) {
    const auto format = std::find_if(std::begin(kFormats), std::end(kFormats),
                                     [&](const ExportFormat& f) { return choice.format == f.name; });
    if (format == std::end(kFormats))
        return Error{ErrorCode::BadArgument, "\"" + choice.format + "\" is no export format", "",
                     "there are peft, hf, gguf and gguf-lora"};
    target.setAdapterEnabled(true);
    FolderInProgress folder(out);
    LATHE_TRY_VOID(folder.begin());
    LATHE_TRY_VOID(format->write(target, choice, folder.path()));
    ExportReport report;
    report.path = out.string();
    report.format = choice.format;
    const bool rounded = choice.format == "gguf" && choice.type != "f32";
    LATHE_TRY(report.largestLogitDifference, reopenAndCompare(target, *format, rounded, folder.path()));
    LATHE_TRY(report.files, folder.publish());
    return report;
}

}  // namespace lathe
