/// A training run from its configuration to a model: puts tokenizer, data, engine, network and
/// optimizer together, and does what is due after each step. May use all other rooms.
@NullMarked
package dev.tern.train.run;

import org.jspecify.annotations.NullMarked;
