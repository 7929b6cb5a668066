package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.server.api.ApiException;
import dev.tern.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;

/// Reads how tokens are to be chosen and where the text ends: OpenAI's fields and llama.cpp's
/// further ones, with llama.cpp's defaults for those that are absent.
final class SamplingFields {
  private static final int MOST_STOP_TEXTS = 16;

  private SamplingFields() {}

  /// {@return the options that a request asks for, without their limit on tokens}
  ///
  /// @param fields the request's
  /// @param tokenizer knows which tokens there are
  /// @throws ApiException if one of them cannot be
  static GenerationOptions.Builder read(Fields fields, Tokenizer tokenizer) {
    GenerationOptions.Builder options = GenerationOptions.builder();
    fields.find("temperature").ifPresent(field -> options.temperature(field.number(0, 2)));
    fields.find("top_p").ifPresent(field -> options.topP(field.number(0, 1)));
    fields.find("top_k").ifPresent(field -> options.topK(field.integer(0, Integer.MAX_VALUE)));
    fields.find("min_p").ifPresent(field -> options.minP(field.number(0, 1)));
    readPenalties(fields, options);
    fields.find("seed").ifPresent(field -> options.seed(field.wholeNumber()));
    fields.find("ignore_eos").ifPresent(field -> options.ignoreEos(field.flag()));
    fields.find("logit_bias").ifPresent(field -> readBiases(field, options, tokenizer));
    fields.find("stop").ifPresent(field -> options.stop(stopTexts(field)));
    return options;
  }

  private static void readPenalties(Fields fields, GenerationOptions.Builder options) {
    fields
        .find("presence_penalty")
        .ifPresent(field -> options.presencePenalty(field.number(-2, 2)));
    fields
        .find("frequency_penalty")
        .ifPresent(field -> options.frequencyPenalty(field.number(-2, 2)));
    Optional<Field> repeat = fields.find("repeat_penalty");
    Optional<Field> repetition = fields.find("repetition_penalty");
    if (repeat.isPresent() && repetition.isPresent()) {
      throw repetition.get().wrongValue("is another name of 'repeat_penalty': give one of them");
    }
    repeat.or(() -> repetition).ifPresent(field -> options.repeatPenalty(field.number(0.01f, 100)));
    fields
        .find("repeat_last_n")
        .ifPresent(field -> options.repeatLastN(field.integer(-1, Integer.MAX_VALUE)));
  }

  private static void readBiases(
      Field biases, GenerationOptions.Builder options, Tokenizer tokenizer) {
    biases.object();
    for (var bias : biases.value().properties()) {
      Field field = new Field(biases.path() + "." + bias.getKey(), bias.getValue());
      options.logitBias(token(field, bias.getKey(), tokenizer), field.number(-100, 100));
    }
  }

  private static int token(Field field, String name, Tokenizer tokenizer) {
    if (name.matches("0|[1-9]\\d{0,8}") && Integer.parseInt(name) < tokenizer.vocabularySize()) {
      return Integer.parseInt(name);
    }
    throw field.wrongValue(
        "names no token: tokens are numbers from 0 to %d"
            .formatted(tokenizer.vocabularySize() - 1));
  }

  private static List<String> stopTexts(Field stop) {
    List<Field> texts = stop.value().isString() ? List.of(stop) : stop.elements();
    if (texts.size() > MOST_STOP_TEXTS) {
      throw stop.wrongValue(
          "has %d texts; at most %d can be".formatted(texts.size(), MOST_STOP_TEXTS));
    }
    for (Field text : texts) {
      if (text.text().isEmpty()) {
        throw text.wrongValue("must not be empty");
      }
    }
    return texts.stream().map(Field::text).toList();
  }
}
