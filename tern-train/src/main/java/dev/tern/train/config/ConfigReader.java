package dev.tern.train.config;

import dev.tern.train.config.ConfigNode.Nothing;
import dev.tern.train.config.ConfigNode.Place;
import dev.tern.train.config.ConfigNode.Section;
import dev.tern.train.config.ConfigNode.Value;
import dev.tern.train.config.CorpusSettings.Format;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads training runs from YAML files. `docs/training.md` lists the keys and what they are where
/// they are left out.
public final class ConfigReader {
  private static final long LONGEST_FILE = 1 << 20;

  private ConfigReader() {}

  /// {@return the training run that a file describes}
  ///
  /// @param file YAML in UTF-8; paths in it are relative to its folder
  /// @throws ConfigException if a setting is unknown, missing, there twice or wrong; the message
  ///   says where
  /// @throws IOException if the file cannot be read
  public static TrainingConfig read(Path file) throws IOException {
    return read(file, List.of());
  }

  /// {@return the training run that a file describes, with some settings replaced}
  ///
  /// @param file YAML in UTF-8; paths in it are relative to its folder
  /// @param overrides settings that stand in place of the file's: `run.steps=100`,
  ///   `data.train.0.path=story.txt`; values are YAML, paths relative to the current folder
  /// @throws ConfigException if a setting is unknown, missing, there twice or wrong; the message
  ///   says where
  /// @throws IOException if the file cannot be read
  public static TrainingConfig read(Path file, List<String> overrides) throws IOException {
    if (Files.size(file) > LONGEST_FILE) {
      throw new ConfigException("%s is far too long for a configuration".formatted(file));
    }
    String text = Files.readString(file);
    Path absolute = file.toAbsolutePath();
    Path base = absolute.resolveSibling("");
    ConfigNode root = ConfigYaml.read(text, line -> new Place(file + ":" + line, base));
    Section settings =
        switch (root) {
          case Section section -> section;
          case Nothing _ -> new Section(java.util.Map.of(), root.place());
          default -> throw root.place().refuse("this is %s, not settings".formatted(root.kind()));
        };
    Section all = ConfigOverrides.apply(settings, overrides, Path.of("").toAbsolutePath());
    String fileName = absolute.getName(absolute.getNameCount() - 1).toString();
    return config(
        new ConfigSection("", "", all), base, fileName.replaceFirst("\\.[A-Za-z0-9]{1,5}$", ""));
  }

