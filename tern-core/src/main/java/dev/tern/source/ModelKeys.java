package dev.tern.source;

/// Metadata keys of Tern's own, for facts that GGUF has no key for. Other programs pass over them.
public final class ModelKeys {
  /// A truth value: every linear layer of a block rounds its input to int8 per token, whatever its
  /// encoding, although the architecture does not imply it.
  public static final String BIT_LINEAR = "tern.bitlinear";

  /// A float: what the norms inside linear layers add to the mean square, where it is not what the
  /// others add.
  public static final String INPUT_NORM_EPS = "tern.input_norm_rms_epsilon";

  private ModelKeys() {}
}
