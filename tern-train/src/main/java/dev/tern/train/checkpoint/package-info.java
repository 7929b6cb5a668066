/// What a run needs to go on: parameters, the optimizer's moments and the place in the data, in
/// folders that are there as a whole or not at all. May use the network, the optimizer and the
/// core's safetensors.
@NullMarked
package dev.tern.train.checkpoint;

import org.jspecify.annotations.NullMarked;
