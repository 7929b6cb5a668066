/// Finds the native libraries of PyTorch, fetches them for who trains for the first time, and has
/// DJL load them.
///
/// The face is [dev.tern.train.engine.TrainingEngine], which has to be asked before anything else
/// of DJL is used. Knows files and processes, nothing of models. Downloads are `tern-hub`'s.
@NullMarked
package dev.tern.train.engine;

import org.jspecify.annotations.NullMarked;
