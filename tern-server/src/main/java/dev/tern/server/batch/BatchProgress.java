package dev.tern.server.batch;

/// How far a file of requests has been answered.
///
/// @param total requests in the file
/// @param resumed of those, how many an earlier run had answered
/// @param answered how many have an answer, earlier ones included
/// @param refused how many of this run's answers are errors
public record BatchProgress(int total, int resumed, int answered, int refused) {}
