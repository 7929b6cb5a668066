package dev.tern.server.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.tern.server.TestServer;
import java.io.IOException;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The page with a model that is really served: a tiny one with random weights.
@ExtendWith(BrowserExtension.class)
class ServedModelTest {
  private static final LocatorAssertions.ContainsTextOptions PATIENT =
      new LocatorAssertions.ContainsTextOptions().setTimeout(60_000);

  @Test
  void showsWhatTheModelAnswers(Browser browser) throws IOException {
    try (TestServer server = TestServer.start();
        Page page = browser.newPage()) {
      page.addInitScript("localStorage.setItem('tern.sampling', '{\"max_tokens\":8,\"seed\":1}')");
      page.navigate(server.url() + "/");
      assertThat(page.locator("#model-name")).containsText("tiny", PATIENT);
      page.locator("#input").fill("a");
      page.locator("#input").press("Enter");
      assertThat(page.locator(".answer .stats"))
          .containsText(Pattern.compile("^[1-8] tokens? .*first after"), PATIENT);
      assertThat(page.locator("#context")).containsText(" tokens", PATIENT);
      assertThat(page.locator(".notice.error")).hasCount(0);
    }
  }
}
