package dev.tern.cli;

import dev.tern.hub.ModelHub;
import dev.tern.hub.ModelReference;
import dev.tern.hub.VerifiedFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tern verify`: compares what is in the cache with its checksums.
@Command(
    name = "verify",
    description = {
      "Compare the files of models in the cache with the checksums under which they were fetched.",
      "Exit code 6 if one is damaged or missing."
    },
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Parameters(arity = "0..*", paramLabel = "NAME", description = "Which models (default: all).")
  private List<String> names = new ArrayList<>();

  @Option(
      names = {"-q", "--quiet"},
      description = "Print only what is wrong.")
  private boolean quiet;

  VerifyCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    HubModels models = HubModels.of(streams, quiet);
    List<VerifiedFile> files = verify(models);
    int wrong = 0;
    for (VerifiedFile file : files) {
      boolean sound =
          file.state() == VerifiedFile.State.INTACT || file.state() == VerifiedFile.State.UNKNOWN;
      wrong += sound ? 0 : 1;
      if (!sound || !quiet) {
        streams
            .out()
            .println(
                Printable.line(
                    "%-12s %s:%s"
                        .formatted(describe(file.state()), file.repository(), file.file())));
      }
    }
    if (wrong > 0) {
      streams
          .err()
          .println(
              "%d of %d files are wrong: 'tern rm' the model and 'tern pull' it again"
                  .formatted(wrong, files.size()));
      return ExitCode.CHECK_FAILED;
    }
    return ExitCode.OK;
  }

  private List<VerifiedFile> verify(HubModels models) throws IOException {
    ModelHub hub = models.hub();
    try (PullProgress progress = new PullProgress(streams, quiet)) {
      if (names.isEmpty()) {
        return hub.verifyAll(progress);
      }
      List<ModelReference> references = new ArrayList<>();
      for (String name : names) {
        references.add(models.reference(name));
      }
      List<VerifiedFile> files = new ArrayList<>();
      for (ModelReference reference : references) {
        files.addAll(hub.verify(reference, progress));
      }
      return files;
    }
  }

  private static String describe(VerifiedFile.State state) {
    return switch (state) {
      case INTACT -> "intact";
      case DAMAGED -> "DAMAGED";
      case MISSING -> "MISSING";
      case UNKNOWN -> "no checksum";
    };
  }
}
