package dev.tern;

/// A text as a vector: texts that mean something similar point in similar directions, if the model
/// was trained for that.
///
/// Immutable.
public final class Embedding {
  private final float[] vector;
  private final int tokens;

  /// Keeps a vector.
  ///
  /// @param vector not to be changed by the caller
  /// @param tokens how many tokens the text has
  Embedding(float[] vector, int tokens) {
    this.vector = vector;
    this.tokens = tokens;
  }

  /// {@return the vector: a copy that the caller may change}
  public float[] vector() {
    return vector.clone();
  }

  /// {@return how many numbers the vector has}
  public int dimensions() {
    return vector.length;
  }

  /// {@return how many tokens the text has, with those that the tokenizer adds}
  public int tokens() {
    return tokens;
  }

  @Override
  public String toString() {
    return "Embedding[dimensions=%d, tokens=%d]".formatted(vector.length, tokens);
  }
}
