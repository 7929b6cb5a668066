package dev.tern.eval;

/// Which tokens of a text are scored, and how much of the text before them a model sees: the two
/// protocols of llama.cpp's `llama-perplexity`. Immutable.
///
/// **In chunks** (stride 0): the text is cut into chunks of `contextLength` tokens, and the second
/// half of each is scored; the rest at the end is left out. **Strided**: windows of `contextLength
/// + stride / 2` tokens begin every `stride` tokens, and the last `stride` tokens of each are
///   scored, so that each has a long text before it, at the price of computing most tokens several
///   times.
///
/// Every chunk and window begins with the token that begins texts, where the tokenizer adds one: it
/// takes the place of the first token. llama.cpp does that in chunks; in windows it means to, but
/// sets the token when the window has been computed already.
///
/// A text must have at least `2 * contextLength` tokens, as there.
///
/// @param contextLength tokens of a chunk, at least 4
/// @param stride 0 for chunks, else from 1 to `contextLength`
/// @param chunks the most chunks or windows; 0 for all that the text has
public record PerplexityProtocol(int contextLength, int stride, int chunks) {
  private static final PerplexityProtocol DEFAULTS = new PerplexityProtocol(512, 0, 0);

  /// Checks the numbers.
  ///
  /// @throws IllegalArgumentException if one is out of its range
  public PerplexityProtocol {
    if (contextLength < 4 || contextLength > 1 << 28) {
      throw new IllegalArgumentException(
          "the context of a chunk must be at least 4 tokens and below 2^28, not " + contextLength);
    }
    if (stride < 0 || stride > contextLength) {
      throw new IllegalArgumentException(
          "the stride must be from 1 to the context of %d, or 0 for chunks, not %d"
              .formatted(contextLength, stride));
    }
    if (chunks < 0) {
      throw new IllegalArgumentException(
          "the number of chunks must be at least 1, or 0 for all, not " + chunks);
    }
  }

  /// {@return the defaults: all chunks of 512 tokens}
  public static PerplexityProtocol defaults() {
    return DEFAULTS;
  }

  /// {@return this protocol with chunks of another length}
  ///
  /// @param value at least 4
  public PerplexityProtocol withContextLength(int value) {
    return new PerplexityProtocol(value, stride, chunks);
  }

  /// {@return this protocol with another stride}
  ///
  /// @param value 0 for chunks, else from 1 to the context length
  public PerplexityProtocol withStride(int value) {
    return new PerplexityProtocol(contextLength, value, chunks);
  }

  /// {@return this protocol with another number of chunks}
  ///
  /// @param value the most; 0 for all that the text has
  public PerplexityProtocol withChunks(int value) {
    return new PerplexityProtocol(contextLength, stride, value);
  }

  /// {@return the tokens of a chunk or window: what a session must have room for}
  public int windowLength() {
    return contextLength + stride / 2;
  }

  /// {@return the index within a window of the first token that is scored; all after it are, too}
  int firstScored() {
    return stride == 0 ? contextLength / 2 + 1 : windowLength() - stride;
  }

  /// {@return where a chunk or window begins in the text}
  ///
  /// @param index from 0
  int start(int index) {
    return index * (stride == 0 ? contextLength : stride);
  }

  /// {@return how many chunks or windows of a text are computed}
  ///
  /// @param tokens how many the text has
  /// @throws IllegalArgumentException if they are too few
  int count(int tokens) {
    if (tokens < 2L * contextLength) {
      throw new IllegalArgumentException(
          "the text has %d tokens, but chunks of %d need at least %d: take a longer text%s"
              .formatted(
                  tokens,
                  contextLength,
                  2L * contextLength,
                  tokens < 8 ? "" : ", or a context of at most " + tokens / 2));
    }
    int all = stride == 0 ? tokens / contextLength : Math.ceilDiv(tokens - windowLength(), stride);
    return chunks == 0 ? all : Math.min(chunks, all);
  }
}
