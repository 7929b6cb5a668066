import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes the text that the story model is trained on: one style of paragraphs, one mark between
/// documents, capital letters everywhere.
///
/// ```
/// java models/story/PrepareText.java TEXT-FOLDER TARGET-FOLDER
/// ```
///
/// The folder holds `tinystories/tinystories_toyrnn_2MiB.txt` (stories as they are published),
/// `tinystories/tinystories_arnoochka_4MB.txt` (the same and as many others, in lower case) and
/// `childrens-books/*.txt`. The stories that are there in lower case only get capital letters where
/// the others have them: at the beginnings of sentences and of what somebody says, and in words that
/// the others write so after the same word.
public final class PrepareText {
  private static final String MARK = "<|endoftext|>";
  private static final String BREAK = "\n" + MARK + "\n";
  private static final int LONGEST_PIECE = 3000;
  private static final List<String> BOOKS =
      List.of(
          "aesop.txt",
          "andersen-fairy-tales.txt",
          "baum-wizard-of-oz.txt",
          "bryant-stories.txt",
          "burgess-busterbrown.txt",
          "grimm.txt",
          "grimms-fairy-stories-arnicas.txt",
          "various.the.childrens.book.of.christmas.stories.txt");

  private PrepareText() {}

  /// Runs the program.
  ///
  /// @param args the folder of the text, and the folder to write into
  /// @throws IOException if a file cannot be read or written
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      System.err.println("usage: java PrepareText.java TEXT-FOLDER TARGET-FOLDER");
      System.exit(2);
    }
    Path text = Path.of(args[0]);
    Path target = Path.of(args[1]);
    Files.createDirectories(target);
    List<String> stories = publishedStories(text.resolve("tinystories/tinystories_toyrnn_2MiB.txt"));
    List<String> others =
        otherStories(text.resolve("tinystories/tinystories_arnoochka_4MB.txt"), stories);
    Capitals capitals = new Capitals();
    stories.forEach(capitals::learn);
    capitals.learnNames(others);
    List<String> all = new ArrayList<>(stories);
    others.forEach(story -> all.add(capitals.apply(story)));
    List<String> pieces = new ArrayList<>();
    for (String book : BOOKS) {
      pieces.addAll(pieces(text.resolve("childrens-books").resolve(book)));
    }
    write(target.resolve("stories.txt"), all);
    write(target.resolve("books.txt"), pieces);
  }

  private static void write(Path file, List<String> documents) throws IOException {
    Files.writeString(file, String.join(BREAK, documents) + "\n");
    System.out.printf(
        "%s: %d documents, %d bytes%n", file, documents.size(), Files.size(file));
  }

  private static List<String> publishedStories(Path file) throws IOException {
    List<String> stories = new ArrayList<>();
    for (String story : read(file).split(Pattern.quote(MARK))) {
      if (!story.isBlank()) {
        stories.add(story.strip().replaceAll("\\s*\n\\s*", "\n\n"));
      }
    }
    // The file was cut within its last story.
    stories.removeLast();
    return stories;
  }

  /// A single line break stands between two stories, two between paragraphs.
  private static List<String> otherStories(Path file, List<String> published) throws IOException {
    Set<String> known = new HashSet<>();
    published.forEach(story -> known.add(key(story)));
    List<String> stories = new ArrayList<>();
    for (String story : read(file).split("(?<!\n)\n(?!\n)")) {
      if (story.length() > 200 && !known.contains(key(story))) {
        stories.add(story.strip().replaceAll("\\s*\n\\s*", "\n\n"));
      }
    }
    stories.removeLast();
    return stories;
  }

  private static String key(String story) {
    return story.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", " ").strip();
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, UTF_8)
        .replace("\r", "")
        .replace('\u2019', '\'')
        .replace('\u2018', '\'')
        .replace('\u201C', '"')
        .replace('\u201D', '"');
  }

  /// Paragraphs of prose, without the line breaks of a printed page, in pieces of a few thousand
  /// letters.
  private static List<String> pieces(Path book) throws IOException {
    List<String> pieces = new ArrayList<>();
    StringBuilder piece = new StringBuilder();
    for (String paragraph : read(book).split("\n\\s*\n")) {
      String line = paragraph.replaceAll("\\s+", " ").replace("_", "").replace("--", " - ").strip();
      if (!isProse(line)) {
        continue;
      }
      if (piece.length() + line.length() > LONGEST_PIECE && !piece.isEmpty()) {
        pieces.add(piece.toString());
        piece.setLength(0);
      }
      piece.append(piece.isEmpty() ? "" : "\n\n").append(line);
    }
    if (!piece.isEmpty()) {
      pieces.add(piece.toString());
    }
    return pieces;
  }

  private static boolean isProse(String line) {
    long letters = line.chars().filter(c -> Character.isLowerCase(c) || c == ' ').count();
    boolean plain = line.chars().allMatch(c -> c < 127 && "[]{}*#|=<>@~^\\/".indexOf(c) < 0);
    return plain && line.length() >= 60 && letters >= 0.85 * line.length();
  }

  /// Where capital letters stand in English text, by the example of some.
  private static final class Capitals {
    private static final Pattern WORD = Pattern.compile("[A-Za-z]+(?:'[A-Za-z]+)?");

    private static final Set<String> BEFORE_NOUNS =
        Set.of(
            "a", "an", "the", "his", "her", "my", "your", "their", "our", "some", "this", "that",
            "these", "very", "so", "was", "were", "is", "it", "they", "he", "she", "too", "more");

    private final Map<String, int[]> afterWord = new HashMap<>();
    private final Map<String, int[]> anywhere = new HashMap<>();
    private final Map<String, int[]> afterSpeech = new HashMap<>();

    private final Set<String> names = new HashSet<>();

    /// Finds names that the published stories do not have.
    void learnNames(List<String> stories) {
      Map<String, int[]> places = new HashMap<>();
      for (String story : stories) {
        forEachWord(
            story,
            (place, previous, word) -> {
              if (!anywhere.containsKey(word)) {
                int[] seen = places.computeIfAbsent(word, unused -> new int[3]);
                seen[0]++;
                seen[1] += place == Place.BEGINNING ? 1 : 0;
                seen[2] += place == Place.INNER && BEFORE_NOUNS.contains(previous) ? 1 : 0;
              }
            });
      }
      places.forEach(
          (word, seen) -> {
            if (seen[0] >= 2 && seen[1] >= 0.25 * seen[0] && seen[2] == 0) {
              names.add(word);
            }
          });
    }

    void learn(String story) {
      forEachWord(
          story,
          (place, previous, word) -> {
            String lower = word.toLowerCase(Locale.ROOT);
            int form = Character.isUpperCase(word.charAt(0)) ? 1 : 0;
            switch (place) {
              case INNER -> {
                count(afterWord, previous + " " + lower, form);
                count(anywhere, lower, form);
              }
              case AFTER_SPEECH -> count(afterSpeech, lower, form);
              case BEGINNING -> {}
            }
          });
    }

    private static void count(Map<String, int[]> counts, String key, int form) {
      counts.computeIfAbsent(key, unused -> new int[2])[form]++;
    }

    String apply(String story) {
      StringBuilder text = new StringBuilder(story);
      int[] from = {0};
      forEachWord(
          story,
          (place, previous, word) -> {
            int at = story.indexOf(word, from[0]);
            from[0] = at + word.length();
            if (isCapital(place, previous, word)) {
              text.setCharAt(at, Character.toUpperCase(word.charAt(0)));
            }
          });
      return text.toString();
    }

    private boolean isCapital(Place place, String previous, String word) {
      if (place == Place.BEGINNING
          || word.equals("i") || word.startsWith("i'") || names.contains(word)) {
        return true;
      }
      int[] none = new int[2];
      int[] seen =
          place == Place.AFTER_SPEECH
              ? afterSpeech.getOrDefault(word, none)
              : afterWord.getOrDefault(previous + " " + word, none);
      if (seen[0] + seen[1] == 0) {
        seen = anywhere.getOrDefault(word, none);
      }
      return seen[1] > seen[0];
    }

    private enum Place {
      /// After the end of a sentence, or where somebody begins to speak.
      BEGINNING,
      /// After the end of a sentence that ends what somebody says.
      AFTER_SPEECH,
      INNER
    }

    private interface Reader {
      void read(Place place, String previous, String word);
    }

    private static void forEachWord(String story, Reader reader) {
      Matcher matcher = WORD.matcher(story);
      String previous = "";
      int end = 0;
      boolean speaking = false;
      while (matcher.find()) {
        String between = story.substring(end, matcher.start());
        boolean opened = false;
        boolean closed = false;
        for (int i = 0; i < between.length(); i++) {
          if (between.charAt(i) == '"') {
            speaking = !speaking;
            opened = speaking;
            closed |= !speaking;
          }
          if (between.charAt(i) == '\n') {
            speaking = opened && speaking;
          }
        }
        boolean ended = between.matches("(?s).*[.!?].*");
        Place place = Place.INNER;
        if (end == 0 || opened || between.contains("\n") || (ended && !closed)) {
          place = Place.BEGINNING;
        } else if (ended) {
          place = Place.AFTER_SPEECH;
        }
        reader.read(place, previous, matcher.group());
        previous = matcher.group().toLowerCase(Locale.ROOT);
        end = matcher.end();
      }
    }
  }
}
