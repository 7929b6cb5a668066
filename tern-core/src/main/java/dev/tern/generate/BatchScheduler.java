package dev.tern.generate;

import dev.tern.BatchStatistics;
import dev.tern.KvMemoryException;
import dev.tern.kernel.KvBlocks;
import dev.tern.model.KvPool;
import dev.tern.model.States;
import dev.tern.model.Transformer;
import dev.tern.model.Workspace;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// Generates many texts at once, a pass after another: texts join and leave between passes
/// (continuous batching).
///
/// First come, first served, in everything: texts begin in the order in which they came, and where
/// memory runs out the youngest gives up what has been computed for it and begins again later. The
/// oldest therefore always goes on, and a text that fits into the memory alone ends some time.
/// Since kernels compute the same bits whatever else is in a pass, none of this changes a text.
///
/// Belongs to one thread, except [#statistics()].
public final class BatchScheduler {
  private final Transformer transformer;
  private final Limits limits;
  private final KvPool pool;
  private final @Nullable PrefixCache prefixes;
  private final Workspace workspace;
  private final BatchSampling sampling;
  private final PriorityQueue<BatchText> waiting =
      new PriorityQueue<>(Comparator.comparingLong(text -> text.number));

  /// In the order in which they came.
  private final List<BatchText> running = new ArrayList<>();

  private long added;
  private long ended;
  private long prefilled;
  private long decoded;
  private long found;
  private long preempted;
  private volatile BatchStatistics statistics;

  /// What a scheduler may use.
  ///
  /// @param running the most texts of a pass
  /// @param prefillRows the most prompt tokens of a pass
  /// @param contextLength the most positions of a text
  /// @param prefixCache whether texts that begin alike share what has been computed
  public record Limits(int running, int prefillRows, int contextLength, boolean prefixCache) {}

  /// Prepares.
  ///
  /// @param transformer the model
  /// @param choices how many tokens there are to choose from
  /// @param arena owns the memory of activations
  /// @param pool the memory of all texts, enough for a text of full length
  /// @param limits what to use
  public BatchScheduler(
      Transformer transformer, int choices, Arena arena, KvPool pool, Limits limits) {
    this.transformer = transformer;
    this.limits = limits;
    this.pool = pool;
    this.prefixes = limits.prefixCache ? new PrefixCache(pool) : null;
    this.workspace = transformer.workspace(arena, limits.running + limits.prefillRows);
    this.sampling = new BatchSampling(transformer, workspace, choices);
    this.statistics = takeStatistics();
  }

  /// Takes a text on.
  ///
  /// @param text waits behind all others
  public void add(BatchText text) {
    text.number = added++;
    waiting.add(text);
    statistics = takeStatistics();
  }

  /// Goes on by one pass.
  ///
  /// @return whether there is more to do
  public boolean step() {
    endUnwanted();
    admit();
    plan();
    List<BatchText> choosing = fillPass();
    // A pass over a long prompt takes a while, in which others look.
    statistics = takeStatistics();
    if (workspace.pass().rows() > 0) {
      transformer.forward(workspace);
      running.forEach(this::remember);
      sampling.choose(choosing);
      for (BatchText text : choosing) {
        if (!text.deliver()) {
          leave(text);
        }
      }
    }
    statistics = takeStatistics();
    return !running.isEmpty() || !waiting.isEmpty();
  }

  /// Ends all texts.
  ///
  /// @param reason why
  public void fail(Throwable reason) {
    List<BatchText> all = new ArrayList<>(running);
    all.addAll(waiting);
    running.clear();
    waiting.clear();
    ended += all.size();
    all.forEach(text -> text.fail(reason));
    statistics = takeStatistics();
  }

  private void endUnwanted() {
    List<BatchText> unwanted = new ArrayList<>(running);
    unwanted.addAll(waiting);
    unwanted.removeIf(text -> !text.isCancelled());
    for (BatchText text : unwanted) {
      waiting.remove(text);
      leave(text);
      text.endCancelled();
    }
  }

  private void leave(BatchText text) {
    running.remove(text);
    ended++;
  }

  /// Lets texts begin for whose tokens there is memory; none overtakes another.
  private void admit() {
    while (running.size() < limits.running && !waiting.isEmpty()) {
      BatchText next = waiting.peek();
      if (next.continuation().stopReason() != null) {
        waiting.remove();
        leave(next);
        next.end();
      } else if (fits(next)) {
        waiting.remove();
        next.begin(pool, limits.contextLength);
        running.add(next);
      } else {
        return;
      }
    }
  }

  private boolean fits(BatchText next) {
    int spare = pool.available();
    if (prefixes != null) {
      spare += prefixes.evictable();
    }
    for (BatchText text : running) {
      spare -= text.missingBlocks();
    }
    int positions = Math.min(next.tokens().size() + 1, limits.contextLength);
    return KvPool.blocksOf(positions) - blocksOfOthers(next.tokens()) <= spare;
  }

