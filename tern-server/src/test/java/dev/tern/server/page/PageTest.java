package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/// A page of its own for each test. What the page complains of, or asks another server for, fails
/// the test.
@ExtendWith(BrowserExtension.class)
abstract class PageTest {
  private static final double PATIENCE_MILLIS = 30_000;

  private static Browser browser;

  final ScriptedServer server = new ScriptedServer();
  final List<String> complaints = new ArrayList<>();
  Page page;
  private BrowserContext context;
  private boolean refusalsAreExpected;

  @BeforeAll
  static void takeBrowser(Browser shared) {
    browser = shared;
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MILLIS);
  }

  @BeforeEach
  void openPage() {
    context = browser.newContext(options());
    context.onRequest(request -> {
      if (!request.url().startsWith(server.url())) {
        complaints.add("asked for " + request.url());
      }
    });
    page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") || message.type().equals("warning")) {
        complaints.add(message.text());
      }
    });
    page.onPageError(complaints::add);
  }

  @AfterEach
  void nothingIsWrong() {
    if (context != null) {
      context.close();
    }
    server.close();
    if (refusalsAreExpected) {
      complaints.removeIf(complaint -> complaint.contains("Failed to load resource"));
    }
    assertEquals(List.of(), complaints);
  }

  /// {@return what the browser's window is like}
  Browser.NewContextOptions options() {
    return new Browser.NewContextOptions().setViewportSize(1000, 700);
  }

  void open() {
    page.navigate(server.url());
    assertThat(page.locator("#model-name")).hasText("scripted");
  }

  void send(String text) {
    page.locator("#input").fill(text);
    page.locator("#input").press("Enter");
  }

  Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  Locator answers() {
    return page.locator(".answer .text");
  }

  Locator questions() {
    return page.locator(".question .bubble");
  }

  /// The browser itself reports refusals on its console, which a page cannot keep it from.
  void forgetRefusals() {
    refusalsAreExpected = true;
  }
}
