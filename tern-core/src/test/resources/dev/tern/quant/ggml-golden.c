// Prints ggml-golden.tsv: what ggml's reference encoders and decoders make of generated data, as
// FNV-1a hashes. GgmlGoldenTest generates the same data and compares.
//
// Made with the ggml-quants.c of llama.cpp that llama.rn 0.12.9 (npm) carries; any that has Q2_0
// serves. With GGML the folder of that file:
//
//   clang-14 -O2 -march=x86-64-v3 -ffunction-sections -Wl,--gc-sections -fuse-ld=bfd \
//     -I$GGML -I$GGML/ggml-cpu ggml-golden.c $GGML/ggml-quants.c -lm -o golden
//   ./golden > ggml-golden.tsv
//
// The compiler matters for the K encodings. clang fuses a * b + c within an expression where the
// processor can, as in bitnet.cpp's llama-quantize; gcc 12 also fuses across expressions (3 of the
// lines differ), and nothing is fused for plain x86-64 (12 lines differ). All agree on decoding.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { N = 32768, PATTERNS = 10 };

static const char *PATTERN[PATTERNS] = {"uniform",  "bell",   "ternary", "scaled", "positive",
                                        "negative", "sparse", "outlier", "minute", "large"};

static uint64_t state;

static uint64_t next(void) {
  uint64_t z = (state += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

static float value(int pattern, int i) {
  uint64_t u = next();
  float unit = (float)((int)(u >> 40) - (1 << 23)) / (1 << 23);
  int bell = (int)((u & 0xffff) + (u >> 16 & 0xffff) + (u >> 32 & 0xffff) + (u >> 48)) - 131070;
  switch (pattern) {
    case 0: return unit;
    case 1: return (float)bell / (1 << 17);
    case 2: return 0.016689582f * ((int)(u >> 60) % 3 - 1);
    case 3: return unit / (1 << (u & 15));
    case 4: return unit / 2 + 3;
    case 5: return unit / 2 - 3;
    case 6: return (u & 127) == 0 ? unit * 100 : 0;
    case 7: return i % 256 == 17 ? unit * 1000 : unit / 1024;
    case 8: return unit / ((uint64_t)1 << 40);
    default: return unit * 30000;
  }
}

static uint64_t hash(const void *data, size_t length) {
  uint64_t h = 0xCBF29CE484222325ull;
  for (size_t i = 0; i < length; i++) {
    h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001B3ull;
  }
  return h;
}

#define TYPES(X)                       \
  X(Q8_0, q8_0, 32, 34, 0, 0)          \
  X(Q4_0, q4_0, 32, 18, 0, 0)          \
  X(Q4_K, q4_K, 256, 144, 0, 2)        \
  X(Q6_K, q6_K, 256, 210, 208, 208)    \
  X(TQ1_0, tq1_0, 256, 54, 52, 52)     \
  X(TQ2_0, tq2_0, 256, 66, 64, 64)     \
  X(Q1_0, q1_0, 128, 18, 0, 0)         \
  X(Q2_0, q2_0, 64, 18, 0, 0)

#define DECLARE(T, t, elements, bytes, scale1, scale2)              \
  void quantize_row_##t##_ref(const float *x, void *y, int64_t k);  \
  void dequantize_row_##t(const void *x, float *y, int64_t k);
TYPES(DECLARE)

static float x[N], decoded[N];
static uint8_t encoded[N * 2];

#define PRINT(T, t, elements, bytes, scale1, scale2)                                              \
  for (int p = 0; p < PATTERNS; p++) {                                                            \
    state = p;                                                                                    \
    for (int i = 0; i < N; i++) x[i] = value(p, i);                                               \
    quantize_row_##t##_ref(x, encoded, N);                                                        \
    printf(#T "\tencode %s\t%016llx\n", PATTERN[p],                                               \
           (unsigned long long)hash(encoded, N / elements * bytes));                              \
  }                                                                                               \
  state = 99;                                                                                     \
  for (int i = 0; i < N / elements * bytes; i++) encoded[i] = next() >> 56;                       \
  for (int b = 0; b < N / elements; b++) { /* an exponent below 16: finite */                     \
    encoded[b * bytes + scale1 + 1] &= 0xbf;                                                      \
    encoded[b * bytes + scale2 + 1] &= 0xbf;                                                      \
  }                                                                                               \
  dequantize_row_##t(encoded, decoded, N);                                                        \
  printf(#T "\tdecode random\t%016llx\n", (unsigned long long)hash(decoded, sizeof decoded));

int main(void) {
  TYPES(PRINT)
  return 0;
}
