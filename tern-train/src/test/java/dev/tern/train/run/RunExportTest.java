package dev.tern.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import dev.tern.train.TestEngine;
import dev.tern.train.config.ActivationMethod;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ModelSettings;
import dev.tern.train.config.TokenizerSettings;
import dev.tern.train.config.WeightMethod;
import dev.tern.train.data.ProgressListener;
import dev.tern.train.export.ExportProof;
import dev.tern.train.network.CausalLanguageModel;
import dev.tern.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunExportTest {
  private static final int VOCABULARY = 262;
  private static final ExportProof.CloseCall NONE = new ExportProof.CloseCall(0);

  @TempDir Path root;
  @TempDir Path tokenizer;

  @BeforeEach
  void learnTokenizer() throws IOException {
    VocabularyTrainer.learn(
            new TokenizerSettings.Learnt(TokenizerSettings.Kind.BYTE_LEVEL, VOCABULARY),
            sink -> sink.accept("the cat and the dog and the ball and the cat"),
            ProgressListener.NONE)
        .write(tokenizer);
  }

  private void write(long seed, RunExport.Prover prover) throws IOException {
    try (NDManager manager = TestEngine.manager()) {
      CausalLanguageModel model =
          CausalLanguageModel.create(
              new ModelSettings(
                  BlockStyle.BITNET,
                  WeightMethod.TERNARY,
                  ActivationMethod.INT8,
                  128,
                  1,
                  4,
                  2,
                  128,
                  16,
                  10_000,
                  1e-5f,
                  true),
              VOCABULARY,
              CausalLanguageModel.random(seed),
              manager);
      new RunExport(new RunFolder(root), "m").write(model, tokenizer, List.of(), prover);
    }
  }

  @Test
  void aModelIsReplacedWhenTheNewOneIsProved() throws IOException {
    write(1, ExportProof::of);
    byte[] gguf = Files.readAllBytes(root.resolve("m.gguf"));
    byte[] weights = Files.readAllBytes(root.resolve("m/model.safetensors"));
    byte[] config = Files.readAllBytes(root.resolve("m/config.json"));

    IOException failed =
        assertThrows(
            IOException.class,
            () ->
                write(
                    2,
                    (model, file, texts) -> {
                      assertTrue(ExportProof.of(model, file, texts).sameWeights());
                      return new ExportProof(1, 2, 3, 4, 1, 0, 0, List.of(NONE));
                    }));
    assertTrue(failed.getMessage().contains("3 codes and 4 scales"), failed.getMessage());
    assertEquals(List.of("m", "m.gguf"), names());
    assertEquals(-1, java.util.Arrays.mismatch(gguf, Files.readAllBytes(root.resolve("m.gguf"))));
    assertEquals(
        -1,
        java.util.Arrays.mismatch(
            weights, Files.readAllBytes(root.resolve("m/model.safetensors"))));
    assertTrue(Files.exists(root.resolve("m/config.json")));

    write(2, ExportProof::of);
    assertEquals(List.of("m", "m.gguf"), names());
    assertFalse(java.util.Arrays.equals(gguf, Files.readAllBytes(root.resolve("m.gguf"))));
    assertFalse(
        java.util.Arrays.equals(weights, Files.readAllBytes(root.resolve("m/model.safetensors"))));
    assertEquals(
        -1, java.util.Arrays.mismatch(config, Files.readAllBytes(root.resolve("m/config.json"))));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(root)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
