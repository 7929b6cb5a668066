package dev.tern.server.openai;

import dev.tern.GenerationResult;
import dev.tern.Token;
import dev.tern.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What an answer keeps of each of its texts while they grow.
///
/// @param perPrompt how many texts each prompt has
/// @param scores of each text its tokens with their log-probabilities; empty if nobody asked
record Choices(int perPrompt, List<Optional<ScoredTokens>> scores) {
  /// Copies the list.
  Choices {
    scores = List.copyOf(scores);
  }

  /// {@return the texts of some prompts}
  ///
  /// @param prompts at least one; all with as many texts
  /// @param tokenizer the model's
  static Choices of(List<Prompt> prompts, Tokenizer tokenizer) {
    List<Optional<ScoredTokens>> scores = new ArrayList<>();
    for (Prompt prompt : prompts) {
      boolean scored = prompt.options().logProbabilities().isPresent();
      for (int choice = 0; choice < prompt.choices(); choice++) {
        scores.add(
            scored ? Optional.of(new ScoredTokens(tokenizer, prompt.tokens())) : Optional.empty());
      }
    }
    return new Choices(prompts.getFirst().choices(), scores);
  }

  /// {@return of a text its tokens with their log-probabilities; empty if nobody asked}
  ///
  /// @param choice which text
  Optional<ScoredTokens> scores(int choice) {
    return scores.get(choice);
  }

  /// {@return which prompt a text goes on from}
  ///
  /// @param choice which text
  int promptOf(int choice) {
    return choice / perPrompt;
  }

  /// {@return whether a text is the first of its prompt}
  ///
  /// @param choice which text
  boolean isFirst(int choice) {
    return choice % perPrompt == 0;
  }

  /// {@return how many texts there are}
  int count() {
    return scores.size();
  }

  /// {@return the tokens of a text whose log-probabilities can be told of now; none if nobody
  /// asked}
  ///
  /// @param choice which text
  /// @param token its next one
  List<ScoredTokens.Scored> add(int choice, Token token) {
    return scores.get(choice).map(each -> each.add(token)).orElse(List.of());
  }

  /// {@return the tokens of a text that are left to be told of when it has ended}
  ///
  /// @param choice which text
  /// @param result what came of it
  List<ScoredTokens.Scored> end(int choice, GenerationResult result) {
    return scores.get(choice).map(each -> each.end(result)).orElse(List.of());
  }
}
