/// From text to batches of tokens: documents, shards in mapped memory, an order that depends on
/// nothing but a seed.
///
/// The entry type is [dev.tern.train.data.TrainingData], which has [dev.tern.train.data.Batches] of
/// [dev.tern.train.data.TokenBatch]. [dev.tern.train.data.TextDocuments] reads the same text
/// without a tokenizer.
///
/// May use the settings, the core's tokenizers and chat templates, and Jackson; knows nothing of
/// the engine.
@NullMarked
package dev.tern.train.data;

import org.jspecify.annotations.NullMarked;
