package dev.tern.server.page;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// A browser that is installed on this machine; nothing is downloaded.
final class Browsers implements AutoCloseable {
  private static final Stream<String> PLACES =
      Stream.of(
          "/usr/bin/chromium",
          "/usr/bin/chromium-browser",
          "/usr/bin/google-chrome",
          "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
          "C:/Program Files/Google/Chrome/Application/chrome.exe");

  private final Playwright playwright;
  private final Browser browser;

  private Browsers(Playwright playwright, Browser browser) {
    this.playwright = playwright;
    this.browser = browser;
  }

  /// Starts it, or skips the test where there is none.
  static Browsers start() {
    Optional<String> executable = find();
    Assumptions.assumeTrue(
        executable.isPresent(),
        "no Chromium or Chrome is installed, or CHROMIUM does not name one; the page is not tried");
    Playwright playwright =
        Playwright.create(
            new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    Browser browser =
        playwright
            .chromium()
            .launch(
                new BrowserType.LaunchOptions()
                    .setExecutablePath(Path.of(executable.orElseThrow())));
    return new Browsers(playwright, browser);
  }

  private static Optional<String> find() {
    String chosen = System.getenv("CHROMIUM");
    Stream<String> places = chosen == null ? PLACES : Stream.of(chosen);
    return places.filter(place -> Files.isExecutable(Path.of(place))).findFirst();
  }

  Browser browser() {
    return browser;
  }

  @Override
  public void close() {
    playwright.close();
  }
}
