package dev.tern.train.quantize;

import ai.djl.ndarray.NDArray;

/// Rounded values as codes and scales: a value is `code * scale`.
///
/// Codes are whole numbers held as floats, so that products of codes are exact as long as their
/// sums stay below 2^24, and a matrix product of codes is what an integer engine computes.
///
/// @param codes same shape as what was quantized; gradients flow through them
/// @param scale shape `[rows, 1]` or `[1]`; a constant to gradients
public record Quantized(NDArray codes, NDArray scale) {}
