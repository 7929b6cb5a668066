package dev.tern.train.report;

import dev.tern.train.run.EvaluationReport;
import dev.tern.train.run.StepReport;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A line of a run's log: a step, or a measurement with validation text.
///
/// @param step its number
/// @param tokens that were learnt from so far
/// @param seconds of training so far, those of earlier parts of the run included
/// @param values by column; those that are no numbers (NaN) are left out of JSON
record LogEntry(long step, long tokens, double seconds, Map<String, Double> values) {
  static final String LOSS = "loss";
  static final String VALIDATION_LOSS = "validation_loss";
  static final String LEARNING_RATE = "learning_rate";

  private static final String EPOCH = "epoch";
  private static final String BITS_PER_BYTE = "bits_per_byte";
  private static final String GRADIENT_NORM = "gradient_norm";
  private static final String TOKENS_PER_SECOND = "tokens_per_second";
  private static final String STEP = "step";
  private static final String TOKENS = "tokens";
  private static final String SECONDS = "seconds";

  private static final List<String> VALUES =
      List.of(
          EPOCH,
          LOSS,
          VALIDATION_LOSS,
          BITS_PER_BYTE,
          LEARNING_RATE,
          GRADIENT_NORM,
          TOKENS_PER_SECOND);
  private static final JsonMapper JSON = new JsonMapper();

  static LogEntry of(StepReport report, double seconds) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(EPOCH, report.epoch());
    values.put(LOSS, report.loss());
    values.put(LEARNING_RATE, report.learningRate());
    values.put(GRADIENT_NORM, report.gradientNorm());
    values.put(TOKENS_PER_SECOND, report.tokensPerSecond());
    return new LogEntry(report.step(), report.tokens(), seconds, values);
  }

  static LogEntry of(EvaluationReport report, long tokens, double seconds) {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put(VALIDATION_LOSS, report.loss());
    values.put(BITS_PER_BYTE, report.bitsPerByte());
    return new LogEntry(report.step(), tokens, seconds, values);
  }

  boolean isStep() {
    return values.containsKey(LOSS) || values.containsKey(LEARNING_RATE);
  }

  static String csvHeader() {
    return "%s,%s,%s,%s".formatted(STEP, TOKENS, String.join(",", VALUES), SECONDS);
  }

  String csv() {
    StringBuilder line = new StringBuilder().append(step).append(',').append(tokens);
    for (String column : VALUES) {
      line.append(',');
      Optional.ofNullable(values.get(column)).ifPresent(value -> line.append(digits(value)));
    }
    return line.append(',').append(digits(seconds)).toString();
  }

  String json() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put(STEP, step);
    line.put(TOKENS, tokens);
    values.forEach((column, value) -> {
      if (Double.isFinite(value)) {
        line.put(column, (float) (double) value);
      }
    });
    line.put(SECONDS, Math.round(seconds * 1000) / 1000.0);
    return JSON.writeValueAsString(line);
  }

  /// As many as a 32-bit number has: all that is known of a loss.
  private static String digits(double value) {
    return Float.toString((float) value);
  }

  /// {@return the entry that a line of JSON holds; empty if it holds none}
  static Optional<LogEntry> parse(String line) {
    JsonNode node;
    try {
      node = JSON.readTree(line);
    } catch (JacksonException _) {
      return Optional.empty();
    }
    if (!node.isObject() || !node.path(STEP).isIntegralNumber()) {
      return Optional.empty();
    }
    Map<String, Double> values = new LinkedHashMap<>();
    for (String column : VALUES) {
      if (node.path(column).isNumber()) {
        values.put(column, node.path(column).doubleValue());
      }
    }
    return Optional.of(
        new LogEntry(
            node.path(STEP).longValue(),
            node.path(TOKENS).isIntegralNumber() ? node.path(TOKENS).longValue() : 0,
            node.path(SECONDS).isNumber() ? node.path(SECONDS).doubleValue() : 0,
            values));
  }

  /// {@return the step of a line of the table; -1 for the headline and what is none}
  static long stepOfCsv(String line) {
    int comma = line.indexOf(',');
    String first = comma < 0 ? line : line.substring(0, comma);
    return first.matches("[0-9]{1,18}") ? Long.parseLong(first) : -1;
  }

  /// {@return whether a line of the table is a step's}
  static boolean isStepOfCsv(String line) {
    String[] cells = line.split(",", -1);
    int loss = 2 + VALUES.indexOf(LOSS);
    return cells.length > loss && !cells[loss].isEmpty();
  }
}
