package dev.tern.cli;

import dev.tern.BatchOptions;
import dev.tern.KernelChoice;
import dev.tern.LoadOptions;
import dev.tern.TernaryLayout;
import dev.tern.ZeroSkipping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// What makes the same answers again to the same requests. Answers of runs whose texts differ are
/// never put into one file.
final class BatchKey {
  private BatchKey() {}

  /// {@return a text that differs where answers could}
  ///
  /// @param model the file or folder
  /// @param id what answers call the model
  /// @param loading how it is loaded
  /// @param batch what requests may use
  /// @param contextLength the most tokens of a request, as it came out
  /// @throws IOException if a file cannot be looked at
  static String of(
      Path model, String id, LoadOptions loading, BatchOptions batch, int contextLength)
      throws IOException {
    return String.join(
        "\n",
        "tern " + Version.text(),
        model.toRealPath().toString(),
        String.join("\n", files(model)),
        id,
        withoutSpeed(loading).toString(),
        "context %d, keys %s, values %s"
            .formatted(contextLength, batch.cacheTypeK(), batch.cacheTypeV()));
  }

  /// What changes speed and memory alone is left out, so that a run may go on with other threads,
  /// and what is not known here stays in.
  private static LoadOptions withoutSpeed(LoadOptions loading) {
    return loading
        .withThreads(0)
        .withPinThreads(false)
        .withKernels(KernelChoice.AUTO)
        .withHeadIndex(true)
        .withTernaryLayout(TernaryLayout.AUTO)
        .withZeroSkipping(ZeroSkipping.AUTO);
  }

  private static List<String> files(Path model) throws IOException {
    if (!Files.isDirectory(model)) {
      return List.of(describe(model));
    }
    List<String> lines = new ArrayList<>();
    try (Stream<Path> all = Files.list(model)) {
      for (Path file : all.filter(BatchKey::belongsToModel).sorted().toList()) {
        lines.add(describe(file));
      }
    }
    return lines;
  }

  private static boolean belongsToModel(Path file) {
    return Files.isRegularFile(file) && !file.getFileName().toString().startsWith(".");
  }

  private static String describe(Path file) throws IOException {
    return "%s %d %s"
        .formatted(file.getFileName(), Files.size(file), Files.getLastModifiedTime(file));
  }
}
