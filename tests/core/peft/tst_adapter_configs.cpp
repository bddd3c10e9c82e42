// SPDX-License-Identifier: GPL-3.0-or-later
// The settings that adapter_config.json of PEFT and AdapterHub stand for: patterns in their order, names and
// expressions as PEFT matches them, and no key that is passed over.
#include "core/catalog/catalog.h"
#include "core/peft/adapter_io.h"
#include "core/peft/methods/bottleneck.h"
#include "core/peft/methods/ia3.h"
#include "core/peft/methods/lora.h"
#include "tests/core/peft/method_helpers.h"

using namespace lathe;
using namespace lathe::test;

namespace {

const AdapterMethod& methodNamed(const std::string& name) {
    const auto* method = dynamic_cast<const AdapterMethod*>(findMethod(name));
    LATHE_CHECK(method);
    return *method;
}

ModelShape llamaShape() {
    return llamaArchitecture().shape(smallLlamaConfig(), {HeadKind::LanguageModel}).value();
}

/// The config that the method writes, as a file that was read.
OrderedJson configOf(const std::string& name) {
    const AdapterMethod& method = methodNamed(name);
    const std::string text = dumpJson(method.adapterConfig(settingsOf(method), llamaShape(), "base"));
    return parseOrderedJson(text, "adapter_config.json").value();
}

Result<MethodPlan> planOf(const std::string& name, const OrderedJson& config, const ModelShape& shape) {
    const AdapterMethod& method = methodNamed(name);
    LATHE_TRY(const auto settings, method.settingsFromAdapter(config));
    return method.plan(settings, shape);
}

std::set<std::string> modulesOf(const MethodPlan& plan) {
    std::set<std::string> modules;
    for (const auto& added : plan.added) modules.insert(added.module);
    return modules;
}

OrderedJson changed(OrderedJson config, const char* key, const OrderedJson& value) {
    (config.contains("config") && !config.contains(key) ? config["config"] : config)[key] = value;
    return config;
}

}  // namespace

