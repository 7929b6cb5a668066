/// The quantizers of 1-bit training: what weights and activations are rounded to in the forward
/// pass, and how gradients pass through. Each stands for one equation of a paper, and equals the
/// core's quantizer of the same name bit for bit. Uses the engine; knows nothing of layers.
@NullMarked
package dev.tern.train.quantize;

import org.jspecify.annotations.NullMarked;
