package dev.tern.train.run;

/// A text that the model wrote while it was trained.
///
/// @param step steps done
/// @param prompt what it began with
/// @param text what the model wrote after it
public record SampleReport(long step, String prompt, String text) {}
