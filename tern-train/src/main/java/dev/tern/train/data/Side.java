package dev.tern.train.data;

/// What is learnt, or what is measured with.
///
/// @param corpus all documents of the files
/// @param documents the numbers of those that belong to this side, some perhaps several times
/// @param counts of those
@SuppressWarnings("ArrayRecordComponent") // Millions of numbers, shared and never changed.
record Side(PackedDocuments.Corpus corpus, int[] documents, TokenCounts counts) {}
