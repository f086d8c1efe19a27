/** The whole window on a fake backend, as the component tests drive it: by role, name and key. */
import { fireEvent, render, screen, within } from '@testing-library/svelte';
import type { FakeState } from '../lib/fake-state';
import App from '../App.svelte';
import { FakeBackend, type FakeOptions } from '../lib/fake-backend';

export async function openWindow(state: FakeState, options: FakeOptions = {}) {
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

/** Types over what a field says. The list of roles has answered when this is over. */
export async function type(field: HTMLElement, text: string) {
  await fireEvent.input(field, { target: { value: text } });
  if (field.id === 'search') await settled();
}

/** What the backend was asked to do last. */
export function lastAsked(backend: FakeBackend) {
  return backend.calls.filter((call) => backend.asked.includes(call.command)).at(-1);
}

export async function click(name: string | RegExp, role = 'button') {
  await fireEvent.click(screen.getByRole(role, { name }));
  await settled();
}

/** What a screen reader hears of the options of the list, or of one of its sections. */
export function heard(section?: string): string[] {
  const list = within(screen.getByRole('listbox', { name: 'Roles' }));
  const all = section === undefined ? list : within(list.getByRole('group', { name: section }));
  return all.queryAllByRole('option').map((option) => option.getAttribute('aria-label') ?? '');
}

/** The option that the field points at. */
export function chosenOption(field: HTMLElement = searchField()): HTMLElement | null {
  return document.getElementById(field.getAttribute('aria-activedescendant') ?? '');
}

/** Chooses the answer that stands for this kind of identity. */
export const pickKind = (title: string) => click(new RegExp(`: ${title.replace(/[()]/g, '\\$&')}$`));
