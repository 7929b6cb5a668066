package dev.tern.model;

import org.jspecify.annotations.Nullable;

/// The weights of one transformer block.
///
/// @param attentionNorm before attention
/// @param queryKeyValue `[hidden] -> [queries | keys | values]`
/// @param queryNorm per head, if the architecture has head norms
/// @param keyNorm per head, if the architecture has head norms
/// @param attentionSubNorm over all heads together before the output projection, if the
///   architecture has SubLN
/// @param attentionOutput `[queries] -> [hidden]`
/// @param feedForwardNorm before the feed-forward network
/// @param gateUp `[hidden] -> [gate | up]`
/// @param feedForwardSubNorm before the down projection, if the architecture has SubLN
/// @param down `[intermediate] -> [hidden]`
public record LayerWeights(
    Norm attentionNorm,
    LinearLayer queryKeyValue,
    @Nullable Norm queryNorm,
    @Nullable Norm keyNorm,
    @Nullable Norm attentionSubNorm,
    LinearLayer attentionOutput,
    Norm feedForwardNorm,
    LinearLayer gateUp,
    @Nullable Norm feedForwardSubNorm,
    LinearLayer down) {}
