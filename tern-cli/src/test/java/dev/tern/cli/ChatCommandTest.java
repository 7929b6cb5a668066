package dev.tern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Conversations through a pipe.
class ChatCommandTest {
  @TempDir static Path folder;
  private static Path model;

  @BeforeAll
  static void writeModel() throws IOException {
    model = Models.tiny(folder);
  }

  private static Run chat(String input, Object... more) {
    Object[] always = {"chat", model, "--temp", 0, "-n", 3, "--kernels", "scalar"};
    return Run.withInput(input, Run.concat(always, more));
  }

  @Test
  void answersEachLineAndClosesWithOneLine() {
    Run one = chat("Hello\n");
    Run two = chat("Hello\nAgain\n");
    assertEquals(0, two.exitCode(), two.err());
    assertTrue(two.out().startsWith(one.out()), two.out());
    assertTrue(two.out().length() > one.out().length());
    assertEquals(1, two.errLines().size(), two.err());
    assertTrue(two.err().contains("generated 3 tok"), two.err());
  }

  @Test
  void endsQuietlyWithoutAMessage() {
    Run run = chat("");
    assertEquals(0, run.exitCode());
    assertEquals("", run.out() + run.err());
    assertEquals("", chat("\n\n").out());
  }

  @Test
  void takesAMessageWithoutALineBreakAtItsEnd() {
    assertEquals(chat("Hello\n").out(), chat("Hello").out());
  }

  @Test
  void takesMessagesOfSeveralLines() {
    String quoted = chat("\"\"\"\none\ntwo\n\"\"\"\n/history\n").out();
    assertTrue(quoted.contains("user: one\ntwo\nassistant: "), quoted);
    String continued = chat("one\\\ntwo\n/history\n").out();
    assertTrue(continued.contains("user: one\ntwo\nassistant: "), continued);
    String unfinished = chat("\"\"\"\none\ntwo").out();
    assertTrue(unfinished.length() > 1, "an unfinished message is a message");
  }

  @Test
  void remembersTheConversation() {
    List<String> lines = chat("Hello\n/history\n").outLines();
    String answer = lines.getFirst();
    assertEquals("user: Hello", lines.get(lines.size() - 2));
    assertEquals("assistant: " + answer, lines.getLast());
  }

  @Test
  void followsInstructionsAndShowsThem() {
    String fromOption = chat("Hello\n/system\n", "-sys", "Be brief").out();
    String fromCommand = chat("/system Be brief\nHello\n/system\n").out();
    assertTrue(fromOption.endsWith("Be brief\n"), fromOption);
    assertEquals("Set; it holds from the next message on.\n" + fromOption, fromCommand);
    assertEquals("There are no instructions.\n", chat("/system\n").out());
  }

  @Test
  void forgetsTakesBackAndRepeats() {
    String answer = chat("Hello\n").out();
    assertEquals(answer + "Took back: Hello\n", chat("Hello\n/undo\n").out());
    assertEquals(answer + answer, chat("Hello\n/retry\n").out());
    assertEquals(answer + "Forgotten.\n" + answer, chat("Hello\n/clear\nHello\n").out());
    assertEquals("There is nothing to take back.\n", chat("/undo\n").out());
    assertEquals("There is nothing to answer.\n", chat("/retry\n").out());
  }

  @Test
  void leavesWhenAsked() {
    for (String leave : List.of("/exit", "/quit", "/bye")) {
      assertEquals("", chat(leave + "\nHello\n").out());
    }
  }

  @Test
  void namesItsCommands() {
    String help = chat("/help\n").out();
    for (String command : ChatCommands.names()) {
      assertTrue(command.equals("/help") || help.contains(command), command);
    }
    assertEquals("There is no command /nope; /help lists them.\n", chat("/nope\n").out());
    assertEquals("Nothing was answered yet.\n", chat("/stats\n").out());
    assertTrue(chat("Hello\n/stats\n").out().contains("answer 3 tokens"));
  }

  @Test
  void sendsATextThatBeginsWithASlash() {
    assertTrue(chat("//etc is a folder\n/history\n").out().contains("user: /etc is a folder\n"));
  }

  @Test
  void saysWhenTheConversationDoesNotFitAnyMore() {
    Run run = chat("x".repeat(600) + "\nHi\n");
    assertEquals(0, run.exitCode(), run.err());
    assertTrue(run.outLines().getFirst().contains("/clear starts over"), run.out());
    assertTrue(run.outLines().size() > 1, "the conversation goes on");
    Run full = Run.withInput("Hi\n", "chat", model, "-c", 30, "--ignore-eos", "--temp", 0);
    assertTrue(full.out().contains("(The context is full. /clear starts over.)"), full.out());
  }

  @Test
  void refusesInputThatIsNotUtf8() {
    byte[] latin1 = {'H', (byte) 0xE9, '\n'};
    Run run = Run.withInput(latin1, "chat", model);
    assertEquals(ExitCode.BAD_FILE, run.exitCode());
    assertEquals("tern: the input is not UTF-8 text\n", run.err());
  }
}
