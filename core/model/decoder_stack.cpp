// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/decoder_stack.h"

namespace lathe {
namespace {

/// New cache room is made this many positions at a time.
constexpr int64_t kCacheChunk = 256;

/// (1, time) for x (batch, time, …): the same for all rows.
at::Tensor positionsFrom(int64_t start, const at::Tensor& x) {
    return at::arange(start, start + x.size(1), x.options().dtype(at::kLong)).unsqueeze(0);
}

at::Tensor appended(at::Tensor& store, const at::Tensor& fresh, int64_t past) {
    const int64_t needed = past + fresh.size(1);
    if (!store.defined() || store.size(2) < needed) {
        const int64_t room = (needed + kCacheChunk - 1) / kCacheChunk * kCacheChunk;
        at::Tensor larger = at::empty({fresh.size(0), fresh.size(2), room, fresh.size(3)}, fresh.options());
        if (past > 0) larger.narrow(2, 0, past).copy_(store.narrow(2, 0, past));
        store = larger;
    }
    store.narrow(2, past, fresh.size(1)).copy_(fresh.transpose(1, 2));
    return store.narrow(2, 0, needed).transpose(1, 2);
}

}  // namespace

void appendToCache(KeyValueCache::Layer& cache, at::Tensor& keys, at::Tensor& values, int64_t past) {
    keys = appended(cache.keys, keys, past);
    values = appended(cache.values, values, past);
}

void DecoderPass::complete(at::Tensor& keys, at::Tensor& values, KeyValueCache::Layer* cache) const {
    prefix.putBefore(keys, values);
    if (cache) appendToCache(*cache, keys, values, past);
}

void DecoderPass::limit(AttentionSettings& settings, int64_t window) const {
    settings.mask = ages.defined() ? ages < (window > 0 ? window : kPadding) : sameText;
    settings.window = ages.defined() ? 0 : window;
}

std::vector<HeadKind> decoderHeads() {
    return {HeadKind::Body, HeadKind::LanguageModel, HeadKind::SequenceClassification,
            HeadKind::TokenClassification};
}

void listDecoderHead(ModelShape& shape, const DecoderHead& about) {
    shape.takesPrefix = true;
    const auto add = [&](const std::string& name, std::vector<int64_t> size) {
        shape.parameters.push_back({.name = name, .shape = std::move(size), .isHead = true});
    };
    if (shape.head == HeadKind::LanguageModel && !shape.tiedHead)
        add("lm_head.weight", {shape.vocabulary, shape.hidden});
    if (shape.head == HeadKind::SequenceClassification) add("score.weight", {shape.labels, shape.hidden});
    if (shape.head == HeadKind::TokenClassification) {
        add(about.tagger + ".weight", {shape.labels, shape.hidden});
        add(about.tagger + ".bias", {shape.labels});
    }
}

void DecoderModel::registerHead(const DecoderHead& about) {
    m_about = about;
    const auto head = [&](const std::string& name, int64_t out, bool hasBias) {
        return register_module(name, std::make_shared<HeadLayer>(m_shape.hidden, out, hasBias));
    };
    if (m_shape.head == HeadKind::LanguageModel && !m_shape.tiedHead)
        m_languageHead = register_module(
            kLanguageHead, std::make_shared<Projection>(m_shape.hidden, m_shape.vocabulary, false));
    if (m_shape.head == HeadKind::SequenceClassification) m_score = head("score", m_shape.labels, false);
    if (m_shape.head == HeadKind::TokenClassification) m_score = head(about.tagger, m_shape.labels, true);
}

at::Tensor DecoderModel::hidden(const Batch& batch) {
    const int64_t prefix = prefixTokens();
    at::Tensor x = behindPrompt(embed(batch.ids));
    const at::Tensor positions = batch.positions.defined() ? batch.positions : positionsFrom(prefix, x);
    x = entered(x, positions);
    const int64_t length = batch.documents.defined() ? batch.longest : prefix + x.size(1);
    DecoderPass pass{rotations(positions, length, x.scalar_type()), 0, {}};
    if (batch.documents.defined()) {
        LATHE_CHECK(prefix == 0 && x.size(1) == batch.documents.size(1));
        pass.sameText = batch.documents.unsqueeze(2) == batch.documents.unsqueeze(1);
    }
    const auto fronts = prefixes();
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.prefix = fronts[i];
        x = throughBlock(
            [block = m_blocks[i], pass](const std::vector<at::Tensor>& in) {
                return block->forward(in[0], pass, nullptr);
            },
            {x});
    }
    return lastNorm(x);
}

