package dev.tern.cli;

import java.util.ArrayList;
import java.util.List;

/// Tables for terminals.
final class Columns {
  private static final int GAP = 2;

  private Columns() {}

  /// {@return rows whose cells begin below each other}
  ///
  /// @param table rows of equally many cells, at least one row
  static String aligned(List<List<String>> table) {
    List<Integer> widths = new ArrayList<>();
    for (int column = 0; column < table.getFirst().size(); column++) {
      int of = column;
      widths.add(table.stream().mapToInt(row -> row.get(of).length()).max().orElseThrow());
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : table) {
      StringBuilder line = new StringBuilder();
      for (int column = 0; column < row.size(); column++) {
        String cell = row.get(column);
        line.append(cell).repeat(' ', widths.get(column) - cell.length() + GAP);
      }
      lines.add(line.toString().stripTrailing());
    }
    return String.join("\n", lines);
  }
}
