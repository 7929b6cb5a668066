package dev.tern.hub;

import java.io.IOException;
import java.net.URI;

/// Who offers files, and what to tell a person when that goes wrong.
interface FileOrigin {
  /// {@return where a file is to be fetched}
  URI address(String name);

  /// {@return what to throw for an answer that is no success}
  IOException refusal(HubResponse answer);

  /// {@return what files belong to, for messages}
  String title();

  /// {@return how to keep files in another folder, as a clause: `set VARIABLE to ...`}
  String elsewhere();
}
