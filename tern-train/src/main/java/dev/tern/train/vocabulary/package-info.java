/// Learns vocabularies from text and writes them as files that the core's tokenizers read.
///
/// The entry type is [dev.tern.train.vocabulary.VocabularyTrainer].
///
/// May use the settings, `data` for its progress and text, the core's tokenizers, and Jackson;
/// knows nothing of the engine.
@NullMarked
package dev.tern.train.vocabulary;

import org.jspecify.annotations.NullMarked;
