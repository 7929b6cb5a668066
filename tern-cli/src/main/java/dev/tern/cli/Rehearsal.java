package dev.tern.cli;

import dev.tern.synthetic.SyntheticModel;
import dev.tern.synthetic.SyntheticShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the build runs to make the ahead-of-time cache: each command once, on a tiny model of
/// random weights.
final class Rehearsal {
  private static final String[][] COMMANDS = {
    {"run", "MODEL", "Once upon a time", "-n", "40", "--seed", "1"},
    {"run", "MODEL", "Once upon a time", "-n", "20", "--temp", "0", "--chat"},
    {"show", "MODEL"},
    {"tokenize", "MODEL", "Hello"},
    {"doctor"},
    {"--help"},
  };

  private Rehearsal() {}

  public static void main(String[] args) throws IOException {
    Path model = Files.createTempFile("tern-rehearsal", ".gguf");
    try {
      SyntheticModel.of(SyntheticShape.TINY).write(model);
      for (String[] command : COMMANDS) {
        String[] words = command.clone();
        for (int i = 0; i < words.length; i++) {
          words[i] = words[i].equals("MODEL") ? model.toString() : words[i];
        }
        int exitCode = Main.run(words, StandardStreams.ofProcess());
        if (exitCode != ExitCode.OK) {
          throw new IllegalStateException(String.join(" ", words) + " returned " + exitCode);
        }
      }
    } finally {
      Files.delete(model);
    }
  }
}
