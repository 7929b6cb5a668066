package dev.tern.embed;

import dev.tern.KvCacheType;
import dev.tern.Pooling;
import dev.tern.model.KvCache;
import dev.tern.model.KvPool;
import dev.tern.model.States;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Computes the vectors of many texts, a pass of bounded size after another.
///
/// A pass takes the next tokens of the text that the last one did not finish, and then of those
/// that follow, so that the weights are read once for several short texts. Since kernels compute
/// the same bits whatever else is in a pass, a vector depends on its text alone. Not safe for use
/// by several threads.
public final class EmbeddingPasses {
  /// The most texts of a pass: each has keys and values of its own, in blocks of 128 positions.
  private static final int MOST_TEXTS = 8;

  private final Transformer transformer;
  private final List<int[]> texts;
  private final Pooling pooling;
  private final Workspace workspace;
  private final KvPool pool;
  private final float[] state;
  private final List<float[]> vectors = new ArrayList<>();

  /// The texts of the pass; only the last may go on in the next.
  private final List<Share> shares = new ArrayList<>();

  private @Nullable Begun unfinished;
  private int begun;

  private static final class Begun {
    final int[] tokens;
    final int needed;
    final KvCache cache;
    final Pooled pooled;

    Begun(int[] tokens, Pooling pooling, KvPool pool, int width) {
      this.tokens = tokens;
      this.needed = Pooled.needed(pooling, tokens.length);
      this.cache = new KvCache(pool, needed);
      this.pooled = new Pooled(pooling, width);
    }

    int left() {
      return needed - cache.length();
    }
  }

  private record Share(Begun text, int firstState, int states) {}

  /// Prepares.
  ///
  /// @param transformer the model
  /// @param arena owns the memory
  /// @param texts tokens of the vocabulary, at least one for each text; none is longer than the
  ///   model's context
  /// @param pooling how states become a vector
  /// @param batchSize the most tokens of a pass, at least 1
  public EmbeddingPasses(
      Transformer transformer, Arena arena, List<int[]> texts, Pooling pooling, int batchSize) {
    this.transformer = transformer;
    this.texts = List.copyOf(texts);
    this.pooling = pooling;
    long rows = 0;
    int longest = 1;
    for (int[] text : texts) {
      int needed = Pooled.needed(pooling, text.length);
      rows += needed;
      longest = Math.max(longest, needed);
    }
    this.workspace = transformer.workspace(arena, Math.clamp(rows, 1, batchSize));
    this.pool =
        new KvPool(
            arena,
            transformer.config(),
            MOST_TEXTS * KvPool.blocksOf(longest),
            KvCacheType.F32,
            KvCacheType.F32);
    this.state = new float[transformer.config().hiddenSize()];
  }

  /// {@return whether there are texts without a vector}
  public boolean remaining() {
    return vectors.size() < texts.size();
  }

  /// Computes a pass.
  ///
  /// @throws OutOfMemoryError if the system does not give the memory for keys and values
  public void step() {
    fill();
    transformer.forward(workspace);
    for (Share share : shares) {
      pool(share);
    }
    shares.clear();
  }

  private void fill() {
    workspace.pass().clear();
    while (shares.size() < MOST_TEXTS && workspace.pass().rows() < workspace.batchSize()) {
      if (unfinished == null) {
        if (begun == texts.size()) {
          return;
        }
        unfinished = new Begun(texts.get(begun++), pooling, pool, state.length);
      }
      shares.add(add(unfinished));
    }
  }

  private Share add(Begun text) {
    int count = Math.min(text.left(), workspace.batchSize() - workspace.pass().rows());
    boolean last = count == text.left();
    States wanted = last ? States.LAST : States.NONE;
    if (text.pooled.takesAll()) {
      wanted = States.ALL;
    }
    int from = text.cache.length();
    int first = workspace.pass().states();
    workspace.pass().add(text.cache, text.tokens, from, count, wanted);
    unfinished = last ? null : text;
    return new Share(text, first, workspace.pass().states() - first);
  }

  private void pool(Share share) {
    for (int i = 0; i < share.states; i++) {
      transformer.state(workspace, share.firstState + i, state);
      share.text.pooled.add(state);
    }
    if (share.text.left() == 0) {
      vectors.add(share.text.pooled.mean());
      share.text.cache.release();
    }
  }

  /// {@return the vectors of the texts that are finished, in the order of the texts: their last
  /// states, after the final norm, pooled and not normalized}
  public List<float[]> vectors() {
    return List.copyOf(vectors);
  }
}