  /// {@return a complete, commented configuration}
  public static String example() {
    try (InputStream in = ConfigReader.class.getResourceAsStream("example.yaml")) {
      if (in == null) {
        throw new IllegalStateException("example.yaml is missing");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private static TrainingConfig config(ConfigSection root, Path base, String standardName) {
    String name = root.text("name", standardName);
    if (name.isBlank() || name.length() > 100) {
      throw root.refuse("name", "a name has from 1 to 100 letters");
    }
    ModelSettings model = model(root.section("model"));
    RunSettings run = run(root.section("run"));
    Optional<Path> output = root.path("output");
    return root.make(() ->
        new TrainingConfig(
            name,
            output.isPresent() ? output.get() : base.resolve("runs").resolve(folderName(name)),
            model,
            tokenizer(root.section("tokenizer")),
            data(root.section("data")),
            optimizer(root.section("optimizer"), model, run),
            warmUp(root.section("warm_up")),
            root.path("initial"),
            root.has("distillation")
                ? Optional.of(distillation(root.section("distillation"), model))
                : Optional.empty(),
            run));
  }

  private static String folderName(String name) {
    return name.replaceAll("[^\\p{L}\\p{N}._ -]", "_").replaceFirst("^\\.+", "_");
  }

  private static ModelSettings model(ConfigSection model) {
    WeightMethod weights = model.choice("weights", WeightMethod.class, WeightMethod.TERNARY);
    boolean full = weights == WeightMethod.FULL;
    int hidden = model.requireWhole("hidden");
    int layers = model.requireWhole("layers");
    int heads = model.requireWhole("heads");
    return model.make(() ->
        new ModelSettings(
            model.choice("style", BlockStyle.class, full ? BlockStyle.LLAMA : BlockStyle.BITNET),
            weights,
            model.choice(
                "activations",
                ActivationMethod.class,
                full ? ActivationMethod.FULL : ActivationMethod.INT8),
            hidden,
            layers,
            heads,
            model.whole("kv_heads", heads),
            model.whole("feed_forward", feedForward(hidden)),
            model.whole("context", 512),
            (float) model.number("rope_theta", 10_000),
            (float) model.number("norm_epsilon", 1e-5),
            model.flag("tied_embeddings", true)));
  }

  /// As in LLaMA and BitNet b1.58, 8/3 of the hidden width; rounded up to what fills blocks of
  /// packed weights.
  private static int feedForward(int hidden) {
    int block = 128;
    return (int) Math.min(Integer.MAX_VALUE, (8L * hidden / 3 + block - 1) / block * block);
  }

  private static TokenizerSettings tokenizer(ConfigSection tokenizer) {
    Optional<Path> path = tokenizer.path("path");
    if (path.isPresent()) {
      for (String key : List.of("kind", "size", "marks")) {
        if (tokenizer.has(key)) {
          throw tokenizer.refuse(
              key, "a tokenizer is either one that exists (path) or learnt (kind, size, marks)");
        }
      }
      return new TokenizerSettings.Existing(path.get());
    }
    int size = tokenizer.requireWhole("size");
    TokenizerSettings.Kind kind =
        tokenizer.choice("kind", TokenizerSettings.Kind.class, TokenizerSettings.Kind.BYTE_LEVEL);
    List<String> marks =
        tokenizer.several(
            "marks", (key, node) -> tokenizer.requireValue(key, node, "one text").text());
    return tokenizer.make(() -> new TokenizerSettings.Learnt(kind, size, marks));
  }

  private static DataSettings data(ConfigSection data) {
    List<CorpusSettings> train = data.several("train", (key, node) -> corpus(data, key, node));
    List<CorpusSettings> validation =
        data.several("validation", (key, node) -> corpus(data, key, node));
    return data.make(() ->
        new DataSettings(
            train,
            validation,
            data.number("validation_share", validation.isEmpty() ? 0.01 : 0),
            data.flag("isolate_documents", true)));
  }

  private static CorpusSettings corpus(ConfigSection data, String key, ConfigNode node) {
    if (!(node instanceof Section section)) {
      Value value = data.requireValue(key, node, "a path, or settings with one");
      Path path = data.path(key, value);
      return new CorpusSettings(path, formatOf(path), Optional.empty(), 1);
    }
    ConfigSection corpus = new ConfigSection("data." + key, ConfigKeys.CORPUS, section);
    Path path = corpus.requirePath("path");
    return corpus.make(() ->
        new CorpusSettings(
            path,
            corpus.choice("format", Format.class, formatOf(path)),
            corpus.text("separator"),
            corpus.number("repeat", 1)));
  }

  private static Format formatOf(Path path) {
    String name = path.toString().toLowerCase(Locale.ROOT);
    return name.endsWith(".jsonl") || name.endsWith(".ndjson") ? Format.JSON_LINES : Format.TEXT;
  }

  /// What the training tips for 1-bit models say of 700M parameters, and llama2.c's rate for small
  /// models in full precision, which do not gain by a second stage.
  private static OptimizerSettings optimizer(
      ConfigSection optimizer, ModelSettings model, RunSettings run) {
    boolean full = model.weights() == WeightMethod.FULL;
    double peak = optimizer.number("peak_learning_rate", full ? 5e-4 : 1.5e-3);
    return optimizer.make(() ->
        new OptimizerSettings(
            peak,
            optimizer.number("second_learning_rate", peak * 2 / 3),
            optimizer.whole("warm_up_steps", Math.min(375, run.steps() / 20)),
            optimizer.number("second_stage_at", full ? 1 : 0.5),
            optimizer.number("weight_decay", 0.1),
            optimizer.number("beta1", 0.9),
            optimizer.number("beta2", 0.95),
            optimizer.number("epsilon", 1e-8),
            optimizer.number("clip_norm", 1)));
  }

  private static QuantizationWarmUp warmUp(ConfigSection warmUp) {
    return warmUp.make(() ->
        new QuantizationWarmUp(
            warmUp.choice("curve", QuantizationWarmUp.Curve.class, QuantizationWarmUp.Curve.LINEAR),
            warmUp.whole("steps", 0)));
  }

  private static DistillationSettings distillation(
      ConfigSection distillation, ModelSettings model) {
    Path teacher = distillation.requirePath("teacher");
    DistillationSettings settings =
        distillation.make(() ->
            new DistillationSettings(
                teacher,
                distillation.number("weight", 0.5),
                distillation.number("temperature", 5),
                distillation.number("attention_weight", 0),
                distillation.whole("attention_layer", model.layers() - 1)));
    if (settings.attentionLayer() >= model.layers()) {
      throw distillation.refuse(
          "attention_layer",
          "there is no layer %d; model.layers is %d, and the first is 0"
              .formatted(settings.attentionLayer(), model.layers()));
    }
    return settings;
  }

  private static RunSettings run(ConfigSection run) {
    int steps = run.requireWhole("steps");
    List<String> prompts =
        run.several(
            "sample_prompts", (key, node) -> run.requireValue(key, node, "one text").text());
    int evaluateEvery = run.whole("evaluate_every", 250);
    return run.make(() ->
        new RunSettings(
            steps,
            run.whole("sequences", 8),
            run.whole("accumulation", 1),
            run.longWhole("seed", 42),
            run.whole("threads", 0),
            run.text("device", "cpu").toLowerCase(Locale.ROOT),
            run.whole("log_every", 10),
            evaluateEvery,
            run.whole("evaluation_batches", 20),
            run.whole("checkpoint_every", 500),
            run.whole("sample_every", prompts.isEmpty() ? 0 : evaluateEvery),
            prompts));
  }
}
