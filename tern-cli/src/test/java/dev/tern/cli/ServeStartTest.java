package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What keeps a server from starting is said before a model is loaded, which the one here cannot
/// be.
class ServeStartTest {
  @TempDir private Path folder;
  private Path damaged;

  @BeforeEach
  void write() throws IOException {
    damaged = Models.truncated(folder, 0.5);
  }

  @Test
  void namesAPortThatIsTaken() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Run run = Run.of("serve", damaged, "--port", other.getLocalPort());
      assertEquals(2, run.exitCode(), run.err());
      assertTrue(run.err().contains("port " + other.getLocalPort()), run.err());
    }
  }

  @Test
  void namesACertificateThatCannotBeUsed() throws IOException {
    Path key = Files.writeString(folder.resolve("key.pem"), "no key");
    Run run = Run.of("serve", damaged, "--port", 0, "--ssl-key-file", key, "--ssl-cert-file", key);
    assertEquals(3, run.exitCode(), run.err());
    assertTrue(run.err().contains(key.toString()), run.err());
  }

  @Test
  void namesTheOptionOfAnUnknownAddress() {
    Run run = Run.of("serve", damaged, "--insecure", "--host", "no-such-machine.invalid");
    assertEquals(2, run.exitCode(), run.err());
    assertTrue(run.err().contains("--host: "), run.err());
  }
}
