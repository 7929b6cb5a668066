package dev.tern.load;

import dev.tern.gguf.GgufFile;
import dev.tern.model.ModelConfig;
import dev.tern.quant.Codecs;
import dev.tern.source.ModelSource;
import dev.tern.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The forward pass of all architectures once more, written independently of the engine: in double
/// precision, whole matrices, one obvious loop after another (formats page, sections 1.5, 4.1 to
/// 4.3 and 4.6).
///
/// It also keeps what each BitLinear layer was about to round, so that a test can tell a code that
/// sits on a rounding boundary from a wrong one.
final class Float64Model {
  private final ModelSource file;
  private final Arena arena = Arena.ofAuto();
  private final ModelConfig config;
  private final double blockEps;
  private final double finalEps;

  /// The inputs of each BitLinear input in the order of the layers, scaled to codes but not
  /// rounded: `[site][token][col]`. Sites of a block: query-key-value, output, gate-up, down.
  final List<double[][]> scaled = new ArrayList<>();

  /// Values on a boundary that are to get the code on its other side.
  private Set<Tie> turned = Set.of();

  private final Map<String, double[][]> matrices = new HashMap<>();

  /// What became of inputs that several layers share.
  private final IdentityHashMap<double[][], double[][]> rounded = new IdentityHashMap<>();

  /// A value and where it stands.
  record Tie(int site, int token, int col) implements Comparable<Tie> {
    @Override
    public int compareTo(Tie other) {
      int byToken = Integer.compare(token, other.token);
      int bySite = byToken != 0 ? byToken : Integer.compare(site, other.site);
      return bySite != 0 ? bySite : Integer.compare(col, other.col);
    }
  }

  /// Gives some values the code on the other side of their boundary from now on.
  void turn(Set<Tie> ties) {
    turned = Set.copyOf(ties);
  }

  Float64Model(ModelSource file) {
    this(file, new GgufConfig(file).read().rmsNormEps(), new GgufConfig(file).read().rmsNormEps());
  }

  Float64Model(GgufFile file) {
    this(ModelSource.of(file));
  }

  Float64Model(GgufFile file, double blockEps, double finalEps) {
    this(ModelSource.of(file), blockEps, finalEps);
  }

  private Float64Model(ModelSource file, double blockEps, double finalEps) {
    this.file = file;
    this.config = new GgufConfig(file).read();
    this.blockEps = blockEps;
    this.finalEps = finalEps;
  }

  /// {@return the code a value becomes}
  int code(int site, int token, int col) {
    double value = scaled.get(site)[token][col];
    int nearest = (int) Math.rint(value);
    if (!turned.contains(new Tie(site, token, col))) {
      return nearest;
    }
    return value > nearest ? nearest + 1 : nearest - 1;
  }

  /// {@return how close the closest value of the last pass came to a boundary}
  double closestTie() {
    double closest = 0.5;
    for (double[][] site : scaled) {
      for (double[] token : site) {
        for (double value : token) {
          closest = Math.min(closest, distanceToTie(value));
        }
      }
    }
    return closest;
  }

  /// {@return how far a scaled value is from the boundary between two codes}
  static double distanceToTie(double scaled) {
    return Math.abs(Math.abs(scaled - Math.rint(scaled)) - 0.5);
  }

  double[][] logits(int[] tokens) {
    return head(states(tokens));
  }

  private double[][] head(double[][] states) {
    return linear(has("output.weight") ? "output" : "token_embd", states);
  }

  /// The logits that a last state gives.
  float[] head(float[] state) {
    double[] values = new double[state.length];
    for (int i = 0; i < state.length; i++) {
      values[i] = state[i];
    }
    return ExplainedTies.toFloats(head(new double[][] {values})[0]);
  }

  /// The last states, after the final norm.
  double[][] states(int[] tokens) {
    scaled.clear();
    rounded.clear();
    double[][] embedding = matrix("token_embd.weight");
    double[][] x = new double[tokens.length][];
    for (int t = 0; t < tokens.length; t++) {
      x[t] = embedding[tokens[t]].clone();
    }
    for (int layer = 0; layer < config.layerCount(); layer++) {
      String block = "blk." + layer + ".";
      addTo(x, attention(block, x));
      addTo(x, feedForward(block, x));
    }
    return norm(x, vector("output_norm.weight"), finalEps);
  }

