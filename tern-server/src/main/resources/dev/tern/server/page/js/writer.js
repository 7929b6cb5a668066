// A text that the model continues, for models without a chat template.

import * as api from './api.js';
import { announce, byId, copyButton } from './dom.js';
import { noticeFor } from './notice.js';
import { describe, Run } from './run.js';
import { sampling } from './settings.js';
import * as store from './store.js';

const MOST_UNDO = 20;
const SAVE_AFTER = 500;

export class WriterView {
  #conversation = null;
  #host;
  #run = null;
  #area = byId('text');
  #saving = null;
  /** What each text was, by its id, for as long as the page is open: copies of a text would soon fill what the browser keeps. */
  #before = new Map();

  /** `host` is that of `ChatView`. */
  constructor(host) {
    this.#host = host;
    byId('text-copy').append(copyButton('Copy text', () => this.#area.value));
    byId('continue').addEventListener('click', () => this.#continue());
    byId('text-stop').addEventListener('click', () => this.stop());
    byId('undo').addEventListener('click', () => this.#undo());
    this.#area.addEventListener('input', () => this.#typed());
    this.#area.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.#continue();
    });
  }

  get conversation() {
    return this.#conversation;
  }

  show(conversation) {
    if (this.#conversation) this.#leave();
    this.#conversation = conversation;
    this.#area.value = conversation.text;
    byId('text-notice').replaceChildren();
    byId('text-stats').textContent = '';
    this.#host.usage(0);
    this.#refresh();
  }

  focus() {
    this.#area.focus();
    this.#area.setSelectionRange(this.#area.value.length, this.#area.value.length);
  }

  stop() {
    this.#run?.stop();
    return this.#run !== null;
  }

  forget(id) {
    if (id !== this.#conversation?.id) return;
    clearTimeout(this.#saving);
    this.#saving = null;
    this.#before.delete(id);
    if (this.#run) this.#run.forgotten = true;
    this.stop();
    this.#conversation = null;
  }

  /** Whether there is something that a newer text from another tab would take away. */
  busy() {
    return this.#run !== null || this.#saving !== null;
  }

  saveAll() {
    if (this.#run) this.#run.keep();
    else if (this.#saving !== null) this.#save();
  }

  #leave() {
    this.saveAll();
    this.stop();
    this.#run = null;
  }

  #typed() {
    this.#conversation.text = this.#area.value;
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => this.#save(), SAVE_AFTER);
    this.#refresh();
  }

  #save() {
    clearTimeout(this.#saving);
    this.#saving = null;
    this.#conversation.updated = Date.now();
    store.save(this.#conversation);
    this.#host.changed();
  }

  #undo() {
    const before = this.#before.get(this.#conversation.id)?.pop();
    if (before === undefined) return;
    this.#area.value = before;
    this.#conversation.text = before;
    byId('text-notice').replaceChildren();
    byId('text-stats').textContent = '';
    this.#save();
    this.#refresh();
    this.focus();
  }

  async #continue() {
    if (this.#run) return;
    const conversation = this.#conversation;
    const start = this.#area.value;
    const { id } = conversation;
    this.#before.set(id, [...(this.#before.get(id) ?? []), start].slice(-MOST_UNDO));
    const piece = { content: '' };
    const run = new Run(piece, () => run.keep());
    run.keep = () => {
      if (run.forgotten) return;
      conversation.text = start + piece.content;
      store.save(conversation);
    };
    this.#run = run;
    run.onText = (text) => this.#run === run && this.#append(text);
    byId('text-notice').replaceChildren();
    byId('text-stats').textContent = '';
    this.#refresh();
    announce('Writing');
    await run.until(this.#host.fresh());
    await run.read((signal) => api.complete({ model: this.#host.model()?.id, prompt: start, ...sampling() }, signal));
    if (this.#run === run) this.#done(conversation, run);
  }

  #append(text) {
    const area = this.#area;
    const atEnd = area.scrollHeight - area.scrollTop - area.clientHeight < 48;
    area.setRangeText(text, area.value.length, area.value.length, 'preserve');
    if (atEnd) area.scrollTop = area.scrollHeight;
  }

  #done(conversation, run) {
    this.#run = null;
    if (run.forgotten) return;
    const { into } = run;
    if (!into.content) this.#before.get(conversation.id)?.pop();
    const notice = noticeFor(into, this.#host.model()?.contextLength, () => this.#continue(), true);
    byId('text-notice').replaceChildren(...(notice ? [notice] : []));
    byId('text-stats').textContent = describe(into.stats);
    if (into.usage) this.#host.usage(into.usage.prompt + into.usage.completion);
    if (into.error) this.#host.failed(into.error);
    if (into.error?.kind === 'key') this.#host.keyNeeded(into.error.message, () => this.#continue());
    announce(into.finish === 'error' ? '' : `Done, ${into.stats?.tokens ?? 0} tokens`);
    this.#save();
    this.#refresh();
  }

  #refresh() {
    const writing = this.#run !== null;
    const focused = document.activeElement;
    this.#area.readOnly = writing;
    byId('continue').hidden = writing;
    byId('text-stop').hidden = !writing;
    if (focused === byId('continue') || focused === byId('text-stop')) byId(writing ? 'text-stop' : 'continue').focus();
    byId('undo').disabled = writing || !this.#before.get(this.#conversation.id)?.length;
  }
}
