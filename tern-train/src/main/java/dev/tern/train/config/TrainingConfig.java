package dev.tern.train.config;

import java.nio.file.Path;
import java.util.Optional;

/// All that makes a training run.
///
/// @param name of the model
/// @param output folder of the run: checkpoints, log, samples, the model itself
/// @param model its shape
/// @param tokenizer where its tokenizer comes from
/// @param data what it learns from
/// @param optimizer how its weights are changed
/// @param warmUp how it gets used to its quantizers
/// @param initial a Hugging Face folder whose weights it begins with; random ones without
/// @param distillation what it learns from another model
/// @param run how long, and what else
public record TrainingConfig(
    String name,
    Path output,
    ModelSettings model,
    TokenizerSettings tokenizer,
    DataSettings data,
    OptimizerSettings optimizer,
    QuantizationWarmUp warmUp,
    Optional<Path> initial,
    Optional<DistillationSettings> distillation,
    RunSettings run) {}
