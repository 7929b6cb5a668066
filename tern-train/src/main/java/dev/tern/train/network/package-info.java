/// Networks that learn: layers written in the engine's operations, whose names and shapes are those
/// of Hugging Face checkpoints, and whose forward pass is the one that the core runs. May use the
/// settings, the quantizers and the engine; knows nothing of data, optimizers and files.
@NullMarked
package dev.tern.train.network;

import org.jspecify.annotations.NullMarked;
