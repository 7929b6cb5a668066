// What is said below an answer that did not end by itself.

import { h } from './dom.js';

const ADVICE = {
  down: 'Start it again, then try again.',
  model: 'It may have been started with another one: try again with what it has now.',
  context: 'Begin a new conversation, or edit an earlier message to go on from there.',
};

/** A notice for how an answer ended, or null. `retry` is called by its button; `isNew` interrupts those who listen with an error. */
export function noticeFor(answer, contextLength, retry, isNew) {
  if (answer.finish === 'error') return failure(answer.error, retry, isNew);
  if (answer.finish === 'length') return h('p', { class: 'notice' }, lengthReason(answer, contextLength));
  if (answer.finish === 'stopped') return h('p', { class: 'notice' }, 'Stopped.');
  return null;
}

function lengthReason(answer, contextLength) {
  const used = answer.usage ? answer.usage.prompt + answer.usage.completion : 0;
  if (contextLength && used >= contextLength - 1) {
    return `The context is full (${contextLength.toLocaleString('en')} tokens), so the text ends here. ${ADVICE.context}`;
  }
  return 'The text ends here because it reached the allowed number of tokens. Settings: Max tokens.';
}

function failure(error, retry, isNew) {
  const text = [error.message, ADVICE[error.kind] ?? ''].join(' ').trim();
  const button = h('button', { type: 'button', onclick: retry }, 'Try again');
  if (error.retryAt) countDown(button, error.retryAt);
  return h('div', { class: 'notice error' }, h('p', { role: isNew ? 'alert' : null }, text), error.kind === 'context' ? null : button);
}

/** The button can be used at once; it only says when the server expects to have room. It is no part of the alert, which would be read every second. */
function countDown(button, end) {
  const tick = () => {
    const left = Math.ceil((end - Date.now()) / 1000);
    button.textContent = left > 0 ? `Try again (room expected in ${left} s)` : 'Try again';
    if (left > 0) setTimeout(() => button.isConnected && tick(), 1000);
  };
  tick();
}
