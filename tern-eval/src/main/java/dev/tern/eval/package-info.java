/// Measures models: how well they predict a text.
///
/// ```java
/// Perplexity perplexity =
///     PerplexityMeasurement.of(model, PerplexityProtocol.defaults()).run(text, _ -> {});
/// System.out.println(perplexity.value() + " +/- " + perplexity.standardError());
/// ```
///
/// Stands on the public face of the core: everything is computed by [dev.tern.Session#predict],
/// with the kernels that generation uses. Figures are sums of doubles in a fixed order; they depend
/// neither on threads nor on batch sizes. Writes to no stream.
@NullMarked
package dev.tern.eval;

import org.jspecify.annotations.NullMarked;
