package dev.tern.train.export;

import dev.tern.convert.EncodingChoice;
import dev.tern.convert.EncodingPlan;
import dev.tern.convert.GgufConversion;
import dev.tern.convert.HuggingFaceExport;
import dev.tern.source.ModelSource;
import dev.tern.tensor.TensorType;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.network.CausalLanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Writes a trained network in the forms in which models are published.
///
/// A ternary model becomes I2_S in GGUF, a binary one Q1_0, one in full precision F32; embeddings
/// are 16 bits everywhere. The packed Hugging Face folder is made of the GGUF file, so that all
/// forms hold the same codes and scales.
public final class ModelExport {
  private final CausalLanguageModel model;
  private final Path tokenizer;

  /// Prepares an export. The embeddings of the network are rounded to 16 bits here, so that what it
  /// computes from now on is what the files compute.
  ///
  /// @param model trained; not to be trained further
  /// @param tokenizer folder with its files
  public ModelExport(CausalLanguageModel model, Path tokenizer) {
    this.model = model;
    this.tokenizer = tokenizer;
    TrainedValues.roundEmbeddings(model);
  }

  /// Writes a GGUF file.
  ///
  /// @param file replaced if it is there
  /// @throws IOException if writing fails; no part of the file is left
  public void writeGguf(Path file) throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    Path scratch = Files.createTempDirectory(parent, ".export");
    // The folder's name becomes the name of the model.
    Path folder = scratch.resolve(nameOf(file));
    try {
      FloatFolder.write(
          folder, model, parameter -> TrainedValues.served(model, parameter), tokenizer);
      try (ModelSource source = ModelSource.open(folder)) {
        GgufConversion.of(source, EncodingPlan.of(source, encodings())).write(file, true);
      }
    } finally {
      delete(scratch);
    }
  }

  private static String nameOf(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
  }

  private EncodingChoice encodings() {
    EncodingChoice lossless = EncodingChoice.defaults();
    return model.settings().weights() == WeightMethod.BINARY
        ? lossless.withLinear(TensorType.Q1_0)
        : lossless;
  }

  /// Writes the shadow weights as a Hugging Face folder, from which training can go on elsewhere. A
  /// binary model's cannot be written so: what reads such folders makes ternary weights of them.
  ///
  /// @param folder made if it is not there; a model in it is replaced
  /// @throws IOException if writing fails; without `config.json`, which comes last, nothing loads
  ///   the folder
  public void writeMasters(Path folder) throws IOException {
    if (model.settings().weights() == WeightMethod.BINARY) {
      throw new IllegalStateException("a folder of master weights would be read as ternary");
    }
    FloatFolder.write(folder, model, parameter -> parameter.value().toFloatArray(), tokenizer);
  }

  /// Writes codes and scales as a packed Hugging Face folder.
  ///
  /// @param gguf what [#writeGguf] has written
  /// @param folder made if it is not there; a model in it is replaced
  /// @throws IOException if reading or writing fails
  public static void writePacked(Path gguf, Path folder) throws IOException {
    try (ModelSource source = ModelSource.open(gguf)) {
      HuggingFaceExport.of(source).write(folder, true);
    }
  }

  private static void delete(Path path) throws IOException {
    List<Path> below;
    try (Stream<Path> entries = Files.walk(path)) {
      below = entries.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path entry : below) {
      Files.delete(entry);
    }
  }
}
