package dev.tern.cli;

import dev.tern.LoadOptions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How a model's text is written and split: the options of commands that give it text.
final class TextOptions {
  @Option(
      names = "--pre-tokenizer",
      paramLabel = "NAME",
      description =
          "Split text as this pre-tokenizer does, instead of the one that the file names.")
  private @Nullable String preTokenizer;

  @Option(
      names = "--chat-template",
      paramLabel = "NAME",
      description =
          "Write conversations in this format: bitnet, bitnet-rendered, llama3, falcon3, chatml.")
  private @Nullable String chatTemplate;

  /// {@return whether a format for conversations was chosen}
  boolean namesChatTemplate() {
    return chatTemplate != null;
  }

  /// {@return load options with what was chosen here}
  LoadOptions addTo(LoadOptions options) {
    LoadOptions split = preTokenizer == null ? options : options.withPreTokenizer(preTokenizer);
    return chatTemplate == null ? split : split.withChatTemplate(chatTemplate);
  }
}
