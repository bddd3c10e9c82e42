// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/config/recipe_yaml.h"
#include "core/config/reward_settings.h"
#include "tests/support/support.h"

using namespace lathe;

namespace {

Catalog sampleCatalog() {
    Catalog catalog;
    TaskEntry task;
    task.name = "classification";
    catalog.tasks.push_back(task);
    task.name = "preference";
    task.fields = {
        {"beta", FieldKind::Number, 0.1, 1e-4, 100.0, {}, "", false},
        {"loss", FieldKind::Choice, std::string("sigmoid"), {}, {}, {"sigmoid", "ipo"}, "", false}};
    catalog.tasks.push_back(task);
    task.name = "reinforcement";
    task.section = "reinforcement";
    task.fields = {{"kl", FieldKind::Number, 0.05, 0.0, 10.0, {}, "", false},
                   {"reward", FieldKind::RewardList, {}, {}, {}, {}, "", false}};
    catalog.tasks.push_back(task);
    catalog.rewards = {
        {"length", "", "", {{"target", FieldKind::Integer, int64_t(20), 1.0, 100.0, {}, "", false}}},
        {"model", "", "", {{"model", FieldKind::Path, {}, {}, {}, {}, "", false}}}};
    MethodEntry lora;
    lora.name = "lora";
    lora.isAdapter = true;
    lora.fields = {
        {"rank", FieldKind::Integer, int64_t(8), 1.0, 4096.0, {}, "", false},
        {"alpha", FieldKind::Number, 16.0, 0.0, {}, {}, "", false},
        {"target_modules", FieldKind::NameList, {}, {}, {}, {}, "", false},
        {"bias", FieldKind::Choice, std::string("none"), {}, {}, {"none", "all"}, "", false},
    };
    catalog.methods.push_back(lora);
    MethodEntry full, prefix;
    full.name = "full";
    prefix.name = "prefix";
    prefix.isAdapter = true;
    prefix.checkpoints = prefix.packs = false;
    catalog.methods.push_back(full);
    catalog.methods.push_back(prefix);
    return catalog;
}

constexpr const char* kGood = R"(lathe: 1
name: sentiment-lora-8
task: classification
base: shelf:minilm-l6
data:
  train: train.tsv
  validation: 0.1
  columns: {text: 0, label: 1}
  max_length: 64
method:
  name: lora
  rank: 4
  target_modules: [query, value]
train:
  batch_size: 32
  learning_rate: 1.0e-3
)";

}  // namespace

class TestRecipeYaml : public QObject {
    Q_OBJECT
  private slots:
    void mapsKeepTheOrderTheyAreWrittenIn() {
        const ParsedRecipe first = parseRecipe(
            "lathe: 1\nname: a\ntask: classification\nbase: b\ndata: {train: t}\nmethod: lora\n"
            "train: {learning_rates: {z.lora_B: 1e-2, lora_B: 1e-3, a: 1e-4}}\n",
            "r.yaml", {}, sampleCatalog());
        const NamedTexts expected{{"z.lora_B", "1e-2"}, {"lora_B", "1e-3"}, {"a", "1e-4"}};
        QVERIFY(first.recipe.train.learningRates == expected);
        const ParsedRecipe again = parseRecipe(recipeToYaml(first.recipe), "r.yaml", {}, sampleCatalog());
        QVERIFY(again.recipe.train.learningRates == expected);
        QVERIFY(!(expected == NamedTexts{{"lora_B", "1e-3"}, {"z.lora_B", "1e-2"}, {"a", "1e-4"}}));
    }

