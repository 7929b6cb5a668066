package dev.tern.hub;

/// What the steps of one pull share.
///
/// @param options where models come from and are kept
/// @param client asks the hub
/// @param api knows what to ask
/// @param retries tries again
/// @param listener is told
record PullTools(
    HubOptions options, HubClient client, HubApi api, Retries retries, PullListener listener)
    implements AutoCloseable {
  static PullTools of(HubOptions options, PullListener listener) {
    HubClient client = new HubClient(options);
    return new PullTools(
        options, client, new HubApi(options, client), new Retries(options, listener), listener);
  }

  @Override
  public void close() {
    client.close();
  }
}
