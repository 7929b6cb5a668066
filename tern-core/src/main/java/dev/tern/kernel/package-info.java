/// The operations a transformer computes with, and the threads that run them.
///
/// [dev.tern.kernel.Kernels] is the boundary: a handful of single-threaded operations on ranges of
/// rows or tokens. [dev.tern.kernel.ScalarKernels] is their readable definition; every faster
/// implementation equals it, bit for bit on integers and bit for bit on floats too, because the
/// order of every floating-point operation is part of the definition. [dev.tern.kernel.Backend]
/// joins kernels and [dev.tern.kernel.ComputeThreads] to operations on whole matrices, and
/// [dev.tern.kernel.KernelProvider] picks the best kernels for this machine and says which and why.
///
/// ```java
/// try (Backend backend = KernelProvider.select(KernelChoice.AUTO).start(2)) {
///   backend.quantize(x, 1, codes);
///   backend.linear(weights, codes, 1, y);
/// }
/// ```
///
/// Nothing here knows a model's structure, a file or a token. May use `dev.tern.tensor` and
/// `dev.tern.quant`. Memory is native and little-endian; integers are exact; nothing here checks
/// for bad input beyond sizes, which `dev.tern.model` has settled when a model is loaded.
@NullMarked
package dev.tern.kernel;

import org.jspecify.annotations.NullMarked;
