// Markup inside a line of Markdown: code, emphasis, links.

const MOST_OPENERS = 64;
const LONGEST_LABEL = 500;
const LONGEST_ADDRESS = 2000;
const SPECIAL = /[\\`*_~[h]/g;
const ADDRESS = /https?:\/\/[^\s<>"`]{1,2000}/y;
const WORD = /[\p{L}\p{N}]/u;
const SPACE = /\s/;
const PUNCTUATION = /[!-/:-@[-`{-~]/;

/** The inlines of a text; `links` is false inside a link. */
export function parseInline(text, links = true) {
  return new Inline(text, links).parse();
}

/** The address if a person may follow it: http and https alone, or null. */
export function safeAddress(address) {
  try {
    const url = new URL(address);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

class Inline {
  #text;
  #links;
  #at = 0;
  #nodes = [];
  #openers = [];
  #noCloser = new Set();

  constructor(text, links) {
    this.#text = text;
    this.#links = links;
  }

  parse() {
    while (this.#at < this.#text.length) {
      SPECIAL.lastIndex = this.#at;
      const found = SPECIAL.exec(this.#text);
      this.#plain(found ? found.index : this.#text.length);
      if (found) this.#special(found[0]);
    }
    return this.#nodes.filter((node) => node.type !== 'text' || node.text !== '');
  }

  /** Everything up to `end` is text. */
  #plain(end) {
    if (end > this.#at) this.#add(this.#text.slice(this.#at, end));
    this.#at = end;
  }

  #add(text) {
    const last = this.#nodes.at(-1);
    if (last?.type === 'text' && !last.marks) last.text += text;
    else this.#nodes.push({ type: 'text', text });
  }

  #special(character) {
    if (character === '\\') this.#escape();
    else if (character === '`') this.#code();
    else if (character === '[') this.#link();
    else if (character === 'h') this.#address();
    else this.#emphasis(character);
  }

  #escape() {
    const next = this.#text[this.#at + 1] ?? '';
    const escaped = PUNCTUATION.test(next);
    this.#add(escaped ? next : '\\');
    this.#at += escaped ? 2 : 1;
  }

  #code() {
    const marks = /`+/y;
    marks.lastIndex = this.#at;
    const length = marks.exec(this.#text)[0].length;
    const start = this.#at + length;
    const end = this.#noCloser.has(length) ? -1 : this.#closingMarks(start, length);
    if (end < 0) {
      this.#noCloser.add(length);
      this.#plain(start);
      return;
    }
    const code = this.#text.slice(start, end).replaceAll('\n', ' ');
    this.#nodes.push({ type: 'code', text: isPadded(code) ? code.slice(1, -1) : code });
    this.#at = end + length;
  }

  #closingMarks(from, length) {
    const marks = /`+/g;
    marks.lastIndex = from;
    for (let found = marks.exec(this.#text); found; found = marks.exec(this.#text)) {
      if (found[0].length === length) return found.index;
    }
    return -1;
  }

  /** `[label](address)`; anything else in brackets is text. */
  #link() {
    const label = this.#links ? this.#bracketed(this.#at, '[', ']', LONGEST_LABEL) : -1;
    const end = label > 0 && this.#text[label + 1] === '(' ? this.#bracketed(label + 1, '(', ')', LONGEST_ADDRESS) : -1;
    const address = end < 0 ? '' : this.#text.slice(label + 2, end).trim().replace(/\s+(?:"[^"]*"|'[^']*')$/, '');
    const href = safeAddress(address.replace(/^<(.*)>$/, '$1'));
    if (href === null) {
      this.#plain(this.#at + 1);
      return;
    }
    this.#nodes.push({ type: 'link', href, children: parseInline(this.#text.slice(this.#at + 1, label), false) });
    this.#at = end + 1;
  }

  #bracketed(at, open, close, most) {
    let depth = 0;
    const end = Math.min(this.#text.length, at + most);
    for (let i = at; i < end; i++) {
      const character = this.#text[i];
      if (character === '\\') i++;
      else if (character === open) depth++;
      else if (character === close && --depth === 0) return i;
    }
    return -1;
  }

  #address() {
    ADDRESS.lastIndex = this.#at;
    const inWord = WORD.test(this.#text[this.#at - 1] ?? '');
    const found = this.#links && !inWord ? ADDRESS.exec(this.#text) : null;
    const address = found ? trimAddress(found[0]) : '';
    const href = address ? safeAddress(address) : null;
    if (href === null) {
      this.#plain(this.#at + 1);
      return;
    }
    this.#nodes.push({ type: 'link', href, children: [{ type: 'text', text: address }] });
    this.#at += address.length;
  }

  #emphasis(mark) {
    let end = this.#at;
    while (this.#text[end] === mark) end++;
    const before = this.#text[this.#at - 1] ?? ' ';
    const after = this.#text[end] ?? ' ';
    const inWord = mark === '_' && WORD.test(before) && WORD.test(after);
    let count = end - this.#at;
    this.#at = end;
    if (count > 3 || inWord || (mark === '~' && count !== 2)) {
      this.#add(mark.repeat(count));
      return;
    }
    if (!SPACE.test(before)) count = this.#close(mark, count);
    if (count > 0 && !SPACE.test(after) && this.#openers.length < MOST_OPENERS) this.#open(mark, count);
    else if (count > 0) this.#add(mark.repeat(count));
  }

  #open(mark, count) {
    const node = { type: 'text', text: mark.repeat(count), marks: true };
    this.#nodes.push(node);
    this.#openers.push({ mark, count, node, index: this.#nodes.length - 1 });
  }

  /** Closes as much as `count` marks close, and returns how many are left. */
  #close(mark, count) {
    for (;;) {
      const at = count > 0 ? this.#openers.findLastIndex((opener) => opener.mark === mark) : -1;
      if (at < 0) return count;
      const opener = this.#openers[at];
      const used = opener.count >= 2 && count >= 2 ? 2 : 1;
      if (mark === '~' && used < 2) return count;
      const children = this.#nodes.splice(opener.index + 1).filter((node) => node.text !== '');
      this.#nodes.push({ type: mark === '~' ? 'del' : used === 2 ? 'strong' : 'em', children });
      opener.count -= used;
      opener.node.text = mark.repeat(opener.count);
      this.#openers.length = opener.count > 0 ? at + 1 : at;
      count -= used;
    }
  }
}

/** One space on each side keeps code apart from its marks. */
function isPadded(code) {
  return code.startsWith(' ') && code.endsWith(' ') && code.trim() !== '';
}

/** Without the punctuation of the sentence around it. */
function trimAddress(address) {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1];
    if (')' === last && address.slice(0, end).split('(').length >= address.slice(0, end).split(')').length) break;
    if (!'.,:;!?\'")]*_~'.includes(last)) break;
    end--;
  }
  return address.slice(0, end);
}
