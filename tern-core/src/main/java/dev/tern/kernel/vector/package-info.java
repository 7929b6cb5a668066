/// The kernels on the Vector API: every processor with SIMD, where the module
/// `jdk.incubator.vector` is present.
///
/// The only place that imports that module; classes here must not be loaded without it, which
/// [dev.tern.kernel.KernelProvider] sees to. Each class is the twin of a part of
/// [dev.tern.kernel.ScalarKernels] and equals it bit for bit.
///
/// No method takes or returns a vector: one that the compiler has already compiled by itself is not
/// inlined any more, and every vector that crosses such a call becomes an object, a hundred times
/// slower than a register. Loops hold their loads and stores themselves, and work on arrays.
@NullMarked
package dev.tern.kernel.vector;

import org.jspecify.annotations.NullMarked;
