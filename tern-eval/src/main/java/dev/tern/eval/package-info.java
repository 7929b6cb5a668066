/// Measures models: how well they predict a text, and how two of them differ.
///
/// ```java
/// Perplexity perplexity =
///     PerplexityMeasurement.of(model, PerplexityProtocol.defaults()).run(text, _ -> {});
/// System.out.println(perplexity.value() + " +/- " + perplexity.standardError());
/// ```
///
/// [dev.tern.eval.WeightComparison] holds two models' tensors against each other, code for code
/// where both have codes; [dev.tern.eval.OutputMeasurement] holds what they expect and write.
/// Tensors come from a [dev.tern.eval.WeightSource].
///
/// Stands on the open rooms of the core: what a model expects is computed by
/// [dev.tern.Session#predict], with the kernels that generation uses; what a file stores is decoded
/// by `dev.tern.quant`. Figures are sums of doubles in a fixed order; they depend neither on
/// threads nor on batch sizes. Writes to no stream.
@NullMarked
package dev.tern.eval;

import org.jspecify.annotations.NullMarked;
