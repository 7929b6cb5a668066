package dev.tern.train.config;

import java.util.List;

/// What a model is trained on and measured with.
///
/// @param train what it learns from; not empty
/// @param validation what it is measured with; where it is empty, a share of the documents that it
///   would learn from is kept back
/// @param validationShare how much is kept back then, 0 to 0.5
/// @param isolateDocuments whether tokens see those of their own document only, also where a
///   sequence holds several
public record DataSettings(
    List<CorpusSettings> train,
    List<CorpusSettings> validation,
    double validationShare,
    boolean isolateDocuments) {
  /// Checks the settings.
  ///
  /// @throws ConfigException if there is nothing to learn from
  public DataSettings {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
    if (train.isEmpty()) {
      throw new ConfigException("data.train: there is nothing to learn from; name a file of text");
    }
    Check.within("data.validation_share", validationShare, 0, 0.5);
    if (!validation.isEmpty() && validationShare > 0) {
      throw new ConfigException(
          "data.validation_share: files are named in data.validation, so nothing is kept back; leave one of them out");
    }
    for (CorpusSettings corpus : validation) {
      if (corpus.repeat() != 1) {
        throw new ConfigException(
            "data.validation: repeat of %s: a model is measured with each document once; leave it out"
                .formatted(corpus.path()));
      }
    }
  }
}
