package dev.tern.cli;

import dev.tern.ActivationPrecision;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.LoadOptions;
import dev.tern.SessionOptions;
import dev.tern.TernaryLayout;
import dev.tern.ZeroSkipping;
import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import dev.tern.tensor.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// A model to measure, and how it is to compute.
///
/// @param model which
/// @param loading how it is loaded
/// @param session how much text it holds, and how
/// @param settings in what it differs from another one that it is compared with; empty for that one
record BenchConfiguration(
    BenchModel model, LoadOptions loading, SessionOptions session, String settings) {
  BenchConfiguration {
    if (model instanceof BenchModel.Random(SyntheticModel description)
        && (description.linearType() == TensorType.I2_S_ARM64
            || description.embeddingType() == TensorType.I2_S_ARM64)) {
      throw new IllegalArgumentException(
          "nothing in a file tells I2_S_ARM64 from I2_S: take I2_S, with --i2s-layout ARM_64");
    }
  }

  /// The keys of settings: names of the options that they replace.
  static final List<String> KEYS =
      List.of(
          "model",
          "shape",
          "type",
          "head",
          "threads",
          "kernels",
          "i2s-layout",
          "activations",
          "head-index",
          "ternary-layout",
          "pin-threads",
          "skip-zeros",
          "batch-size",
          "cache-type-k",
          "cache-type-v");

  /// {@return this configuration with other settings}
  ///
  /// @param list `KEY=VALUE,...`, or the path of a model alone
  /// @throws IllegalArgumentException if a key or a value is none; the message lists what there is
  BenchConfiguration with(String list) {
    BenchConfiguration changed = this;
    if (list.indexOf('=') < 0) {
      changed = changed.withModel(new BenchModel.Trained(Path.of(list)));
    } else {
      for (String setting : list.split(",", -1)) {
        int equals = setting.indexOf('=');
        if (equals < 0) {
          throw new IllegalArgumentException("'%s' is not KEY=VALUE".formatted(setting));
        }
        changed = changed.with(setting.substring(0, equals), setting.substring(equals + 1));
      }
    }
    return new BenchConfiguration(changed.model, changed.loading, changed.session, list);
  }

  private BenchConfiguration with(String key, String value) {
    return switch (key) {
      case "model" -> withModel(new BenchModel.Trained(Path.of(value)));
      case "shape" -> withModel(new BenchModel.Random(withShape(SyntheticShape.byName(value))));
      case "type" ->
          withModel(new BenchModel.Random(random(key).withLinearType(TensorType.byName(value))));
      case "head" ->
          withModel(new BenchModel.Random(random(key).withEmbeddingType(TensorType.byName(value))));
      case "threads" -> withLoading(ModelOptions.withThreads(loading, number(key, value)));
      case "kernels" -> withLoading(loading.withKernels(named(KernelChoice.class, key, value)));
      case "i2s-layout" -> withLoading(loading.withI2sLayout(named(I2sLayout.class, key, value)));
      case "activations" ->
          withLoading(loading.withActivations(named(ActivationPrecision.class, key, value)));
      case "head-index" -> withLoading(loading.withHeadIndex(truth(key, value)));
      case "ternary-layout" ->
          withLoading(loading.withTernaryLayout(named(TernaryLayout.class, key, value)));
      case "pin-threads" -> withLoading(loading.withPinThreads(truth(key, value)));
      case "skip-zeros" ->
          withLoading(loading.withZeroSkipping(named(ZeroSkipping.class, key, value)));
      case "batch-size" -> withSession(session.withBatchSize(number(key, value)));
      case "cache-type-k" ->
          withSession(
              session.withCacheTypes(named(KvCacheType.class, key, value), session.cacheTypeV()));
      case "cache-type-v" ->
          withSession(
              session.withCacheTypes(session.cacheTypeK(), named(KvCacheType.class, key, value)));
      default ->
          throw new IllegalArgumentException(
              "there is no setting '%s', only %s".formatted(key, String.join(", ", KEYS)));
    };
  }

  private SyntheticModel withShape(SyntheticShape shape) {
    return model instanceof BenchModel.Random(SyntheticModel old)
        ? new SyntheticModel(shape, old.linearType(), old.embeddingType(), old.seed())
        : SyntheticModel.of(shape);
  }

  private SyntheticModel random(String key) {
    if (model instanceof BenchModel.Random(SyntheticModel description)) {
      return description;
    }
    throw new IllegalArgumentException(
        "'%s' is for models of random weights (--shape); a file has its own encodings"
            .formatted(key));
  }

  BenchConfiguration withModel(BenchModel value) {
    return new BenchConfiguration(value, loading, session, settings);
  }

  private BenchConfiguration withLoading(LoadOptions value) {
    return new BenchConfiguration(model, value, session, settings);
  }

  private BenchConfiguration withSession(SessionOptions value) {
    return new BenchConfiguration(model, loading, value, settings);
  }

  private static int number(String key, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException notANumber) {
      throw new IllegalArgumentException(
          "%s: '%s' is not a whole number".formatted(key, value), notANumber);
    }
  }

  private static boolean truth(String key, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new IllegalArgumentException("%s: '%s' is not true or false".formatted(key, value));
    };
  }

  private static <E extends Enum<E>> E named(Class<E> type, String key, String value) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> constant.name().equalsIgnoreCase(value))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s: '%s' is none of %s"
                    .formatted(
                        key,
                        value,
                        Arrays.stream(type.getEnumConstants())
                            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", ")))));
  }
}
