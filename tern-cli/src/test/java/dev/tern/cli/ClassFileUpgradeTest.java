package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ClassFileUpgradeTest {
  @TempDir Path folder;

  private Path copyOfPicocli() throws Exception {
    Path original =
        Path.of(CommandLine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    return Files.copy(original, folder.resolve("picocli.jar"));
  }

  private static List<ClassModel> classes(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      List<ClassModel> models = new ArrayList<>();
      for (ZipEntry entry : zip.stream().filter(e -> e.getName().endsWith(".class")).toList()) {
        try (var in = zip.getInputStream(entry)) {
          models.add(ClassFile.of().parse(in.readAllBytes()));
        }
      }
      return models;
    }
  }

  @Test
  void leavesNoOldClassFileAndLosesNone() throws Exception {
    Path jar = copyOfPicocli();
    List<ClassModel> before = classes(jar);
    assertTrue(before.stream().anyMatch(model -> model.majorVersion() < 50), "picocli is modern");
    ClassFileUpgrade.upgrade(jar);
    List<ClassModel> after = classes(jar);
    assertEquals(before.size(), after.size());
    assertTrue(after.stream().allMatch(model -> model.majorVersion() >= 50));
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      assertTrue(zip.getEntry("META-INF/MANIFEST.MF") != null);
      assertTrue(zip.getEntry("META-INF/TERN-CHANGES.txt") != null, "a changed copy says so");
    }
  }

  @Test
  void makesClassesThatTheVerifierAccepts() throws Exception {
    Path jar = copyOfPicocli();
    ClassFileUpgrade.upgrade(jar);
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader loader = new URLClassLoader(new URL[] {jar.toUri().toURL()}, platform)) {
      for (ClassModel model : classes(jar)) {
        String name = model.thisClass().asInternalName().replace('/', '.');
        if (!name.equals("module-info") && !name.contains("groovy")) {
          Class.forName(name, true, loader);
        }
      }
    }
  }

  @Test
  void leavesAModernJarAlone() throws Exception {
    Path jar = copyOfPicocli();
    ClassFileUpgrade.upgrade(jar);
    byte[] once = Files.readAllBytes(jar);
    ClassFileUpgrade.upgrade(jar);
    assertFalse(Files.exists(folder.resolve("picocli.jar.new")));
    assertEquals(-1, Arrays.mismatch(once, Files.readAllBytes(jar)));
  }
}
