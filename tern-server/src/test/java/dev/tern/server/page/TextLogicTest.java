package dev.tern.server.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.Page;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The page's parsers, called in the browser.
class TextLogicTest extends PageTest {
  private static final String PARSE_EVENTS =
      """
      async chunks => {
        const { EventStream } = await import('/page/js/sse.js');
        const stream = new EventStream();
        return chunks.flatMap(c => stream.push(new Uint8Array(c))).map(e => e.type + ':' + e.data);
      }
      """;
  private static final String SHOW =
      """
      async text => {
        const { show } = await import('/page/js/render.js');
        const element = document.createElement('div');
        show(element, text);
        element.querySelectorAll('.code-head').forEach(it => it.remove());
        return element.innerHTML.replaceAll(/ (target|rel|tabindex|class)="[^"]*"/g, '');
      }
      """;

  @BeforeEach
  void openFirst() {
    open();
  }

  @Test
  void readsEventsHoweverTheyAreCut() {
    byte[] bytes =
        ": hi\r\ndata: {\"a\":\"naïve 😀\"}\r\n\r\nevent: error\ndata:x\ndata: y\n\n:\n\ndata\r\rdata: open"
            .getBytes(StandardCharsets.UTF_8);
    List<String> expected = List.of("message:{\"a\":\"naïve 😀\"}", "error:x\ny", "message:");
    for (int size = 1; size <= bytes.length; size++) {
      List<Object> chunks = new ArrayList<>();
      for (int from = 0; from < bytes.length; from += size) {
        List<Integer> chunk = new ArrayList<>();
        for (int i = from; i < Math.min(from + size, bytes.length); i++) {
          chunk.add(bytes[i] & 0xff);
        }
        chunks.add(chunk);
      }
      assertEquals(expected, page.evaluate(PARSE_EVENTS, chunks), "in chunks of " + size);
    }
  }

  @Test
  void showsMarkdown() {
    shows(
        "a *b* **c** ***d*** `e*` ~~f~~",
        "<p>a <em>b</em> <strong>c</strong> <em><strong>d</strong></em> <code>e*</code> <del>f</del></p>");
    shows("2 * 3 * 4, snake_case_name, **open", "<p>2 * 3 * 4, snake_case_name, **open</p>");
    shows(
        "- a\n- b\n  1. c\n  2. d\n\nend",
        "<ul><li>a</li><li>b<ol><li>c</li><li>d</li></ol></li></ul><p>end</p>");
    shows("3. a\n\n   b\n4. c", "<ol start=\"3\"><li>a<p>b</p></li><li>c</li></ol>");
    shows(
        "```java\nint *a;\n```\n> q",
        "<div><pre><code>int *a;</code></pre></div><blockquote><p>q</p></blockquote>");
    shows(
        "## T #\n---\nx\n~~~\nopen",
        "<h4>T</h4><hr><p>x</p><div><pre><code>open</code></pre></div>");
    shows(
        "|a|b|\n|-|:-:|\n|1\\|2|3|",
        "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1|2</td><td>3</td></tr></tbody></table></div>");
  }

  @Test
  void linksToWebPagesOnlyAndShowsMarkupAsText() {
    shows(
        "[a](https://x.org/a_(b)) http://y.org/z.",
        "<p><a href=\"https://x.org/a_(b)\">a</a> <a href=\"http://y.org/z\">http://y.org/z</a>.</p>");
    for (String address :
        List.of(
            "javascript:alert(1)", " JaVaScRiPt:x", "data:text/html,x", "//x.org", "file:///etc")) {
      shows("[a](%s)".formatted(address), "<p>[a](%s)</p>".formatted(address));
    }
    shows("<img src=x onerror=alert(1)>", "<p>&lt;img src=x onerror=alert(1)&gt;</p>");
  }

  @Test
  void drawsAGrowingTextAsItDrawsTheWhole() {
    String[] parts = {
      "- a",
      "\n",
      "\n\n",
      "  ",
      "1. b",
      "```",
      "text *x* ",
      "> q",
      "|a|b|",
      "|-|-|",
      "# h",
      "`",
      "**",
      "---"
    };
    Random random = new Random(7);
    for (int round = 0; round < 60; round++) {
      List<String> pieces = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        pieces.add(parts[random.nextInt(parts.length)]);
      }
      assertEquals(
          true,
          page.evaluate(
              """
              async pieces => {
                const { parse, settledUntil } = await import('/page/js/markdown.js');
                const shape = blocks => JSON.stringify(blocks, (key, value) => key === 'from' ? undefined : value);
                const settled = [];
                let text = '';
                for (const piece of pieces) {
                  text += piece;
                  const end = settledUntil(text);
                  settled.push(...parse(text.slice(0, end)));
                  text = text.slice(end);
                }
                return shape([...settled, ...parse(text)]) === shape(parse(pieces.join('')));
              }
              """,
              pieces),
          () -> "cut as " + pieces);
    }
  }

  @Test
  void readsHostileMarkdownInReasonableTime() {
    for (String unit :
        List.of("[", "*", "* a", "`", "``` ", "> ", "- ", "_a", "|", "![", "http://", "\n- ")) {
      page.evaluate(SHOW, unit.repeat(20_000));
    }
  }

  /// What grows with the square or the cube of the length would take minutes to days here; the
  /// limit only lets it fail.
  @Test
  void readsLongRunsOfMarksInLinearTime() {
    String blanks = " ".repeat(20_000);
    String manyBlanks = " ".repeat(400_000);
    for (String hostile :
        List.of(
            "~".repeat(20_000) + "`",
            "~~~" + blanks + "`",
            "# a" + blanks + "b",
            "#" + manyBlanks + "\u2028",
            "a|b\n-" + manyBlanks + "x",
            "` " + "x".repeat(400_000) + "`")) {
      shownInTime(hostile);
    }
  }

  /// A page that computes for ever answers nothing any more, so it is waited for from outside.
  private void shownInTime(String markdown) {
    page.waitForConsoleMessage(
        new Page.WaitForConsoleMessageOptions()
            .setTimeout(60_000)
            .setPredicate(message -> message.text().equals("shown")),
        () ->
            page.evaluate(
                "text => { setTimeout(() => (%s)(text).then(() => console.log('shown'))) }"
                    .formatted(SHOW),
                markdown));
  }

  @Test
  void looksAtBlankLinesOfItemsAFewTimes() {
    int lines = 2_000;
    Object looks =
        page.evaluate(
            """
            async lines => {
              const { parse } = await import('/page/js/markdown.js');
              const { trim } = String.prototype;
              let calls = 0;
              String.prototype.trim = function () { calls++; return trim.call(this); };
              parse('- a' + '\\n'.repeat(lines) + '  b');
              String.prototype.trim = trim;
              return calls;
            }
            """,
            lines);
    assertTrue((int) looks < 20 * lines, () -> looks + " looks");
  }

  @Test
  void readsFencesAndHeadingsToTheirEnds() {
    shows("~~~~ a b\nx\n~~~\n~~~~~ \ny", "<div><pre><code>x\n~~~</code></pre></div><p>y</p>");
    shows("~~~ `a", "<p>~~~ `a</p>");
    shows("# a#\n# b ## \n# ##\n#", "<h3>a#</h3><h3>b</h3><h3></h3><h3></h3>");
    shows("- a\n\n\n  b\n\nc", "<ul><li>a<p>b</p></li></ul><p>c</p>");
  }

  private void shows(String markdown, String html) {
    assertEquals(html, page.evaluate(SHOW, markdown));
  }
}
