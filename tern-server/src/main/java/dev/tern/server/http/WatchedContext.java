package dev.tern.server.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataWriter;
import io.helidon.common.socket.HelidonSocket;
import io.helidon.common.socket.PeerInfo;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.ListenerContext;
import io.helidon.webserver.ProxyProtocolData;
import io.helidon.webserver.Router;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/// A connection whose bytes come from a [ConnectionInput], and which is closed when its client does
/// not read for too long.
final class WatchedContext implements ConnectionContext {
  private final ConnectionContext context;
  private final DataReader reader;
  private final DataWriter writer;

  WatchedContext(
      ConnectionContext context,
      ConnectionInput input,
      Deadlines deadlines,
      Duration mostPerWrite) {
    this.context = context;
    this.reader = DataReader.create(input);
    this.writer = new ImpatientWriter(context, deadlines, mostPerWrite);
  }

  @Override
  public ListenerContext listenerContext() {
    return context.listenerContext();
  }

  @Override
  public ExecutorService executor() {
    return context.executor();
  }

  @Override
  public DataWriter dataWriter() {
    return writer;
  }

  @Override
  public DataReader dataReader() {
    return reader;
  }

  @Override
  public Router router() {
    return context.router();
  }

  @Override
  public Optional<ProxyProtocolData> proxyProtocolData() {
    return context.proxyProtocolData();
  }

  @Override
  public HelidonSocket serverSocket() {
    return context.serverSocket();
  }

  @Override
  public PeerInfo remotePeer() {
    return context.remotePeer();
  }

  @Override
  public PeerInfo localPeer() {
    return context.localPeer();
  }

  @Override
  public boolean isSecure() {
    return context.isSecure();
  }

  @Override
  public String socketId() {
    return context.socketId();
  }

  @Override
  public String childSocketId() {
    return context.childSocketId();
  }

  /// Closes the connection under a write that takes too long, which then fails.
  private record ImpatientWriter(ConnectionContext context, Deadlines deadlines, Duration most)
      implements DataWriter {
    @Override
    public void write(BufferData... buffers) {
      inTime(() -> context.dataWriter().write(buffers));
    }

    @Override
    public void write(BufferData buffer) {
      inTime(() -> context.dataWriter().write(buffer));
    }

    @Override
    public void writeNow(BufferData... buffers) {
      inTime(() -> context.dataWriter().writeNow(buffers));
    }

    @Override
    public void writeNow(BufferData buffer) {
      inTime(() -> context.dataWriter().writeNow(buffer));
    }

    @Override
    public void flush() {
      inTime(() -> context.dataWriter().flush());
    }

    @Override
    public void close() {
      context.dataWriter().close();
    }

    private void inTime(Runnable write) {
      try (var _ = deadlines.within(most, context.serverSocket()::close)) {
        write.run();
      }
    }
  }
}
