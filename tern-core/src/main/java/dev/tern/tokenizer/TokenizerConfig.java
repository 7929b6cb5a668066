package dev.tern.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tern.ModelFormatException;
import dev.tern.json.Json;
import dev.tern.json.JsonValue;
import dev.tern.json.JsonView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// What the small files beside a tokenizer say: `tokenizer_config.json`, and where it is silent the
/// older `special_tokens_map.json`, `added_tokens.json` and `chat_template.jinja`; and what the
/// model's `config.json` and `generation_config.json` say of tokens.
///
/// @param bosToken the text of the token that begins a text
/// @param eosToken the text of the token that ends a text
/// @param padToken the text of the token that fills a batch up
/// @param addBos whether prompts begin with the first
/// @param addEos whether prompts end with the second
/// @param addedTokens tokens beyond those in the tokenizer's own file, and perhaps some that are in
///   it
/// @param chatTemplate the text of the Jinja template for conversations
/// @param bosId what the model's own configuration calls the token that begins a text
/// @param endIds the tokens after which the model's own configuration ends a text, the main one
///   first
record TokenizerConfig(
    Optional<String> bosToken,
    Optional<String> eosToken,
    Optional<String> padToken,
    Optional<Boolean> addBos,
    Optional<Boolean> addEos,
    List<SpecialToken> addedTokens,
    Optional<String> chatTemplate,
    OptionalInt bosId,
    List<Integer> endIds) {
  /// Nothing is said.
  static final TokenizerConfig NONE =
      new TokenizerConfig(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          List.of(),
          Optional.empty());

  /// Makes what the files of a tokenizer say that has no model beside it.
  TokenizerConfig(
      Optional<String> bosToken,
      Optional<String> eosToken,
      Optional<String> padToken,
      Optional<Boolean> addBos,
      Optional<Boolean> addEos,
      List<SpecialToken> addedTokens,
      Optional<String> chatTemplate) {
    this(
        bosToken,
        eosToken,
        padToken,
        addBos,
        addEos,
        addedTokens,
        chatTemplate,
        OptionalInt.empty(),
        List.of());
  }

  private static final JsonView EMPTY = Json.parse("absent", "{}".getBytes(UTF_8));

  /// Reads what there is in a folder.
  ///
  /// @throws IOException if a file that is there cannot be read
  /// @throws ModelFormatException if one is damaged
  static TokenizerConfig read(Path folder) throws IOException {
    JsonView config = readIfPresent(folder.resolve("tokenizer_config.json"));
    JsonView map = readIfPresent(folder.resolve("special_tokens_map.json"));
    return new TokenizerConfig(
        tokenText("bos_token", config, map),
        tokenText("eos_token", config, map),
        tokenText("pad_token", config, map),
        config.find("add_bos_token").map(JsonView::bool),
        config.find("add_eos_token").map(JsonView::bool),
        addedTokens(config, readIfPresent(folder.resolve("added_tokens.json"))),
        chatTemplate(folder, config),
        bosId(folder),
        endIds(folder));
  }

  private static OptionalInt bosId(Path folder) throws IOException {
    Optional<JsonView> id = readIfPresent(folder.resolve("config.json")).find("bos_token_id");
    return id.isPresent() ? OptionalInt.of(id.get().integer()) : OptionalInt.empty();
  }

  /// Models whose turns end with another token than their texts name both here.
  private static List<Integer> endIds(Path folder) throws IOException {
    Set<Integer> ids = new LinkedHashSet<>();
    for (String name : new String[] {"config.json", "generation_config.json"}) {
      Optional<JsonView> ends = readIfPresent(folder.resolve(name)).find("eos_token_id");
      if (ends.isPresent()) {
        boolean several = ends.get().value() instanceof JsonValue.Elements;
        List<JsonView> views = several ? ends.get().elements() : List.of(ends.get());
        views.forEach(id -> ids.add(id.integer()));
      }
    }
    return List.copyOf(ids);
  }

  /// {@return those of the tokens that end a text that a vocabulary has}
  List<Integer> endIdsBelow(int vocabularySize) {
    return endIds.stream().filter(id -> id >= 0 && id < vocabularySize).toList();
  }

  private static JsonView readIfPresent(Path file) throws IOException {
    return Files.isRegularFile(file) ? Json.read(file) : EMPTY;
  }

  private static Optional<String> tokenText(String name, JsonView config, JsonView map) {
    Optional<JsonView> token = config.find(name).or(() -> map.find(name));
    return token.map(view ->
        view.value() instanceof JsonValue.Members ? view.get("content").string() : view.string());
  }

  private static List<SpecialToken> addedTokens(JsonView config, JsonView older) {
    List<SpecialToken> tokens = new ArrayList<>();
    Optional<JsonView> decoder = config.find("added_tokens_decoder");
    if (decoder.isPresent()) {
      for (String id : decoder.get().members().keySet()) {
        JsonView token = decoder.get().get(id);
        tokens.add(SpecialToken.read(parseId(token, id), token));
      }
    } else {
      for (String text : older.members().keySet()) {
        tokens.add(new SpecialToken(older.get(text).integer(), text, false));
      }
    }
    tokens.sort(Comparator.comparingInt(SpecialToken::id));
    return tokens;
  }

  private static int parseId(JsonView token, String id) {
    if (!id.matches("\\d{1,9}")) {
      throw token.wrong("named by a token id");
    }
    return Integer.parseInt(id);
  }

  private static Optional<String> chatTemplate(Path folder, JsonView config) throws IOException {
    Path file = folder.resolve("chat_template.jinja");
    if (Files.isRegularFile(file)) {
      return Optional.of(new String(Files.readAllBytes(file), UTF_8));
    }
    Optional<JsonView> template = config.find("chat_template");
    if (template.isEmpty() || !(template.get().value() instanceof JsonValue.Elements)) {
      return template.map(JsonView::string);
    }
    List<JsonView> named = template.get().elements();
    return named.stream()
        .filter(one -> one.get("name").string().equals("default"))
        .findFirst()
        .or(() -> named.stream().findFirst())
        .map(one -> one.get("template").string());
  }

  /// The added tokens that come after those of a vocabulary.
  ///
  /// @param source what to call the vocabulary's file in messages
  /// @param spellings the vocabulary
  /// @throws ModelFormatException if an added token has the id of another token, or ids are left
  ///   out
  List<SpecialToken> tokensAfter(String source, List<byte[]> spellings) {
    List<SpecialToken> after = new ArrayList<>();
    for (SpecialToken token : addedTokens) {
      int next = spellings.size() + after.size();
      if (token.id() == next) {
        after.add(token);
      } else if (token.id() >= spellings.size()) {
        throw misplaced(source, token, "leaves out the id " + next);
      } else {
        String there = new String(spellings.get(token.id()), UTF_8);
        if (!there.equals(token.text())) {
          throw misplaced(source, token, "is that of '" + there + "'");
        }
      }
    }
    return after;
  }

  private static ModelFormatException misplaced(String source, SpecialToken token, String why) {
    return new ModelFormatException(
        "%s: the added token '%s' has the id %d, which %s"
            .formatted(source, token.text(), token.id(), why));
  }
}
