// One message of a conversation on the page.

import { copyButton, h, iconButton } from './dom.js';
import { noticeFor } from './notice.js';
import { GrowingText, show } from './render.js';
import { describe } from './run.js';

/** A message of the person, with what may be done to it; `actions` has edit(text). */
export function questionView(message, actions) {
  const view = h('li', { class: 'message question' });
  showQuestion(view, message, actions);
  return view;
}

function showQuestion(view, message, actions) {
  const edit = iconButton('edit', 'Edit and send again', () => editQuestion(view, message, actions));
  const tools = h('div', { class: 'tools' }, edit, copyButton('Copy message', () => message.content));
  view.replaceChildren(h('h3', { class: 'visually-hidden' }, 'You'), h('div', { class: 'bubble' }, message.content), tools);
}

function editQuestion(view, message, actions) {
  const area = h('textarea', { 'aria-label': 'Edit the message' });
  area.value = message.content;
  const leave = () => {
    showQuestion(view, message, actions);
    view.querySelector('button').focus();
  };
  const form = h(
    'form',
    { class: 'edit' },
    area,
    h('p', { class: 'hint' }, 'What follows this message is replaced.'),
    h('div', { class: 'actions' }, h('button', { type: 'button', onclick: leave }, 'Cancel'), h('button', { type: 'submit', class: 'primary' }, 'Send')),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (area.value.trim()) actions.edit(area.value);
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      leave();
    } else if (sends(event)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  view.replaceChildren(form);
  area.focus();
}

/** Enter sends, but not while an input method composes a character with it. */
export function sends(event) {
  return event.key === 'Enter' && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

/** An answer, complete or growing; `actions` has retry() and contextLength(). */
export class AnswerView {
  element;
  #answer;
  #actions;
  #body = h('div', { class: 'text' });
  #foot = h('div', { class: 'foot' });
  #growing = null;

  constructor(answer, actions) {
    this.#answer = answer;
    this.#actions = actions;
    this.element = h('li', { class: 'message answer' }, h('h3', { class: 'visually-hidden' }, 'Answer'), this.#body, this.#foot);
    if (!answer.pending) this.#showComplete();
  }

  /** Follows an answer that is being made; `speak` gets the text of each block that is done. */
  follow(run, speak) {
    this.element.classList.add('growing');
    this.#growing = new GrowingText(this.#body, speak);
    this.#growing.append(this.#answer.content);
    run.onText = (text) => this.#growing.append(text);
  }

  finish() {
    this.#growing?.finish();
    this.#growing = null;
    this.element.classList.remove('growing');
    this.#showFoot();
  }

  #showComplete() {
    show(this.#body, this.#answer.content);
    this.#showFoot();
  }

  #showFoot() {
    const notice = noticeFor(this.#answer, this.#actions.contextLength(), this.#actions.retry);
    const copy = this.#answer.content ? copyButton('Copy answer', () => this.#answer.content) : null;
    const offersRetry = notice?.querySelector('button');
    const retry = offersRetry ? null : iconButton('retry', 'Answer again', this.#actions.retry);
    const tools = h('div', { class: 'tools' }, copy, retry, h('span', { class: 'stats' }, describe(this.#answer.stats)));
    this.#foot.replaceChildren(...[notice, tools].filter(Boolean));
  }
}
