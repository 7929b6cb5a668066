package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `./tern` in a project that is as small as can be: its Maven only notes that it was called, its
/// Java only prints its arguments.
class LauncherTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  @TempDir Path folder;
  private Path home;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeProject() throws IOException {
    home = Files.createDirectories(folder.resolve("a project"));
    Files.createDirectories(home.resolve(".mvn"));
    Files.createDirectories(home.resolve("tern-cli/src/main"));
    for (String file : List.of("tern", ".mvn/find-jdk.sh", ".mvn/build-tern.sh")) {
      Files.copy(ROOT.resolve(file), home.resolve(file));
    }
    write("pom.xml", "<project/>");
    write("tern-cli/pom.xml", "<project/>");
    write("tern-cli/src/main/Source.java", "class Source {}");
    buildDoes("");
    environment.put("JAVA_HOME", FakeJdk.make(folder.resolve("jdk"), "25.0.3").toString());
  }

  /// Writes a file of the project that is older than any build.
  private void write(String name, String text) throws IOException {
    Path file = Files.writeString(home.resolve(name), text);
    FileTime past = FileTime.from(Instant.now().minusSeconds(100));
    Files.setLastModifiedTime(file, past);
    Files.setLastModifiedTime(file.getParent(), past);
  }

  private void buildDoes(String commands) throws IOException {
    FakeJdk.executable(
        home.resolve("mvnw"),
        """
        #!/bin/sh
        for arg in "$@"; do case $arg in -Dtern.dist=*) dist=${arg#-Dtern.dist=} ;; esac; done
        echo built >> "$(dirname "$0")/builds"
        %s
        mkdir -p "$dist/lib"
        touch "$dist/lib/tern-cli.jar"
        """
            .formatted(commands));
  }

  private Run tern(String script) throws IOException, InterruptedException {
    return Shell.run("sh", script, environment, home, folder);
  }

  private int builds() throws IOException {
    Path builds = home.resolve("builds");
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  private Path dist() {
    return home.resolve("tern-cli/target/launch");
  }

  @Test
  void buildsOnceAndPassesArgumentsOn() throws Exception {
    Run first = tern("\"$1/tern\" run 'two words' '' '*'");
    assertEquals(0, first.exitCode(), first.err());
    assertTrue(first.err().startsWith("Building Tern; this happens once"), first.err());
    List<String> lines = first.outLines();
    assertEquals(
        List.of("run", "two words", "", "*"), lines.subList(lines.size() - 4, lines.size()));
    assertTrue(lines.contains(dist().toRealPath() + "/lib/tern-cli.jar"), first.out());
    Run second = tern("\"$1/tern\" show");
    assertEquals("", second.err());
    assertEquals(1, builds());
  }

  @Test
  void runsThroughLinksAndFromAnywhere() throws Exception {
    Files.createSymbolicLink(home.resolve("alias"), Path.of("tern"));
    Files.createSymbolicLink(folder.resolve("t"), Path.of("a project", "alias"));
    assertEquals(0, tern("cd / && \"$2/t\" x").exitCode());
    assertEquals(0, tern("cd \"$2\" && ./t x").exitCode());
    assertEquals(0, tern("cd \"$1\" && sh tern x").exitCode());
    assertEquals(0, tern("PATH=\"$2:$PATH\" && t x").exitCode());
    assertEquals(1, builds());
  }

  @Test
  void saysNothingAboutACacheThatCannotBeUsed() throws Exception {
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("TERN_JAVA_OPTS", "--version");
    buildDoes(
        "mkdir -p \"$dist\"; echo damaged | tee \"$dist/tern.aot\" > \"$dist/tern-vector.aot\"");
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    Run again = tern("\"$1/tern\" x");
    assertTrue(again.out().contains(Runtime.version().toString()), again.out());
    assertFalse(again.err().contains("AOT"), again.err());
  }

  @Test
  void returnsWhatJavaReturns() throws Exception {
    environment.put("EXIT_CODE", "6");
    assertEquals(6, tern("\"$1/tern\" doctor").exitCode());
  }

  @Test
  void becomesTheJavaProcessSoThatSignalsReachIt() throws Exception {
    FakeJdk.executable(folder.resolve("jdk/bin/java"), "#!/bin/sh\necho $$\nexec sleep 60 >&-\n");
    Run run =
        tern(
            "\"$1/tern\" x >\"$2/pid\" & pid=$!;"
                + " until [ -s \"$2/pid\" ]; do sleep 0.05; done;"
                + " kill -TERM $pid; wait $pid; echo $? $pid $(cat \"$2/pid\")");
    assertTrue(run.out().matches("143 ([0-9]+) \\1\n"), run.out() + run.err());
  }

  @Test
  void splitsJavaOptionsAndExpandsNothing() throws Exception {
    environment.put("TERN_JAVA_OPTS", "-Xmx64m -Dx=/*");
    List<String> lines = tern("\"$1/tern\" x").outLines();
    assertTrue(lines.containsAll(List.of("-Xmx64m", "-Dx=/*")), lines.toString());
  }

  /// Makes the machine one with AVX2 or one without, whichever way the script asks.
  private void processorHasAvx2(boolean has) throws IOException {
    Path tools = Files.createDirectories(folder.resolve("tools"));
    FakeJdk.executable(tools.resolve("grep"), "#!/bin/sh\nexit %d\n".formatted(has ? 0 : 1));
    FakeJdk.executable(tools.resolve("sysctl"), "#!/bin/sh\necho %d\n".formatted(has ? 1 : 0));
    environment.put("PATH", tools + File.pathSeparator + System.getenv("PATH"));
  }

  private void assertVectorApi(boolean expected, String arguments) throws Exception {
    List<String> lines = tern("\"$1/tern\" " + arguments).outLines();
    assertEquals(
        expected, lines.contains("--add-modules=jdk.incubator.vector"), arguments + ": " + lines);
    String cache = expected ? "tern-vector.aot" : "tern.aot";
    assertTrue(
        lines.contains("-XX:AOTCache=" + dist().toRealPath() + "/" + cache),
        arguments + ": " + lines);
  }

  @Test
  void leavesTheVectorApiOutWhereMachineCodeComputes() throws Exception {
    processorHasAvx2(true);
    for (String arguments :
        List.of(
            "", "run m.gguf 'about vector kernels'", "run m.gguf --kernels x86", "run doctor")) {
      assertVectorApi(false, arguments);
    }
  }

  @Test
  void addsTheVectorApiWhereItIsAskedFor() throws Exception {
    processorHasAvx2(true);
    for (String arguments :
        List.of(
            "run m.gguf --kernels vector",
            "run m.gguf --kernels=Vector x",
            "bench m.gguf --compare kernels=VECTOR,threads=2",
            "doctor",
            "doctor m.gguf")) {
      assertVectorApi(true, arguments);
    }
  }

  @Test
  void addsTheVectorApiWhereMachineCodeCannotBeUsed() throws Exception {
    processorHasAvx2(false);
    assertVectorApi(true, "run m.gguf");
    assertVectorApi(true, "");
  }

  @Test
  void makesJavaReadUtf8WhereTheLocaleDoesNotSayOtherwise() throws Exception {
    for (String locale : List.of("", "C", "POSIX", "de_DE.UTF-8", "de_DE")) {
      environment.put("LC_ALL", locale);
      assertEquals("LC_ALL=C.UTF-8", tern("\"$1/tern\" x").outLines().getFirst(), locale);
    }
    environment.put("LC_ALL", "de_DE.ISO-8859-1");
    assertEquals("LC_ALL=de_DE.ISO-8859-1", tern("\"$1/tern\" x").outLines().getFirst());
  }

  @Test
  void buildsAgainWhenAnythingChanged() throws Exception {
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    Files.writeString(home.resolve("tern-cli/src/main/Source.java"), "class Source { int x; }");
    Run changed = tern("\"$1/tern\" x");
    assertEquals("Building Tern, because its sources have changed.\n", changed.err());
    Files.delete(home.resolve("tern-cli/src/main/Source.java"));
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    assertEquals(3, builds(), "a deleted source is a change");
    Files.createDirectories(home.resolve("tern-new/src/main"));
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    assertEquals(4, builds(), "a new module is a change");
    assertEquals("", tern("\"$1/tern\" x").err());
  }

  @Test
  void buildsAgainWhenASourceChangedDuringTheBuild() throws Exception {
    buildDoes("sleep 0.05; touch \"$(dirname \"$0\")/tern-cli/src/main/Source.java\"");
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    buildDoes("");
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    assertEquals(2, builds());
  }

  @Test
  void saysWhyABuildFailedAndKeepsTheLastOne() throws Exception {
    assertEquals(0, tern("\"$1/tern\" x").exitCode());
    Files.writeString(home.resolve("tern-cli/src/main/Source.java"), "class {");
    buildDoes("echo '[ERROR] Source.java:1: a name is missing'; echo '[INFO] chatter'; exit 1");
    Run failed = tern("\"$1/tern\" x");
    assertEquals(1, failed.exitCode());
    assertEquals("", failed.out());
    assertTrue(failed.err().contains("Source.java:1: a name is missing"), failed.err());
    assertFalse(failed.err().contains("chatter"), failed.err());
    assertTrue(failed.err().contains("the whole log is in "), failed.err());
    assertTrue(Files.exists(dist().resolve("built")));
    assertEquals(1, tern("\"$1/tern\" x").exitCode(), "an outdated build is not run");
  }

  @Test
  void doesNotTakeAnInterruptedBuildForABuild() throws Exception {
    buildDoes("kill -KILL $PPID; sleep 0.1; exit 1");
    assertEquals(137, tern("\"$1/tern\" x").exitCode());
    assertFalse(Files.exists(dist()));
    buildDoes("");
    Run next = tern("\"$1/tern\" x");
    assertEquals(0, next.exitCode(), next.err());
    assertFalse(next.err().contains("Waiting"), "the lock of a dead process holds nobody");
    assertEquals(2, builds());
  }

  @Test
  void buildsOnceForManyThatStartTogether() throws Exception {
    buildDoes("sleep 0.5");
    Run run =
        tern(
            "for i in 1 2 3 4; do \"$1/tern\" $i >\"$2/out$i\" 2>&1 & pids=\"${pids-} $!\"; done;"
                + " for pid in $pids; do wait $pid || echo failed; done");
    assertEquals("", run.out(), run.err());
    assertEquals(1, builds());
    for (int i = 1; i <= 4; i++) {
      List<String> lines = Files.readAllLines(folder.resolve("out" + i));
      assertEquals(Integer.toString(i), lines.getLast());
    }
    assertFalse(Files.exists(home.resolve("tern-cli/target/launch.lock")));
  }
}
