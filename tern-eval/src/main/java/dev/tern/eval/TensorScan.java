package dev.tern.eval;

import dev.tern.eval.WeightDifference.OfCodes;
import dev.tern.eval.WeightDifference.OfValues;
import dev.tern.quant.CodeSource;
import dev.tern.quant.RowSource;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/// Compares two tensors of one shape, a stripe of rows on each processor at a time. Stripes are the
/// same on every machine and are added in order, so that sums are, too.
final class TensorScan {
  /// Weights of a stripe: long enough to be worth a task, with two rows of it in memory.
  private static final long STRIPE_ELEMENTS = 1 << 18;

  private TensorScan() {}

  static WeightDifference compare(WeightTensor one, WeightTensor other) {
    long elements = one.shape().elements();
    boolean codes = one.codes().isPresent() && other.codes().isPresent();
    if (elements == 0 || one.hasBytesOf(other)) {
      return codes ? OfCodes.none(elements) : OfValues.none(elements);
    }
    int cols = Math.toIntExact(one.shape().cols());
    long rows = one.shape().rows();
    long stripeRows = Math.max(1, STRIPE_ELEMENTS / cols);
    LongFunction<WeightDifference> stripe =
        index -> {
          long from = index * stripeRows;
          long to = Math.min(rows, from + stripeRows);
          return codes
              ? ofCodes(one.codes().orElseThrow(), other.codes().orElseThrow(), from, to, cols)
              : ofValues(one.values(), other.values(), from, to, cols);
        };
    return LongStream.range(0, Math.ceilDiv(rows, stripeRows))
        .parallel()
        .mapToObj(stripe)
        .toList()
        .stream()
        .reduce(WeightDifference::plus)
        .orElseThrow();
  }

  private static OfCodes ofCodes(CodeSource one, CodeSource other, long from, long to, int cols) {
    byte[] codes = new byte[cols];
    byte[] otherCodes = new byte[cols];
    float[] scales = new float[cols];
    float[] otherScales = new float[cols];
    long differingCodes = 0;
    long differingScales = 0;
    double largest = 0;
    for (long row = from; row < to; row++) {
      one.read(row, codes, scales);
      other.read(row, otherCodes, otherScales);
      for (int col = 0; col < cols; col++) {
        if (codes[col] != otherCodes[col]) {
          differingCodes++;
        } else if (codes[col] != 0 && differ(scales[col], otherScales[col])) {
          differingScales++;
          largest = Math.max(largest, relativeDifference(scales[col], otherScales[col]));
        }
      }
    }
    return new OfCodes((to - from) * cols, differingCodes, differingScales, largest);
  }

  private static OfValues ofValues(RowSource one, RowSource other, long from, long to, int cols) {
    float[] values = new float[cols];
    float[] otherValues = new float[cols];
    long differing = 0;
    double largest = 0;
    double squares = 0;
    double firstSquares = 0;
    for (long row = from; row < to; row++) {
      one.read(row, values);
      other.read(row, otherValues);
      for (int col = 0; col < cols; col++) {
        firstSquares += (double) values[col] * values[col];
        if (differ(values[col], otherValues[col])) {
          double difference = finite(Math.abs((double) values[col] - otherValues[col]));
          differing++;
          largest = Math.max(largest, difference);
          squares += difference * difference;
        }
      }
    }
    return new OfValues((to - from) * cols, differing, largest, squares, firstSquares);
  }

  /// Zeros of both signs are equal, and so are two values that are no numbers.
  private static boolean differ(float one, float other) {
    return one != other && Float.floatToIntBits(one) != Float.floatToIntBits(other);
  }

  private static double relativeDifference(float one, float other) {
    double larger = Math.max(Math.abs((double) one), Math.abs((double) other));
    return finite(Math.abs((double) one - other) / larger);
  }

  private static double finite(double value) {
    return Double.isNaN(value) ? Double.POSITIVE_INFINITY : value;
  }
}
