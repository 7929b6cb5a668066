package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import dev.tern.server.api.ApiException;
import dev.tern.server.engine.ServedModel;
import dev.tern.tokenizer.EncodeOptions;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a call of `/v1/completions` asks for.
///
/// @param given what is gone on from, at least one
/// @param choices how many texts for each
/// @param echo whether each text begins with what it goes on from
/// @param options how to generate them
/// @param streaming how to send them
/// @param grammarField the field that says what the texts may look like
record TextRequest(
    List<PromptField.Given> given,
    int choices,
    boolean echo,
    GenerationOptions options,
    CommonFields.Streaming streaming,
    String grammarField) {
  private static final int MOST_PROMPTS = 128;
  private static final int MOST_LIKELIEST = 20;

  private static final Map<String, String> REFUSED =
      Map.of(
          "suffix", "is not supported: the model has not learnt to fill gaps",
          "response_format", "is for /v1/chat/completions; use 'json_schema' or 'grammar' here");

  /// Copies the prompts.
  TextRequest {
    given = List.copyOf(given);
  }

  /// {@return what a request asks for}
  ///
  /// @param fields the request's
  /// @param served what answers
  /// @param grammars reads what the text may look like
  /// @throws ApiException if it cannot be
  static TextRequest read(Fields fields, ServedModel served, GrammarFields grammars) {
    CommonFields.requireModel(fields, served);
    fields.refuse(REFUSED);
    CommonFields.acceptLabels(fields);
    GenerationOptions.Builder options = SamplingFields.read(fields, served.model().tokenizer());
    CommonFields.readLimit(fields, options, "max_tokens");
    Optional<GrammarFields.Constraint> constraint = grammars.read(fields);
    constraint.ifPresent(each -> options.grammar(each.grammar()));
    int choices = CommonFields.choices(fields);
    int best = fields.find("best_of").map(field -> field.integer(1, 20)).orElse(choices);
    if (best != choices) {
      throw fields.require("best_of").unsupported("must be equal to 'n': all texts are sent");
    }
    boolean echo = fields.flag("echo", false);
    readLogProbabilities(fields, echo, options);
    CommonFields.Streaming streaming = CommonFields.streaming(fields);
    List<PromptField.Given> given =
        PromptField.read(
            fields.require("prompt"),
            MOST_PROMPTS,
            served.model().tokenizer(),
            EncodeOptions.PROMPT);
    fields.end();
    return new TextRequest(
        given,
        choices,
        echo,
        options.build(),
        streaming,
        constraint.map(GrammarFields.Constraint::field).orElse("grammar"));
  }

  private static void readLogProbabilities(
      Fields fields, boolean echo, GenerationOptions.Builder options) {
    Optional<Field> likeliest = fields.find("logprobs");
    if (likeliest.isPresent() && echo) {
      throw likeliest
          .get()
          .unsupported("cannot be had together with 'echo': prompts are not scored");
    }
    likeliest.ifPresent(field -> options.logProbabilities(field.integer(0, MOST_LIKELIEST)));
  }

  /// {@return what the engine is to do}
  List<Prompt> prompts() {
    return given.stream().map(each -> new Prompt(each.tokens(), choices, options)).toList();
  }

  /// {@return what the texts begin with}
  List<String> beginnings() {
    return given.stream().map(each -> echo ? each.text() : "").toList();
  }
}
