package dev.tern.server.openai;

import dev.tern.GenerationOptions;
import java.util.List;
import java.util.stream.IntStream;

/// What is to be gone on from, how often and how.
///
/// @param tokens at least one
/// @param choices how many texts are wanted
/// @param options of the first; the others have the seeds after it, where there is one
record Prompt(List<Integer> tokens, int choices, GenerationOptions options) {
  /// Copies the tokens.
  Prompt {
    tokens = List.copyOf(tokens);
  }

  /// {@return the tokens, as an engine takes them}
  int[] tokenArray() {
    return tokens.stream().mapToInt(Integer::intValue).toArray();
  }

  /// {@return the options of each text}
  List<GenerationOptions> eachOptions() {
    return IntStream.range(0, choices)
        .mapToObj(choice ->
            options.seed().isEmpty()
                ? options
                : options.toBuilder().seed(options.seed().getAsLong() + choice).build())
        .toList();
  }

  /// {@return a prompt of some tokens}
  ///
  /// @param tokens at least one
  /// @param choices how many texts are wanted
  /// @param options of the first
  static Prompt of(int[] tokens, int choices, GenerationOptions options) {
    return new Prompt(IntStream.of(tokens).boxed().toList(), choices, options);
  }
}
