package dev.tern;

/// How the KV cache stores keys or values.
public enum KvCacheType {
  /// 32-bit floats: exact.
  F32(Float.BYTES),
  /// IEEE half precision, rounded to nearest even: half the memory.
  F16(Short.BYTES);

  private final int bytes;

  KvCacheType(int bytes) {
    this.bytes = bytes;
  }

  /// {@return bytes of one element}
  public int bytes() {
    return bytes;
  }
}
