package dev.tern.generate;

import dev.tern.kernel.KvBlocks;
import dev.tern.model.KvBlock;
import dev.tern.model.KvCache;
import dev.tern.model.KvPool;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Blocks of keys and values that texts have computed, found again by all tokens up to their end: a
/// tree whose edges are blocks of tokens.
///
/// Whoever uses a block uses those before it too, so a block that nobody uses has none behind it
/// that somebody does, and can be given up in the end. Not safe for use by several threads.
final class PrefixCache {
  private final KvPool pool;
  private final Node root = new Node(null, new BlockTokens(new int[0]), null);
  private final List<Node> nodes = new ArrayList<>();
  private long uses;
  private long evicted;

  /// A beginning of texts, as long as some number of whole blocks.
  static final class Node {
    private final @Nullable Node parent;
    private final BlockTokens tokens;
    private final @Nullable KvBlock block;
    private final Map<BlockTokens, Node> children = new HashMap<>();
    private long lastUse;

    private Node(@Nullable Node parent, BlockTokens tokens, @Nullable KvBlock block) {
      this.parent = parent;
      this.tokens = tokens;
      this.block = block;
    }

    private KvBlock block() {
      return Objects.requireNonNull(block, "the beginning of every text has no block");
    }

    /// {@return whether a text uses the block, not only this cache}
    boolean inUse() {
      return block().users() > 1;
    }
  }

  /// The tokens of one block. Comparable, so that tokens that somebody has chosen for their hash
  /// codes do not make a map slow.
  private static final class BlockTokens implements Comparable<BlockTokens> {
    private final int[] ids;
    private final int hash;

    BlockTokens(int[] ids) {
      this.ids = ids;
      this.hash = Arrays.hashCode(ids);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof BlockTokens tokens && Arrays.equals(ids, tokens.ids);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public int compareTo(BlockTokens other) {
      return Arrays.compare(ids, other.ids);
    }
  }

  PrefixCache(KvPool pool) {
    this.pool = pool;
  }

  /// {@return the beginning of every text}
  Node root() {
    return root;
  }

  /// {@return the beginning that is one block longer, if it is known}
  ///
  /// @param node the beginning
  /// @param text goes on with the tokens from `from` on; at least one block of them
  @Nullable Node find(Node node, TokenHistory text, int from) {
    return node.children.get(tokens(text, from));
  }

  private static BlockTokens tokens(TokenHistory text, int from) {
    return new BlockTokens(text.copy(from, KvBlocks.POSITIONS));
  }

  /// Appends a block that need not be computed to a text.
  void append(Node node, KvCache cache) {
    cache.append(node.block());
    touch(node);
  }

  /// Makes a text's block known. Where an equal one is known already, the text uses that one from
  /// now on, and its own memory is free.
  ///
  /// @param node the beginning before the block
  /// @param text the tokens
  /// @param cache of the text
  /// @param index of the block
  /// @return the beginning with the block
  Node publish(Node node, TokenHistory text, KvCache cache, int index) {
    BlockTokens tokens = tokens(text, index * KvBlocks.POSITIONS);
    Node known = node.children.get(tokens);
    if (known != null) {
      cache.replace(index, known.block());
      touch(known);
      return known;
    }
    KvBlock block = cache.share(index);
    pool.retain(block);
    Node made = new Node(node, tokens, block);
    node.children.put(tokens, made);
    nodes.add(made);
    touch(made);
    return made;
  }

  private void touch(Node node) {
    node.lastUse = ++uses;
  }

  /// {@return how many blocks can be given up, one after another}
  int evictable() {
    int count = 0;
    for (Node node : nodes) {
      if (!node.inUse()) {
        count++;
      }
    }
    return count;
  }

  /// Gives up the block that has not been used for the longest time.
  ///
  /// @return whether there was one that no text uses
  boolean evict() {
    Node oldest =
        nodes.stream()
            .filter(node -> !node.inUse() && node.children.isEmpty())
            .min(Comparator.comparingLong(node -> node.lastUse))
            .orElse(null);
    if (oldest == null) {
      return false;
    }
    Objects.requireNonNull(oldest.parent).children.remove(oldest.tokens);
    nodes.remove(oldest);
    pool.release(oldest.block());
    evicted++;
    return true;
  }

  /// {@return how many blocks have been given up so far}
  long evicted() {
    return evicted;
  }
}
