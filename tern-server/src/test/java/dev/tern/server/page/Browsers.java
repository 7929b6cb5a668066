package dev.tern.server.page;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/// A browser that is installed on this machine; nothing is downloaded.
final class Browsers implements AutoCloseable {
  private static final List<String> PLACES =
      List.of(
          "/usr/bin/chromium",
          "/usr/bin/chromium-browser",
          "/usr/bin/google-chrome",
          "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
          "C:/Program Files/Google/Chrome/Application/chrome.exe");

  private static final int SECONDS_TO_ANSWER = 30;

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
    List<String> places = chosen == null ? PLACES : List.of(chosen);
    return places.stream().filter(Browsers::works).findFirst();
  }

  /// Some systems have a file of that name that only says how to install a browser.
  private static boolean works(String place) {
    if (!Files.isExecutable(Path.of(place))) {
      return false;
    }
    try {
      Process process =
          new ProcessBuilder(place, "--version")
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      if (process.waitFor(SECONDS_TO_ANSWER, TimeUnit.SECONDS)) {
        return process.exitValue() == 0;
      }
      process.destroyForcibly();
      return false;
    } catch (IOException broken) {
      return false;
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  Browser browser() {
    return browser;
  }

  @Override
  public void close() {
    playwright.close();
  }
}
