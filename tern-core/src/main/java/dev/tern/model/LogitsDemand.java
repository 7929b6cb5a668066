package dev.tern.model;

/// Which logits after a token somebody needs.
///
/// @param largest how many of the largest, at least 1; 0 for all
/// @param also tokens whose logits are needed in any case
/// @param logits receives the logits of the first tokens of the vocabulary, as many as it is long:
///   those that are needed, and maybe others; negative infinity for the rest
@SuppressWarnings("ArrayRecordComponent") // A vocabulary of numbers, filled where it is read.
public record LogitsDemand(int largest, int[] also, float[] logits) {}
