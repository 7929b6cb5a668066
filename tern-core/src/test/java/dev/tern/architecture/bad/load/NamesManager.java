package dev.tern.architecture.bad.load;

import dev.tern.architecture.bad.model.Names;
import java.net.URI;

/// A loader that uses the network, prints, throws anything, and is called a manager.
public final class NamesManager {
  private NamesManager() {}

  static String load(URI place, Names names) {
    System.out.println(place);
    throw new RuntimeException(names.toString());
  }
}
