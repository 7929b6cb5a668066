package dev.tern.quant;

/// The one scale of a group of codes, gathered from the scale of each.
///
/// The scale of a code 0 does not matter, since the value is 0 with any: that of the group's first
/// code serves only if no code is another.
final class SharedScale {
  private float ofFirst = Float.NaN;
  private float ofOthers = Float.NaN;

  /// Adds some codes with their scales to the group.
  ///
  /// @return the index of the first whose scale is not that of the others, or not finite; `to` if
  ///   there is none
  int add(byte[] codes, float[] dequantScales, int from, int to) {
    if (Float.isNaN(ofFirst) && from < to) {
      ofFirst = dequantScales[from];
    }
    for (int i = from; i < to; i++) {
      if (dequantScales[i] != ofOthers && codes[i] != 0) {
        if (!Float.isNaN(ofOthers) || !Float.isFinite(dequantScales[i])) {
          return i;
        }
        ofOthers = dequantScales[i];
      }
    }
    return to;
  }

  /// {@return the scale, which is finite; 0 if no code brought one}
  float get() {
    float dequantScale = Float.isNaN(ofOthers) ? ofFirst : ofOthers;
    return Float.isFinite(dequantScale) ? dequantScale : 0;
  }
}
