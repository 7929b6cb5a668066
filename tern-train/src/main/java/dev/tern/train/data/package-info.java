/// From text to batches of tokens: documents, shards in mapped memory, an order that depends on
/// nothing but a seed. May use the settings and the core's tokenizers; knows nothing of the engine.
@NullMarked
package dev.tern.train.data;

import org.jspecify.annotations.NullMarked;
