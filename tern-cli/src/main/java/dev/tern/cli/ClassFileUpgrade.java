package dev.tern.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.MethodTransform;
import java.lang.constant.ClassDesc;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// What the build runs on libraries in class files of Java 5, picocli's, before it makes the
/// ahead-of-time cache: rewrites them as class files of Java 8.
///
/// The cache leaves out classes that carry no stack maps, which came with Java 6, because only the
/// old, slow verifier can check them; every start would then read, parse and verify them anew. The
/// instructions stay what they are. An entry in the copy says that it was changed, as the licence
/// wants.
final class ClassFileUpgrade {
  private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;
  private static final int NEW_VERSION = ClassFile.JAVA_8_VERSION;
  private static final String NOTICE = "META-INF/TERN-CHANGES.txt";

  private ClassFileUpgrade() {}

  /// Replaces JAR files by such copies.
  ///
  /// @param args the JAR files
  public static void main(String[] args) throws IOException {
    for (String arg : args) {
      upgrade(Path.of(arg));
    }
  }

  /// Replaces a JAR file by a copy without old class files.
  ///
  /// @param jar not signed, because a signature would no longer fit
  static void upgrade(Path jar) throws IOException {
    Map<String, byte[]> entries = read(jar);
    ClassFile classFile =
        ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(hierarchy(entries)));
    int changed = 0;
    for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
      if (entry.getKey().endsWith(".class")) {
        ClassModel model = classFile.parse(entry.getValue());
        if (model.majorVersion() < FIRST_WITH_STACK_MAPS) {
          entry.setValue(classFile.transformClass(model, NEW_VERSION_AND_STACK_MAPS));
          changed++;
        }
      }
    }
    if (changed > 0) {
      entries.put(NOTICE, notice(jar, changed).getBytes(StandardCharsets.UTF_8));
      Path copy = jar.resolveSibling(jar.getFileName() + ".new");
      write(entries, copy);
      Files.move(copy, jar, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Going through the instructions of a method is what makes its stack maps.
  private static final ClassTransform NEW_VERSION_AND_STACK_MAPS =
      ClassTransform.transformingMethods(
              MethodTransform.transformingCode((code, element) -> code.with(element)))
          .andThen((type, element) ->
              type.with(
                  element instanceof ClassFileVersion
                      ? ClassFileVersion.of(NEW_VERSION, 0)
                      : element));

  /// Stack maps name common superclasses, of the JAR's classes and of the JDK's.
  private static ClassHierarchyResolver hierarchy(Map<String, byte[]> entries) {
    return ClassHierarchyResolver.ofResourceParsing(
            (ClassDesc type) -> {
              String name = type.descriptorString();
              byte[] bytes = entries.get(name.substring(1, name.length() - 1) + ".class");
              return bytes == null ? null : new ByteArrayInputStream(bytes);
            })
        .orElse(ClassHierarchyResolver.defaultResolver());
  }

  private static String notice(Path jar, int changed) {
    return """
    This is not the original %s: the build of Tern has raised %d class files
    to version %d of the class file format and added stack maps to them.
    Their instructions and everything else are unchanged.
    """
        .formatted(jar.getFileName(), changed, NEW_VERSION);
  }

  private static Map<String, byte[]> read(Path jar) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      for (ZipEntry entry : zip.stream().toList()) {
        try (var in = zip.getInputStream(entry)) {
          entries.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    return entries;
  }

  private static void write(Map<String, byte[]> entries, Path jar) throws IOException {
    try (OutputStream file = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
        zip.putNextEntry(new ZipEntry(entry.getKey()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
  }
}
