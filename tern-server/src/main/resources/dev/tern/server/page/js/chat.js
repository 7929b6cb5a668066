// The conversation on the page: sending, answering, editing, trying again.

import * as api from './api.js';
import { announce, byId, growWithText, h, isTouched } from './dom.js';
import { AnswerView, editQuestion, questionView, sends } from './message.js';
import { noticeFor } from './notice.js';
import { Run } from './run.js';
import { Follower } from './scroll.js';
import { sampling } from './settings.js';
import * as store from './store.js';

/** Milliseconds in which a screen reader takes up what is said. */
const LINGER = 5000;

let silence = null;

export class ChatView {
  #conversation = null;
  #host;
  /** By the conversation, whose id may change when it is saved. */
  #runs = new Map();
  #fitInput = growWithText(byId('input'));
  #follower = new Follower(byId('scroll'), byId('messages'), byId('to-end'));

  /** `host` has model(), fresh(), which looks for models where they may be others, failed(error), changed(), usage(tokens) and keyNeeded(reason, then). */
  constructor(host) {
    this.#host = host;
    byId('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send();
    });
    byId('input').addEventListener('keydown', (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      this.#send();
    });
    byId('stop').addEventListener('click', () => {
      this.stop();
      this.#focusForKeys();
    });
  }

  get conversation() {
    return this.#conversation;
  }

  show(conversation) {
    this.#detach();
    beSilent();
    this.#conversation = conversation;
    for (const message of conversation.messages) this.#settle(message);
    byId('messages').replaceChildren(...conversation.messages.map((message) => this.#view(message)));
    this.#refresh();
    this.#follower.toEnd();
  }

  /** An answer that was being made when the page was closed is one that was stopped. */
  #settle(message) {
    if (!message.pending || this.#runs.get(this.#conversation)?.into === message) return;
    delete message.pending;
    message.finish = 'stopped';
  }

  #detach() {
    const run = this.#conversation && this.#runs.get(this.#conversation);
    if (run) {
      run.onText = () => {};
      run.view = null;
    }
  }

  focus() {
    byId('input').focus();
  }

  /** Who touches the page wants to see the answer, not the keys that a focused field brings. */
  #focusForKeys() {
    if (!isTouched()) this.focus();
  }

  stop() {
    const run = this.#runs.get(this.#conversation);
    run?.stop();
    return run !== undefined;
  }

  /** Ends what is being made for a conversation that is no longer wanted. */
  forget(id) {
    const run = this.#runs.get(this.running(id));
    if (!run) return;
    run.forgotten = true;
    run.stop();
  }

  /** The conversation if an answer is being made for it: what is kept in the browser is then older. */
  running(id) {
    return this.answering().find((conversation) => conversation.id === id) ?? null;
  }

  /** The conversations for which an answer is being made. */
  answering() {
    return [...this.#runs.keys()];
  }

  /** Whether there is something that a newer conversation from another tab would take away. */
  busy() {
    return this.#runs.has(this.#conversation) || byId('messages').querySelector('.edit') !== null;
  }

  saveAll() {
    for (const run of this.#runs.values()) run.keep();
  }

  #view(message) {
    return message.role === 'user' ? questionView(message, this.#questionActions(message)) : this.#answerView(message).element;
  }

  #questionActions(message) {
    return {
      edit: (text) => this.#sendFrom(message, text),
      following: () => this.#following(message) - (this.#messageAfter(message)?.role === 'assistant' ? 1 : 0),
    };
  }

  #following(message) {
    return this.#conversation.messages.length - this.#conversation.messages.indexOf(message) - 1;
  }

  #messageAfter(message) {
    return this.#conversation.messages[this.#conversation.messages.indexOf(message) + 1];
  }

  #answerView(message) {
    const view = new AnswerView(message, {
      retry: () => this.#retry(message),
      following: () => this.#following(message),
      contextLength: () => this.#host.model()?.contextLength,
    });
    const run = this.#runs.get(this.#conversation);
    if (run?.into === message) {
      view.follow(run, speak);
      run.view = view;
    }
    return view;
  }

  #send() {
    const input = byId('input');
    const text = input.value.trim();
    if (!text || this.#runs.has(this.#conversation)) return;
    input.value = '';
    this.#fitInput();
    this.#ask([], text);
  }

  #sendFrom(message, text) {
    this.#ask(this.#cut(message), text);
  }

  #retry(answer) {
    this.#answer(this.#cut(answer));
  }

  #ask(cut, text) {
    const question = { role: 'user', content: text };
    this.#conversation.messages.push(question);
    byId('messages').append(this.#view(question));
    this.#answer(cut);
  }

  /** Takes away a message and what follows it, and with them an answer that is being made; returns them. */
  #cut(message) {
    const run = this.#runs.get(this.#conversation);
    this.forget(this.#conversation.id);
    this.#runs.delete(this.#conversation);
    const at = this.#conversation.messages.indexOf(message);
    this.#show(at, []);
    const cut = this.#conversation.messages.splice(at);
    return run?.isVain() ? [...cut.slice(0, Math.max(0, run.at - at)), ...run.cut] : cut;
  }

  /** Shows messages in the place of all from `at` on. */
  #show(at, messages) {
    const list = byId('messages');
    while (list.children.length > at) list.lastElementChild.remove();
    list.append(...messages.map((message) => this.#view(message)));
  }

  /** Answers in the place of the messages that were `cut`, which are kept until there is something of an answer. */
  async #answer(cut) {
    const conversation = this.#conversation;
    const messages = history(conversation);
    const answer = { role: 'assistant', content: '', pending: true };
    const run = new Run(answer, () => run.keep());
    run.cut = cut;
    run.at = conversation.messages.length - (cut[0]?.role === 'user' ? 1 : 0);
    run.isVain = () => isPrecious(cut) && !answer.content && !['stop', 'length'].includes(answer.finish);
    run.keep = () => run.forgotten || run.isVain() || store.save(conversation);
    this.#runs.set(conversation, run);
    conversation.messages.push(answer);
    conversation.updated = Date.now();
    byId('messages').append(this.#view(answer));
    beSilent();
    run.keep();
    this.#host.changed();
    this.#refresh();
    this.#follower.toEnd();
    announce('Answering');
    this.#focusForKeys();
    await run.until(this.#host.fresh());
    answer.model = this.#host.model()?.id;
    await run.read((signal) => api.chat({ model: answer.model, messages, ...sampling() }, signal));
    this.#done(conversation, run);
  }

  #done(conversation, run) {
    if (this.#runs.get(conversation) === run) this.#runs.delete(conversation);
    if (run.forgotten) return;
    let again = () => this.#retryIfLast(conversation, run.into);
    if (run.isVain()) again = this.#putBack(conversation, run);
    else run.view?.finish();
    if (run.into.error) this.#host.failed(run.into.error);
    if (run.into.error?.kind === 'key') this.#host.keyNeeded(run.into.error.message, () => conversation === this.#conversation && again());
    if (conversation !== this.#conversation) return;
    silence = setTimeout(beSilent, LINGER);
    announce(run.into.finish === 'error' ? '' : run.into.finish === 'stopped' ? 'Stopped' : 'The answer is complete');
    this.#refresh();
  }

  /** An answer that came to nothing leaves the conversation as it was, and says why; returns what tries it again. */
  #putBack(conversation, { at, cut, into }) {
    const [first] = cut;
    const wanted = conversation.messages[at].content;
    conversation.messages.splice(at, conversation.messages.length, ...cut);
    // Renaming it in the meantime has kept it without them.
    store.save(conversation);
    if (conversation !== this.#conversation) return () => {};
    this.#show(at, cut);
    const view = byId('messages').children[at];
    const again = () => (first.role === 'user' ? this.#sendFrom(first, view.querySelector('textarea')?.value ?? wanted) : this.#retry(first));
    const why = into.finish === 'error' ? noticeFor(into, null, again, true) : null;
    if (first.role === 'user') editQuestion(view, first, this.#questionActions(first), wanted, why);
    else view.querySelector('.foot').prepend(...[why].filter(Boolean));
    return again;
  }

  #retryIfLast(conversation, answer) {
    if (conversation.messages.at(-1) === answer) this.#retry(answer);
  }

  #refresh() {
    const answering = this.#runs.has(this.#conversation);
    byId('send').hidden = answering;
    byId('stop').hidden = !answering;
    byId('welcome').hidden = this.#conversation.messages.length > 0;
    const last = this.#conversation.messages.findLast((message) => message.usage);
    this.#host.usage(last ? last.usage.prompt + last.usage.completion : 0);
  }
}

/**
 * What the model gets to see. Answers without text are left out, and questions that then follow each other become one, because most chat templates
 * want the two to take turns.
 */
function history(conversation) {
  const messages = [];
  if (conversation.system?.trim()) messages.push({ role: 'system', content: conversation.system });
  for (const { role, content } of conversation.messages) {
    const last = messages.at(-1);
    if (content === '') continue;
    if (last?.role === role) last.content += `\n\n${content}`;
    else messages.push({ role, content });
  }
  return messages;
}

/** Whether there are answers among them. */
function isPrecious(messages) {
  return messages.some((message) => message.role === 'assistant' && message.content);
}

/** What was said is gone for those who read the page with a screen reader, who find it in the answer. */
function beSilent() {
  clearTimeout(silence);
  byId('spoken').replaceChildren();
}

/** Those who listen get an answer by paragraphs, not by tokens; nobody wants code read aloud. */
function speak(text) {
  const spoken = text.trimStart().startsWith('```') ? 'Code.' : text.trim();
  byId('spoken').append(h('p', {}, spoken));
}
