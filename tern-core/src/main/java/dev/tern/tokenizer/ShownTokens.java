package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A tokenizer to which some control tokens are text when a model says them, spelled as in the
/// vocabulary. What is encoded stays the same: text from a stranger does not become these tokens.
///
/// Some vocabularies have the marks around calls of tools as control tokens, others of the same
/// family as text; whoever reads an answer must see them.
public final class ShownTokens implements Tokenizer {
  private static final List<String> TOOL_MARKS = List.of("<tool_call>", "</tool_call>");

  private final Tokenizer all;
  private final Set<Integer> shown;

  private ShownTokens(Tokenizer all, Set<Integer> shown) {
    this.all = all;
    this.shown = shown;
  }

  /// {@return a tokenizer that shows the marks around calls of tools}
  ///
  /// @param tokenizer any; the result itself where it has none that are hidden
  public static Tokenizer showingToolMarks(Tokenizer tokenizer) {
    Set<Integer> hidden =
        TOOL_MARKS.stream()
            .map(tokenizer::specialId)
            .flatMap(id -> id.isPresent() ? Stream.of(id.getAsInt()) : Stream.empty())
            .filter(tokenizer::isControl)
            .collect(Collectors.toUnmodifiableSet());
    return hidden.isEmpty() ? tokenizer : new ShownTokens(tokenizer, hidden);
  }

  @Override
  public byte[] bytes(int id) {
    return shown.contains(id) ? all.piece(id).getBytes(UTF_8) : all.bytes(id);
  }

  @Override
  public boolean isControl(int id) {
    return !shown.contains(id) && all.isControl(id);
  }

  @Override
  public String decode(int... ids) {
    if (Arrays.stream(ids).noneMatch(shown::contains)) {
      return all.decode(ids);
    }
    TokenDecoder decoder = decoder(List.of());
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.append(id));
    }
    return text + decoder.finish();
  }

  @Override
  public TokenDecoder decoder(List<Integer> context) {
    TokenDecoder decoder = all.decoder(context);
    return new TokenDecoder() {
      @Override
      public String append(int id) {
        return shown.contains(id) ? decoder.finish() + all.piece(id) : decoder.append(id);
      }

      @Override
      public String finish() {
        return decoder.finish();
      }
    };
  }

  @Override
  public int vocabularySize() {
    return all.vocabularySize();
  }

  @Override
  public int[] encode(String text, EncodeOptions options) {
    return all.encode(text, options);
  }

  @Override
  public String piece(int id) {
    return all.piece(id);
  }

  @Override
  public OptionalInt specialId(String text) {
    return all.specialId(text);
  }

  @Override
  public OptionalInt bosId() {
    return all.bosId();
  }

  @Override
  public OptionalInt eosId() {
    return all.eosId();
  }

  @Override
  public OptionalInt padId() {
    return all.padId();
  }

  @Override
  public boolean isEndOfGeneration(int id) {
    return all.isEndOfGeneration(id);
  }

  @Override
  public boolean addsBos() {
    return all.addsBos();
  }

  @Override
  public String description() {
    return all.description();
  }
}
