package dev.tern.server.page;

import dev.tern.server.http.Asset;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// The files of the page, which is found at `/`, and all others below `/page/`. Only what is listed
/// here is served, so no path leads to anything else.
public final class ChatPage {
  private static final String INDEX = "index.html";
  private static final List<String> STYLES = List.of("app.css", "favicon.svg");
  private static final List<String> SCRIPTS =
      List.of(
          "api",
          "chat",
          "conversation",
          "dom",
          "inline",
          "main",
          "markdown",
          "message",
          "notice",
          "render",
          "run",
          "scroll",
          "settings",
          "sidebar",
          "sse",
          "store",
          "theme",
          "writer");

  private ChatPage() {}

  /// {@return the files of the page}
  public static List<Asset> assets() {
    List<Asset> assets = new ArrayList<>();
    assets.add(new Asset("/", contentType(INDEX), read(INDEX)));
    STYLES.forEach(name -> assets.add(below(name)));
    SCRIPTS.forEach(name -> assets.add(below("js/" + name + ".js")));
    return List.copyOf(assets);
  }

  private static Asset below(String name) {
    return new Asset("/page/" + name, contentType(name), read(name));
  }

  private static String contentType(String name) {
    String ending = name.substring(name.lastIndexOf('.') + 1);
    return switch (ending) {
      case "html" -> "text/html; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js" -> "text/javascript; charset=utf-8";
      case "svg" -> "image/svg+xml";
      default -> throw new IllegalArgumentException("no content type is known for " + name);
    };
  }

  private static byte[] read(String name) {
    try (InputStream resource = ChatPage.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("the page's file " + name + " is missing in the jar");
      }
      return resource.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException("the page's file " + name + " cannot be read", unreadable);
    }
  }
}
