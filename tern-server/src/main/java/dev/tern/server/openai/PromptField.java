package dev.tern.server.openai;

import dev.tern.server.api.ApiException;
import dev.tern.tokenizer.EncodeOptions;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Reads texts that are given as a string, as tokens, or as an array of either.
final class PromptField {
  private PromptField() {}

  /// A text of a request.
  ///
  /// @param text what it says
  /// @param tokens at least one
  record Given(String text, List<Integer> tokens) {
    /// Copies the tokens.
    Given {
      tokens = List.copyOf(tokens);
    }

    /// {@return the tokens, as a model takes them}
    int[] tokenArray() {
      return tokens.stream().mapToInt(Integer::intValue).toArray();
    }
  }

  /// {@return the texts, at least one}
  ///
  /// @param field the field that has them
  /// @param most how many there may be
  /// @param tokenizer the model's
  /// @param options how strings become tokens
  /// @throws ApiException if it has none, too many, an empty one or something else
  static List<Given> read(Field field, int most, Tokenizer tokenizer, EncodeOptions options) {
    JsonNode value = field.value();
    if (value.isString()) {
      return List.of(text(field, tokenizer, options));
    }
    if (!value.isArray()) {
      throw field.wrongType("a string, an array of tokens, or an array of either");
    }
    if (value.isEmpty()) {
      throw field.wrongValue("must not be empty");
    }
    if (value.get(0).isNumber()) {
      return List.of(tokens(field, tokenizer));
    }
    List<Field> elements = field.elements();
    if (elements.size() > most) {
      throw field.wrongValue("has %d texts; at most %d can be".formatted(elements.size(), most));
    }
    List<Given> given = new ArrayList<>();
    for (Field element : elements) {
      given.add(
          element.value().isArray()
              ? tokens(element, tokenizer)
              : text(element, tokenizer, options));
    }
    return List.copyOf(given);
  }

  private static Given text(Field field, Tokenizer tokenizer, EncodeOptions options) {
    String text = field.text();
    List<Integer> tokens = new ArrayList<>();
    for (int token : tokenizer.encode(text, options)) {
      tokens.add(token);
    }
    if (tokens.isEmpty()) {
      throw field.wrongValue("must not be empty");
    }
    return new Given(text, tokens);
  }

  private static Given tokens(Field field, Tokenizer tokenizer) {
    int[] tokens = tokenArray(field, tokenizer);
    if (tokens.length == 0) {
      throw field.wrongValue("must not be empty");
    }
    return new Given(tokenizer.decode(tokens), IntStream.of(tokens).boxed().toList());
  }

  /// {@return tokens, perhaps none}
  ///
  /// @param field an array of numbers
  /// @param tokenizer knows which there are
  /// @throws ApiException if one does not exist
  static int[] tokenArray(Field field, Tokenizer tokenizer) {
    return field.elements().stream()
        .mapToInt(token -> token.integer(0, tokenizer.vocabularySize() - 1))
        .toArray();
  }
}
