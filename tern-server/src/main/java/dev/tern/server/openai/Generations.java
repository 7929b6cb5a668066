package dev.tern.server.openai;

import dev.tern.BatchRequest;
import dev.tern.GenerationOptions;
import dev.tern.GenerationResult;
import dev.tern.QueueFullException;
import dev.tern.server.api.ApiException;
import dev.tern.server.api.Call;
import dev.tern.server.api.ClientGoneException;
import dev.tern.server.engine.ServedModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Lets the engine generate the texts of calls. Safe for use by many threads.
public final class Generations {
  private static final Duration FOR_EVER = Duration.ofDays(365);

  private final ServedModel served;
  private final Duration quiet;
  private final GrammarFields grammars = new GrammarFields();

  /// Where refusals of the engine come from, in terms of the request.
  ///
  /// @param prompt the field that the prompts were made of
  /// @param grammar the field that says what the text may be; any name where there is none
  record Origins(String prompt, String grammar) {}

  /// Joins a model and the patience of its clients.
  ///
  /// @param served the model
  /// @param quiet how long nothing may be sent in a stream before a comment shows that the server
  ///   is alive; zero for any time
  public Generations(ServedModel served, Duration quiet) {
    this.served = served;
    this.quiet = quiet.isZero() ? FOR_EVER : quiet;
  }

  /// {@return the model}
  ServedModel served() {
    return served;
  }

  /// {@return reads what texts may look like; one for all operations, so that its memory is bounded
  /// for all of them together}
  GrammarFields grammars() {
    return grammars;
  }

  /// Generates the texts of a call, and tells its answer of everything on this thread. When nobody
  /// waits for the answer any more, or it cannot be given, all of them are cancelled at once.
  ///
  /// @param call told when its client has gone
  /// @param prompts at least one
  /// @param origins where they come from
  /// @param answer told of the texts: those of the first prompt, then those of the second, ...
  /// @throws ApiException if the engine refuses
  /// @throws ClientGoneException if nobody waits any more
  /// @throws InterruptedException if the server is shutting down
  void run(Call call, List<Prompt> prompts, Origins origins, Answer answer)
      throws InterruptedException {
    List<BatchRequest> requests = new ArrayList<>();
    GenerationEvents events = new GenerationEvents();
    int texts = prompts.stream().mapToInt(prompt -> prompt.eachOptions().size()).sum();
    try {
      for (Prompt prompt : prompts) {
        int[] tokens = prompt.tokenArray();
        for (GenerationOptions options : prompt.eachOptions()) {
          requests.add(submit(tokens, options, texts, origins, events, requests.size()));
        }
      }
      List<BatchRequest> submitted = List.copyOf(requests);
      call.onGone(() -> {
        // First, so that no text that is cut off here is taken for one that has ended.
        events.gone();
        submitted.forEach(BatchRequest::cancel);
      });
      answer.begin();
      try {
        int generated = forward(events, requests.size(), origins, answer);
        call.used(prompts.stream().mapToInt(prompt -> prompt.tokens().size()).sum(), generated);
        answer.finish();
      } catch (ApiException refusal) {
        answer.failed(refusal);
      }
    } finally {
      events.close();
      requests.forEach(BatchRequest::cancel);
    }
  }

  private BatchRequest submit(
      int[] tokens,
      GenerationOptions options,
      int texts,
      Origins origins,
      GenerationEvents events,
      int choice) {
    BatchRequest request;
    try {
      request = served.engine().submit(tokens, options, token -> events.token(choice, token));
    } catch (QueueFullException full) {
      throw texts > full.capacity()
          ? ApiException.invalid(
              "n",
              "%d texts are asked for at once, but the server never has room for more than %d"
                  .formatted(texts, full.capacity()))
          : EngineRefusals.translate(full, origins);
    } catch (RuntimeException refusal) {
      throw EngineRefusals.translate(refusal, origins);
    }
    BatchRequest submitted = request;
    var _ =
        submitted
            .completion()
            .whenComplete((result, failure) -> {
              if (failure == null) {
                tell(result, submitted, events, choice);
              } else {
                events.failed(failure);
              }
            });
    return request;
  }

  /// Whoever observes may not hold up the answer, whatever he throws.
  private void tell(
      GenerationResult result, BatchRequest request, GenerationEvents events, int choice) {
    try {
      served.observer().ended(result, request.timings());
    } finally {
      events.ended(choice, result);
    }
  }

  /// {@return how many tokens were generated}
  private int forward(GenerationEvents events, int running, Origins origins, Answer answer)
      throws InterruptedException {
    int generated = 0;
    int left = running;
    while (left > 0) {
      Optional<GenerationEvents.Event> next = events.next(quiet);
      if (next.isEmpty()) {
        answer.quiet();
        continue;
      }
      switch (next.get()) {
        case GenerationEvents.Event.Chosen(int choice, var token) -> answer.token(choice, token);
        case GenerationEvents.Event.Ended(int choice, var result) -> {
          answer.ended(choice, result);
          generated += result.usage().generatedTokens();
          left--;
        }
        case GenerationEvents.Event.Failed(Throwable reason) ->
            throw EngineRefusals.translate(reason, origins);
        case GenerationEvents.Event.Gone() ->
            throw new ClientGoneException("nobody waits for the answer any more");
      }
    }
    return generated;
  }
}
