package dev.tern.cli;

import dev.tern.hub.CachedModel;
import java.io.IOException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tern ls`: what is in the cache.
@Command(
    name = "ls",
    description = {
      "List the models in the cache, those that Hugging Face's own tools fetched too.",
      "Every name can be given to other commands."
    },
    mixinStandardHelpOptions = true)
final class ListCommand implements Callable<Integer> {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm");

  private final StandardStreams streams;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ListCommand(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() throws IOException {
    HubModels models = HubModels.of(streams, true);
    List<CachedModel> cached = models.hub().models();
    if (json) {
      streams.out().println(Json.format(cached.stream().map(ListCommand::describe).toList()));
    } else if (cached.isEmpty()) {
      streams
          .err()
          .println(
              "No models in %s. 'tern pull bitnet-2b' fetches one, 'tern pull --list' shows names."
                  .formatted(models.options().cache()));
    } else {
      print(cached);
    }
    return ExitCode.OK;
  }

  private static Map<String, Object> describe(CachedModel model) {
    Map<String, Object> description = new LinkedHashMap<>();
    description.put("name", model.reference().toString());
    description.put("path", model.path().toString());
    description.put("complete", model.complete());
    description.put("bytes", model.bytes());
    description.put("files", model.files());
    model.encoding().ifPresent(encoding -> description.put("encoding", encoding));
    if (!model.commit().isEmpty()) {
      description.put("commit", model.commit());
    }
    description.put("lastUsed", model.lastUsed().toString());
    return description;
  }

  private void print(List<CachedModel> models) {
    List<String[]> rows = new ArrayList<>();
    rows.add(new String[] {"NAME", "SIZE", "FILES", "ENCODING", "LAST USED"});
    for (CachedModel model : models) {
      rows.add(
          new String[] {
            Printable.line(model.reference().toString())
                + (model.complete() ? "" : " (incomplete)"),
            ByteCount.format(model.bytes()),
            model.files().isEmpty() ? "-" : Integer.toString(model.files().size()),
            model.encoding().orElse("-"),
            TIME.format(LocalDateTime.ofInstant(model.lastUsed(), ZoneId.systemDefault()))
          });
    }
    int[] widths = new int[rows.getFirst().length];
    for (String[] row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row[i].length());
      }
    }
    String format =
        "%%-%ds  %%%ds  %%%ds  %%-%ds  %%s".formatted(widths[0], widths[1], widths[2], widths[3]);
    for (String[] row : rows) {
      streams.out().println(format.formatted((Object[]) row));
    }
  }
}
