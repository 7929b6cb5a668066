/// How parameters are changed: AdamW, schedules of learning rate and weight decay. May use the
/// settings, the network's parameters and the engine.
@NullMarked
package dev.tern.train.optimize;

import org.jspecify.annotations.NullMarked;
