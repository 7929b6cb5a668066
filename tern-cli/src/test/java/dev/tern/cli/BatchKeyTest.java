package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.tern.ActivationPrecision;
import dev.tern.BatchOptions;
import dev.tern.I2sLayout;
import dev.tern.KernelChoice;
import dev.tern.KvCacheType;
import dev.tern.LoadOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchKeyTest {
  private static final LoadOptions LOADING = LoadOptions.defaults();
  private static final BatchOptions BATCH = BatchOptions.defaults();

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void write() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "weights");
  }

  @Test
  void differsWhereAnswersCould() throws IOException {
    List<String> keys =
        List.of(
            key(LOADING),
            key(LOADING.withActivations(ActivationPrecision.FLOAT)),
            key(LOADING.withI2sLayout(I2sLayout.ARM_64)),
            key(LOADING.withPreTokenizer("default")),
            key(LOADING.withChatTemplate("chatml")),
            BatchKey.of(model, "other", LOADING, BATCH, 512),
            BatchKey.of(model, "id", LOADING, BATCH, 256),
            BatchKey.of(
                model, "id", LOADING, BATCH.withCacheTypes(KvCacheType.F16, KvCacheType.F32), 512));
    assertEquals(keys.size(), Set.copyOf(keys).size());
    assertTrue(keys.getFirst().contains(Version.text()), keys.getFirst());
  }

  @Test
  void isTheSameWhereOnlySpeedDiffers() throws IOException {
    assertEquals(
        key(LOADING),
        key(LOADING.withThreads(1).withKernels(KernelChoice.SCALAR).withHeadIndex(false)));
  }

  @Test
  void differsWhenAFileOfAFolderHasChanged() throws IOException {
    String before = key(LOADING);
    Path weights = model.resolve("model.safetensors");
    FileTime time = Files.getLastModifiedTime(weights);
    Files.writeString(weights, "more weights");
    Files.setLastModifiedTime(weights, time);
    String larger = key(LOADING);
    assertNotEquals(before, larger);
    Files.setLastModifiedTime(weights, FileTime.fromMillis(1));
    assertNotEquals(larger, key(LOADING));
  }

  private String key(LoadOptions loading) throws IOException {
    return BatchKey.of(model, "id", loading, BATCH, 512);
  }
}
