// Markdown trees as elements, and an answer that grows.

import { copyButton, h } from './dom.js';
import { parseInline } from './inline.js';
import { parse, settledUntil } from './markdown.js';

/** Time between two drawings is at least this many times what the last one took. */
const SHARE = 8;

function inlines(text) {
  return parseInline(text).map(inline);
}

function inline(node) {
  if (node.type === 'text') return node.text;
  if (node.type === 'code') return h('code', {}, node.text);
  const children = node.children.map(inline);
  if (node.type === 'link') return h('a', { href: node.href, target: '_blank', rel: 'noopener noreferrer' }, ...children);
  return h(node.type, {}, ...children);
}

function block(node) {
  switch (node.type) {
    case 'heading':
      return h(`h${Math.min(6, node.level + 2)}`, {}, ...inlines(node.text));
    case 'code':
      return code(node);
    case 'list':
      return h(node.ordered ? 'ol' : 'ul', { start: node.ordered && node.start !== 1 ? node.start : null }, ...node.items.map(item));
    case 'quote':
      return h('blockquote', {}, ...node.blocks.map(block));
    case 'rule':
      return h('hr');
    case 'table':
      return table(node);
    default:
      return h('p', {}, ...inlines(node.text));
  }
}

/** An item that is one paragraph has no paragraph around it, so that short lists stand close. */
function item(blocks) {
  const [first, ...others] = blocks;
  const start = first?.type === 'paragraph' ? inlines(first.text) : blocks.slice(0, 1).map(block);
  return h('li', {}, ...start, ...others.map(block));
}

function code(node) {
  const text = h('code', {}, node.text);
  const head = h('div', { class: 'code-head' }, h('span', {}, node.language || 'code'), copyButton('Copy code', () => text.textContent));
  return h('div', { class: 'code' }, head, h('pre', { tabindex: '0' }, text));
}

function table(node) {
  const row = (cells, tag) => h('tr', {}, ...cells.map((cell, i) => h(tag, { class: `align-${node.align[i]}` }, ...inlines(cell))));
  const body = node.rows.map((cells) => row(cells, 'td'));
  return h('div', { class: 'table', tabindex: '0' }, h('table', {}, h('thead', {}, row(node.head, 'th')), h('tbody', {}, ...body)));
}

/** Shows a whole text. */
export function show(element, text) {
  element.replaceChildren(...parse(text).map(block));
}

/**
 * Shows a text that grows. Blocks that nothing can change any more are drawn once; only what follows them is drawn again, at most once a frame and
 * never for more than a small share of the time. `onSettled` gets the text of blocks when they are done, for those who listen instead of looking.
 */
export class GrowingText {
  #element;
  #onSettled;
  #text = '';
  #settled = 0;
  #tail = [];
  #scheduled = false;
  #notBefore = 0;
  #closed = false;

  constructor(element, onSettled) {
    this.#element = element;
    this.#onSettled = onSettled;
    element.replaceChildren();
  }

  append(text) {
    this.#text += text;
    this.#schedule();
  }

  /** Draws what is left; the text is complete. */
  finish() {
    this.#closed = true;
    const tail = this.#text.slice(this.#settled);
    this.#replaceTail(parse(tail).map(block));
    if (tail.trim()) this.#onSettled(tail);
  }

  #schedule() {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    const wait = this.#notBefore - performance.now();
    if (wait > 20) setTimeout(() => requestAnimationFrame(() => this.#draw()), wait);
    else requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#scheduled = false;
    if (this.#closed) return;
    const start = performance.now();
    const tail = this.#text.slice(this.#settled);
    const settled = settledUntil(tail);
    if (settled > 0) {
      const done = tail.slice(0, settled);
      this.#replaceTail(parse(done).map(block));
      this.#tail = [];
      this.#settled += settled;
      this.#onSettled(done);
    }
    this.#replaceTail(parse(tail.slice(settled)).map(block));
    const end = performance.now();
    this.#notBefore = end + SHARE * (end - start);
  }

  #replaceTail(elements) {
    for (const element of this.#tail) element.remove();
    this.#element.append(...elements);
    this.#tail = elements;
  }
}
