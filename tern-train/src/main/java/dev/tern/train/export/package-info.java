/// From a trained network to files that the core runs, and the proof that they are the same model.
/// May use the network, the core and tern-convert.
@NullMarked
package dev.tern.train.export;

import org.jspecify.annotations.NullMarked;
