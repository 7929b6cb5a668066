package dev.tern.load;

import dev.tern.UnsupportedModelException;
import java.util.List;

/// All architectures that Tern runs.
final class Architectures {
  private static final List<Architecture> ALL =
      List.of(
          new BitNetArchitecture(),
          new BitNet2B4TArchitecture(),
          new LlamaArchitecture(),
          new Qwen3Architecture());

  private Architectures() {}

  /// {@return the architecture of a name}
  ///
  /// @param name the value of `general.architecture`
  /// @param source what to call the file in messages
  /// @throws UnsupportedModelException if Tern does not know it; the message lists those that it
  ///   knows
  static Architecture byName(String name, String source) {
    for (Architecture architecture : ALL) {
      if (architecture.names().contains(name)) {
        return architecture;
      }
    }
    List<String> known =
        ALL.stream().flatMap(architecture -> architecture.names().stream()).toList();
    throw new UnsupportedModelException(
        "%s: the architecture '%s' is not supported; Tern runs %s"
            .formatted(source, name, String.join(", ", known)));
  }
}
