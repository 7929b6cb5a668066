package dev.tern.hub;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A process of its own that pulls, so that it can be killed.
final class PullingProcess {
  private PullingProcess() {}

  /// Pulls the model of the environment's hub, and says what happens.
  public static void main(String[] args) throws IOException {
    HubOptions options = HubOptions.fromEnvironment();
    Path model =
        ModelHub.of(options)
            .pull(
                ModelReference.parse(HubServer.REPOSITORY),
                event -> System.out.println(event.getClass().getSimpleName()));
    System.out.println(model);
  }

  static Process start(Map<String, String> environment) throws IOException {
    return start(List.of(), environment);
  }

  /// Starts a process through a command that starts others.
  static Process start(List<String> through, Map<String, String> environment) throws IOException {
    List<String> command = new ArrayList<>(through);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(PullingProcess.class.getName());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    return builder.start();
  }
}