  private boolean is(String architecture) {
    return config.architecture().equals(architecture);
  }

  private boolean isBitNet() {
    return is("bitnet") || is("bitnet-25") || is("bitnet-b1.58");
  }

  /// A projection with everything that a file may say about it.
  private double[][] linear(String stem, double[][] x) {
    double[][] input = x;
    if (has(stem + "_norm_in.weight")) {
      input = norm(x, vector(stem + "_norm_in.weight"), blockEps);
    }
    if (roundsInput(stem)) {
      input = throughCodes(input);
    }
    double[][] y = multiply(matrix(stem + ".weight"), input);
    double scale = has(stem + ".scale") ? vector(stem + ".scale")[0] : 1;
    double[] bias = has(stem + ".bias") ? vector(stem + ".bias") : new double[y[0].length];
    for (double[] token : y) {
      for (int i = 0; i < token.length; i++) {
        token[i] = token[i] * scale + bias[i];
      }
    }
    return y;
  }

  private boolean roundsInput(String stem) {
    boolean ofBlock = stem.startsWith("blk.");
    return switch (tensor(stem + ".weight").type()) {
      case I2_S, I2_S_ARM64, TQ1_0, TQ2_0, IQ1_BN, IQ2_BN -> true;
      default -> ofBlock && config.style().bitLinear();
    };
  }

  private double[][] attention(String block, double[][] x) {
    double[][] a = norm(x, vector(block + "attn_norm.weight"), blockEps);
    double[][] q = linear(block + "attn_q", a);
    double[][] k = linear(block + "attn_k", a);
    double[][] v = linear(block + "attn_v", a);
    if (is("qwen3")) {
      normHeads(q, vector(block + "attn_q_norm.weight"));
      normHeads(k, vector(block + "attn_k_norm.weight"));
    }
    rotate(q);
    rotate(k);
    int dim = config.headDim();
    int group = config.headCount() / config.kvHeadCount();
    double[][] out = new double[x.length][config.queryWidth()];
    for (int t = 0; t < x.length; t++) {
      for (int head = 0; head < config.headCount(); head++) {
        double[] weights = softmax(scores(q[t], k, t, head * dim, head / group * dim));
        for (int p = 0; p <= t; p++) {
          for (int i = 0; i < dim; i++) {
            out[t][head * dim + i] += weights[p] * v[p][head / group * dim + i];
          }
        }
      }
    }
    if (isBitNet()) {
      out = norm(out, vector(block + "attn_sub_norm.weight"), blockEps);
    }
    return linear(block + "attn_output", out);
  }

  private void normHeads(double[][] x, double[] weight) {
    for (double[] token : x) {
      for (int from = 0; from < token.length; from += weight.length) {
        double[][] head = {Arrays.copyOfRange(token, from, from + weight.length)};
        System.arraycopy(norm(head, weight, blockEps)[0], 0, token, from, weight.length);
      }
    }
  }

  private double[] scores(double[] q, double[][] k, int position, int qAt, int kAt) {
    double[] scores = new double[position + 1];
    for (int p = 0; p <= position; p++) {
      for (int i = 0; i < config.headDim(); i++) {
        scores[p] += q[qAt + i] * k[p][kAt + i];
      }
      scores[p] /= Math.sqrt(config.headDim());
    }
    return scores;
  }

