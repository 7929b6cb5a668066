package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The script with which `./mvnw` and `./tern` find a JDK.
class FindJdkTest {
  private static final Path SCRIPT =
      Path.of("..", ".mvn", "find-jdk.sh").toAbsolutePath().normalize();

  @TempDir Path folder;

  private static Run sh(String script, Map<String, String> environment, Path... args)
      throws IOException, InterruptedException {
    return Shell.run("sh", ". '" + SCRIPT + "'; " + script, environment, args);
  }

  @ParameterizedTest
  @CsvSource({
    "17, no",
    "17.0.15, no",
    "1.8.0_442, no",
    "24.0.2, no",
    "25, no",
    "25-ea, no",
    "25.0.2, no",
    "25.0.3, yes",
    "25.0.3.1, yes",
    "25.0.10, yes",
    "25.1.0, yes",
    "26-ea, yes",
    "26, yes",
    "100.0.1, yes",
    "unknown, no"
  })
  void acceptsVersionsFrom2503On(String version, String expected) throws Exception {
    Run run = sh("if tern_jdk_fits '" + version + "'; then echo yes; else echo no; fi", Map.of());
    assertEquals(expected + "\n", run.out(), run.err());
  }

  @Test
  void readsTheVersionFromTheReleaseFile() throws Exception {
    Path jdk = FakeJdk.make(folder.resolve("a jdk"), "25.0.4");
    assertEquals("25.0.4\n", sh("tern_jdk_version \"$1\"", Map.of(), jdk).out());
    assertEquals("", sh("tern_jdk_version \"$1\"", Map.of(), folder).out(), "no JDK");
    Files.delete(jdk.resolve("bin/java"));
    assertEquals("", sh("tern_jdk_version \"$1\"", Map.of(), jdk).out(), "a JDK without java");
  }

  @Test
  void prefersJavaHomeWhereItFits() throws Exception {
    Path jdk = FakeJdk.make(folder.resolve("jdk-26"), "26-ea");
    Run run = sh("tern_find_jdk jdk && echo \"$JAVA_HOME\"", Map.of("JAVA_HOME", jdk.toString()));
    assertEquals(jdk + "\n", run.out(), run.err());
  }

  @Test
  void findsTheJavaOfThePathThroughLinks() throws Exception {
    Path jdk = FakeJdk.make(folder.resolve("jdk"), "25.0.3");
    Path bin = Files.createDirectories(folder.resolve("links"));
    Files.createSymbolicLink(bin.resolve("step"), jdk.resolve("bin/java"));
    Files.createSymbolicLink(bin.resolve("java"), Path.of("step"));
    Run run =
        sh("tern_find_jdk jdk && echo \"$JAVA_HOME\"", Map.of("PATH", bin + ":/usr/bin:/bin"));
    assertEquals(jdk.toRealPath() + "\n", run.out(), run.err());
  }

  @Test
  void needsACompilerOnlyForBuilding() throws Exception {
    Path jre = FakeJdk.make(folder.resolve("jre"), "25.0.3");
    Files.delete(jre.resolve("bin/javac"));
    Map<String, String> environment = Map.of("JAVA_HOME", jre.toString());
    assertEquals(jre + "\n", sh("tern_find_jdk jre && echo \"$JAVA_HOME\"", environment).out());
    String forBuilding = sh("tern_find_jdk jdk && echo \"$JAVA_HOME\"", environment).out();
    assertTrue(!forBuilding.equals(jre + "\n"), forBuilding);
  }
}
