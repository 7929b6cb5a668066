package dev.tern.cli;

import dev.tern.ModelInfo;

/// What was measured, and what is true of all of its tests.
///
/// @param model what is known about the model
/// @param headEncoding the encoding of the matrix that gives the logits
/// @param kernels what computed in the end
/// @param batchSize how many prompt tokens were computed at once
/// @param settings in what it differs from what it is compared with; empty if in nothing
/// @param loadSeconds from the file to a model
/// @param firstTokenSeconds the first token after loading, of a prompt of one
record BenchSubject(
    ModelInfo model,
    String headEncoding,
    String kernels,
    int batchSize,
    String settings,
    double loadSeconds,
    double firstTokenSeconds) {}
