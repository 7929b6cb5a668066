package dev.tern.train.data;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// Tells a listener how far a file has been read.
final class CountedInputStream extends FilterInputStream {
  private static final long INTERVAL_NANOS = 200_000_000;

  private final String activity;
  private final long total;
  private final ProgressListener listener;
  private long done;
  private long told = System.nanoTime();

  CountedInputStream(InputStream in, String activity, long total, ProgressListener listener) {
    super(in);
    this.activity = activity;
    this.total = total;
    this.listener = listener;
  }

  @Override
  public int read() throws IOException {
    int octet = super.read();
    count(octet < 0 ? -1 : 1);
    return octet;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    int read = super.read(target, from, length);
    count(read);
    return read;
  }

  private void count(int read) {
    done += Math.max(read, 0);
    long now = System.nanoTime();
    if (read < 0 || now - told > INTERVAL_NANOS) {
      told = now;
      listener.advanced(activity, done, Math.max(done, total));
    }
  }
}
