package dev.tern.train.config;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/// Writes training runs as [ConfigReader] reads them, with every setting, whether it was written or
/// is a standard value, and paths in full.
public final class ConfigWriter {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  private ConfigWriter() {}

  /// {@return a run as YAML}
  ///
  /// @param config the run
  public static String write(TrainingConfig config) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("name", config.name());
    all.put("output", path(config.output()));
    all.put("model", model(config.model()));
    all.put("tokenizer", tokenizer(config.tokenizer()));
    all.put("data", data(config.data()));
    all.put("optimizer", optimizer(config.optimizer()));
    all.put(
        "warm_up", group("curve", name(config.warmUp().curve()), "steps", config.warmUp().steps()));
    config.initial().ifPresent(initial -> all.put("initial", path(initial)));
    config.distillation().ifPresent(settings -> all.put("distillation", distillation(settings)));
    all.put("run", run(config.run()));
    return YAML.writeValueAsString(all);
  }

  private static Map<String, Object> model(ModelSettings model) {
    return group(
        "style", name(model.style()),
        "weights", name(model.weights()),
        "activations", name(model.activations()),
        "hidden", model.hidden(),
        "layers", model.layers(),
        "heads", model.heads(),
        "kv_heads", model.kvHeads(),
        "feed_forward", model.feedForward(),
        "context", model.context(),
        "rope_theta", model.ropeTheta(),
        "norm_epsilon", model.normEpsilon(),
        "tied_embeddings", model.tiedEmbeddings());
  }

  private static Map<String, Object> tokenizer(TokenizerSettings tokenizer) {
    return switch (tokenizer) {
      case TokenizerSettings.Existing(Path path) -> group("path", path(path));
      case TokenizerSettings.Learnt learnt ->
          group("kind", name(learnt.kind()), "size", learnt.size(), "marks", learnt.marks());
    };
  }

  private static Map<String, Object> data(DataSettings data) {
    return group(
        "train", data.train().stream().map(ConfigWriter::corpus).toList(),
        "validation", data.validation().stream().map(ConfigWriter::corpus).toList(),
        "validation_share", data.validationShare(),
        "isolate_documents", data.isolateDocuments());
  }

  private static Map<String, Object> corpus(CorpusSettings corpus) {
    Map<String, Object> settings =
        group("path", path(corpus.path()), "format", name(corpus.format()));
    corpus.separator().ifPresent(separator -> settings.put("separator", separator));
    settings.put("repeat", corpus.repeat());
    return settings;
  }

  private static Map<String, Object> optimizer(OptimizerSettings optimizer) {
    return group(
        "peak_learning_rate", optimizer.peakLearningRate(),
        "second_learning_rate", optimizer.secondLearningRate(),
        "warm_up_steps", optimizer.warmUpSteps(),
        "second_stage_at", optimizer.secondStageAt(),
        "weight_decay", optimizer.weightDecay(),
        "beta1", optimizer.beta1(),
        "beta2", optimizer.beta2(),
        "epsilon", optimizer.epsilon(),
        "clip_norm", optimizer.clipNorm());
  }

  private static Map<String, Object> distillation(DistillationSettings settings) {
    return group(
        "teacher", path(settings.teacher()),
        "weight", settings.weight(),
        "temperature", settings.temperature(),
        "attention_weight", settings.attentionWeight(),
        "attention_layer", settings.attentionLayer());
  }

  private static Map<String, Object> run(RunSettings run) {
    return group(
        "steps", run.steps(),
        "sequences", run.sequences(),
        "accumulation", run.accumulation(),
        "seed", run.seed(),
        "threads", run.threads(),
        "device", run.device(),
        "log_every", run.logEvery(),
        "evaluate_every", run.evaluateEvery(),
        "evaluation_batches", run.evaluationBatches(),
        "checkpoint_every", run.checkpointEvery(),
        "sample_every", run.sampleEvery(),
        "sample_prompts", List.copyOf(run.samplePrompts()));
  }

  private static Map<String, Object> group(Object... keysAndValues) {
    Map<String, Object> group = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      group.put(String.valueOf(keysAndValues[i]), keysAndValues[i + 1]);
    }
    return group;
  }

  private static String path(Path path) {
    return path.toAbsolutePath().toString();
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