  /// How many blocks at the beginning of a text are there because others use them.
  private int blocksOfOthers(TokenHistory tokens) {
    int blocks = 0;
    if (prefixes != null) {
      PrefixCache.@Nullable Node node = prefixes.root();
      while ((blocks + 1) * KvBlocks.POSITIONS < tokens.size()) {
        node = prefixes.find(node, tokens, blocks * KvBlocks.POSITIONS);
        if (node == null || !node.inUse()) {
          break;
        }
        blocks++;
      }
    }
    return blocks;
  }

  /// Decides how many tokens of each text the next pass computes.
  private void plan() {
    List<BatchText> prefilling = new ArrayList<>();
    for (BatchText text : running) {
      findPrefix(text);
      text.rows = text.pending() == 1 ? 1 : 0;
      if (text.pending() > 1 && !anotherComputesItsBlock(text)) {
        prefilling.add(text);
      }
    }
    PrefillShares.divide(prefilling, limits.prefillRows);
  }

  /// Appends blocks that are known. The last token is computed in any case, because what follows it
  /// is needed.
  private void findPrefix(BatchText text) {
    if (prefixes == null) {
      return;
    }
    PrefixCache.@Nullable Node node = text.known == null ? prefixes.root() : text.known;
    while (hasWholeBlockToCompute(text)) {
      node = prefixes.find(node, text.tokens(), text.cache().length());
      if (node == null) {
        return;
      }
      prefixes.append(node, text.cache());
      text.known = node;
      text.knownBlocks++;
      text.found(KvBlocks.POSITIONS);
      found += KvBlocks.POSITIONS;
    }
  }

  private static boolean hasWholeBlockToCompute(BatchText text) {
    return text.cache().length() % KvBlocks.POSITIONS == 0 && text.pending() > KvBlocks.POSITIONS;
  }

  /// Whether it pays to wait: an older text is about to compute what this one needs next.
  private boolean anotherComputesItsBlock(BatchText text) {
    if (prefixes == null || !hasWholeBlockToCompute(text)) {
      return false;
    }
    int end = text.cache().length() + KvBlocks.POSITIONS;
    for (BatchText older : running) {
      if (older == text) {
        return false;
      }
      if (older.cache().length() >= text.cache().length()
          && older.tokens().beginsLike(text.tokens(), end)) {
        return true;
      }
    }
    return false;
  }

  /// Puts the tokens of the next pass together, those of older texts first.
  ///
  /// @return the texts that choose a token after the pass
  private List<BatchText> fillPass() {
    workspace.pass().clear();
    List<BatchText> choosing = new ArrayList<>();
    for (BatchText text : List.copyOf(running)) {
      if (text.rows == 0 || !makeRoom(text)) {
        continue;
      }
      boolean last = text.rows == text.pending();
      int[] next = text.tokens().copy(text.cache().length(), text.rows);
      workspace.pass().add(text.cache(), next, 0, text.rows, last ? States.LAST : States.NONE);
      if (last) {
        choosing.add(text);
      }
      if (text.pending() == 1) {
        decoded++;
      } else {
        prefilled += text.rows;
      }
    }
    return choosing;
  }

  /// Sees to it that there is memory for a text's next tokens. Who has to give way is younger, and
  /// not in the pass yet.
  ///
  /// @return false if it has to give way itself
  private boolean makeRoom(BatchText text) {
    while (pool.available() < text.cache().missingBlocks(text.rows)) {
      if (prefixes != null && prefixes.evict()) {
        continue;
      }
      BatchText youngest = running.removeLast();
      youngest.preempt();
      preempted++;
      waiting.add(youngest);
      if (youngest == text) {
        return false;
      }
    }
    return reserve(text);
  }

  /// The budget may be more than the system has in fact.
  private boolean reserve(BatchText text) {
    try {
      text.cache().reserve(text.rows);
      return true;
    } catch (OutOfMemoryError none) {
      leave(text);
      text.fail(new KvMemoryException(pool.blockBytes(), none));
      return false;
    }
  }

  /// Makes blocks known that the pass has completed.
  private void remember(BatchText text) {
    if (prefixes == null) {
      return;
    }
    PrefixCache.Node node = text.known == null ? prefixes.root() : text.known;
    for (;
        (text.knownBlocks + 1) * KvBlocks.POSITIONS <= text.cache().length();
        text.knownBlocks++) {
      node = prefixes.publish(node, text.tokens(), text.cache(), text.knownBlocks);
    }
    text.known = node;
  }

  /// {@return what has happened so far, with the pass that is being computed; may be called from
  /// any thread}
  public BatchStatistics statistics() {
    return statistics;
  }

  private BatchStatistics takeStatistics() {
    int cached = prefixes == null ? 0 : prefixes.evictable();
    return new BatchStatistics(
        waiting.size(),
        running.size(),
        pool.used() - cached,
        cached,
        pool.capacity(),
        pool.blockBytes(),
        added,
        0,
        ended,
        prefilled,
        decoded,
        found,
        preempted,
        prefixes == null ? 0 : prefixes.evicted());
  }
}
