package dev.tern.train.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Configurations that are written and read again.
class ConfigWriterTest {
  @TempDir Path folder;

  @Test
  void writesWhatTheReaderReads() throws IOException {
    Path example = Files.writeString(folder.resolve("example.yaml"), ConfigReader.example());
    for (List<String> changes :
        List.of(
            List.<String>of(),
            List.of(
                "name='12'",
                "output='a b: #c'",
                "model.weights=full",
                "model.style=llama",
                "model.norm_epsilon=1e-6",
                "tokenizer={path: ~/tokenizer.json}",
                "data.validation=[v.txt, {path: w.json, format: chat}]",
                "data.validation_share=0",
                "data.train.0.separator=\"\\n\\n\"",
                "optimizer.epsilon=1e-12",
                "warm_up={curve: exponential, steps: 3}",
                "initial=start",
                "distillation={teacher: 'true'}",
                "run.sample_prompts=['yes', '1_000', 'null', \"a\\tb\\u0001\", '- x', '  ', '&a']",
                "run.seed=-9223372036854775807"))) {
      TrainingConfig config = ConfigReader.read(example, changes);
      Path written = Files.writeString(folder.resolve("written.yaml"), ConfigWriter.write(config));
      assertEquals(config, ConfigReader.read(written));
    }
  }
}
