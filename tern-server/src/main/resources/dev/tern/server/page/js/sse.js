// Server-sent events, read from chunks of bytes that may end anywhere: inside a character, a line, or a CR LF pair.

const LINE_END = /[\r\n]/g;

export class EventStream {
  #decoder = new TextDecoder();
  #text = '';
  #searched = 0;
  #data = [];
  #type = '';

  /** Takes the next bytes and returns the events they complete, each {type, data}. What the end of a stream leaves open is no event. */
  push(bytes) {
    this.#text += this.#decoder.decode(bytes, { stream: true });
    const events = [];
    let start = 0;
    for (;;) {
      const end = this.#lineEnd(Math.max(start, this.#searched));
      if (end < 0) break;
      this.#line(this.#text.slice(start, end), events);
      start = end + (this.#text.startsWith('\r\n', end) ? 2 : 1);
      this.#searched = start;
    }
    this.#text = this.#text.slice(start);
    this.#searched = this.#text.endsWith('\r') ? this.#text.length - 1 : this.#text.length;
    return events;
  }

  /** A CR that is the last character so far may be half of a CR LF, so it ends no line yet. */
  #lineEnd(from) {
    LINE_END.lastIndex = from;
    const found = LINE_END.exec(this.#text);
    if (!found) return -1;
    const waits = found[0] === '\r' && found.index === this.#text.length - 1;
    return waits ? -1 : found.index;
  }

  #line(line, events) {
    if (line === '') {
      if (this.#data.length) events.push({ type: this.#type || 'message', data: this.#data.join('\n') });
      this.#data = [];
      this.#type = '';
      return;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1);
    if (field === 'data') this.#data.push(value);
    else if (field === 'event') this.#type = value;
  }
}

/** The events of a response's body, until it ends. Leaving the loop early lets go of the body. */
export async function* events(body) {
  const stream = new EventStream();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* stream.push(value);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