    void readsEveryKind() {
        const auto parsed = parseRecipe(kGood, "r.yaml", {}, sampleCatalog());
        QVERIFY2(parsed.faults.empty(), parsed.faults.empty() ? "" : parsed.faults[0].text().c_str());
        const Recipe& recipe = parsed.recipe;
        QCOMPARE(recipe.data.validation, std::string("0.1"));
        QCOMPARE(recipe.data.columns.at("label"), std::string("1"));
        QCOMPARE(recipe.data.maxLength, int64_t(64));
        QCOMPARE(recipe.train.learningRate.value(), 1e-3);
        QCOMPARE(integerSetting(recipe.methods[0].values, "rank", 0), int64_t(4));
        QCOMPARE(numberSetting(recipe.methods[0].values, "alpha", 0), 16.0);  // the method's default
        QCOMPARE(listSetting(recipe.methods[0].values, "target_modules").size(), std::size_t(2));
    }
    void namesAllFaultsWithTheirPlaces() {
        const auto parsed = parseRecipe(
            "lathe: 1\ntask: clasification\nbase: x\ndata:\n  trian: a.tsv\n  max_length: long\n"
            "method:\n  name: lora\n  rnak: 4\n  rank: 0\ntrain:\n  batch_size: 0\n  schedule: wavy\n",
            "r.yaml", {}, sampleCatalog());
        std::map<std::string, std::string> byPlace;
        for (const auto& fault : parsed.faults) byPlace[fault.place + " " + fault.key] = fault.message;
        QVERIFY(byPlace.at("r.yaml:5:3 data.trian").find("did you mean data.train") != std::string::npos);
        QVERIFY(byPlace.at("r.yaml:6:15 data.max_length").find("whole number") != std::string::npos);
        QVERIFY(byPlace.at("r.yaml:9:3 method.rnak").find("method.rank") != std::string::npos);
        QVERIFY(byPlace.at("r.yaml:10:3 method.rank").find("out of range") != std::string::npos);
        QVERIFY(byPlace.at("r.yaml:12:3 train.batch_size").find("1 to 65536") != std::string::npos);
        QVERIFY(byPlace.count("r.yaml:13:3 train.schedule"));
        QVERIFY(byPlace.count("r.yaml:2:1 task"));
        QVERIFY(byPlace.count("r.yaml data.train"));
        QCOMPARE(parsed.faults.size(), std::size_t(8));
    }
    void whatDoesNotGoTogetherIsPlaced() {
        const auto faultsOf = [](const std::string& method, const std::string& train) {
            std::vector<std::string> places;
            for (const auto& fault :
                 parseRecipe("lathe: 1\ntask: classification\nbase: b\ndata: {train: t}\nmethod: " + method +
                                 "\ntrain:\n  " + train + "\n",
                             "r.yaml", {}, sampleCatalog())
                     .faults)
                places.push_back(fault.place + " " + fault.key);
            return places;
        };
        using Places = std::vector<std::string>;
        QCOMPARE(faultsOf("lora", "quantization: nf4"), Places());
        QCOMPARE(faultsOf("[{name: lora}, {name: prefix}]", "quantization: int8"), Places());
        QCOMPARE(faultsOf("full", "quantization: nf4"), Places{"r.yaml:7:3 train.quantization"});
        QCOMPARE(faultsOf("prefix", "gradient_checkpointing: true"),
                 Places{"r.yaml:7:3 train.gradient_checkpointing"});
        QCOMPARE(faultsOf("[{name: full}, {name: lora}]", "seed: 1").size(), std::size_t(1));
    }
    void notEveryRowSharesASequence() {
        const auto faultsOf = [](const std::string& task, const std::string& method) {
            Catalog catalog = sampleCatalog();
            catalog.tasks.front().packs = true;
            std::vector<std::string> places;
            for (const auto& fault :
                 parseRecipe("lathe: 1\ntask: " + task + "\nbase: b\ndata:\n  train: t\n  " +
                                 "packing: best_fit\nmethod: " + method + "\n",
                             "r.yaml", {}, catalog)
                     .faults)
                places.push_back(fault.place + " " + fault.key);
            return places;
        };
        using Places = std::vector<std::string>;
        const Catalog catalog = sampleCatalog();
        const Places there{"r.yaml:6:3 data.packing"};
        QCOMPARE(faultsOf(catalog.tasks.front().name, "lora"), Places());
        QCOMPARE(faultsOf("preference", "lora"), there);
        QCOMPARE(faultsOf(catalog.tasks.front().name, "prefix"), there);
    }
    void overridesWin() {
        const auto parsed =
            parseRecipe(kGood, "r.yaml", {"method.rank=2", "train.max_steps=20", "data.columns={text: t}"},
                        sampleCatalog());
        QVERIFY(parsed.faults.empty());
        QCOMPARE(integerSetting(parsed.recipe.methods[0].values, "rank", 0), int64_t(2));
        QCOMPARE(parsed.recipe.train.maxSteps, int64_t(20));
        QCOMPARE(parsed.recipe.data.columns.at("text"), std::string("t"));
    }
    void overrideFaultsSayCommandLine() {
        const auto parsed = parseRecipe(kGood, "r.yaml", {"method.rank=many", "nonsense"}, sampleCatalog());
        QCOMPARE(parsed.faults.size(), std::size_t(2));
        QCOMPARE(parsed.faults[0].place, std::string("command line"));
    }
    void writesBackTheSame() {
        const auto first = parseRecipe(kGood, "r.yaml", {}, sampleCatalog());
        const auto again = parseRecipe(recipeToYaml(first.recipe), "again.yaml", {}, sampleCatalog());
        QVERIFY2(again.faults.empty(), again.faults.empty() ? "" : again.faults[0].text().c_str());
        QCOMPARE(recipeToYaml(again.recipe), recipeToYaml(first.recipe));
        for (const auto& field : recipeFields())
            QVERIFY(recipeValue(first.recipe, field.key) == recipeValue(again.recipe, field.key));
        QVERIFY(first.recipe.methods[0].values == again.recipe.methods[0].values);
    }
    void tasksHaveASectionOfTheirOwn() {
        // The section may stand before the task that it belongs to.
        const std::string rest = "lathe: 1\nbase: b\ndata: {train: t}\nmethod: lora\n";
        const auto read = [&](const std::string& text, const std::vector<std::string>& overrides = {}) {
            return parseRecipe(text + rest, "r.yaml", overrides, sampleCatalog());
        };
        const auto plain = read("objective: {beta: 0.5}\ntask: preference\n");
        QVERIFY2(plain.faults.empty(), plain.faults.empty() ? "" : plain.faults[0].text().c_str());
        QCOMPARE(numberSetting(plain.recipe.objective.values, "beta", 0), 0.5);
        QCOMPARE(textSetting(plain.recipe.objective.values, "loss", ""), std::string("sigmoid"));
        const auto again = parseRecipe(recipeToYaml(plain.recipe), "again.yaml", {}, sampleCatalog());
        QVERIFY(again.faults.empty() && again.recipe.objective.values == plain.recipe.objective.values);

        const auto other =
            read("task: reinforcement\nreinforcement: {kl: 0.2, reward: length}\n", {"reinforcement.kl=0.3"});
        QVERIFY(other.faults.empty());
        QCOMPARE(numberSetting(other.recipe.objective.values, "kl", 0), 0.3);
        QVERIFY(recipeToYaml(other.recipe).find("reinforcement:\n  kl: 0.3") != std::string::npos);

        const auto faulty = read("task: preference\nobjective:\n  betta: 1\n  beta: 0\n  loss: dpo\n");
        std::map<std::string, std::string> byPlace;
        for (const auto& fault : faulty.faults) byPlace[fault.place + " " + fault.key] = fault.message;
        QCOMPARE(faulty.faults.size(), std::size_t(3));
        QVERIFY(byPlace.at("r.yaml:3:3 objective.betta").find("did you mean objective.beta") !=
                std::string::npos);
        QVERIFY(byPlace.at("r.yaml:4:3 objective.beta").find("out of range") != std::string::npos);
        QVERIFY(byPlace.count("r.yaml:5:3 objective.loss"));

        const auto mended = read("task: preference\nobjective: {beta: 0}\n", {"objective.beta=0.2"});
        QVERIFY(mended.faults.empty());
        const auto alien = read("task: classification\nobjective: {beta: 1}\n");
        QCOMPARE(alien.faults.size(), std::size_t(1));
        QCOMPARE(alien.faults[0].place, std::string("r.yaml:2:1"));
        QCOMPARE(read("task: classification\n", {"objective.beta=1"}).faults[0].place,
                 std::string("command line"));
        QCOMPARE(read("task: preference\nreinforcement: {kl: 1}\n").faults.size(), std::size_t(1));
        QCOMPARE(read("task: preference\nobjective: 3\n").faults.size(), std::size_t(1));
        QCOMPARE(read("task: preference\n", {"objective=3"}).faults.size(), std::size_t(1));
    }
    void rewardsAreAListOrOne() {
        const std::string rest = "\nlathe: 1\ntask: reinforcement\nbase: b\ndata: {train: t}\nmethod: lora\n";
        const auto read = [&](const std::string& reward, const std::vector<std::string>& overrides = {}) {
            return parseRecipe("reinforcement:\n  reward: " + reward + rest, "r.yaml", overrides,
                               sampleCatalog());
        };
        const auto rewards = [](const ParsedRecipe& parsed) {
            std::vector<std::string> faults;
            return rewardSettings(parsed.recipe.objective.values.at("reward"), sampleCatalog(), faults);
        };
        const auto named = read("length"), whole = read("{rule: length, target: 5, weight: 2}"),
                   both = read("[length, {model: runs/judge, weight: 0.5}]");
        for (const auto* parsed : {&named, &whole, &both})
            QVERIFY2(parsed->faults.empty(), parsed->faults.empty() ? "" : parsed->faults[0].text().c_str());
        QCOMPARE(integerSetting(rewards(named)[0].values, "target", 0), int64_t(20));
        QCOMPARE(integerSetting(rewards(whole)[0].values, "target", 0), int64_t(5));
        QCOMPARE(rewards(whole)[0].weight, 2.0);
        QCOMPARE(rewards(both).size(), std::size_t(2));
        QCOMPARE(rewards(both)[1].name, std::string("model"));
        const auto again = parseRecipe(recipeToYaml(both.recipe), "again.yaml", {}, sampleCatalog());
        QVERIFY(again.faults.empty() && again.recipe.objective.values == both.recipe.objective.values);
        QCOMPARE(rewards(read("length", {"reinforcement.reward={rule: length, target: 7}"}))[0].values.at(
                     "target"),
                 FieldValue(int64_t(7)));

        // All that is wrong with them, at the key's place.
        const auto faulty = read("[{rule: width}, {rule: length, target: 0}, {target: 1}]");
        QCOMPARE(faulty.faults.size(), std::size_t(3));
        for (const auto& fault : faulty.faults) {
            QCOMPARE(fault.place, std::string("r.yaml:2:3"));
            QCOMPARE(fault.key, std::string("reinforcement.reward"));
        }
        QCOMPARE(read("[[length]]").faults.size(), std::size_t(1));
        const auto none = parseRecipe(rest, "r.yaml", {}, sampleCatalog());
        QCOMPARE(none.faults.size(), std::size_t(1));
        QVERIFY(none.faults[0].message.find("is missing") != std::string::npos);
    }
    void jsonIsARecipeToo() {
        const auto parsed = parseRecipe(
            R"({"lathe":1,"task":"classification","base":"b","data":{"train":"t"},"method":"lora"})",
            "r.json", {}, sampleCatalog());
        QVERIFY(parsed.faults.empty());
    }
    void brokenYamlIsPlaced() {
        const auto parsed = parseRecipe("lathe: 1\ntask: [a\n", "r.yaml", {}, sampleCatalog());
        QCOMPARE(parsed.faults.size(), std::size_t(1));
        QVERIFY(parsed.faults[0].place.rfind("r.yaml:", 0) == 0);
        QVERIFY(!parseRecipe("", "r.yaml", {}, sampleCatalog()).faults.empty());
        QVERIFY(!parseRecipe(std::string(2000, '['), "r.yaml", {}, sampleCatalog()).faults.empty());
    }
    void aSecondDocumentIsAFault() {
        const std::string good = kGood;
        const auto parsed = parseRecipe(good + "---\nname: another\n", "r.yaml", {}, sampleCatalog());
        QCOMPARE(parsed.faults.size(), std::size_t(1));
        const auto line = 1 + std::count(good.begin(), good.end(), '\n');
        QVERIFY2(parsed.faults[0].place.starts_with("r.yaml:" + std::to_string(line)),
                 parsed.faults[0].place.c_str());
        QVERIFY(!parseRecipe(good + "---\n[broken\n", "r.yaml", {}, sampleCatalog()).faults.empty());
        for (const std::string& one : {"---\n" + good, good + "...\n", "%YAML 1.2\n---\n" + good + "# end\n"})
            QVERIFY2(parseRecipe(one, "r.yaml", {}, sampleCatalog()).faults.empty(), one.c_str());
    }
    void duplicateKeysAreFaults() {
        std::string twice = kGood;
        twice += "name: again\n";
        const auto parsed = parseRecipe(twice, "r.yaml", {}, sampleCatalog());
        QCOMPARE(parsed.faults.size(), std::size_t(1));
        QCOMPARE(parsed.faults[0].message, std::string("appears twice"));
    }
    void anOlderRunKeepsItsSplit() {
        // Recipes of runs say every value: one without a seed of the split is of a run split by train.seed.
        lathe::test::TemporaryFolder folder;
        const std::string old =
            "lathe: 1\ntask: classification\nbase: b\ndata: {train: t, validation: 0.1}\n"
            "method: lora\ntrain: {seed: 5}\n";
        folder.write("old/recipe.yaml", old);
        const auto before = readRunRecipe(folder.path() / "old", sampleCatalog());
        QVERIFY(before.faults.empty());
        QCOMPARE(before.recipe.data.splitSeed, int64_t(5));
        QCOMPARE(before.recipe.data.stratify, std::string("none"));
        auto made = parseRecipe(old, "r.yaml", {}, sampleCatalog()).recipe;
        QCOMPARE(made.data.splitSeed, int64_t(17));
        folder.write("new/recipe.yaml", recipeToYaml(made));
        const auto after = readRunRecipe(folder.path() / "new", sampleCatalog());
        QCOMPARE(after.recipe.data.splitSeed, int64_t(17));
        QCOMPARE(after.recipe.data.stratify, std::string("auto"));
    }
};

LATHE_TEST(TestRecipeYaml)
#include "tst_recipe_yaml.moc"