class TestAdapterConfigs : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void theFirstPatternThatFitsCounts() {
        const auto scalings = [](const char* alphas) {
            OrderedJson config = configOf("lora");
            config["lora_alpha"] = 1;
            config["r"] = 1;
            config["alpha_pattern"] = parseOrderedJson(alphas, "").value();
            const auto settings = loraMethod().settingsFromAdapter(config).value().values;
            std::vector<double> found;
            for (const char* layer : {"model.layers.0.self_attn.q_proj", "model.layers.1.self_attn.q_proj"})
                found.push_back(LoraSettings(settings).of(settings, layer).value().scaling());
            return found;
        };
        using Two = std::vector<double>;
        QVERIFY(scalings(R"({"self_attn.q_proj": 64, "q_proj": 16})") == (Two{64, 64}));
        QVERIFY(scalings(R"({"q_proj": 16, "self_attn.q_proj": 64})") == (Two{16, 16}));
        QVERIFY(scalings(R"({"layers.0.self_attn.q_proj": 7, ".*q_proj": 8})") == (Two{7, 8}));
        QVERIFY(scalings(R"({"^q_proj": 7, "proj": 8, "(q|v)_proj": 9})") == (Two{9, 9}));
        QVERIFY(scalings(R"({"layers.1.+": 5, "o_proj": 8})") == (Two{1, 5}));
    }

    void patternsAreWrittenInTheirOrder() {
        OrderedJson config = configOf("lora");
        config["rank_pattern"] =
            parseOrderedJson(R"({"v_proj": 3, "self_attn.q_proj": 2, "q_proj": 5})", "").value();
        const auto settings = loraMethod().settingsFromAdapter(config);
        LATHE_VERIFY_OK(settings);
        const OrderedJson again = loraMethod().adapterConfig(settings.value(), llamaShape(), "base");
        QCOMPARE(again["rank_pattern"].dump(), config["rank_pattern"].dump());
        TemporaryFolder folder;
        LATHE_VERIFY_OK(writeAdapterFolder(folder.path(), again, {}));
        const auto opened = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(opened);
        QCOMPARE(opened.value().config["rank_pattern"].dump(), config["rank_pattern"].dump());
    }

    void anAlphaOfZeroKeepsItsPattern() {
        const MethodSettings settings =
            settingsOf(loraMethod(), {{"alpha", 0.0}, {"alpha_pattern", NamedTexts{{"v_proj", "16"}}}});
        const OrderedJson config = loraMethod().adapterConfig(settings, llamaShape(), "base");
        QCOMPARE(config["alpha_pattern"].dump(), std::string(R"({"v_proj":16})"));
        LATHE_VERIFY_OK(loraMethod().settingsFromAdapter(config));
    }

    void everyMethodReadsWhatItWrites() {
        for (const Method* method : methods())
            if (const auto* adapter = method->asAdapter())
                LATHE_VERIFY_OK(adapter->settingsFromAdapter(configOf(adapter->entry().name)));
    }

    void keysOfLaterProgramsAreRefusedByName() {
        for (const Method* method : methods()) {
            const auto* adapter = method->asAdapter();
            if (!adapter) continue;
            const OrderedJson config = configOf(adapter->entry().name);
            for (const OrderedJson& nothing : {OrderedJson(), OrderedJson(false), OrderedJson::object()})
                LATHE_VERIFY_OK(adapter->settingsFromAdapter(changed(config, "use_tomorrow", nothing)));
            for (const OrderedJson& something : {OrderedJson(true), OrderedJson(0.5), OrderedJson("x")}) {
                const auto read = adapter->settingsFromAdapter(changed(config, "use_tomorrow", something));
                QVERIFY2(!read.ok(), adapter->entry().name.c_str());
                QCOMPARE(read.error().code, ErrorCode::Unsupported);
                QVERIFY2(read.error().message.find("use_tomorrow") != std::string::npos,
                         read.error().message.c_str());
            }
        }
    }

    void keysOfOtherMethodsAreRefused() {
        const std::tuple<const char*, const char*, OrderedJson> asked[] = {
            {"vera", "use_dora", true},
            {"vera", "rank_pattern", {{"q_proj", 2}}},
            {"ia3", "layers_to_transform", OrderedJson::array({0})},
            {"ia3", "bias", "all"},
            {"adalora", "use_rslora", true},
            {"adalora", "alpha_pattern", {{"q_proj", 2}}},
            {"lora", "alora_invocation_tokens", OrderedJson::array({5})},
            {"dora", "velora_config", {{"rank", 2}}},
            {"prompt", "use_rslora", true},
            {"prefix", "prompt_tuning_init", "TEXT"},
            {"p_tuning", "prefix_projection", true}};
        for (const auto& [name, key, value] : asked) {
            const auto read = methodNamed(name).settingsFromAdapter(changed(configOf(name), key, value));
            QVERIFY2(!read.ok(), key);
            QVERIFY2(read.error().message.find(key) != std::string::npos, read.error().message.c_str());
        }
    }

    void startsThatLeaveTheBaseAloneAreRead() {
        for (const char* start : {"gaussian", "orthogonal", "eva", "mica"}) {
            OrderedJson config = changed(configOf("lora"), "init_lora_weights", start);
            config["eva_config"] = {{"rho", 2.0}};
            LATHE_VERIFY_OK(loraMethod().settingsFromAdapter(config));
        }
        for (const char* start :
             {"pissa", "pissa_niter_4", "olora", "corda", "loftq", "lora_ga", "unheard_of"})
            QVERIFY2(
                !loraMethod().settingsFromAdapter(changed(configOf("lora"), "init_lora_weights", start)).ok(),
                start);
    }

    void textsAreExpressionsForTheWholeName() {
        const ModelShape shape = llamaShape();
        OrderedJson config = configOf("lora");
        const auto reached = [&](const OrderedJson& targets) {
            const auto plan = planOf("lora", changed(config, "target_modules", targets), shape);
            return plan.ok() ? modulesOf(plan.value()) : std::set<std::string>{};
        };
        QVERIFY(reached("q_proj").empty());
        QCOMPARE(int(reached("model.layers.1.mlp.up_proj").size()), 1);
        QCOMPARE(int(reached(R"(.*\.1\.(self_attn\.q_proj|mlp\.up_proj))").size()), 2);
        QCOMPARE(int(reached("All-Linear").size()), 14);
        QCOMPARE(int(reached(OrderedJson::array({"up_proj"})).size()), 2);
        QVERIFY(reached(OrderedJson::array({".*up_proj"})).empty());
        config["exclude_modules"] = R"(.*layers\.0.*)";
        QCOMPARE(int(reached("all-linear").size()), 7);
        // Written back, a name that was a text still is one.
        config["exclude_modules"] = "model.layers.0.mlp.up_proj";
        const auto settings = loraMethod().settingsFromAdapter(config);
        LATHE_VERIFY_OK(settings);
        QVERIFY(loraMethod().adapterConfig(settings.value(), shape, "b")["exclude_modules"].is_string());
    }

    void feedForwardLayersOfIa3MayBeAnExpression() {
        OrderedJson config = configOf("ia3");
        config["target_modules"] = OrderedJson::array({"k_proj", "down_proj"});
        const auto sizes = [&](const OrderedJson& feedForward) {
            const auto plan =
                planOf("ia3", changed(config, "feedforward_modules", feedForward), llamaShape());
            LATHE_CHECK(plan.ok());
            std::set<std::vector<int64_t>> shapes;
            for (const auto& added : plan.value().added) shapes.insert(added.shape);
            return shapes;
        };
        using Shapes = std::set<std::vector<int64_t>>;
        QVERIFY(sizes(R"(.*\.mlp\.down_proj)") == (Shapes{{4, 1}, {1, 20}}));
        QVERIFY(sizes("down_proj") == (Shapes{{4, 1}, {12, 1}}));
        QVERIFY(sizes(OrderedJson::array({"down_proj"})) == (Shapes{{4, 1}, {1, 20}}));
        QVERIFY(sizes(OrderedJson()) == (Shapes{{4, 1}, {12, 1}}));
        // A name that is none of the layers is an error of a recipe alone.
        LATHE_VERIFY_OK(planOf("ia3", changed(config, "feedforward_modules", "up"), llamaShape()));
        const auto plan = [&](const char* name) {
            return ia3Method().plan(settingsOf(ia3Method(), {{"feedforward_modules", names({name})}}),
                                    llamaShape());
        };
        LATHE_VERIFY_OK(plan("down_proj"));
        QCOMPARE(plan("up_proj").error().place, std::string("method.feedforward_modules"));
    }

    void expressionsThatTakeTooManyStepsAreErrors() {
        const std::string endless = "(([a-z_.0-9])+)+[^a-z_.0-9]";  // no one character that must be there
        const auto refused = [](const auto& plan) {
            return !plan.ok() && plan.error().message.find("too many steps") != std::string::npos;
        };
        OrderedJson lora = configOf("lora"), ia3 = configOf("ia3");
        QVERIFY(refused(planOf("lora", changed(lora, "target_modules", endless), llamaShape())));
        QVERIFY(refused(planOf("lora", changed(lora, "rank_pattern", {{endless, 3}}), llamaShape())));
        QVERIFY(refused(planOf("ia3", changed(ia3, "feedforward_modules", endless), llamaShape())));
    }

    void namesThatFitNothingAreNotedInAFile() {
        const ModelShape shape = llamaShape();
        OrderedJson config = configOf("lora");
        config["target_modules"] = OrderedJson::array({"q_proj", "query_key_value"});
        config["exclude_modules"] = OrderedJson::array({"lm_head", "c_attn"});
        config["rank_pattern"] = {{"c_fc", 3}};
        config["modules_to_save"] = OrderedJson::array({"wte"});
        const auto settings = loraMethod().settingsFromAdapter(config);
        LATHE_VERIFY_OK(settings);
        const auto plan = loraMethod().plan(settings.value(), shape);
        LATHE_VERIFY_OK(plan);
        QCOMPARE(int(modulesOf(plan.value()).size()), 2);
        std::string all;
        for (const Note& note : loraMethod().notes(settings.value(), shape)) all += noteText(note) + "\n";
        for (const char* name : {"query_key_value", "c_attn", "c_fc"})
            QVERIFY2(all.find(name) != std::string::npos, all.c_str());
        QVERIFY2(all.find("lm_head") == std::string::npos, all.c_str());

        config["target_modules"] = OrderedJson::array({"query_key_value", "dense"});
        QVERIFY(!planOf("lora", config, shape).ok());
    }

    void namesThatFitNothingAreAFaultInARecipe() {
        const std::pair<const char*, FieldValue> wrong[] = {
            {"target_modules", names({"q_proj", "query_key_value"})},
            {"exclude_modules", names({"c_attn"})},
            {"modules_to_save", names({"wte"})},
            {"rank_pattern", NamedTexts{{"c_fc", "3"}}},
            {"alpha_pattern", NamedTexts{{"up_proj", "3"}}}};  // no chosen layer
        for (const auto& [key, value] : wrong) {
            const auto plan = loraMethod().plan(settingsOf(loraMethod(), {{key, value}}), llamaShape());
            QVERIFY2(!plan.ok(), key);
            QCOMPARE(plan.error().place, std::string("method.") + key);
        }
        LATHE_VERIFY_OK(loraMethod().plan(settingsOf(loraMethod(), {{"exclude_modules", names({"lm_head"})}}),
                                          llamaShape()));
    }

    void blocksAreCountedByLayersPattern() {
        OrderedJson config = configOf("lora");
        config["layers_to_transform"] = 1;
        config["layers_pattern"] = "layers";
        const auto plan = planOf("lora", config, llamaShape());
        LATHE_VERIFY_OK(plan);
        QVERIFY(modulesOf(plan.value()) == (std::set<std::string>{"model.layers.1.self_attn.q_proj",
                                                                  "model.layers.1.self_attn.v_proj"}));
        config["layers_pattern"] = OrderedJson::array({"h", "block"});
        QVERIFY(!planOf("lora", config, llamaShape()).ok());
    }

    void veraNeedsThePairThatItsConfigPromises() {
        const AdapterMethod& vera = methodNamed("vera");
        TemporaryFolder folder;
        auto model = smallLlama();
        const MethodSettings settings = settingsOf(vera, {{"rank", int64_t(4)}});
        LATHE_VERIFY_OK(attachTo(*model, vera, settings));
        LATHE_VERIFY_OK(saveAdapter(*model, vera, settings, "base", folder.path()));
        const auto opened = openAdapterFolder(folder.path());
        LATHE_VERIFY_OK(opened);
        std::vector<std::vector<float>> values;
        std::vector<TensorToWrite> tensors;
        for (const auto& info : opened.value().weights->tensors()) {
            if (info.name.ends_with("vera_A") || info.name.ends_with("vera_B")) continue;
            values.emplace_back(info.elements);
            LATHE_VERIFY_OK(opened.value().weights->readFloat(info, values.back()));
            tensors.push_back({info.name, DType::F32, info.shape, std::as_bytes(std::span(values.back()))});
        }
        for (const bool promised : {true, false}) {
            TemporaryFolder bare;
            const OrderedJson config = changed(opened.value().config, "save_projection", promised);
            LATHE_VERIFY_OK(writeAdapterFolder(bare.path(), config, tensors));
            auto fresh = smallLlama();
            QCOMPARE(loadAdapter(*fresh, vera, openAdapterFolder(bare.path()).value()).ok(), !promised);
        }
    }

    void bottlenecksHaveOnePlacementOrNone() {
        const auto placed = [](const OrderedJson& keys) {
            OrderedJson config = configOf("bottleneck");
            config["config"].update(keys);
            const auto read = bottleneckMethod().settingsFromAdapter(config);
            return read.ok() ? textSetting(read.value().values, "placement", "") : read.error().message;
        };
        const OrderedJson houlsby{{"mh_adapter", true}, {"original_ln_before", false}};
        const OrderedJson parallel{{"is_parallel", true}, {"original_ln_before", false}};
        QCOMPARE(placed(OrderedJson::object()), std::string("pfeiffer"));
        QCOMPARE(placed(houlsby), std::string("houlsby"));
        QCOMPARE(placed(parallel), std::string("parallel"));
        const auto with = [](OrderedJson keys, const char* key, const OrderedJson& value) {
            keys[key] = value;
            return keys;
        };
        // Without a norm before the adapter there is only one residual to take.
        QCOMPARE(placed(with(houlsby, "residual_before_ln", false)), std::string("houlsby"));
        QCOMPARE(placed(with(parallel, "original_ln_before", true)), std::string("parallel"));
        const std::pair<OrderedJson, const char*> refused[] = {
            {{{"original_ln_before", false}}, "original_ln_before"},
            {{{"residual_before_ln", false}}, "residual_before_ln"},
            {{{"residual_before_ln", "post_add"}}, "residual_before_ln"},
            {with(houlsby, "original_ln_before", true), "original_ln_before"},
            {with(houlsby, "original_ln_after", false), "original_ln_after"},
            {with(parallel, "mh_adapter", true), "mh_adapter"},
            {{{"output_adapter", false}}, "output_adapter"},
            {{{"scaling", "learned"}}, "scaling"},
            {{{"ln_after", true}}, "ln_after"},
            {{{"leave_out", {0}}}, "leave_out"},
            {{{"phm_layer", true}}, "phm_layer"},
            {{{"stochastic_depth", 0.1}}, "stochastic_depth"}};
        for (const auto& [keys, name] : refused) {
            const std::string message = placed(keys);
            QVERIFY2(message.find(name) != std::string::npos, message.c_str());
        }
    }

    void bottlenecksScaleInEveryPlacement() {
        const AdapterMethod& method = bottleneckMethod();
        for (const char* placement : {"pfeiffer", "houlsby", "parallel"}) {
            const auto answersWith = [&](double scaling, bool on) {
                auto model = smallBert();
                const MethodSettings settings = settingsOf(
                    method,
                    {{"placement", std::string(placement)}, {"scaling", scaling}, {"reduction_factor", 2.0}});
                LATHE_CHECK(attachTo(*model, method, settings).ok());
                at::NoGradGuard guard;
                for (auto& item : model->named_parameters())
                    if (item.key().find("adapter_") != std::string::npos)
                        item.value().copy_(formulaWeights(item.key(), item.value().sizes()));
                if (!on)
                    for (AdapterPlace* place : model->places()) place->setAdapterEnabled(false);
                return answers(*model).detach();
            };
            QVERIFY2(largestDifference(answersWith(2, true), answersWith(1, true)) > 1e-4, placement);
            QVERIFY2(largestDifference(answersWith(0, true), answersWith(1, false)) < 1e-6, placement);
        }
    }
};

LATHE_TEST(TestAdapterConfigs)
#include "tst_adapter_configs.moc"
