package dev.tern.convert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.tern.source.ModelSource;
import dev.tern.source.SourceTensor;
import dev.tern.tensor.TensorType;
import dev.tern.testing.TestData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Files written here, read by the package `gguf` of llama.cpp's authors, where Python has it.
class IndependentReaderTest {
  private static final String READER =
      """
      import sys, gguf
      r = gguf.GGUFReader(sys.argv[1])
      for t in r.tensors:
          v = gguf.quants.dequantize(t.data, t.tensor_type)
          print(t.name, repr(float(v.astype('float64').sum())))
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(
      value = TensorType.class,
      names = {"TQ1_0", "TQ2_0", "F32", "F16", "Q8_0", "Q4_0", "Q6_K"})
  void readsTheSameNumbers(TensorType type) throws Exception {
    Path source = TestData.require("models/llama-bitlinear-packed");
    Path target = folder.resolve("model.gguf");
    TensorType embedding = type.isLowBit() ? TensorType.BF16 : type;
    EncodingChoice choice = EncodingChoice.defaults().withLinear(type).withEmbedding(embedding);
    try (ModelSource model = ModelSource.open(source)) {
      GgufConversion.of(model, EncodingPlan.of(model, choice)).write(target, false);
    }
    Map<String, Double> read = read(target);
    try (ModelSource model = ModelSource.open(target)) {
      assertEquals(model.tensors().keySet(), read.keySet());
      for (SourceTensor tensor : model.tensors().values()) {
        assertEquals(sum(tensor), read.get(tensor.name()), 1e-6, tensor.name());
      }
    }
  }

  private static double sum(SourceTensor tensor) {
    float[] row = new float[Math.toIntExact(tensor.shape().cols())];
    double sum = 0;
    for (long r = 0; r < tensor.shape().rows(); r++) {
      tensor.values().read(r, row);
      for (float value : row) {
        sum += value;
      }
    }
    return sum;
  }

  private static Map<String, Double> read(Path file) throws IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder("python3", "-c", READER, file.toString())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException noPython) {
      Assumptions.abort("skipped: there is no python3");
      throw noPython;
    }
    Map<String, Double> sums = new TreeMap<>();
    try (var lines = process.inputReader()) {
      lines
          .lines()
          .map(line -> line.split(" "))
          .forEach(fields -> sums.put(fields[0], Double.valueOf(fields[1])));
    }
    Assumptions.assumeTrue(
        process.waitFor() == 0, "skipped: python3 has no package gguf (pip install gguf)");
    return sums;
  }
}
