package dev.tern.architecture.bad.model;

import dev.tern.architecture.bad.load.NamesManager;
import dev.tern.gguf.GgufFile;
import dev.tern.kernel.vector.VectorKernels;
import dev.tern.kernel.x86.X86Kernels;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Assertions;

/// A model that reads files, computes with vectors itself, and depends on its loader and on a
/// library.
final class ReaderOfFiles {
  private ReaderOfFiles() {}

  static int read(GgufFile file, NamesManager names) {
    Assertions.assertNotNull(names);
    return file.version()
        + FloatVector.SPECIES_64.length()
        + VectorKernels.create().tokenTile()
        + X86Kernels.obstacle().length();
  }
}
