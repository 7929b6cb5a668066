package dev.tern.server.batch;

import java.nio.file.Path;

/// Where answers go.
///
/// @param file the name that they take when all are there
/// @param replace whether another file of the name may go
/// @param key tells the model and its settings from others, so that an interrupted run goes on only
///   with the same
public record BatchTarget(Path file, boolean replace, String key) {}
