package dev.tern.train.config;

import java.nio.file.Path;

/// Learning from a model in full precision besides the text.
///
/// `loss = (1 - weight) * cross-entropy + weight * T^2 * KL(teacher / T, student / T) +
/// attentionWeight * relations`, after BitDistill (arXiv 2510.13998, section 3.3), which has
/// `cross-entropy + lambda * KL + gamma * relations` instead: up to T^2 and a factor of all, its
/// lambda is `weight / (1 - weight)` here. Relations are scaled as in MiniLMv2 (arXiv 2012.15828),
/// so that BitDistill's gamma is no measure for `attentionWeight`.
///
/// @param teacher a Hugging Face folder with the same tokenizer
/// @param weight of the teacher's logits, 0 to 1
/// @param temperature T; both sides' logits are divided by it
/// @param attentionWeight of the attention relations; 0 for none
/// @param attentionLayer whose relations, from 0; those of the teacher's layer at the same share of
///   its depth
public record DistillationSettings(
    Path teacher, double weight, double temperature, double attentionWeight, int attentionLayer) {
  /// Checks the settings.
  ///
  /// @throws ConfigException if one is out of range
  public DistillationSettings {
    Check.within("distillation.weight", weight, 0, 1);
    Check.positive("distillation.temperature", temperature);
    Check.within("distillation.attention_weight", attentionWeight, 0, 1e9);
    Check.atLeast("distillation.attention_layer", attentionLayer, 0);
  }
}
