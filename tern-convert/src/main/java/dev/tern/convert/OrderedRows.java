package dev.tern.convert;

import dev.tern.quant.RowSource;
import dev.tern.source.RowOrder;
import dev.tern.source.SourceTensor;

/// Values in a checkpoint's order of rows; the elements of a vector take the places of rows.
final class OrderedRows {
  private OrderedRows() {}

  static RowSource of(SourceTensor tensor, RowOrder order) {
    RowSource values = tensor.values();
    if (order.equals(RowOrder.SAME)) {
      return values;
    }
    if (tensor.shape().rank() > 1) {
      return (row, target) -> values.read(order.targetRow(row), target);
    }
    float[] all = new float[Math.toIntExact(tensor.shape().cols())];
    values.read(0, all);
    return (_, target) -> {
      for (int i = 0; i < all.length; i++) {
        target[i] = all[(int) order.targetRow(i)];
      }
    };
  }
}
