package dev.tern.train.run;

import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.TokenBatch;
import dev.tern.train.export.ExportProof;
import dev.tern.train.export.ModelExport;
import dev.tern.train.network.CausalLanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;

/// The model of a run as files, which take their names when they have been held against the
/// network: a model of before is there until then.
///
/// @param folder of the run
/// @param name of the model
record RunExport(RunFolder folder, String name) {
  private static final String SCRATCH = ".model.partial";
  private static final String CONFIG = "config.json";

  /// Holds a file against a network, as [ExportProof#of] does.
  @FunctionalInterface
  interface Prover {
    ExportProof prove(CausalLanguageModel model, Path gguf, List<TokenBatch> texts)
        throws IOException;
  }

  /// Writes a GGUF file and a Hugging Face folder.
  ///
  /// @param model a copy, which is rounded for the export
  /// @param tokenizer folder with its files
  /// @param texts to compare predictions with
  /// @return what was found
  /// @throws IOException if writing fails, or what was written is not the network; the model of
  ///   before is left then
  ExportProof write(
      CausalLanguageModel model, Path tokenizer, List<TokenBatch> texts, Prover prover)
      throws IOException {
    RunFolder scratch = new RunFolder(folder.root().resolve(SCRATCH));
    Folders.delete(scratch.root());
    Files.createDirectory(scratch.root());
    try {
      ModelExport export = new ModelExport(model, tokenizer);
      Path gguf = scratch.model(name);
      export.writeGguf(gguf);
      ExportProof proof = prover.prove(model, gguf, texts);
      if (!proof.sameWeights()) {
        throw new IOException(
            "%s: %d codes and %d scales would not be the trained ones, so it was not written; report this"
                .formatted(folder.model(name), proof.differentCodes(), proof.differentScales()));
      }
      writeFolder(export, model, scratch);
      Files.move(
          gguf,
          folder.model(name),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      moveFolder(scratch.huggingFace(name), folder.huggingFace(name));
      return proof;
    } finally {
      Folders.delete(scratch.root());
    }
  }

  /// The shadow weights, from which others can train on; of a binary model, which such a folder
  /// cannot hold, the packed codes.
  private void writeFolder(ModelExport export, CausalLanguageModel model, RunFolder scratch)
      throws IOException {
    if (model.settings().weights() == WeightMethod.BINARY) {
      ModelExport.writePacked(scratch.model(name), scratch.huggingFace(name));
    } else {
      export.writeMasters(scratch.huggingFace(name));
    }
  }

  /// Nothing loads a folder without `config.json`, which goes first and comes last.
  private static void moveFolder(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    Files.deleteIfExists(to.resolve(CONFIG));
    List<Path> files;
    try (Stream<Path> entries = Files.list(from)) {
      files = entries.filter(file -> !file.endsWith(CONFIG)).toList();
    }
    for (Path file : files) {
      move(file, to);
    }
    move(from.resolve(CONFIG), to);
  }

  private static void move(Path file, Path folder) throws IOException {
    Files.move(
        file,
        folder.resolve(file.getFileName()),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
