package dev.tern.train.run;

import dev.tern.chat.ChatTemplate;
import dev.tern.chat.ChatTemplates;
import dev.tern.chat.JinjaChatTemplate;
import dev.tern.chat.JinjaRenderer;
import dev.tern.tokenizer.Tokenizers;
import dev.tern.train.config.BlockStyle;
import dev.tern.train.config.ConfigException;
import dev.tern.train.config.CorpusSettings;
import dev.tern.train.config.TrainingConfig;
import dev.tern.train.data.TrainingData;
import java.io.IOException;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/// The text of a run, as tokens.
final class RunData {
  private RunData() {}

  static TrainingData prepare(
      TrainingConfig config, RunTokenizer tokenizer, TrainingListener listener) throws IOException {
    boolean conversations =
        Stream.concat(config.data().train().stream(), config.data().validation().stream())
            .anyMatch(corpus -> corpus.format() == CorpusSettings.Format.CHAT);
    Optional<ChatTemplate> chat =
        conversations ? Optional.of(template(config, tokenizer)) : Optional.empty();
    return TrainingData.prepare(
        config.data(),
        tokenizer.tokenizer(),
        chat,
        new RunFolder(config.output()).tokens(),
        config.run().seed(),
        listener::preparing);
  }

  /// How conversations will be written for the model when it is served: BitNet's own way for models
  /// of its kind, else the template that comes with the tokenizer.
  private static ChatTemplate template(TrainingConfig config, RunTokenizer tokenizer)
      throws IOException {
    boolean endsTurns = tokenizer.tokenizer().specialId("<|eot_id|>").isPresent();
    if (config.model().style() == BlockStyle.BITNET && endsTurns) {
      return ChatTemplates.BITNET;
    }
    String file = tokenizer.folder().toString();
    String source =
        Tokenizers.chatTemplate(tokenizer.folder())
            .orElseThrow(() ->
                new ConfigException(
                    "data: conversations need a way to be written; the tokenizer in %s has no chat template, and no token <|eot_id|> that BitNet's own needs"
                        .formatted(file)));
    JinjaRenderer renderer =
        ServiceLoader.load(JinjaRenderer.class)
            .findFirst()
            .orElseThrow(() ->
                new ConfigException(
                    "data: the chat template in %s is written in Jinja, which needs the module tern-jinja"
                        .formatted(file)));
    return new JinjaChatTemplate(file, source, renderer, tokenizer.tokenizer());
  }
}
