import '@testing-library/jest-dom/vitest';
import { configure } from '@testing-library/svelte';
import { PAUSE } from '../lib/checker.svelte';

// Tests don't type like people, so forms are checked at once.
PAUSE.ms = 0;

// What is waited for may take long: a loaded machine is slow.
configure({ asyncUtilTimeout: 20_000 });

// jsdom has the element, not its methods. Enough of them for what the window relies on: open, close, and Escape.
HTMLDialogElement.prototype.showModal = function () {
  this.setAttribute('open', '');
  this.addEventListener('keydown', (event) => {
    // Everything else hears of the key first, as in a browser.
    if (event.key === 'Escape') {
      queueMicrotask(() => event.defaultPrevented || this.dispatchEvent(new Event('cancel', { cancelable: true })));
    }
  });
};
HTMLDialogElement.prototype.close = function () {
  this.removeAttribute('open');
};

// Nothing is laid out here, so nothing changes its size.
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};

// axe asks for one, to see whether icons are ligatures; without it, it goes on.
HTMLCanvasElement.prototype.getContext = () => null;
