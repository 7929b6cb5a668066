package dev.tern.cli;

import dev.tern.hub.CachedModel;
import dev.tern.hub.ModelReference;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern rm`: takes models out of the cache.
@Command(
    name = "rm",
    description = {
      "Remove models from the cache. A repository's name stands for all of it that is there, one with a colon for a file.",
      "What another model shares stays."
    },
    mixinStandardHelpOptions = true)
final class RemoveCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(
      arity = "1..*",
      paramLabel = "NAME",
      description = "Which models; 'tern ls' lists them.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-y", "--yes"},
      description = "Do not ask.")
  private boolean yes;

  RemoveCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    HubModels models = HubModels.of(streams, true);
    List<ModelReference> references = new ArrayList<>();
    List<CachedModel> cached = models.hub().models();
    for (String name : names) {
      ModelReference reference = models.reference(name);
      if (cached.stream()
          .noneMatch(m -> m.reference().repository().equals(reference.repository()))) {
        throw new IOException(
            "%s is not in %s: 'tern ls' lists what is there"
                .formatted(reference, models.options().cache()));
      }
      references.add(reference);
    }
    if (!yes && !isAgreed(references)) {
      streams.err().println("nothing was removed");
      return ExitCode.OK;
    }
    for (ModelReference reference : references) {
      long freed = models.hub().remove(reference);
      streams
          .out()
          .println("removed %s, %s are free".formatted(reference, ByteCount.format(freed)));
    }
    return ExitCode.OK;
  }

  private boolean isAgreed(List<ModelReference> references) throws IOException {
    if (!streams.isInteractive()) {
      throw new ParameterException(
          spec.commandLine(), "nobody is here to be asked: add --yes to remove without asking");
    }
    streams
        .err()
        .print(
            "Remove %s? [y/N] "
                .formatted(
                    String.join(", ", references.stream().map(ModelReference::toString).toList())));
    streams.err().flush();
    String answer =
        new BufferedReader(new InputStreamReader(streams.in(), StandardCharsets.UTF_8)).readLine();
    return answer != null && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT));
  }
}
