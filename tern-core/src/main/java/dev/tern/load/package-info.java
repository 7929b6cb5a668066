/// Joins a file to a model: tensor names, scale directions, architectures, and repairs of known
/// defects.
///
/// The entry point is [dev.tern.load.GgufModelLoader]. To add an architecture, write a class like
/// [dev.tern.load.Qwen3Architecture] and add it to [dev.tern.load.Architectures].
///
/// This is the only room that knows both files and models. May use every other room of the core
/// except `dev.tern.generate`.
@NullMarked
package dev.tern.load;

import org.jspecify.annotations.NullMarked;
