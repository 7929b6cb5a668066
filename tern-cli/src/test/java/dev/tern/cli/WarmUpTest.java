package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.BatchEngine;
import dev.tern.BatchOptions;
import dev.tern.LoadOptions;
import dev.tern.TernModel;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {
  @TempDir private Path folder;

  @Test
  void goesOnUntilTheKernelsAreAtTheirFullSpeed() throws IOException {
    try (TernModel model =
            TernModel.load(Models.tiny(folder), LoadOptions.defaults().withThreads(1));
        BatchEngine engine = model.newBatchEngine(BatchOptions.defaults())) {
      WarmUp.run(model, engine);
      assertTrue(model.isWarm(), model.kernels());
    }
  }
}
