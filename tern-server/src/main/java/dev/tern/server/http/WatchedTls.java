package dev.tern.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.security.SecureRandom;
import java.time.Duration;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/// Encrypts accepted connections so that closing them ends them at once. Helidon leaves the
/// connection below the encryption open when that is closed, and waits as long as its client likes
/// for the end of the handshake; and the JDK closes an encrypted connection only when a write that
/// waits for its client has ended, unless it lingers.
final class WatchedTls {
  /// The least that is more than none, with which the end of an answer could be lost.
  private static final int LINGER_SECONDS = 1;

  private WatchedTls() {}

  /// {@return a context that encrypts accepted connections as another does}
  ///
  /// @param context has keys
  /// @param handshake how long a handshake may take
  /// @param deadlines close connections whose handshakes take longer
  static SSLContext of(SSLContext context, Duration handshake, Deadlines deadlines) {
    SSLSocketFactory sockets = new Sockets(context.getSocketFactory(), handshake, deadlines);
    return new SSLContext(
        new Context(context, sockets), context.getProvider(), context.getProtocol()) {};
  }

  private static void close(Socket connection) {
    try {
      connection.close();
    } catch (IOException _) {
      // It is of no use any more in any case.
    }
  }

  private static final class Sockets extends SSLSocketFactory {
    private final SSLSocketFactory factory;
    private final Duration handshake;
    private final Deadlines deadlines;

    Sockets(SSLSocketFactory factory, Duration handshake, Deadlines deadlines) {
      this.factory = factory;
      this.handshake = handshake;
      this.deadlines = deadlines;
    }

    @Override
    public Socket createSocket(Socket accepted, InputStream consumed, boolean autoClose)
        throws IOException {
      accepted.setSoLinger(true, LINGER_SECONDS);
      SSLSocket encrypted = (SSLSocket) factory.createSocket(accepted, consumed, true);
      Deadlines.Deadline deadline = deadlines.within(handshake, () -> close(accepted));
      encrypted.addHandshakeCompletedListener(_ -> deadline.close());
      return encrypted;
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return factory.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return factory.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) {
      throw onlyAccepted();
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw onlyAccepted();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw onlyAccepted();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw onlyAccepted();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw onlyAccepted();
    }

    private static UnsupportedOperationException onlyAccepted() {
      return new UnsupportedOperationException("only accepted connections are encrypted");
    }
  }

  private static final class Context extends SSLContextSpi {
    private final SSLContext context;
    private final SSLSocketFactory sockets;

    Context(SSLContext context, SSLSocketFactory sockets) {
      this.context = context;
      this.sockets = sockets;
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random) {
      throw new UnsupportedOperationException("the context has its keys already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return sockets;
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return context.getServerSocketFactory();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      return context.createSSLEngine();
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return context.createSSLEngine(host, port);
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return context.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return context.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return context.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return context.getSupportedSSLParameters();
    }
  }
}
