package dev.tern.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Folders that look like JDKs to a shell script.
final class FakeJdk {
  private FakeJdk() {}

  /// Makes a JDK whose `java` prints its arguments, one a line, and returns what `EXIT_CODE` says.
  static Path make(Path home, String version) throws IOException {
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(
        home.resolve("release"),
        "IMPLEMENTOR=\"nobody\"\nJAVA_VERSION=\"%s\"\nOS_NAME=\"any\"\n".formatted(version));
    executable(
        home.resolve("bin/java"),
        "#!/bin/sh\necho \"LC_ALL=${LC_ALL-}\"\nprintf '%s\\n' \"$@\"\nexit \"${EXIT_CODE-0}\"\n");
    executable(home.resolve("bin/javac"), "#!/bin/sh\n");
    return home;
  }

  static void executable(Path file, String script) throws IOException {
    Files.writeString(file, script);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + " cannot be made executable");
    }
  }
}
