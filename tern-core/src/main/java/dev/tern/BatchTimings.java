package dev.tern;

import java.util.OptionalLong;

/// When what happened to a request of a [BatchEngine].
///
/// @param queuedNanos from submission until it began to run, in nanoseconds; empty if it has not
/// @param firstTokenNanos from submission until its first token, in nanoseconds; empty if it has
///   none
/// @param totalNanos from submission until its end, in nanoseconds; empty if it has not ended
/// @param preemptions how often it had to give up its memory to older requests and begin again
public record BatchTimings(
    OptionalLong queuedNanos,
    OptionalLong firstTokenNanos,
    OptionalLong totalNanos,
    int preemptions) {}
