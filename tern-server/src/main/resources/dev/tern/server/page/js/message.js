// One message of a conversation on the page.

import { copyButton, growWithText, h, iconButton, isComposing, isTouched } from './dom.js';
import { noticeFor } from './notice.js';
import { GrowingText, show } from './render.js';
import { describe } from './run.js';

/** A message of the person, with what may be done to it; `actions` has edit(text) and following(), how many messages follow its answer. */
export function questionView(message, actions) {
  const view = h('li', { class: 'message question' });
  showQuestion(view, message, actions);
  return view;
}

/** Asks in the place of what was pressed, because what is at stake stands below it. */
function askInPlace(following, action, yes, no) {
  const question = following === 1 ? 'The message that follows is removed.' : `The ${following} messages that follow are removed.`;
  const cancel = h('button', { type: 'button', onclick: no }, 'Cancel');
  const agree = h('button', { type: 'button', class: 'danger', onclick: yes }, action);
  const element = h('div', { class: 'ask', role: 'group', 'aria-label': question }, h('p', {}, question), h('div', { class: 'actions' }, cancel, agree));
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    no();
  });
  return { element, focus: () => cancel.focus() };
}

function showQuestion(view, message, actions) {
  const edit = iconButton('edit', 'Edit and send again', () => editQuestion(view, message, actions));
  const tools = h('div', { class: 'tools' }, edit, copyButton('Copy message', () => message.content));
  view.replaceChildren(h('h3', { class: 'visually-hidden' }, 'You'), h('div', { class: 'bubble' }, message.content), tools);
}

/** Opens a message for editing; with a text that could not be sent, and `why` not, where that is so. */
export function editQuestion(view, message, actions, text = message.content, why = null) {
  const area = h('textarea', { 'aria-label': 'Edit the message' });
  area.value = text;
  const leave = () => {
    showQuestion(view, message, actions);
    view.querySelector('button').focus();
  };
  const send = h('button', { type: 'submit', class: 'primary' }, 'Send');
  const foot = h(
    'div',
    { class: 'ask' },
    h('p', { class: 'hint' }, 'What follows this message is replaced.'),
    h('div', { class: 'actions' }, h('button', { type: 'button', onclick: leave }, 'Cancel'), send),
  );
  const form = h('form', { class: 'edit' }, why, area, foot);
  let asked = null;
  const ask = () => {
    const back = () => {
      asked.element.replaceWith(foot);
      asked = null;
      area.focus();
    };
    asked = askInPlace(actions.following(), 'Remove and send', () => area.value.trim() && actions.edit(area.value), back);
    foot.replaceWith(asked.element);
    asked.focus();
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!area.value.trim() || asked) return;
    if (actions.following() > 0) ask();
    else actions.edit(area.value);
  });
  listenForKeys(form, area, leave);
  view.replaceChildren(form);
  growWithText(area)();
  area.focus();
}

function listenForKeys(form, area, leave) {
  form.addEventListener('keydown', (event) => {
    if (isComposing(event)) return;
    if (event.key === 'Escape') {
      event.stopPropagation();
      leave();
    } else if (event.target === area && sends(event)) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
}

/**
 * Enter sends, but not while an input method composes a character with it. Keys on a screen have no Shift+Enter, so Enter begins a line there.
 */
export function sends(event) {
  if (event.key !== 'Enter' || isComposing(event)) return false;
  return event.ctrlKey || event.metaKey || !(event.shiftKey || isTouched());
}

/** An answer, complete or growing; `actions` has retry(), following(), how many messages follow it, and contextLength(). */
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
    this.#showFoot(true);
  }

  #showComplete() {
    show(this.#body, this.#answer.content);
    this.#showFoot();
  }

  #retry = () => {
    const following = this.#actions.following();
    if (following === 0) {
      this.#actions.retry();
      return;
    }
    const leave = () => {
      this.#showFoot();
      this.#foot.querySelector('[aria-label="Answer again"], .notice button')?.focus();
    };
    const asked = askInPlace(following, 'Remove and answer again', this.#actions.retry, leave);
    this.#foot.replaceChildren(asked.element);
    asked.focus();
  };

  #showFoot(isNew = false) {
    const notice = noticeFor(this.#answer, this.#actions.contextLength(), this.#retry, isNew);
    const copy = this.#answer.content ? copyButton('Copy answer', () => this.#answer.content) : null;
    const offersRetry = notice?.querySelector('button');
    const retry = offersRetry ? null : iconButton('retry', 'Answer again', this.#retry);
    const tools = h('div', { class: 'tools' }, copy, retry, h('span', { class: 'stats' }, describe(this.#answer.stats)));
    this.#foot.replaceChildren(...[notice, tools].filter(Boolean));
  }
}