LanguageHead DecoderModel::languageHead() {
    LATHE_CHECK(m_shape.head == HeadKind::LanguageModel);
    if (m_languageHead) return m_languageHead->head(m_about.logitSoftCap);
    return {wordEmbeddings(), {}, m_about.logitSoftCap};
}

at::Tensor DecoderModel::classify(const at::Tensor& hidden, const Batch& batch) {
    LATHE_CHECK(m_score);
    if (m_shape.head == HeadKind::TokenClassification)
        return m_score->forward(dropoutWhen(is_training(), hidden, m_about.classifierDropout));
    const int64_t rows = hidden.size(0), time = hidden.size(1);
    if (!batch.lengths.defined()) return m_score->forward(hidden.select(1, time - 1));
    const at::Tensor last = at::arange(rows, batch.lengths.options()).mul_(time).add_(batch.lengths).sub_(1);
    return m_score->forward(hidden.reshape({rows * time, -1}).index_select(0, last));
}

at::Tensor DecoderModel::throughCache(at::Tensor x, const DecoderPass& about, KeyValueCache& cache) {
    DecoderPass pass = about;
    // The first step brings what stands in front of the text; later ones find it in the cache.
    const auto fronts = about.past == 0 ? prefixes() : std::vector<KeysAndValues>(m_blocks.size());
    cache.layers.resize(m_blocks.size());
    for (std::size_t i = 0; i < m_blocks.size(); ++i) {
        pass.prefix = fronts[i];
        x = m_blocks[i]->forward(x, pass, &cache.layers[i]);
    }
    return x;
}

at::Tensor DecoderModel::step(const at::Tensor& ids, KeyValueCache& cache) {
    at::NoGradGuard noGrad;
    const bool first = cache.length == 0;
    const int64_t prefix = first ? prefixTokens() : 0;
    at::Tensor x = first ? behindPrompt(embed(ids)) : embed(ids);
    const int64_t length = cache.length + prefix + x.size(1);
    at::Tensor positions = positionsFrom(cache.length + prefix, x), ages;
    const at::Tensor& lengths = cache.lengths;
    if (lengths.defined() && !first) {
        // Padding stands between a row's first ids and its later ones: unseen, and not counted as positions.
        LATHE_CHECK(x.size(1) == 1);
        const at::Tensor ends = lengths.unsqueeze(1),
                         places = at::arange(length, lengths.options()).unsqueeze(0);
        positions = positions - cache.padded + ends;
        const at::Tensor age = positions - at::where(places < ends, places, places - cache.padded + ends);
        ages = age.masked_fill((places >= ends).logical_and(places < cache.padded), DecoderPass::kPadding);
    }
    x = throughCache(entered(x, positions),
                     {rotations(positions, length, x.scalar_type()), cache.length, {}, ages}, cache);
    at::Tensor last = x.select(1, x.size(1) - 1);
    if (lengths.defined() && first) {
        const int64_t front = x.size(1) - ids.size(1);
        const at::Tensor rows = at::arange(x.size(0), lengths.options());
        last = x.index({rows, lengths + (front - 1)});
        // From here on counted with what stands in front of the text.
        cache.lengths = lengths + (prefix + front);
        cache.padded = length;
    }
    cache.length = length;
    return languageLogits(lastNorm(last), languageHead());
}

}  // namespace lathe
