package dev.tern.story;

import dev.tern.LoadOptions;
import dev.tern.TernModel;
import dev.tern.file.WholeFile;
import dev.tern.gguf.GgufFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The model that comes with Tern: BitNet b1.58 in the small, trained by Tern to tell stories in
/// simple English. `models/story/README.md` of the source says how, and what it can and cannot do.
///
/// ```java
/// try (TernModel model = StoryModel.load(LoadOptions.defaults())) {
///   System.out.println(model.generate("Once upon a time", GenerationOptions.defaults()).text());
/// }
/// ```
///
/// Safe for use by many threads.
public final class StoryModel {
  /// What it is called.
  public static final String NAME = "tern-story";

  private static final String RESOURCE = NAME + ".gguf";
  private static final long ALIGNMENT = 64;

  private StoryModel() {}

  /// Loads the model from the jar, into memory of its own that is freed when nobody uses it.
  ///
  /// @param options how to load it
  /// @return the model, to be closed by the caller
  public static TernModel load(LoadOptions options) {
    byte[] bytes = bytes();
    MemorySegment memory = Arena.ofAuto().allocate(bytes.length, ALIGNMENT);
    memory.copyFrom(MemorySegment.ofArray(bytes));
    return TernModel.load(GgufFile.of(RESOURCE, memory), options);
  }

  /// Makes the model a file, for whatever reads files. One that is there already is used as it is.
  ///
  /// @param folder made if it is not there
  /// @return the file, whose name tells this version of the model from others
  /// @throws IOException if it cannot be written
  public static Path file(Path folder) throws IOException {
    byte[] bytes = bytes();
    Path file = folder.resolve("%s-%s.gguf".formatted(NAME, digest(bytes)));
    if (!Files.isRegularFile(file) || Files.size(file) != bytes.length) {
      Files.createDirectories(folder);
      WholeFile.write(
          file,
          channel -> {
            ByteBuffer content = ByteBuffer.wrap(bytes);
            while (content.hasRemaining()) {
              channel.write(content);
            }
          });
    }
    return file;
  }

  private static byte[] bytes() {
    try (InputStream in = StoryModel.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " is missing in the jar of tern-story");
      }
      return in.readAllBytes();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String digest(byte[] bytes) {
    try {
      byte[] sha = MessageDigest.getInstance("SHA-256").digest(bytes);
      return HexFormat.of().formatHex(sha, 0, 6);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
