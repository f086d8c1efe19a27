/** The whole window on a fake backend, as the component tests drive it: by role, name and key. */
import { fireEvent, render, screen } from '@testing-library/svelte';
import type { Snapshot } from '../bindings/Snapshot';
import App from '../App.svelte';
import { FakeBackend, type FakeOptions } from '../lib/fake-backend';

export async function openWindow(state: Snapshot, options: FakeOptions = {}) {
  localStorage.clear();
  const backend = new FakeBackend(state, options);
  const { container } = render(App, { backend });
  await screen.findByRole('main');
  await settled();
  return { backend, container };
}

/** Lets what is under way come to its end: several steps, each of which begins a timer, however slow the machine is. */
export async function settled() {
  for (let step = 0; step < 5; step++) await new Promise<void>((done) => setTimeout(done, 5));
}

export const searchField = () => screen.getByRole<HTMLInputElement>('combobox', { name: 'Search roles' });

/** Presses a key where the focus is. */
export async function press(key: string, more: KeyboardEventInit = {}) {
  await fireEvent.keyDown(document.activeElement ?? document.body, { key, bubbles: true, cancelable: true, ...more });
  await settled();
}

export async function type(field: HTMLElement, text: string) {
  await fireEvent.input(field, { target: { value: text } });
}

export async function click(name: string | RegExp, role = 'button') {
  await fireEvent.click(screen.getByRole(role, { name }));
  await settled();
}

/** The option that the field points at. */
export function chosenOption(field: HTMLElement = searchField()): HTMLElement | null {
  return document.getElementById(field.getAttribute('aria-activedescendant') ?? '');
}
