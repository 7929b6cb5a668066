package dev.tern.train.run;

import dev.tern.train.data.TokenCounts;

/// What is trained on what.
///
/// @param parameters numbers that are learnt
/// @param vocabularySize number of tokens
/// @param training text to learn from, in one pass
/// @param validation text to measure with
/// @param tokensPerStep of one change of the weights
/// @param steps of the whole run
/// @param firstStep steps that were done before
public record RunOverview(
    long parameters,
    int vocabularySize,
    TokenCounts training,
    TokenCounts validation,
    long tokensPerStep,
    long steps,
    long firstStep) {}
