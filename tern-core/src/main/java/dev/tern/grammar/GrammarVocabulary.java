package dev.tern.grammar;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.tokenizer.TokenDecoder;
import dev.tern.tokenizer.Tokenizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A model's vocabulary, ready for grammars: what is found out about the tokens of one is kept for
/// all texts of the model.
///
/// Nothing is computed before the first grammar. Safe for use by many threads.
public final class GrammarVocabulary {
  /// Grammars whose masks are kept, those used last.
  private static final int MAX_GRAMMARS = 8;

  /// What those may take together, unless a single one takes more.
  private static final long MAX_GRAMMAR_BYTES = 32L << 20;

  private final Tokenizer tokenizer;
  private @Nullable TokenTrie trie;
  private final Map<Grammar, TokenMasks> masks = new LinkedHashMap<>(16, 0.75f, true);

  /// Takes a vocabulary.
  ///
  /// @param tokenizer whose tokens are to be chosen
  public GrammarVocabulary(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /// {@return the constraint of a new text}
  ///
  /// @param grammar what the text may be
  /// @param context the tokens before it
  /// @param mayEnd whether tokens that end a text may come where the grammar may end
  public TokenConstraint constrain(Grammar grammar, List<Integer> context, boolean mayEnd) {
    return new TokenConstraint(tokenizer, masks(grammar), mayEnd, dropsFirstSpace(context));
  }

  private synchronized TokenMasks masks(Grammar grammar) {
    TokenMasks known = masks.get(grammar);
    if (known == null) {
      known = new TokenMasks(trie(), grammar.program());
      masks.put(grammar, known);
      while (masks.size() > MAX_GRAMMARS || (masks.size() > 1 && bytes() > MAX_GRAMMAR_BYTES)) {
        masks.remove(masks.keySet().iterator().next());
      }
    }
    return known;
  }

  private long bytes() {
    return masks.keySet().stream().mapToLong(Grammar::byteSize).sum();
  }

  /// {@return whether what is known of a grammar is kept}
  synchronized boolean keeps(Grammar grammar) {
    return masks.containsKey(grammar);
  }

  private synchronized TokenTrie trie() {
    TokenTrie known = trie;
    if (known == null) {
      known = new TokenTrie(tokenizer);
      trie = known;
    }
    return known;
  }

  /// SentencePiece's decoders take away the space that encoding put in front of a text.
  private boolean dropsFirstSpace(List<Integer> context) {
    int spaced = trie().firstWith(' ');
    if (spaced < 0) {
      return false;
    }
    TokenDecoder decoder = tokenizer.decoder(context);
    String shown = decoder.append(spaced) + decoder.finish();
    String whole = new String(tokenizer.bytes(spaced), UTF_8);
    return shown.equals(whole.substring(1));
  }
}
