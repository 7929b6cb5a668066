// The conversation on the page: sending, answering, editing, trying again.

import * as api from './api.js';
import { announce, byId, h } from './dom.js';
import { AnswerView, questionView, sends } from './message.js';
import { Run } from './run.js';
import { Follower } from './scroll.js';
import { sampling } from './settings.js';
import * as store from './store.js';

export class ChatView {
  #conversation = null;
  #host;
  /** By the conversation, whose id may change when it is saved. */
  #runs = new Map();
  #follower = new Follower(byId('scroll'), byId('messages'), byId('to-end'));

  /** `host` has model(), changed(), usage(tokens) and keyNeeded(reason). */
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
      this.focus();
    });
  }

  get conversation() {
    return this.#conversation;
  }

  show(conversation) {
    this.#detach();
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
    if (message.role === 'user') return questionView(message, { edit: (text) => this.#sendFrom(message, text) });
    return this.#answerView(message).element;
  }

  #answerView(message) {
    const view = new AnswerView(message, {
      retry: () => this.#retry(message),
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
    this.#ask(this.#conversation.messages.length, text);
  }

  #sendFrom(message, text) {
    this.#ask(this.#conversation.messages.indexOf(message), text);
  }

  #retry(answer) {
    const { messages } = this.#conversation;
    this.#cut(messages.indexOf(answer));
    this.#answer();
  }

  #ask(at, text) {
    this.#cut(at);
    const question = { role: 'user', content: text };
    this.#conversation.messages.push(question);
    byId('messages').append(this.#view(question));
    this.#answer();
  }

  /** Takes away the messages from `at` on, and with them an answer that is being made. */
  #cut(at) {
    this.forget(this.#conversation.id);
    this.#runs.delete(this.#conversation);
    this.#conversation.messages.length = at;
    const list = byId('messages');
    while (list.children.length > at) list.lastElementChild.remove();
  }

  async #answer() {
    const conversation = this.#conversation;
    const model = this.#host.model();
    const body = { model: model?.id, messages: history(conversation), ...sampling() };
    const answer = { role: 'assistant', content: '', pending: true, model: model?.id };
    const run = new Run(answer, () => run.keep());
    run.keep = () => run.forgotten || store.save(conversation);
    this.#runs.set(conversation, run);
    conversation.messages.push(answer);
    conversation.updated = Date.now();
    byId('messages').append(this.#view(answer));
    byId('spoken').replaceChildren();
    store.save(conversation);
    this.#host.changed();
    this.#refresh();
    this.#follower.toEnd();
    announce('Answering');
    this.focus();
    await run.read((signal) => api.chat(body, signal));
    this.#done(conversation, run);
  }

  #done(conversation, run) {
    if (this.#runs.get(conversation) === run) this.#runs.delete(conversation);
    if (run.forgotten) return;
    run.view?.finish();
    if (run.into.error?.kind === 'key') this.#host.keyNeeded(run.into.error.message, () => this.#retryIfShown(conversation, run.into));
    if (conversation !== this.#conversation) return;
    announce(run.into.finish === 'error' ? '' : run.into.finish === 'stopped' ? 'Stopped' : 'The answer is complete');
    this.#refresh();
  }

  #retryIfShown(conversation, answer) {
    if (conversation === this.#conversation && conversation.messages.at(-1) === answer) this.#retry(answer);
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

/** Those who listen get an answer by paragraphs, not by tokens; nobody wants code read aloud. */
function speak(text) {
  const spoken = text.trimStart().startsWith('```') ? 'Code.' : text.trim();
  byId('spoken').append(h('p', {}, spoken));
}
