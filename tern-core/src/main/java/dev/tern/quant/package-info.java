/// What each encoding means: bytes to values and back, slow, exact and by the book.
///
/// The entry point is [dev.tern.quant.Codecs#of]; every faster path elsewhere is tested against
/// these definitions.
///
/// ```java
/// float[] row = new float[tensor.cols()];
/// Codecs.of(tensor.type()).decodeRow(tensor, 0, row);
/// ```
///
/// Weights and activations become integers by [dev.tern.quant.Absmean] and [dev.tern.quant.Absmax].
/// Weights that are integers already go from one encoding to another through
/// [dev.tern.quant.CodeSource], without a loss that the encodings do not impose.
///
/// Speed is not a goal here (see `dev.tern.kernel`), and nothing here knows a file or a model. May
/// use `dev.tern.tensor`.
@NullMarked
package dev.tern.quant;

import org.jspecify.annotations.NullMarked;