  private static double[] softmax(double[] scores) {
    double most = Double.NEGATIVE_INFINITY;
    for (double score : scores) {
      most = Math.max(most, score);
    }
    double total = 0;
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.exp(scores[i] - most);
      total += scores[i];
    }
    for (int i = 0; i < scores.length; i++) {
      scores[i] /= total;
    }
    return scores;
  }

  /// The inverse frequencies are the reference's own 32-bit ones.
  private void rotate(double[][] x) {
    int half = config.headDim() / 2;
    float linearFactor =
        file.metadata().findFloat(config.architecture() + ".rope.scaling.factor").orElse(1f);
    double[] factors = has("rope_freqs.weight") ? vector("rope_freqs.weight") : null;
    for (int t = 0; t < x.length; t++) {
      for (int from = 0; from < x[t].length; from += config.headDim()) {
        for (int i = 0; i < half; i++) {
          float inverse =
              1f / (float) Math.pow(config.ropeTheta(), (float) (2 * i) / config.headDim());
          double angle = t * inverse / linearFactor / (factors == null ? 1 : factors[i]);
          int first = is("llama") ? from + 2 * i : from + i;
          int second = is("llama") ? from + 2 * i + 1 : from + i + half;
          double a = x[t][first];
          double b = x[t][second];
          x[t][first] = a * Math.cos(angle) - b * Math.sin(angle);
          x[t][second] = b * Math.cos(angle) + a * Math.sin(angle);
        }
      }
    }
  }

  private double[][] feedForward(String block, double[][] x) {
    double[][] b = norm(x, vector(block + "ffn_norm.weight"), blockEps);
    double[][] gate = linear(block + "ffn_gate", b);
    double[][] up = linear(block + "ffn_up", b);
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < gate[t].length; i++) {
        gate[t][i] = activate(gate[t][i]) * up[t][i];
      }
    }
    if (isBitNet()) {
      gate = norm(gate, vector(block + "ffn_sub_norm.weight"), blockEps);
    }
    return linear(block + "ffn_down", gate);
  }

  private double activate(double x) {
    if (is("bitnet-25") || is("bitnet-b1.58")) {
      return x > 0 ? x * x : 0;
    }
    return x / (1 + Math.exp(-x));
  }

  private double[][] throughCodes(double[][] x) {
    return rounded.computeIfAbsent(x, this::round);
  }

  private double[][] round(double[][] x) {
    double[][] site = new double[x.length][x[0].length];
    double[][] values = new double[x.length][x[0].length];
    int index = scaled.size();
    scaled.add(site);
    for (int t = 0; t < x.length; t++) {
      double absmax = 1e-5;
      for (double value : x[t]) {
        absmax = Math.max(absmax, Math.abs(value));
      }
      for (int i = 0; i < x[t].length; i++) {
        site[t][i] = x[t][i] * 127 / absmax;
        values[t][i] = code(index, t, i) * absmax / 127;
      }
    }
    return values;
  }

  private static double[][] norm(double[][] x, double[] weight, double eps) {
    double[][] normed = new double[x.length][weight.length];
    for (int t = 0; t < x.length; t++) {
      double squares = 0;
      for (double value : x[t]) {
        squares += value * value;
      }
      double factor = 1 / Math.sqrt(squares / weight.length + eps);
      for (int i = 0; i < weight.length; i++) {
        normed[t][i] = x[t][i] * factor * weight[i];
      }
    }
    return normed;
  }

  private static double[][] multiply(double[][] weights, double[][] x) {
    double[][] y = new double[x.length][weights.length];
    for (int t = 0; t < x.length; t++) {
      for (int row = 0; row < weights.length; row++) {
        double sum = 0;
        for (int col = 0; col < x[t].length; col++) {
          sum += weights[row][col] * x[t][col];
        }
        y[t][row] = sum;
      }
    }
    return y;
  }

  private static void addTo(double[][] x, double[][] y) {
    for (int t = 0; t < x.length; t++) {
      for (int i = 0; i < x[t].length; i++) {
        x[t][i] += y[t][i];
      }
    }
  }

  private boolean has(String name) {
    return file.tensors().containsKey(name);
  }

  private double[] vector(String name) {
    return matrix(name)[0];
  }

  private double[][] matrix(String name) {
    return matrices.computeIfAbsent(name, this::decode);
  }

  private Tensor tensor(String name) {
    return file.require(name).load(arena);
  }

  private double[][] decode(String name) {
    Tensor tensor = tensor(name);
    double[][] matrix = new double[Math.toIntExact(tensor.rows())][tensor.cols()];
    float[] row = new float[tensor.cols()];
    for (int r = 0; r < matrix.length; r++) {
      Codecs.of(tensor.type()).decodeRow(tensor, r, row);
      for (int col = 0; col < row.length; col++) {
        matrix[r][col] = row[col];
      }
    }
    return matrix;
  }
}
