package dev.tern.train.engine;

import dev.tern.train.engine.TrainingEngineException.Reason;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// The archive with PyTorch's libraries, whose checksum was found right.
///
/// @param file the archive
/// @param content what is in it
record EngineArchive(Path file, EnginePackage content) {
  /// Unpacks the libraries into a folder that is there as a whole or not at all. Only who holds the
  /// lock of the engine may.
  ///
  /// @param target the folder; must not be there
  /// @param progress gets the number of bytes that are unpacked
  void unpack(Path target, LongConsumer progress) throws IOException {
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    deleteFolder(partial);
    Files.createDirectories(partial);
    try {
      long unpacked = 0;
      try (ZipFile zip = new ZipFile(file.toFile())) {
        for (ZipEntry entry : libraries(zip)) {
          String name = entry.getName().substring(content.entries().length());
          Path library = partial.resolve(name);
          try (InputStream in = zip.getInputStream(entry);
              OutputStream out =
                  new CountingOutput(Files.newOutputStream(library), unpacked, progress)) {
            unpacked += in.transferTo(out);
          }
        }
      }
      if (unpacked != content.unpackedBytes()) {
        throw new TrainingEngineException(
            Reason.CACHE,
            "%s holds %d bytes of libraries instead of %d: delete it and try again"
                .formatted(file, unpacked, content.unpackedBytes()));
      }
      Files.move(partial, target);
    } finally {
      deleteFolder(partial);
    }
  }

  private List<? extends ZipEntry> libraries(ZipFile zip) {
    String folder = content.entries();
    return zip.stream()
        .filter(entry -> entry.getName().startsWith(folder) && !entry.isDirectory())
        .filter(entry -> entry.getName().indexOf('/', folder.length()) < 0)
        .toList();
  }

  /// {@return whether a folder holds what is in the archive, as far as sizes tell}
  static boolean isUnpacked(Path folder, EnginePackage content) throws IOException {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    long size = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path library : files.toList()) {
        size += Files.size(library);
      }
    }
    return size == content.unpackedBytes();
  }

  static void deleteFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path library : files.toList()) {
        Files.delete(library);
      }
    }
    Files.delete(folder);
  }

  private static final class CountingOutput extends FilterOutputStream {
    private final LongConsumer progress;
    private long written;

    CountingOutput(OutputStream out, long before, LongConsumer progress) {
      super(out);
      this.written = before;
      this.progress = progress;
    }

    @Override
    public void write(byte[] bytes, int from, int count) throws IOException {
      out.write(bytes, from, count);
      written += count;
      progress.accept(written);
    }
  }
}
