package dev.tern.train.data;

/// How much text there is.
///
/// A loss for each byte, which does not depend on the tokenizer, is the mean loss of a prediction
/// times `predictions / learntBytes`.
///
/// @param documents number of documents
/// @param tokens of all documents, marks at their edges included
/// @param predictions tokens that are predicted in one pass over them
/// @param learntBytes bytes in UTF-8 of the text that is learnt: of conversations what the
///   assistant says, else all of it
public record TokenCounts(long documents, long tokens, long predictions, long learntBytes) {}
