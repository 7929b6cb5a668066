package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import java.util.Optional;

/// Reads fields that several operations have.
final class CommonFields {
  private static final int MOST_CHOICES = 16;

  private CommonFields() {}

  /// How an answer is to be sent.
  ///
  /// @param stream whether piece by piece
  /// @param includeUsage whether such a stream ends with what it cost
  record Streaming(boolean stream, boolean includeUsage) {}

  /// Checks that the model that is served is the one that is meant. A request need not name it.
  ///
  /// @param fields the request's
  /// @param served what is served
  /// @throws ApiException if another is meant
  static void requireModel(Fields fields, ServedModel served) {
    Optional<String> model = fields.find("model").map(Field::text);
    if (model.isPresent() && !model.get().equals(served.id())) {
      throw noSuchModel(model.get(), served);
    }
  }

  /// {@return that a model is not served}
  ///
  /// @param model what was asked for
  /// @param served what is served
  static ApiException noSuchModel(String model, ServedModel served) {
    return ApiException.of(
        404,
        "invalid_request_error",
        "model_not_found",
        "the model '%s' is not served here; '%s' is".formatted(model, served.id()));
  }

  /// Accepts fields that OpenAI has for keeping accounts, and that change nothing in an answer.
  ///
  /// @param fields the request's
  /// @throws ApiException if one asks for something after all
  static void acceptLabels(Fields fields) {
    fields.find("user").ifPresent(Field::text);
    fields.find("safety_identifier").ifPresent(Field::text);
    fields.find("prompt_cache_key").ifPresent(Field::text);
    fields.find("metadata").ifPresent(CommonFields::requireTexts);
    fields.find("service_tier").ifPresent(field -> field.oneOf("auto", "default"));
    fields.acceptOnly("store", "false", "must be false: nothing is kept");
  }

  private static void requireTexts(Field metadata) {
    metadata.object();
    for (var entry : metadata.value().properties()) {
      new Field(metadata.path() + "." + entry.getKey(), entry.getValue()).text();
    }
  }

  /// {@return how the answer is to be sent}
  ///
  /// @param fields the request's
  /// @throws ApiException if that cannot be
  static Streaming streaming(Fields fields) {
    boolean stream = fields.flag("stream", false);
    Optional<Field> options = fields.find("stream_options");
    if (options.isEmpty()) {
      return new Streaming(stream, false);
    }
    if (!stream) {
      throw options.get().wrongValue("is for streams; set 'stream' to true or leave it out");
    }
    Fields each = options.get().object();
    boolean includeUsage = each.flag("include_usage", false);
    each.acceptOnly("include_obfuscation", "false", "must be false: nothing is obfuscated");
    each.end();
    return new Streaming(true, includeUsage);
  }

  /// {@return how many texts are wanted}
  ///
  /// @param fields the request's
  static int choices(Fields fields) {
    return fields.find("n").map(field -> field.integer(1, MOST_CHOICES)).orElse(1);
  }

  /// Limits a text to the wanted number of tokens.
  ///
  /// @param fields the request's
  /// @param options gets the limit
  /// @param names of the fields that may say it
  /// @throws ApiException if two of them say something else
  static void readLimit(Fields fields, GenerationOptions.Builder options, String... names) {
    Optional<Integer> limit = Optional.empty();
    for (String name : names) {
      Optional<Field> field = fields.find(name);
      if (field.isEmpty()) {
        continue;
      }
      int value = field.get().integer(0, Integer.MAX_VALUE);
      if (limit.isPresent() && limit.get() != value) {
        throw field.get().wrongValue("contradicts '%s': give one of them".formatted(names[0]));
      }
      limit = Optional.of(value);
    }
    limit.ifPresent(options::maxTokens);
  }
}
