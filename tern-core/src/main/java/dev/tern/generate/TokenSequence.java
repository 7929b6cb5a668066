package dev.tern.generate;

import dev.tern.ContextLengthException;
import dev.tern.kernel.FloatMatrix;
import dev.tern.model.KvCache;
import dev.tern.model.Logits;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;

/// A text that grows token by token, with its KV cache. Not safe for use by several threads.
///
/// Tokens can be guessed ahead: they are computed together with the one before them, and when the
/// text goes on as guessed, what they cost has been paid already.
public final class TokenSequence {
  private static final int[] NO_TOKENS = {};

  private final Transformer transformer;
  private final KvCache cache;
  private final Workspace workspace;
  private final TokenHistory tokens = new TokenHistory();
  private final float[] logits;

  /// The tokens of the next pass.
  private final int[] batch;

  private final Cancellation abandoned;

  /// Tokens behind the text that have been computed on a guess.
  private int[] guesses = NO_TOKENS;

  /// How many of them the text has in fact.
  private int taken;

  private int drafted;
  private int accepted;

  /// Starts an empty text.
  ///
  /// @param transformer the model
  /// @param cache an empty cache
  /// @param workspace of the model
  /// @param choices how many tokens there are to choose from: those at the end of a vocabulary that
  ///   was padded to a round number are none
  /// @param abandoned whether nobody needs the text any more; asked before each batch of a prompt
  public TokenSequence(
      Transformer transformer,
      KvCache cache,
      Workspace workspace,
      int choices,
      Cancellation abandoned) {
    this.transformer = transformer;
    this.cache = cache;
    this.workspace = workspace;
    this.logits = new float[choices];
    this.batch = new int[workspace.batchSize()];
    this.abandoned = abandoned;
  }

  /// {@return the tokens so far}
  public TokenHistory tokens() {
    return tokens;
  }

  /// {@return how many tokens still fit}
  public int room() {
    return cache.capacity() - tokens.size();
  }

  /// {@return the memory of the KV cache so far, in bytes}
  public long cacheBytes() {
    return cache.byteSize();
  }

  /// Makes the text be a prompt, keeping what it already has in common with it.
  ///
  /// Work stops between batches when `cancelled` says so, or when the text has been abandoned; the
  /// text is then a beginning of the prompt.
  ///
  /// @param prompt at least one token
  /// @param cancelled asked before each batch
  /// @return how many tokens of the prompt had already been computed
  /// @throws ContextLengthException if the prompt does not fit
  public int become(int[] prompt, Cancellation cancelled) {
    requireFits(prompt);
    // The last token is computed in any case, because its logits are needed.
    int kept = Math.min(tokens.commonPrefix(prompt), prompt.length - 1);
    truncate(kept);
    for (int from = kept; from < prompt.length; from += batch.length) {
      if (cancelled.requested() || abandoned.requested()) {
        break;
      }
      int count = Math.min(batch.length, prompt.length - from);
      System.arraycopy(prompt, from, batch, 0, count);
      boolean last = from + count == prompt.length;
      append(batch, count, last ? Logits.LAST_LATER : Logits.NONE);
    }
    return kept;
  }

  private void requireFits(int[] text) {
    if (text.length > cache.capacity()) {
      throw new ContextLengthException(text.length, cache.capacity());
    }
  }

  /// Begins to make the text be a given one, keeping what it already has in common with it, and to
  /// compute what follows its beginnings; nothing is computed yet.
  ///
  /// @param text the text
  /// @param from the index of the first token whose logits are wanted, less than the length
  /// @return to be finished before the text is used otherwise
  /// @throws ContextLengthException if the text does not fit
  public TextReading read(int[] text, int from) {
    requireFits(text);
    truncate(Math.min(tokens.commonPrefix(text), from));
    return new TextReading(this, text.clone(), from);
  }

  /// {@return the most tokens that are computed at once}
  int batchSize() {
    return workspace.batchSize();
  }

  /// {@return how many tokens there are to choose from}
  int choices() {
    return logits.length;
  }

  /// {@return logits `[count, choices]` after neighbouring tokens of the last batch, valid until
  /// the next use}
  FloatMatrix logits(int firstRow, int count) {
    return transformer.logits(workspace, firstRow, count).columns(0, logits.length);
  }

  /// Appends one token and computes what follows it.
  ///
  /// @param token its id
  /// @throws IllegalStateException if there is no room
  public void append(int token) {
    append(token, 0);
  }

  /// Appends one token and computes what follows it, and what follows if the text goes on as it did
  /// before.
  ///
  /// @param token its id
  /// @param mostGuesses how many tokens may be guessed ahead
  /// @throws IllegalStateException if there is no room
  public void append(int token, int mostGuesses) {
    if (taken < guesses.length && guesses[taken] == token) {
      tokens.add(token);
      taken++;
      accepted++;
      return;
    }
    forgetGuesses();
    int room = Math.min(workspace.batchSize(), room()) - 1;
    int[] next = NgramDrafts.guess(tokens, token, Math.min(mostGuesses, room));
    batch[0] = token;
    System.arraycopy(next, 0, batch, 1, next.length);
    transformer.forward(batch, 1 + next.length, cache, workspace, Logits.ALL_LATER);
    tokens.add(token);
    guesses = next;
    drafted += next.length;
  }

  /// Appends some tokens.
  ///
  /// @param ids the tokens, from the first place on
  /// @param count how many, not more than a batch holds
  void append(int[] ids, int count, Logits wanted) {
    transformer.forward(ids, count, cache, workspace, wanted);
    for (int i = 0; i < count; i++) {
      tokens.add(ids[i]);
    }
  }

  private void forgetGuesses() {
    cache.truncate(tokens.size());
    guesses = NO_TOKENS;
    taken = 0;
  }

  /// {@return tokens that have been computed on a guess since the text began}
  public int drafted() {
    return drafted;
  }

  /// {@return how many of those the text got}
  public int accepted() {
    return accepted;
  }

  /// {@return the logits after the last token, one for each token that can be chosen: a copy that
  /// the caller may change}
  public float[] logits() {
    transformer.logits(workspace, taken, logits);
    return logits;
  }

  /// {@return the largest logits after the last token, and some others; negative infinity for
  /// tokens that are none of them: a copy that the caller may change}
  ///
  /// @param count how many of the largest, at least 1
  /// @param also tokens whose logits are needed in any case
  public float[] largestLogits(int count, int[] also) {
    transformer.largestLogits(workspace, taken, count, also, logits);
    return logits;
  }

  /// Forgets the tokens from a length on.
  ///
  /// @param length from 0 to the number of tokens
  public void truncate(int length) {
    tokens.truncate(length);
    forgetGuesses();
  }

  /// Tells whether somebody wants the work to end.
  @FunctionalInterface
  public interface Cancellation {
    /// {@return whether to stop}
    boolean requested();
  }
}
