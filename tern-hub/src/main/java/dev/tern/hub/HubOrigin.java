package dev.tern.hub;

import java.io.IOException;
import java.net.URI;

/// A repository of the hub, in one commit.
///
/// @param api knows the hub's addresses and refusals
/// @param pinned the repository and the commit
record HubOrigin(HubApi api, ModelReference pinned) implements FileOrigin {
  static final String ELSEWHERE = "set HF_HUB_CACHE to a folder elsewhere";

  @Override
  public URI address(String name) {
    return api.address(pinned, name);
  }

  @Override
  public IOException refusal(HubResponse answer) {
    return api.refusal(answer, pinned);
  }

  @Override
  public String title() {
    return pinned.repository();
  }

  @Override
  public String elsewhere() {
    return ELSEWHERE;
  }
}
