/// Learns vocabularies from text and writes them as files that the core's tokenizers read. Knows
/// nothing of the engine.
@NullMarked
package dev.tern.train.vocabulary;

import org.jspecify.annotations.NullMarked;
