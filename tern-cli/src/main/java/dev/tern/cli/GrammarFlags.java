package dev.tern.cli;

import static dev.tern.cli.OptionCheck.named;

import dev.tern.GenerationOptions;
import dev.tern.grammar.Grammar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the generated text may be: llama.cpp's names.
final class GrammarFlags {
  @Option(
      names = "--grammar",
      paramLabel = "GBNF",
      description = "Generate only what fits this grammar, in llama.cpp's GBNF.")
  private @Nullable String grammar;

  @Option(
      names = "--grammar-file",
      paramLabel = "FILE",
      description = "Generate only what fits the grammar in this file.")
  private @Nullable Path grammarFile;

  @Option(
      names = {"-j", "--json-schema"},
      paramLabel = "SCHEMA",
      description =
          "Generate only JSON that fits this JSON schema, such as '{\"type\":\"object\"}'. A keyword that cannot be enforced is refused.")
  private @Nullable String schema;

  @Option(
      names = {"-jf", "--json-schema-file"},
      paramLabel = "FILE",
      description = "Generate only JSON that fits the JSON schema in this file.")
  private @Nullable Path schemaFile;

  /// {@return options with what was chosen here}
  ///
  /// @throws IOException if a file cannot be read or is not UTF-8
  /// @throws IllegalArgumentException if a grammar is wrong, or there are several
  GenerationOptions addTo(GenerationOptions options) throws IOException {
    long given =
        Stream.of(grammar, grammarFile, schema, schemaFile).filter(Objects::nonNull).count();
    if (given == 0) {
      return options;
    }
    if (given > 1) {
      throw new IllegalArgumentException(
          "--grammar, --grammar-file, --json-schema and --json-schema-file: only one at a time");
    }
    return options.toBuilder().grammar(read()).build();
  }

  private Grammar read() throws IOException {
    if (grammarFile != null || schemaFile != null) {
      Path file = Objects.requireNonNull(grammarFile == null ? schemaFile : grammarFile);
      String text = TextInput.read(file);
      return named(
          file.toString(),
          () -> grammarFile == null ? Grammar.jsonSchema(text) : Grammar.gbnf(text));
    }
    if (grammar != null) {
      String text = grammar;
      return named("--grammar", () -> Grammar.gbnf(text));
    }
    String text = Objects.requireNonNull(schema);
    return named("--json-schema", () -> Grammar.jsonSchema(text));
  }
}
