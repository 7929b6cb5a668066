package dev.tern.hub;

import java.io.IOException;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What answers mean that are no success, and what to do then.
final class Refusals {
  private static final Set<Integer> PASSING = Set.of(408, 425, 429, 500, 502, 503, 504);

  /// The hub's own header, for example `"resolvers";r=0;t=55`: nothing left for 55 seconds.
  private static final Pattern RATE_LIMIT = Pattern.compile("r=0;\\s*t=(\\d{1,9})");

  private final HubOptions options;

  Refusals(HubOptions options) {
    this.options = options;
  }

  /// {@return what to throw for an answer}
  ///
  /// @param what what was asked for
  IOException of(HubResponse answer, ModelReference what) {
    int status = answer.status();
    String repository = what.repository();
    Optional<TransientFailure> passing = passing(answer, advice());
    if (passing.isPresent()) {
      return passing.get();
    }
    String code = answer.header("X-Error-Code").orElse("");
    URI hub = options.endpoint();
    return switch (code) {
      case "GatedRepo" ->
          new HubException(
              HubException.Reason.ACCESS,
              "%s is gated: accept its conditions at %s/%s, and %s"
                  .formatted(
                      repository,
                      hub,
                      repository,
                      options.token().isPresent()
                          ? "see that HF_TOKEN belongs to the account that did"
                          : "set HF_TOKEN to a token of that account (%s/settings/tokens)"
                              .formatted(hub)));
      case "RevisionNotFound" ->
          new HubException(
              HubException.Reason.NOT_FOUND,
              "%s has no revision '%s': see %s/%s/tree/main"
                  .formatted(repository, what.revision(), hub, repository));
      case "EntryNotFound" ->
          new HubException(
              HubException.Reason.NOT_FOUND,
              "%s lists a file that %s does not have: try again later".formatted(repository, hub));
      default -> byStatus(status, answer, repository);
    };
  }

  /// {@return what to throw for an answer that may be another one later}
  ///
  /// @param advice what helps against being asked for fewer requests
  static Optional<TransientFailure> passing(HubResponse answer, String advice) {
    int status = answer.status();
    return PASSING.contains(status)
        ? Optional.of(
            new TransientFailure(
                status == 429
                    ? "%s asks for fewer requests (429)%s".formatted(answer.uri().getHost(), advice)
                    : "%s has trouble (%d)".formatted(answer.uri().getHost(), status),
                serverWait(answer),
                null))
        : Optional.empty();
  }

  private HubException byStatus(int status, HubResponse answer, String repository) {
    URI hub = options.endpoint();
    return switch (status) {
      case 401, 404 ->
          new HubException(
              status == 401 && options.token().isPresent()
                  ? HubException.Reason.ACCESS
                  : HubException.Reason.NOT_FOUND,
              "%s has no repository %s, or not for everybody: check the name, %s"
                  .formatted(
                      hub,
                      repository,
                      options.token().isPresent()
                          ? "and that the token in use (HF_TOKEN) is valid and may read it"
                          : "and set HF_TOKEN if it is private"));
      case 403 ->
          new HubException(
              HubException.Reason.ACCESS,
              "%s refuses access to %s: see %s/%s, and what HF_TOKEN may read"
                  .formatted(answer.uri().getHost(), repository, hub, repository));
      default ->
          new HubException(
              HubException.Reason.PROTOCOL,
              "%s answers with status %d, which does not help: see %s/%s"
                  .formatted(answer.uri().getHost(), status, hub, repository));
    };
  }

  private String advice() {
    return options.token().isPresent() ? "" : "; with HF_TOKEN it allows more";
  }

  private static Duration serverWait(HubResponse answer) {
    Optional<Duration> asked = answer.header("Retry-After").flatMap(Refusals::retryAfter);
    if (asked.isPresent()) {
      return asked.get();
    }
    Matcher limit = RATE_LIMIT.matcher(answer.header("RateLimit").orElse(""));
    return limit.find() ? Duration.ofSeconds(Long.parseLong(limit.group(1))) : Duration.ZERO;
  }

  /// Seconds, or a date.
  private static Optional<Duration> retryAfter(String text) {
    if (text.matches("\\d{1,9}")) {
      return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
    }
    try {
      ZonedDateTime then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME);
      Duration wait = Duration.between(ZonedDateTime.now(then.getZone()), then);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
