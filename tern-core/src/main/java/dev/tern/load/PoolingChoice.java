package dev.tern.load;

import dev.tern.Pooling;
import dev.tern.UnsupportedModelException;
import dev.tern.model.ModelConfig;
import dev.tern.source.ModelSource;
import java.util.List;

/// Finds out how a model wants the states of a text's tokens to become one vector (formats page,
/// section 1.6).
final class PoolingChoice {
  /// What GGUF files call no pooling.
  private static final int NONE = 0;

  private static final int MEAN = 1;

  private PoolingChoice() {}

  /// {@return the pooling that a file names, the mean where it names none}
  ///
  /// @param notices receives a sentence where the file's own is not used
  /// @throws UnsupportedModelException if Tern does not know it
  static Pooling of(ModelSource source, ModelConfig config, List<String> notices) {
    String key = config.architecture() + ".pooling_type";
    int type = source.metadata().findInt(key).orElse(NONE);
    if (isBitNetEmbedding(source, config) && type <= MEAN) {
      if (type == MEAN) {
        notices.add(
            "the file asks for mean pooling, but BitNet embedding models were trained with the last token; using that (--pooling mean does what the file says)");
      }
      return Pooling.LAST;
    }
    return switch (type) {
      case NONE, MEAN -> Pooling.MEAN;
      case 2 -> Pooling.CLS;
      case 3 -> Pooling.LAST;
      default ->
          throw new UnsupportedModelException(
              "%s: the key %s is %d, a pooling that Tern does not know; it knows 1 (mean), 2 (cls) and 3 (last)"
                  .formatted(source.source(), key, type));
    };
  }

  /// Their converter writes 1 where it finds nothing about pooling.
  private static boolean isBitNetEmbedding(ModelSource source, ModelConfig config) {
    return config.style().headNorms()
        && source.tensors().containsKey(TensorNames.inputNorm(TensorNames.ofBlock(0, "attn_q")));
  }
}
