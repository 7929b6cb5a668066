package dev.tern.cli;

import dev.tern.hub.Catalogue;
import dev.tern.hub.HubOptions;
import dev.tern.hub.ModelReference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `tern pull`: fetches models by name.
@Command(
    name = "pull",
    description = {
      "Fetch models from Hugging Face into the cache that its own tools use, and print where they are.",
      "A pull that was interrupted goes on where it ended. Files are checked against the hub's checksums."
    },
    footer = {
      "",
      "Names:",
      "  bitnet-2b                      a short name; --list shows them",
      "  owner/repo                     its best GGUF file, or its checkpoint",
      "  owner/repo:i2_s                the file in an encoding",
      "  owner/repo:file.gguf           a file",
      "  owner/repo@revision            a branch, a tag or a commit"
    },
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class PullCommand implements Callable<Integer> {
  private final StandardStreams streams;

  @Spec private CommandSpec spec;

  @Parameters(arity = "0..*", paramLabel = "NAME", description = "Which models.")
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--revision",
      paramLabel = "REVISION",
      description = "A branch, a tag or a commit (default: main).")
  private @Nullable String revision;

  @Option(
      names = "--connections",
      paramLabel = "N",
      description = "Parts of a file that are fetched at once, 1 to 16 (default: 4).")
  private @Nullable Integer connections;

  @Option(names = "--list", description = "Print the short names there are.")
  private boolean list;

  @Option(
      names = {"-q", "--quiet"},
      description = "Print nothing but where the models are.")
  private boolean quiet;

  PullCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    HubOptions options = HubOptions.from(streams.environment());
    if (connections != null) {
      int count = connections;
      options = OptionCheck.named("--connections", withConnections(options, count));
    }
    HubModels models = HubModels.of(options, streams, quiet);
    if (list) {
      printNames(models.hub().catalogue());
      return ExitCode.OK;
    }
    if (names.isEmpty()) {
      throw new ParameterException(
          spec.commandLine(), "the model is missing, for example: tern pull bitnet-2b");
    }
    List<ModelReference> references = new ArrayList<>();
    for (String name : names) {
      references.add(reference(models, name));
    }
    for (ModelReference reference : references) {
      streams.out().println(models.pull(reference));
      streams.out().flush();
    }
    return ExitCode.OK;
  }

  private static Supplier<HubOptions> withConnections(HubOptions options, int count) {
    return () -> options.withConnections(count);
  }

  private ModelReference reference(HubModels models, String name) throws IOException {
    ModelReference reference = models.reference(name);
    String other = revision;
    return other == null
        ? reference
        : OptionCheck.named("--revision", () -> reference.withRevision(other));
  }

  private void printNames(Catalogue catalogue) {
    int width = catalogue.entries().keySet().stream().mapToInt(String::length).max().orElse(0);
    for (Catalogue.Entry entry : catalogue.entries().values()) {
      streams
          .out()
          .println(
              Printable.line(
                  ("%-" + width + "s  %s%s%s")
                      .formatted(
                          entry.name(),
                          entry.model(),
                          entry.description().isEmpty() ? "" : "  " + entry.description(),
                          entry.licence().isEmpty() ? "" : " (" + entry.licence() + ")")));
    }
  }
}
